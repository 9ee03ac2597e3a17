"""Hops and paths of random surroundings, against an oracle that follows one packet at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.network.hop import Decision, HopName
from guest_attestation.network.path import Path, decide_path
from tests.naive.path import Around
from tests.naive.routes import NOT_KNOWN, Place
from tests.naive.security_groups import Address, Packet, members
from tests.naive.tiers import Tiers, tiers, together
from tests.network.strategies_path import ADDRESSES, Drawn, around, drawn, recorded

_STOPPING = {"firewall": ("appliance", "gateway"), "egress": ("appliance", "gateway", "internet")}

Hops = dict[str, dict[Address, str]]


def _followed(it: Around, source: str, family: int) -> tuple[Hops, dict[Address, Place]]:
    """Ask the oracle for every address of the tag."""
    hops: Hops = {}
    led: dict[Address, Place] = {}
    for address in members(it.network, "AzureAttestation", family):
        said, led[address] = it.hops(Packet(address, source))
        for name, answer in said.items():
            hops.setdefault(name, {})[address] = answer
    return hops, led


def _decisions(path: Path, name: HopName) -> list[str]:
    """What is not applicable allows what it gets."""
    found = [it.decision for it in path.of(name)]
    return sorted("allow" if it is Decision.NOT_APPLICABLE else str(it) for it in found)


def _of_shares(name: str, hops: Hops, led: dict[Address, Place], standing: Tiers) -> list[str]:
    """Decide each place that routes lead to on everything: what is led elsewhere counts as allowed there."""
    answers, stopping = hops[name], _STOPPING.get(name)
    if stopping is None:
        return [standing.decide(answers)]
    shares = {place for place in led.values() if place[0] in stopping} or {NOT_KNOWN}
    return sorted(
        standing.decide({it: answers[it] if led[it] == share else "allow" for it in answers}) for share in shares
    )


@given(drawn, st.sampled_from([0, 0, 1, 2, 3]))
def test_every_hop_and_path_of_every_address_is_decided_as_its_packets_are(it: Drawn, which: int) -> None:
    """The VM has its primary address, another one, one of IPv6, and one on a NIC of its own."""
    facts = recorded(it).facts()
    at = [facts.primary, *facts.others][which]
    assert (len(facts.others), at.address) == (3, ADDRESSES[which])
    path, surroundings = decide_path(facts, at), around(it, ADDRESSES[which], at.family)
    hops, led = _followed(surroundings, ADDRESSES[which], at.family)
    standing = tiers(surroundings.network, at.family, "eastus", it.pair)
    expected = {name: _of_shares(name, hops, led, standing) for name in hops}
    assert {name: _decisions(path, HopName(name)) for name in hops} == expected
    assert str(path.network_decision) == standing.decide(together(hops.values()))
    assert path.decision is path.network_decision
