"""Tiers, and what parts decide together, against an oracle that looks at one address at a time."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.facts.reading import Reading
from guest_attestation.network.addresses import AddressSet, union
from guest_attestation.network.hop import Decision, Part
from guest_attestation.network.tiers import Tier, attestation_tiers, decide, decide_together
from tests.naive import tiers as naive
from tests.naive.security_groups import Address, Network
from tests.network.strategies import families, in_family, networks, tags_of_network

_SAID = [Decision.ALLOW, Decision.DENY, Decision.UNKNOWN, Decision.PARTIAL]

regions = st.sampled_from(["eastus", "eastus", "eastus", "northeurope", None])
pairs = st.sampled_from([(), ("westus",), ("westus",), ("norwayeast",), None, None])
_decisions = st.lists(
    st.one_of(
        st.sampled_from([[it] * 4 for it in _SAID]),
        st.sampled_from([[it, Decision.ALLOW, it, Decision.ALLOW] for it in _SAID]),
        st.lists(st.sampled_from(_SAID[:2]), min_size=4, max_size=6),
        st.lists(st.sampled_from(_SAID), min_size=4, max_size=6),
    ),
    min_size=1,
    max_size=3,
)


def _tiers(
    network: Network, family: int, region: str | None, pair: tuple[str, ...] | None
) -> tuple[tuple[Tier, ...], naive.Tiers]:
    read = Reading(pair, "" if pair is not None else "not read")
    found = attestation_tiers(tags_of_network(network).listed, family, region, read)
    return found, naive.tiers(network, family, region, pair)


def _set(addresses: Sequence[Address], family: int) -> AddressSet:
    return union(family, (AddressSet(family, ((int(it), int(it)),)) for it in addresses))


def _parts(answers: dict[Address, Decision], family: int) -> list[Part]:
    """Make a hop's parts: what is allowed need not be spoken of."""
    spoken = dict.fromkeys(answers.values())
    parts = [
        Part(decision, _set([it for it, said in answers.items() if said is decision], family), None, "")
        for decision in spoken
    ]
    return parts if len(parts) % 2 else [part for part in parts if part.decision is not Decision.ALLOW]


def _answers(standing: naive.Tiers, said: list[Decision], *, by_tier: bool) -> dict[Address, Decision]:
    """Give each tier an answer of its own, or spread the answers over all addresses."""
    addresses = sorted(standing.home | standing.pair | standing.other, key=int)
    if by_tier:
        return {it: said[(it in standing.home) + 2 * (it in standing.pair)] for it in addresses}
    return {address: said[place * len(said) // len(addresses)] for place, address in enumerate(addresses)}


@given(networks(), families, regions, pairs)
def test_every_address_stands_in_the_tiers_that_it_is_in_or_may_be_in(
    network: Network, family: int, region: str | None, pair: tuple[str, ...] | None
) -> None:
    network = in_family(network, family)
    found, expected = _tiers(network, family, region, pair)
    by_name = {str(tier.name): tier for tier in found}
    assert ("pair" in by_name) == (pair != ())
    assert by_name["home"].exact == expected.home_told
    for name, addresses in (("home", expected.home), ("pair", expected.pair), ("other", expected.other)):
        tier = by_name.get(name)
        assert (tier.addresses if tier else AddressSet(family)) == _set(list(addresses), family)
    if "pair" in by_name:
        assert (by_name["pair"].exact, by_name["pair"].may_not_exist) == (expected.pair_told, pair is None)


@given(networks(), families, regions, pairs, _decisions, st.booleans())
def test_hops_decide_alone_and_together_what_the_answers_for_single_addresses_come_to(
    network: Network,
    family: int,
    region: str | None,
    pair: tuple[str, ...] | None,
    said: list[list[Decision]],
    by_tier: bool,
) -> None:
    network = in_family(network, family)
    found, expected = _tiers(network, family, region, pair)
    hops = [_answers(expected, decisions, by_tier=by_tier) for decisions in said]
    parts = [_parts(answers, family) for answers in hops]
    as_text = [{address: str(it) for address, it in answers.items()} for answers in hops]
    assert [str(decide(it, found)) for it in parts] == [expected.decide(answers) for answers in as_text]
    assert str(decide_together(parts, found)) == expected.decide(naive.together(as_text))
