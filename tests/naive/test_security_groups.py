"""The oracle's own tests: cases that a reader can decide in their head."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from tests.naive.security_groups import Candidate, Matching, Network, Packet, pair_verdict, verdict, worlds
from tests.network.build import group_json
from tests.scenario import outbound_rule

NETWORK = Network(tags={"AzureAttestation": ["203.0.113.0/28"], "Storage": ["198.51.100.0/28"]})
PACKET = Packet(IPv4Address("203.0.113.5"))


def test_default_rules_allow_what_leaves() -> None:
    assert verdict(group_json(), PACKET, NETWORK) == "allow"


def test_without_a_group_everything_is_allowed() -> None:
    assert verdict(None, PACKET, NETWORK) == "allow"


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("AzureAttestation", "deny"),
        ("203.0.113.4/31", "deny"),
        ("203.0.113.4-203.0.113.5", "deny"),
        ("203.0.113.6", "allow"),
        ("Storage", "allow"),
        ("VirtualNetwork", "allow"),
        ("Internet", "deny"),
        ("AzureCloud", "deny"),
        ("AzureCloud.eastus", "unknown"),
        ("x.x.x.x", "unknown"),
    ],
)
def test_a_denial_decides_by_its_destination(destination: str, expected: str) -> None:
    assert verdict(group_json(outbound_rule("Deny", 100, "Deny", destination)), PACKET, NETWORK) == expected


def test_a_pair_denies_what_either_group_denies_and_knows_no_more_than_both() -> None:
    denies = group_json(outbound_rule("Deny", 100, "Deny", "*"))
    may_deny = group_json(outbound_rule("Deny", 100, "Deny", "AzureCloud.eastus"))
    allows = group_json()
    pairs = [(denies, allows), (allows, denies), (may_deny, denies), (may_deny, allows), (allows, None), (None, None)]
    answers = [pair_verdict(nic, subnet, PACKET, NETWORK) for nic, subnet in pairs]
    assert answers == ["deny", "deny", "deny", "unknown", "allow", "allow"]


def _candidate(name: str, access: str, matching: Matching, *, placed: bool = True) -> Candidate:
    return Candidate(name, access, matching, placed)


def test_an_uncertain_rule_gives_two_worlds_and_a_source_port_one_world_with_two_answers() -> None:
    last = _candidate("last", "allow", "yes")
    assert worlds((_candidate("it", "deny", "maybe"), last)) == {frozenset({"deny"}), frozenset({"allow"})}
    assert worlds((_candidate("it", "deny", "some"), last)) == {frozenset({"deny", "allow"})}


def test_a_rule_without_a_place_is_tried_at_every_place() -> None:
    first, unplaced = _candidate("first", "allow", "yes"), _candidate("it", "deny", "yes", placed=False)
    assert worlds((first, unplaced)) == {frozenset({"deny"}), frozenset({"allow"})}


def test_no_rule_at_all_answers_nothing() -> None:
    assert worlds(()) == {frozenset({"nothing"})}
