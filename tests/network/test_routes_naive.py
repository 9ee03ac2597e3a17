"""Where routes lead, for random routes, against an oracle that looks at one packet at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import given

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import parse_effective_route, parse_route_table
from guest_attestation.facts.virtual_network import parse_virtual_network
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision, Hop
from guest_attestation.network.routes import APPLIANCE, GATEWAY, INTERNET, Leg, route_hop
from guest_attestation.snapshot.node import Node
from tests.naive.routes import NOT_KNOWN, Place, computed, effective, may_learn, places
from tests.naive.security_groups import Address, Network, members
from tests.network.build import question
from tests.network.strategies import families, in_family, networks, tags_of_network
from tests.network.strategies_routes import effective_routes, tables, vnets
from tests.scenario import Scenario

Json = dict[str, Any]

_KINDS = {INTERNET: "internet", GATEWAY: "gateway", APPLIANCE: "appliance"}


@cache
def _anywhere() -> Attachment:
    return Scenario.sample("healthy").facts().primary


def _holds(addresses: AddressSet, address: Address) -> bool:
    return any(low <= int(address) <= high for low, high in addresses.intervals)


def _led(hop: Hop, legs: Iterable[Leg], address: Address) -> tuple[Decision, Place]:
    """Say what is decided of one packet, and where it is led."""
    (part,) = (it for it in hop.parts if _holds(it.addresses, address))
    found = [(_KINDS[leg.kind], leg.address or "") for leg in legs if _holds(leg.addresses, address)]
    return part.decision, found[0] if found else NOT_KNOWN


def _agrees(led: tuple[Decision, Place], expected: set[Place]) -> bool:
    """Where every world leads to one place, that is said; where they differ, nothing is."""
    only = next(iter(expected)) if len(expected) == 1 else NOT_KNOWN
    if only == NOT_KNOWN:
        return led == (Decision.UNKNOWN, NOT_KNOWN)
    if only[0] == "dropped":
        return led == (Decision.DENY, NOT_KNOWN)
    return led == (Decision.ALLOW, only)


@given(effective_routes, networks(), families)
def test_every_packet_is_led_as_the_effective_routes_say(value: list[Json], network: Network, family: int) -> None:
    value, network = in_family((value, network), family)
    tags = tags_of_network(network)
    routes = tuple(parse_effective_route(Node(item, f"routes#/{place}")) for place, item in enumerate(value))
    at = replace(_anywhere(), effective_routes=Reading(routes), route_table=None)
    hop, legs = route_hop(at, question(tags.listed, family=family), tags)
    for address in members(network, "AzureAttestation", family):
        expected = places(list(effective(value)), address, network)
        assert _agrees(_led(hop, legs, address), expected)


@given(tables, vnets, networks(), families)
def test_every_packet_is_led_as_the_table_and_the_network_say(
    table: Json | None, vnet: Json, network: Network, family: int
) -> None:
    table, vnet, network = in_family((table, vnet, network), family)
    tags = tags_of_network(network)
    at = replace(
        _anywhere(),
        effective_routes=Reading(None, "refused"),
        vnet=Reading(parse_virtual_network(Node(vnet, "vnet#"))),
        route_table=None if table is None else Reading(parse_route_table(Node(table, "table#"))),
    )
    hop, legs = route_hop(at, question(tags.listed, family=family), tags)
    for address in members(network, "AzureAttestation", family):
        expected = places(list(computed(table, vnet)), address, network, learned=may_learn(table, vnet))
        assert _agrees(_led(hop, legs, address), expected)
