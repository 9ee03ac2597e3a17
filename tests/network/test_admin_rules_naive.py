"""Random security admin rules of several network managers, against an oracle that looks at one packet at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import given

from guest_attestation.facts.admin_rule import parse_admin_rule
from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import parse_effective_security_groups
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.admin_rules import Lift, admin_rules_hop
from guest_attestation.network.hop import Decision, Hop
from guest_attestation.snapshot.node import Node
from tests.naive.admin_rules import answers, lift, verdict
from tests.naive.security_groups import Address, Network, Packet, members
from tests.network.build import question
from tests.network.strategies import families, in_family, networks, sources, tags_of_network
from tests.network.strategies_admin import admin_rules
from tests.scenario import Scenario

Json = dict[str, Any]


@cache
def _anywhere() -> Attachment:
    return Scenario.sample("healthy").facts().primary


def _with_rules(value: list[Json]) -> Attachment:
    nodes = [Node(item, f"admin#/{place}") for place, item in enumerate(value)]
    if any("effectiveSecurityRules" in item for item in value):
        effective = parse_effective_security_groups(nodes, "effective#")
        return replace(_anywhere(), admin_rules=Reading(None, "refused"), effective_groups=Reading(effective))
    return replace(_anywhere(), admin_rules=Reading(tuple(map(parse_admin_rule, nodes))))


def _decided(value: list[Json], network: Network, source: str | None, family: int) -> tuple[Hop, Lift]:
    tags = tags_of_network(network)
    return admin_rules_hop(_with_rules(value), question(tags.listed, source, family=family), tags)


def _holds(addresses: AddressSet, address: Address) -> bool:
    return any(low <= int(address) <= high for low, high in addresses.intervals)


def _managers(value: list[Json]) -> int:
    """Count the network managers whose rules may take part."""
    named = {it["id"].casefold().partition("/securityadmin")[0] for it in value if "properties" in it}
    entries = [it["association"]["networkManager"] for it in value if "networkManager" in it.get("association", {})]
    return len(named | {it["id"].casefold() for it in entries})


@given(admin_rules, networks(), sources, families)
def test_every_packet_gets_past_the_admin_rules_as_every_world_says(
    value: list[Json], network: Network, source: str | None, family: int
) -> None:
    """What one of several managers leaves open stays open, whatever another one says."""
    value, network, source = in_family((value, network, source), family)
    hop, _ = _decided(value, network, source, family)
    for address in members(network, "AzureAttestation", family):
        told = answers(value, Packet(address, source), network)
        parts = [part for part in hop.parts if _holds(part.addresses, address)]
        decided = parts[0].decision if parts else Decision.ALLOW
        assert len(parts) <= 1
        if decided in (Decision.ALLOW, Decision.DENY):
            assert verdict(told) == decided.value
        elif _managers(value) == 1:
            assert verdict(told) == "unknown"
        if decided is Decision.PARTIAL:
            assert all("deny" in answered for answered in told)
            assert _managers(value) > 1 or all(len(answered) > 1 for answered in told)


@given(admin_rules, networks(), sources, families)
def test_every_packet_is_delivered_past_the_nsgs_as_every_world_says(
    value: list[Json], network: Network, source: str | None, family: int
) -> None:
    value, network, source = in_family((value, network, source), family)
    _, lifts = _decided(value, network, source, family)
    for address in members(network, "AzureAttestation", family):
        lifted, may_be = _holds(lifts.lifted, address), _holds(lifts.may_be_lifted, address)
        expected = lift(answers(value, Packet(address, source), network))
        assert not (lifted and may_be)
        if lifted or not may_be:
            assert expected == ("yes" if lifted else "no")
        elif _managers(value) == 1:
            assert expected == "maybe"
