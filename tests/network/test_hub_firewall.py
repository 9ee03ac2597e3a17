"""The firewall of a virtual hub: found by its address, or behind a gateway by the hub's own routes (facts 5.3)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import decide_path
from tests.scenario import SUBSCRIPTION, VNET, Scenario

NEXT_HOP = "198.51.100.4"
LIST = f"{SUBSCRIPTION}/providers/Microsoft.Network/azureFirewalls"
HUB = f"{SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network/virtualHubs/vhub"
FIREWALL = f"{SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network/azureFirewalls/hub-fw"
CONNECTIONS, INTENT, TABLES = f"{HUB}/hubVirtualNetworkConnections", f"{HUB}/routingIntent", f"{HUB}/hubRouteTables"
DEFAULT_TABLE = f"{HUB}/hubRouteTables/defaultRouteTable"
BY_ADDRESS, BY_GATEWAY = "VirtualAppliance", "VirtualNetworkGateway"


def _scenario(next_hop: str = BY_GATEWAY, hub: str = HUB) -> Scenario:
    """Move the sample's firewall, which denies, into a hub that the VM's network is connected to."""
    scenario = Scenario.sample("firewall-denies-attestation")
    _to_hub(_firewalls(scenario)[0], hub)
    for route in scenario.body("effectiveRouteTable")["value"]:
        if route["nextHopType"] == BY_ADDRESS:
            route["nextHopType"] = next_hop
            route["nextHopIpAddress"] = [NEXT_HOP] if next_hop == BY_ADDRESS else []
    return _with_hub(scenario, hub)


def _to_hub(firewall: dict[str, Any], hub: str) -> None:
    properties = firewall["properties"]
    properties["ipConfigurations"] = []
    properties["virtualHub"] = {"id": hub}
    properties["hubIPAddresses"] = {"privateIPAddress": NEXT_HOP, "publicIPs": {"count": 1}}


def _with_hub(scenario: Scenario, hub: str = HUB) -> Scenario:
    remote = {"remoteVirtualNetwork": {"id": VNET.upper().replace("/SUBSCRIPTIONS", "/subscriptions")}}
    connection = {"name": "to-shop", "properties": {**remote, "enableInternetSecurity": True}}
    policy = {"name": "Internet", "destinations": ["Internet"], "nextHop": FIREWALL}
    intent = {"name": "intent", "properties": {"routingPolicies": [policy]}}
    scenario.read("hub_connections", {"value": [connection]}, hub=hub)
    scenario.read("routing_intent", {"value": [intent]}, hub=hub)
    return scenario.read("hub_route_tables", {"value": []}, hub=hub)


def _firewalls(scenario: Scenario) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = scenario.body(LIST)["value"]
    return listed


def _twin(scenario: Scenario, hub: str) -> None:
    twin = copy.deepcopy(_firewalls(scenario)[0])
    twin["id"], twin["name"] = f"{FIREWALL}-2", "hub-fw-2"
    twin["properties"]["virtualHub"] = {"id": hub}
    _firewalls(scenario).append(twin)


def _connection(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body(CONNECTIONS)["value"][0]["properties"]
    return properties


def _hops(scenario: Scenario) -> tuple[Hop, Hop]:
    path = decide_path(scenario.facts())
    (firewall,), (egress,) = path.of(HopName.FIREWALL), path.of(HopName.EGRESS)
    return firewall, egress


@pytest.mark.parametrize("next_hop", [BY_ADDRESS, BY_GATEWAY])
def test_a_connected_hubs_firewall_is_decided_by_its_address_and_behind_a_gateway(next_hop: str) -> None:
    firewall, egress = _hops(_scenario(next_hop))
    assert firewall.decision is Decision.DENY
    assert FIREWALL in firewall.written_at
    assert (egress.decision, egress.resource) == (Decision.ALLOW, FIREWALL)
    assert egress.summary == "firewall hub-fw has a public address of its own, and stands in virtual hub vhub"
    assert egress.assumptions == ("the hub leads what its firewall lets through to the Internet",)


def test_a_hubs_firewall_without_a_public_address_gives_no_egress() -> None:
    scenario = _scenario()
    del _firewalls(scenario)[0]["properties"]["hubIPAddresses"]["publicIPs"]
    _, egress = _hops(scenario)
    assert egress.decision is Decision.DENY


@pytest.mark.parametrize("next_hop", [BY_ADDRESS, BY_GATEWAY])
def test_the_firewall_of_a_hub_that_the_network_is_not_connected_to_is_another_one(next_hop: str) -> None:
    scenario = _scenario(next_hop)
    _connection(scenario)["remoteVirtualNetwork"]["id"] = f"{VNET}-2"
    firewall, egress = _hops(scenario)
    assert (firewall.decision, firewall.visible, egress.decision) == (Decision.UNKNOWN, False, Decision.UNKNOWN)


@pytest.mark.parametrize("next_hop", [BY_ADDRESS, BY_GATEWAY])
def test_connections_that_were_refused_leave_it_unknown_with_the_permission(next_hop: str) -> None:
    firewall, egress = _hops(_scenario(next_hop).answer(CONNECTIONS, 403))
    assert (firewall.decision, firewall.visible) == (Decision.UNKNOWN, True)
    assert firewall.missing_permission == "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/read"
    assert "whether virtual hub vhub leads the traffic there is not known" in firewall.summary
    assert egress.missing_permission == firewall.missing_permission
    assert firewall.evidence


def test_what_is_not_in_the_snapshot_is_said_without_evidence() -> None:
    firewall, _ = _hops(_scenario().drop(CONNECTIONS))
    assert (firewall.decision, firewall.evidence) == (Decision.UNKNOWN, ())


@pytest.mark.parametrize("next_hop", [BY_ADDRESS, BY_GATEWAY])
def test_of_two_hubs_that_share_an_address_the_one_that_the_network_is_connected_to_counts(next_hop: str) -> None:
    scenario = _scenario(next_hop)
    _twin(scenario, f"{HUB}-2")
    scenario.read("hub_connections", {"value": []}, hub=f"{HUB}-2")
    scenario.read("routing_intent", {"value": []}, hub=f"{HUB}-2")
    scenario.read("hub_route_tables", {"value": []}, hub=f"{HUB}-2")
    assert _hops(scenario)[0].decision is Decision.DENY


@pytest.mark.parametrize("next_hop", [BY_ADDRESS, BY_GATEWAY])
def test_two_hubs_of_which_it_may_be_either_are_both_named(next_hop: str) -> None:
    scenario = _scenario(next_hop)
    _twin(scenario, HUB)
    firewall, _ = _hops(scenario)
    assert (firewall.decision, firewall.visible) == (Decision.UNKNOWN, True)
    assert f"{FIREWALL}, {FIREWALL}-2" in firewall.summary


def test_the_firewall_of_another_network_is_not_behind_a_gateway() -> None:
    scenario = _scenario()
    twin = copy.deepcopy(_firewalls(Scenario.sample("firewall-denies-attestation"))[0])
    _firewalls(scenario).append({**twin, "id": f"{FIREWALL}-2"})
    assert _hops(scenario)[0].decision is Decision.DENY


@pytest.mark.parametrize("flag", [False, None])
def test_without_internet_security_the_network_does_not_learn_the_hubs_default_route(*, flag: bool | None) -> None:
    scenario = _scenario()
    _connection(scenario)["enableInternetSecurity"] = flag
    firewall, _ = _hops(scenario)
    assert (firewall.decision, firewall.visible) == (Decision.UNKNOWN, False)
    assert "connection to-shop of virtual hub vhub" in firewall.summary


@pytest.mark.parametrize(
    ("prefix", "decision"),
    [("203.0.113.0/24", Decision.UNKNOWN), ("0.0.0.0/0", Decision.DENY), ("10.0.0.0/8", Decision.DENY)],
)
def test_only_the_default_route_to_the_gateway_is_the_hubs_way_to_the_internet(prefix: str, decision: Decision) -> None:
    scenario = _scenario()
    more = {"source": "VirtualNetworkGateway", "state": "Active", "addressPrefix": [prefix], "nextHopType": BY_GATEWAY}
    scenario.body("effectiveRouteTable")["value"].append({**more, "name": None, "nextHopIpAddress": []})
    firewall, _ = _hops(scenario)
    assert firewall.decision is decision
    assert (f"by a route to {prefix}" in firewall.summary) is (decision is Decision.UNKNOWN)


def test_a_table_without_effective_routes_leads_to_the_hub_as_well() -> None:
    scenario = _scenario().drop("effectiveRouteTable")
    for table in (it for it in scenario.documents.values() if "/routeTables/" in it["request"]["url"]):
        for route in table["response"]["body"]["properties"]["routes"]:
            route["properties"].update(nextHopType=BY_GATEWAY, nextHopIpAddress=None)
    assert _hops(scenario)[0].decision is Decision.DENY


@pytest.mark.parametrize(
    ("next_hop", "decision", "visible"),
    [(FIREWALL.upper(), Decision.DENY, True), ("/nva", Decision.UNKNOWN, False), (None, Decision.UNKNOWN, False)],
)
def test_the_routing_intent_names_the_firewall(next_hop: str | None, decision: Decision, *, visible: bool) -> None:
    scenario = _scenario()
    scenario.body(INTENT)["value"][0]["properties"]["routingPolicies"][0]["nextHop"] = next_hop
    firewall, _ = _hops(scenario)
    assert (firewall.decision, firewall.visible) == (decision, visible)


@pytest.mark.parametrize(
    ("routes", "associated", "decision"),
    [
        ({"0.0.0.0/0": FIREWALL}, None, Decision.DENY),
        ({"0.0.0.0/0": FIREWALL}, DEFAULT_TABLE, Decision.DENY),
        ({"0.0.0.0/0": FIREWALL}, f"{TABLES}/other", Decision.UNKNOWN),
        ({"0.0.0.0/0": "/nva"}, DEFAULT_TABLE, Decision.UNKNOWN),
        ({"10.0.0.0/8": FIREWALL}, DEFAULT_TABLE, Decision.UNKNOWN),
        ({}, None, Decision.UNKNOWN),
    ],
)
def test_without_a_routing_intent_the_route_table_of_the_connection_leads_to_the_firewall(
    routes: dict[str, str], associated: str | None, decision: Decision
) -> None:
    scenario = _scenario()
    scenario.body(INTENT)["value"].clear()
    listed = [{"name": to, "destinations": [to], "nextHop": hop} for to, hop in routes.items()]
    scenario.body(TABLES)["value"].append({"id": DEFAULT_TABLE, "properties": {"routes": listed}})
    if associated:
        _connection(scenario)["routingConfiguration"] = {"associatedRouteTable": {"id": associated}}
    assert _hops(scenario)[0].decision is decision


@pytest.mark.parametrize(
    ("ending", "permission"),
    [
        (INTENT, "Microsoft.Network/virtualHubs/routingIntent/read"),
        (TABLES, "Microsoft.Network/virtualHubs/hubRouteTables/read"),
    ],
)
def test_what_of_the_hubs_routes_was_refused_is_named(ending: str, permission: str) -> None:
    scenario = _scenario()
    scenario.body(INTENT)["value"].clear()
    firewall, _ = _hops(scenario.answer(ending, 403))
    assert (firewall.decision, firewall.visible, firewall.missing_permission) == (Decision.UNKNOWN, True, permission)


def test_route_tables_do_not_matter_beside_a_routing_intent() -> None:
    assert _hops(_scenario().answer(TABLES, 403))[0].decision is Decision.DENY


def test_a_gateway_without_a_hub_is_not_visible_unless_a_list_or_the_network_was_not_read() -> None:
    scenario = _scenario()
    _firewalls(scenario).clear()
    firewall, _ = _hops(scenario)
    assert (firewall.visible, firewall.missing_permission) == (False, None)
    firewall, _ = _hops(scenario.answer(LIST, 403))
    assert (firewall.visible, firewall.missing_permission) == (True, "Microsoft.Network/azureFirewalls/read")
    firewall, _ = _hops(_scenario().answer("networkInterfaces/web-01-nic", 403))
    assert (firewall.visible, firewall.missing_permission) == (True, "Microsoft.Network/networkInterfaces/read")
    firewall, _ = _hops(scenario.drop(LIST))
    assert (firewall.visible, firewall.missing_permission, firewall.evidence) == (True, None, ())
