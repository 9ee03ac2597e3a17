"""Routes of a table, and those that Azure applies."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.route import parse_effective_route, parse_route_table
from guest_attestation.snapshot.node import Node
from tests.scenario import Scenario


def test_the_samples_effective_routes_are_read() -> None:
    items = Scenario.sample("healthy").body("/effectiveRouteTable")["value"]

    routes = [parse_effective_route(Node(item, f"f.json#/{place}")) for place, item in enumerate(items)]

    assert [(it.source, it.active) for it in routes] == [("Default", True)] * 7
    assert (routes[1].address_prefixes, routes[1].next_hop_type) == (("0.0.0.0/0",), "Internet")
    assert (routes[1].name, routes[1].next_hop_ip_addresses, routes[1].evidence) == (None, (), "f.json#/1")


@pytest.mark.parametrize(
    ("fields", "prefixes"),
    [
        ({"addressPrefix": ["192.0.2.0/24", "198.51.100.0/24"]}, ("192.0.2.0/24", "198.51.100.0/24")),
        ({"addressPrefix": "192.0.2.0/24"}, ("192.0.2.0/24",)),
        ({"addressPrefix": [], "destinationServiceTags": ["AzureAttestation"]}, ("AzureAttestation",)),
        ({}, ()),
    ],
)
def test_an_effective_routes_prefixes_are_a_list_a_text_or_tags(fields: Any, prefixes: tuple[str, ...]) -> None:
    assert parse_effective_route(Node(fields, "")).address_prefixes == prefixes


@pytest.mark.parametrize(("state", "active"), [("Active", True), ("active", True), ("Invalid", False), (None, True)])
def test_an_invalid_route_is_not_active(state: str | None, active: bool) -> None:
    assert parse_effective_route(Node({"state": state}, "")).active is active


@pytest.mark.parametrize("kind", ["VNetPeering", "VNetGlobalPeering", "VirtualNetworkServiceEndpoint", "Whatever"])
def test_next_hop_types_beyond_the_documented_ones_are_kept(kind: str) -> None:
    assert parse_effective_route(Node({"nextHopType": kind}, "")).next_hop_type == kind


def test_a_route_without_a_source_comes_from_an_unknown_one() -> None:
    assert parse_effective_route(Node({}, "")).source == "Unknown"


def test_a_tables_routes_are_its_users() -> None:
    properties = {
        "disableBgpRoutePropagation": True,
        "routes": [
            {
                "name": "to-firewall",
                "properties": {
                    "addressPrefix": "0.0.0.0/0",
                    "nextHopType": "VirtualAppliance",
                    "nextHopIpAddress": "192.0.2.196",
                },
            },
            {"name": "dropped", "properties": {"addressPrefix": "AzureAttestation", "nextHopType": "None"}},
        ],
    }

    table = parse_route_table(Node({"id": "/table", "properties": properties}, "f.json#/b"))

    assert (table.id, table.disable_bgp_route_propagation) == ("/table", True)
    first, second = table.routes
    assert (first.name, first.source, first.active, first.address_prefixes) == (
        "to-firewall",
        "User",
        True,
        ("0.0.0.0/0",),
    )
    assert (first.next_hop_type, first.next_hop_ip_addresses) == ("VirtualAppliance", ("192.0.2.196",))
    assert (second.address_prefixes, second.next_hop_ip_addresses) == (("AzureAttestation",), ())
    assert second.evidence == "f.json#/b/properties/routes/1"


@pytest.mark.parametrize("value", [False, None])
def test_propagation_is_on_unless_said_otherwise(value: object) -> None:
    table = parse_route_table(Node({"properties": {"disableBgpRoutePropagation": value}}, ""))

    assert not table.disable_bgp_route_propagation
    assert table.routes == ()
