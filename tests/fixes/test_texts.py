"""What holds for every form of every fix."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guest_attestation.fixes.az import az
from guest_attestation.fixes.bicep import bicep
from guest_attestation.fixes.change import AddNatGateway, AddRoute, Change
from guest_attestation.fixes.portal import portal_steps
from guest_attestation.fixes.powershell import powershell
from guest_attestation.fixes.terraform import terraform
from tests.fixes.sample_changes import HOSTILE, SUBSCRIPTION, changes


def portal(change: Change) -> str:
    return "\n".join(portal_steps(change))


FORMS = [portal, az, powershell, bicep, terraform]
PLAIN = [portal, az, powershell]  # what a person carries out with names: the other two are deployed to a place


@pytest.mark.parametrize("form", FORMS, ids=lambda it: it.__name__)
@pytest.mark.parametrize("change", changes(), ids=repr)
def test_no_fix_opens_more_than_tcp_443_to_attestation(form: Callable[[Change], str], change: Change) -> None:
    text = form(change)

    assert "0.0.0.0/0" not in text
    if not isinstance(change, AddNatGateway | AddRoute):
        assert "443" in text
        assert any(it in text for it in ("AzureAttestation", "*.attest.azure.net", "10.1.0.9"))


@pytest.mark.parametrize("form", PLAIN, ids=lambda it: it.__name__)
@pytest.mark.parametrize("change", changes(), ids=repr)
def test_a_fix_names_the_subscription(form: Callable[[Change], str], change: Change) -> None:
    assert SUBSCRIPTION in form(change)


@pytest.mark.parametrize("form", FORMS, ids=lambda it: it.__name__)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_brings_a_line_or_a_control_character_of_its_own(form: Callable[[Change], str], name: str) -> None:
    for change, plain in zip(changes(name), changes(), strict=True):
        text = form(change)

        assert len(text.splitlines()) == len(form(plain).splitlines())
        assert all(it == "\n" or it.isprintable() for it in text)


@pytest.mark.parametrize("form", FORMS, ids=lambda it: it.__name__)
def test_a_change_of_no_known_kind_is_refused(form: Callable[[object], str]) -> None:
    with pytest.raises(TypeError, match="kind str"):
        form("a change")
