"""The walk over an NSG, for random groups and networks, against an oracle that looks at one packet at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import parse_security_group
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES, AddressSet
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName, Lift, Part
from guest_attestation.network.question import attestation_question
from guest_attestation.network.security_groups import walk
from guest_attestation.network.tags import Tags
from guest_attestation.snapshot.node import Node
from tests.naive.security_groups import Network, Packet, candidates, first_certain, pair_verdict, verdict, worlds
from tests.network.strategies import (
    group_answers,
    memberships,
    networks,
    sources,
    symbolic_groups,
    tags_of_network,
)

Json = dict[str, Any]


def _members(addresses: AddressSet) -> set[IPv4Address]:
    return {IPv4Address(number) for low, high in addresses.intervals for number in range(low, high + 1)}


def _attestation(network: Network) -> set[IPv4Address]:
    blocks = [ip_network(it, strict=False) for it in network.tags["AzureAttestation"] if ":" not in it]
    return {IPv4Address(int(block.network_address) + n) for block in blocks for n in range(block.num_addresses)}


def _ends(addresses: AddressSet) -> Iterator[IPv4Address]:
    """Sample both ends and the middle of every interval: decisions change only where an interval does."""
    for low, high in addresses.intervals:
        for number in sorted({low, (low + high) // 2, high}):
            yield IPv4Address(number)


def _parts(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...]
) -> tuple[tuple[Part, ...], list[tuple[Part, Packet]]]:
    """Walk a group, and sample packets from each of its parts."""
    tags = tags_of_network(network)
    asked = attestation_question(source, groups if source else (), tags.listed)
    parts = walk(parse_security_group(Node(group, "nsg#")), asked, tags).parts
    packets = [
        (part, Packet(address, source, frozenset(asked.source_groups)))
        for part in parts
        for address in _ends(part.addresses)
    ]
    return parts, packets


@given(group_answers, networks(), sources, memberships)
def test_the_parts_of_a_walk_are_disjoint_and_together_all_that_is_asked(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...]
) -> None:
    parts, _ = _parts(group, network, source, groups)
    members = [_members(part.addresses) for part in parts]
    assert all(members)
    assert sum(map(len, members)) == len(set().union(*members))
    assert set().union(*members) == _attestation(network)
    assert len({(part.decision, part.rule) for part in parts}) == len(parts)


@given(group_answers, networks(), sources, memberships)
def test_a_part_is_allowed_or_denied_exactly_where_every_world_does_so(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...]
) -> None:
    for part, packet in _parts(group, network, source, groups)[1]:
        expected = part.decision.value if part.decision in (Decision.ALLOW, Decision.DENY) else "unknown"
        assert verdict(group, packet, network) == expected


@given(group_answers, networks(), sources, memberships)
def test_a_partial_part_hangs_on_the_source_port_in_every_world(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...]
) -> None:
    for part, packet in _parts(group, network, source, groups)[1]:
        if part.decision is Decision.PARTIAL:
            assert all(len(answers) > 1 for answers in worlds(candidates(group, packet, network)))


@given(group_answers, networks(), sources, memberships)
def test_a_part_names_the_rule_that_decides_it_or_the_uncertain_one_that_would_decide_otherwise(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...]
) -> None:
    for part, packet in _parts(group, network, source, groups)[1]:
        rules = candidates(group, packet, network)
        certain = first_certain(rules)
        if part.decision in (Decision.ALLOW, Decision.DENY):
            assert certain is not None
            assert (part.rule, part.decision) == (certain.name, certain.access)
        elif part.rule is None:
            assert all(rule.matching == "no" for rule in rules)
        else:
            named = next(rule for rule in rules if rule.name == part.rule)
            assert named.matching in ("some", "maybe")
            assert certain is None or named.access != certain.access


def _hop(name: HopName, group: Json | None, tags: Tags) -> Hop:
    reading = None if group is None else Reading(parse_security_group(Node(group, "nsg#")))
    return group_hop(name, reading, attestation_question("10.0.0.4", (), tags.listed), tags, Lift.NO)


def _decision_of_pair(hops: Iterable[Hop]) -> str:
    decisions = {hop.decision for hop in hops} - {Decision.NOT_APPLICABLE}
    if Decision.DENY in decisions:
        return "deny"
    return "allow" if decisions <= {Decision.ALLOW} else "unknown"


@given(st.one_of(st.none(), group_answers), st.one_of(st.none(), group_answers), networks())
def test_a_pair_of_hops_allows_or_denies_only_what_both_groups_together_do_to_every_address(
    nic: Json | None, subnet: Json | None, network: Network
) -> None:
    tags = tags_of_network(network)
    decision = _decision_of_pair([_hop(HopName.NIC_NSG, nic, tags), _hop(HopName.SUBNET_NSG, subnet, tags)])
    answers = {pair_verdict(nic, subnet, Packet(address), network) for address in sorted(_attestation(network))}
    if decision == "unknown":
        assert answers != {"allow"}
    else:
        assert answers == {decision}


@given(symbolic_groups, networks(), st.sampled_from(["10.0.0.4", "192.0.2.4"]))
def test_what_containment_alone_decides_stands_once_the_prefixes_are_known(
    group: Json, network: Network, source: str
) -> None:
    """AzureCloud then holds the attestation's prefixes and Storage holds others, as documented."""
    attestation = network.tags["AzureAttestation"]
    known = Network(
        {
            "AzureAttestation": attestation,
            "AzureCloud": ["203.0.113.0/24"],
            "Storage": ["198.51.100.0/28"],
            "AzureCloud.eastus": network.tags.get("AzureCloud.eastus", []),
            "AzureAttestation.EastUS": network.tags.get("AzureAttestation.EastUS", []),
        },
        space=["10.0.0.0/16"],
        default_route=network.default_route,
    )
    asked = attestation_question(source, (), ServiceTags())
    assert asked.destinations == UNKNOWN_ADDRESSES
    tags = Tags(ServiceTags(), {}, tags_of_network(known).space)
    (part,) = walk(parse_security_group(Node(group, "nsg#")), asked, tags).parts
    if part.decision in (Decision.ALLOW, Decision.DENY):
        answers = {verdict(group, Packet(address, source), known) for address in _attestation(network)}
        assert answers == {part.decision.value}
