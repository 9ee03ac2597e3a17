"""The oracle's own tests: cases that a reader can decide in their head."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from tests.naive.routes import NOT_KNOWN, Place, computed, effective, may_learn, places
from tests.naive.security_groups import Network

NETWORK = Network(tags={"AzureAttestation": ["203.0.113.0/28"]})
ADDRESS = IPv4Address("203.0.113.5")
INTERNET, GATEWAY, DROPPED = ("internet", ""), ("gateway", ""), ("dropped", "none")


def _route(prefix: str, next_hop: str, source: str = "User", *, state: str = "Active") -> dict[str, Any]:
    fields = {"source": source, "state": state, "nextHopType": next_hop, "nextHopIpAddress": []}
    return {**fields, "addressPrefix": [prefix]}


ALL = _route("0.0.0.0/0", "Internet", "Default")


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([ALL], {INTERNET}),
        ([], {NOT_KNOWN}),
        ([ALL, _route("203.0.113.0/24", "None")], {DROPPED}),
        ([ALL, _route("203.0.113.0/24", "None", state="Invalid")], {INTERNET}),
        ([ALL, _route("0.0.0.0/0", "None")], {DROPPED}),
        ([_route("0.0.0.0/0", "None"), _route("203.0.0.0/16", "Internet")], {INTERNET}),
        ([_route("203.0.0.0/16", "None"), _route("203.0.0.0/16", "Internet")], {INTERNET, DROPPED}),
        ([_route("203.0.113.0/28", "None"), _route("AzureAttestation", "Internet")], {DROPPED}),
        ([_route("203.0.113.0/27", "None"), _route("AzureAttestation", "Internet")], {INTERNET}),
        ([_route("203.0.113.0/27", "None"), _route("AzureCloud", "Internet")], {DROPPED, INTERNET}),
        ([ALL, _route("203.0.113.0/33", "None")], {INTERNET, DROPPED}),
        ([ALL, _route("203.0.113.0/30", "VirtualNetworkGateway", "VirtualNetworkGateway")], {INTERNET}),
        ([ALL, _route("203.0.113.0/29", "VirtualNetworkGateway", "VirtualNetworkGateway")], {GATEWAY}),
        (
            [
                _route("203.0.113.0/24", "VNetPeering", "Default"),
                _route("203.0.113.0/29", "VirtualNetworkGateway", "VirtualNetworkGateway"),
            ],
            {NOT_KNOWN},
        ),
    ],
)
def test_one_packet(routes: list[dict[str, Any]], expected: set[Place]) -> None:
    assert places(list(effective(routes)), ADDRESS, NETWORK) == expected


def test_what_only_the_systems_routes_take_a_better_one_may_take() -> None:
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    vnet = {"properties": {"addressSpace": space, "subnets": [{"id": "/vnet/subnets/GatewaySubnet"}]}}
    route = {"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}}
    table = {"properties": {"routes": [route], "disableBgpRoutePropagation": False}}
    assert (may_learn(None, vnet), may_learn(table, vnet)) == (True, True)
    assert places(list(computed(None, vnet)), ADDRESS, NETWORK, learned=True) == {INTERNET, NOT_KNOWN}
    assert places(list(computed(table, vnet)), ADDRESS, NETWORK, learned=True) == {DROPPED}
    table["properties"]["disableBgpRoutePropagation"] = True
    assert may_learn(table, vnet) is False
