from __future__ import annotations

import pytest

from guest_attestation.diagnosis.check import Status
from guest_attestation.network.hop import Decision
from guest_attestation.views.looks import LOOKS

OKABE_ITO = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}
NEUTRAL = "#767676"


@pytest.mark.parametrize("status", sorted({*map(str, Status), *map(str, Decision)}))
def test_every_status_and_decision_has_a_look_that_begins_with_its_symbol(status: str) -> None:
    look = LOOKS[status]

    assert look.text == f"{look.symbol} {look.word}"
    assert look.word == status.replace("-", " ")


def test_words_tell_all_looks_apart() -> None:
    assert len({look.word for look in LOOKS.values()}) == len(LOOKS)


def test_a_symbol_means_the_same_as_its_colour() -> None:
    pairs = {(look.symbol, look.colour) for look in LOOKS.values()}

    assert len(pairs) == len({symbol for symbol, _ in pairs}) == len({colour for _, colour in pairs})


def test_colours_are_okabe_and_itos_or_grey() -> None:
    assert {look.colour for look in LOOKS.values()} <= {*OKABE_ITO, NEUTRAL}
