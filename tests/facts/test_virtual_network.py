"""Virtual networks: subnets with their prefixes and what they name, and what could teach them routes."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.virtual_network import VirtualNetwork, parse_virtual_network
from guest_attestation.snapshot.node import Node
from tests.scenario import NETWORK, SUBNET_NSG, VNET, Scenario


def parsed(**properties: Any) -> VirtualNetwork:
    return parse_virtual_network(Node({"id": VNET, "properties": properties}, "f.json#/b"))


def subnet(name: str, **properties: Any) -> dict[str, Any]:
    return {"name": name, "id": f"{VNET}/subnets/{name}", "properties": properties}


def test_the_samples_network_is_read() -> None:
    vnet = parse_virtual_network(Node(Scenario.sample("healthy").body("virtualNetworks/shop-prod-vnet"), "f.json#/b"))

    assert (vnet.id, vnet.address_prefixes, vnet.dns_servers, vnet.peerings) == (VNET, ("192.0.2.0/24",), (), ())
    web = vnet.subnet(f"{VNET}/subnets/web")
    assert web is not None
    assert (web.address_prefixes, web.network_security_group_id) == (("192.0.2.0/26",), SUBNET_NSG)
    assert (web.route_table_id, web.nat_gateway_id) == (None, f"{NETWORK}/natGateways/shop-prod-nat")
    assert web.default_outbound_access is False
    assert web.evidence == "f.json#/b/properties/subnets/0"
    assert vnet.route_sources == ()


def test_a_subnet_is_found_in_any_letter_case() -> None:
    vnet = parsed(subnets=[subnet("web")])

    assert vnet.subnet(f"{VNET}/subnets/web".upper()) is vnet.subnets[0]
    assert vnet.subnet(f"{VNET}/subnets/web2") is None
    assert vnet.subnet(None) is None


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param({"addressPrefix": "192.0.2.0/26"}, ("192.0.2.0/26",), id="singular"),
        pytest.param({"addressPrefixes": ["192.0.2.0/26"]}, ("192.0.2.0/26",), id="plural"),
        pytest.param(
            {"addressPrefixes": ["192.0.2.0/26", "2001:db8::/64"]},
            ("192.0.2.0/26", "2001:db8::/64"),
            id="both families",
        ),
        pytest.param(
            {"addressPrefix": "192.0.2.0/26", "addressPrefixes": []}, ("192.0.2.0/26",), id="singular, empty plural"
        ),
        pytest.param(
            {"addressPrefix": "192.0.2.0/26", "addressPrefixes": ["192.0.2.0/26"]}, ("192.0.2.0/26",), id="both"
        ),
        pytest.param({"addressPrefix": None}, (), id="null"),
        pytest.param({}, (), id="absent"),
    ],
)
def test_a_subnets_prefixes_are_read_in_singular_and_plural(properties: Any, expected: tuple[str, ...]) -> None:
    assert parsed(subnets=[subnet("web", **properties)]).subnets[0].address_prefixes == expected


@pytest.mark.parametrize("value", [True, False, None])
def test_default_outbound_access_is_on_off_or_not_said(value: bool | None) -> None:
    assert parsed(subnets=[subnet("web", defaultOutboundAccess=value)]).subnets[0].default_outbound_access is value
    assert parsed(subnets=[subnet("web")]).subnets[0].default_outbound_access is None


@pytest.mark.parametrize("name", ["GatewaySubnet", "gatewaysubnet", "RouteServerSubnet", "ROUTESERVERSUBNET"])
def test_a_gateway_or_route_server_may_teach_routes(name: str) -> None:
    assert parsed(subnets=[subnet("web"), subnet(name)]).route_sources == (name,)


@pytest.mark.parametrize("name", ["AzureFirewallSubnet", "AzureBastionSubnet", "my-GatewaySubnet"])
def test_other_subnets_teach_no_routes(name: str) -> None:
    assert parsed(subnets=[subnet(name)]).route_sources == ()


def test_a_peering_teaches_routes_only_with_the_other_sides_gateway() -> None:
    peerings = [
        {"name": "hub", "properties": {"useRemoteGateways": True, "remoteVirtualNetwork": {"id": "/hub"}}},
        {"name": "side", "properties": {"useRemoteGateways": False, "allowGatewayTransit": True}},
        {"name": "bare"},
    ]

    vnet = parsed(virtualNetworkPeerings=peerings)

    assert vnet.route_sources == ("peering hub",)
    assert [peering.remote_virtual_network_id for peering in vnet.peerings] == ["/hub", None, None]


def test_a_peering_brings_the_other_sides_prefixes() -> None:
    peering = {"name": "hub", "properties": {"remoteAddressSpace": {"addressPrefixes": ["198.51.100.0/24"]}}}

    assert parsed(virtualNetworkPeerings=[peering]).peerings[0].remote_address_prefixes == ("198.51.100.0/24",)


@pytest.mark.parametrize("options", [None, {}, {"dnsServers": []}, {"dnsServers": None}], ids=repr)
def test_a_network_without_dns_servers_has_azures_own(options: object) -> None:
    assert parsed(dhcpOptions=options).dns_servers == ()


def test_a_networks_own_dns_servers_are_kept_in_order() -> None:
    assert parsed(dhcpOptions={"dnsServers": ["192.0.2.54", "192.0.2.53"]}).dns_servers == ("192.0.2.54", "192.0.2.53")


@pytest.mark.parametrize(
    ("properties", "state"),
    [({"peeringState": "Disconnected"}, "Disconnected"), ({}, "Connected"), (None, "Connected")],
)
def test_a_peering_whose_state_is_not_said_counts_as_connected(properties: object, state: str) -> None:
    peering = {"name": "hub", "properties": properties}

    assert parsed(virtualNetworkPeerings=[peering]).peerings[0].peering_state == state
