"""The walk over an NSG, for random groups and networks, against an oracle that looks at one packet at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import parse_security_group
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.admin_rules import Lift
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName, Part
from guest_attestation.network.security_groups import walk
from guest_attestation.network.tags import Tags
from guest_attestation.snapshot.node import Node
from tests.naive.security_groups import (
    Address,
    Network,
    Packet,
    candidates,
    first_certain,
    members,
    pair_verdict,
    verdict,
    within,
    worlds,
)
from tests.network.build import question
from tests.network.strategies import (
    families,
    group_answers,
    in_family,
    memberships,
    networks,
    sources,
    symbolic_groups,
    tags_of_network,
)

Json = dict[str, Any]


def _members(addresses: AddressSet) -> set[Address]:
    address = IPv4Address if addresses.version == 4 else IPv6Address
    return {address(number) for low, high in addresses.intervals for number in range(low, high + 1)}


def _ends(addresses: AddressSet) -> Iterator[Address]:
    """Sample both ends and the middle of every interval: decisions change only where an interval does."""
    address = IPv4Address if addresses.version == 4 else IPv6Address
    for low, high in addresses.intervals:
        for number in sorted({low, (low + high) // 2, high}):
            yield address(number)


def _parts(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...], family: int
) -> tuple[tuple[Part, ...], list[tuple[Part, Packet]]]:
    """Walk a group, and sample packets from each of its parts."""
    tags = tags_of_network(network)
    asked = question(tags.listed, source, groups if source else (), family=family)
    parts = walk(parse_security_group(Node(group, "nsg#")), asked, tags).parts
    packets = [
        (part, Packet(address, source, frozenset(asked.source_groups)))
        for part in parts
        for address in _ends(part.addresses)
    ]
    return parts, packets


@given(group_answers, networks(), sources, memberships, families)
def test_the_parts_of_a_walk_are_disjoint_and_together_all_that_is_asked(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...], family: int
) -> None:
    group, network, source = in_family((group, network, source), family)
    parts, _ = _parts(group, network, source, groups, family)
    taken = [_members(part.addresses) for part in parts]
    assert all(taken)
    assert sum(map(len, taken)) == len(set().union(*taken))
    assert set().union(*taken) == members(network, "AzureAttestation", family)
    assert len({(part.decision, part.rule) for part in parts}) == len(parts)


@given(group_answers, networks(), sources, memberships, families)
def test_a_part_is_allowed_or_denied_exactly_where_every_world_does_so(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...], family: int
) -> None:
    group, network, source = in_family((group, network, source), family)
    for part, packet in _parts(group, network, source, groups, family)[1]:
        expected = part.decision.value if part.decision in (Decision.ALLOW, Decision.DENY) else "unknown"
        assert verdict(group, packet, network) == expected


@given(group_answers, networks(), sources, memberships, families)
def test_a_partial_part_hangs_on_the_source_port_in_every_world(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...], family: int
) -> None:
    group, network, source = in_family((group, network, source), family)
    for part, packet in _parts(group, network, source, groups, family)[1]:
        if part.decision is Decision.PARTIAL:
            assert all(len(answers) > 1 for answers in worlds(candidates(group, packet, network)))


@given(group_answers, networks(), sources, memberships, families)
def test_a_part_names_the_rule_that_decides_it_or_the_uncertain_one_that_would_decide_otherwise(
    group: Json, network: Network, source: str | None, groups: tuple[str, ...], family: int
) -> None:
    group, network, source = in_family((group, network, source), family)
    for part, packet in _parts(group, network, source, groups, family)[1]:
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


def _hop(name: HopName, group: Json | None, tags: Tags, family: int) -> Hop:
    reading = None if group is None else Reading(parse_security_group(Node(group, "nsg#")))
    none = AddressSet(family)
    asked = question(tags.listed, in_family("10.0.0.4", family), family=family, region=None)
    return group_hop(name, reading, asked, tags, Lift(none, none))


def _decision_of_pair(hops: Iterable[Hop]) -> str:
    decisions = {hop.decision for hop in hops} - {Decision.NOT_APPLICABLE}
    if Decision.DENY in decisions:
        return "deny"
    return "allow" if decisions <= {Decision.ALLOW} else "unknown"


@given(st.one_of(st.none(), group_answers), st.one_of(st.none(), group_answers), networks(), families)
def test_a_pair_of_hops_allows_or_denies_only_what_both_groups_together_do_to_every_address(
    nic: Json | None, subnet: Json | None, network: Network, family: int
) -> None:
    """The region is not known: home may be anywhere, so that a hop is decided where every address is alike."""
    nic, subnet, network = in_family((nic, subnet, network), family)
    tags, source = tags_of_network(network), in_family("10.0.0.4", family)
    hops = [_hop(HopName.NIC_NSG, nic, tags, family), _hop(HopName.SUBNET_NSG, subnet, tags, family)]
    decision = _decision_of_pair(hops)
    every = sorted(members(network, "AzureAttestation", family), key=int)
    answers = {pair_verdict(nic, subnet, Packet(address, source), network) for address in every}
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
    asked = question(ServiceTags(), source)
    assert asked.destinations.is_symbolic
    tags = Tags(ServiceTags(), {}, tags_of_network(known).space)
    parts = walk(parse_security_group(Node(group, "nsg#")), asked, tags).parts
    every = members(known, "AzureAttestation", 4)
    home = {address for address in every if within(address, known.tags["AzureCloud.eastus"])}
    for tier, standing in ((asked.tiers[0], home), (asked.tiers[1], every - home)):
        (part,) = (it for it in parts if it.addresses & tier.addresses)
        if part.decision in (Decision.ALLOW, Decision.DENY):
            answers = {verdict(group, Packet(address, source), known) for address in standing}
            assert answers <= {part.decision.value}, tier.name
