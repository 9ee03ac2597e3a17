from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import decide_path
from guest_attestation.network.route_sources import default_route_in_network
from guest_attestation.network.routes import Leg, route_hop
from tests.network.build import addresses
from tests.scenario import NETWORK, VNET, Scenario

EFFECTIVE = "effectiveRouteTable"
PERMISSION = "Microsoft.Network/networkInterfaces/effectiveRouteTable/action"
TABLE = f"{NETWORK}/routeTables/web-routes"


def _without_effective() -> Scenario:
    return Scenario.sample("healthy").drop(EFFECTIVE)


def _vnet(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body("virtualNetworks/shop-prod-vnet")["properties"]
    return properties


def _add_table(scenario: Scenario, *routes: tuple[str, str], propagation: bool = True, status: int = 200) -> Scenario:
    _vnet(scenario)["subnets"][0]["properties"]["routeTable"] = {"id": TABLE}
    named = [
        {"name": f"route-{place}", "properties": {"addressPrefix": prefix, "nextHopType": next_hop}}
        for place, (prefix, next_hop) in enumerate(routes)
    ]
    properties = {"routes": named, "disableBgpRoutePropagation": not propagation}
    return scenario.read("route_table", {"id": TABLE, "properties": properties}, id=TABLE, status=status)


def _to_appliance(scenario: Scenario, address: str) -> Scenario:
    """Let the subnet's table lead everything to an appliance."""
    _add_table(scenario, ("0.0.0.0/0", "VirtualAppliance"))
    route = scenario.body(TABLE)["properties"]["routes"][0]["properties"]
    route["nextHopIpAddress"] = address
    return scenario


def _add_source(scenario: Scenario, kind: str) -> Scenario:
    """Add something that a better route may be learned from."""
    if kind == "peering":
        peering = {"remoteVirtualNetwork": {"id": "/hub"}, "useRemoteGateways": True}
        _vnet(scenario)["virtualNetworkPeerings"] = [{"name": "to-hub", "properties": peering}]
    else:
        _vnet(scenario)["subnets"].append({"id": f"{VNET}/subnets/{kind}", "properties": {}})
    return scenario


def _effective(*routes: dict[str, Any]) -> Scenario:
    scenario = Scenario.sample("healthy")
    scenario.body(EFFECTIVE)["value"] = [{"state": "Active", "nextHopIpAddress": [], **route} for route in routes]
    return scenario


def _route(prefix: str, next_hop: str, source: str = "Default", **more: Any) -> dict[str, Any]:
    return {"addressPrefix": [prefix], "nextHopType": next_hop, "source": source, **more}


SYSTEM_DEFAULT = _route("0.0.0.0/0", "Internet")


def _hop(scenario: Scenario) -> Hop:
    (hop,) = decide_path(scenario.facts()).of(HopName.ROUTE)
    return hop


def _legs(scenario: Scenario) -> list[tuple[str, str | None]]:
    """Say where the routes lead: what kind of place, and an appliance's address."""
    return [(leg.kind, leg.address) for leg in _every_leg(scenario)]


def _every_leg(scenario: Scenario) -> tuple[Leg, ...]:
    facts = scenario.facts()
    path = decide_path(facts)
    return route_hop(facts.primary, path.question, path.tags)[1]


# Computed from the tables.


def test_without_a_table_and_a_gateway_the_systems_default_route_leads_to_the_internet() -> None:
    hop = _hop(_without_effective())
    assert (hop.decision, hop.rule) == (Decision.ALLOW, None)
    assert hop.assumptions == ("routes were computed from the route table: Azure's effective routes are not known",)
    assert "virtualNetworks" in hop.evidence[0]


@pytest.mark.parametrize(
    ("kind", "named"),
    [("GatewaySubnet", "GatewaySubnet"), ("routeserversubnet", "routeserversubnet"), ("peering", "peering to-hub")],
)
def test_where_a_better_route_may_be_learned_it_is_unknown_and_names_the_permission(kind: str, named: str) -> None:
    hop = _hop(_add_source(Scenario.sample("healthy").answer(EFFECTIVE, 403), kind))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, PERMISSION)
    assert f"may be learned from {named}" in hop.summary
    assert "refused (403)" in hop.summary


def test_effective_routes_that_were_not_recorded_are_no_missing_permission() -> None:
    hop = _hop(_add_source(_without_effective(), "GatewaySubnet"))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, None)
    assert "not in the snapshot" in hop.summary


def test_an_empty_list_of_effective_routes_says_nothing() -> None:
    assert _hop(_effective()).decision is Decision.ALLOW
    hop = _hop(_add_source(_effective(), "GatewaySubnet"))
    assert hop.decision is Decision.UNKNOWN
    assert hop.summary.endswith("effective routes: empty")


def test_a_peering_without_remote_gateways_teaches_no_route() -> None:
    scenario = _add_source(_without_effective(), "peering")
    _vnet(scenario)["virtualNetworkPeerings"][0]["properties"]["useRemoteGateways"] = False
    assert _hop(scenario).decision is Decision.ALLOW


def test_a_table_that_disables_propagation_keeps_learned_routes_out() -> None:
    scenario = _add_source(_add_source(_without_effective(), "GatewaySubnet"), "peering")
    assert _hop(_add_table(scenario, propagation=False)).decision is Decision.ALLOW


def test_a_table_that_does_not_disable_propagation_lets_learned_routes_in() -> None:
    scenario = _add_source(_without_effective(), "GatewaySubnet")
    assert _hop(_add_table(scenario, propagation=True)).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("next_hop", "decision", "legs"),
    [
        ("VirtualNetworkGateway", Decision.ALLOW, [("virtualnetworkgateway", None)]),
        ("HyperNetGateway", Decision.ALLOW, [("virtualnetworkgateway", None)]),
        ("Internet", Decision.ALLOW, [("internet", None)]),
        ("VirtualApplianceEcmp", Decision.DENY, []),
        ("VnetLocal", Decision.UNKNOWN, []),
        ("Teleport", Decision.UNKNOWN, []),
        ("", Decision.UNKNOWN, []),
    ],
)
@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "203.0.113.0/24", "AzureAttestation", "AzureCloud"])
def test_the_next_hop_of_a_route_decides_where_it_leads(
    prefix: str, next_hop: str, decision: Decision, legs: list[tuple[str, str | None]]
) -> None:
    scenario = _add_table(_without_effective(), ("10.0.0.0/8", "None"), (prefix, next_hop), propagation=False)
    hop = _hop(scenario)
    assert (hop.decision, hop.rule, _legs(scenario)) == (decision, "route-1", legs)
    assert hop.summary.startswith("route route-1 ")
    assert hop.evidence[0].endswith("/properties/routes/1")


@pytest.mark.parametrize("next_hop", ["VirtualNetworkGateway", "VirtualApplianceEcmp", "VnetLocal", "None", "Teleport"])
def test_a_route_that_cannot_be_read_is_named_but_not_decided(next_hop: str) -> None:
    hop = _hop(_add_table(_without_effective(), ("10.0.0.0/8", "None"), ("x.x.x.x/8", next_hop), propagation=False))
    assert hop.decision is Decision.UNKNOWN
    assert f"route route-1 to {next_hop}: destination 'x.x.x.x/8' is neither a prefix nor" in hop.summary


def test_a_route_that_cannot_be_read_does_not_matter_where_it_leads_the_same_way() -> None:
    assert _hop(_add_table(_without_effective(), ("x.x.x.x/8", "Internet"))).decision is Decision.ALLOW


@pytest.mark.parametrize("next_hop", ["VirtualAppliance", "None"])
@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "203.0.113.0/24", "AzureAttestation", "AzureCloud"])
def test_one_route_of_the_table_that_takes_everything_nowhere_drops_the_traffic(prefix: str, next_hop: str) -> None:
    hop = _hop(_add_table(_without_effective(), ("10.0.0.0/8", "None"), (prefix, next_hop)))
    assert (hop.decision, hop.rule, hop.resource) == (Decision.DENY, "route-1", TABLE)
    assert hop.summary.startswith("route route-1 ")
    assert ("its next hop is None" in hop.summary) is (next_hop == "None")
    assert ("without an address" in hop.summary) is (next_hop == "VirtualAppliance")
    assert hop.evidence[0].endswith("/properties/routes/1")
    assert hop.assumptions == ("routes were computed from the route table: Azure's effective routes are not known",)


@pytest.mark.parametrize(
    ("prefix", "decision"),
    [
        ("203.0.113.0/27", Decision.PARTIAL),  # some of home
        ("203.0.113.64/26", Decision.PARTIAL),  # all of its pair
        ("203.0.113.72/30", Decision.PARTIAL),  # some of its pair
        ("203.0.113.128/25", Decision.ALLOW),  # others only
        ("203.0.113.0/26", Decision.DENY),  # all of home
        ("AzureCloud.eastus", Decision.DENY),
        ("AzureCloud.westus", Decision.PARTIAL),
        ("AzureCloud.centralus", Decision.UNKNOWN),  # a tag that was not read
        ("203.0.113.0/40", Decision.UNKNOWN),
    ],
)
def test_a_route_that_drops_or_may_drop_only_some_is_decided_by_the_tiers(prefix: str, decision: Decision) -> None:
    hop = _hop(_add_table(_without_effective(), (prefix, "None")))
    assert hop.decision is decision
    named = decision in (Decision.PARTIAL, Decision.DENY)
    assert hop.rule == ("route-0" if named else None)


def test_a_route_of_the_table_to_an_appliance_hands_its_address_on() -> None:
    scenario = _to_appliance(_without_effective(), "10.1.0.4")
    hop = _hop(scenario)
    assert (hop.decision, hop.rule, hop.resource) == (Decision.ALLOW, "route-0", TABLE)
    assert _legs(scenario) == [("virtualappliance", "10.1.0.4")]
    assert hop.summary == "route route-0 leads to the virtual appliance at 10.1.0.4"
    assert [(line.rule, line.matched) for line in hop.trace] == [
        ("route-0", True),
        ("system's 192.0.2.0/24 → VnetLocal", False),
        ("system's 10.0.0.0/8, 172.16.0.0/12 → None", False),
        ("system's 0.0.0.0/0, ::/0 → Internet", False),
    ]
    contains = "destination 0.0.0.0/0 contains AzureAttestation"
    assert (hop.trace[0].why, hop.trace[3].why) == (contains, f"{contains}; a better route takes it")
    assert hop.trace[1].why == "destination 192.0.2.0/24 does not contain AzureAttestation"


def test_a_gateway_does_not_matter_to_a_route_of_the_table_that_takes_everything() -> None:
    hop = _hop(_to_appliance(_add_source(_without_effective(), "GatewaySubnet"), "10.1.0.4"))
    assert hop.decision is Decision.ALLOW
    assert hop.assumptions[1] == "no better route is learned from GatewaySubnet"


def test_the_networks_own_addresses_leave_a_computed_route_to_an_appliance_undecided() -> None:
    scenario = _to_appliance(_without_effective(), "10.1.0.4")
    _vnet(scenario)["addressSpace"]["addressPrefixes"].append("203.0.113.0/25")
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "keeps AzureAttestation within the network" in hop.summary


@pytest.mark.parametrize(
    "prefix", ["10.0.0.0/8", "192.168.7.0/24", "198.51.100.192/28", "2001:db8::/32", "AzureMonitor"]
)
def test_a_route_to_elsewhere_leaves_the_systems_default(prefix: str) -> None:
    hop = _hop(_add_table(_without_effective(), (prefix, "VirtualAppliance")))
    assert hop.decision is Decision.ALLOW
    assert len(hop.assumptions) == 1


def test_a_route_to_a_tag_that_was_not_read_is_assumed_to_lead_elsewhere_and_says_so() -> None:
    hop = _hop(_add_table(_without_effective(), ("Sql", "VirtualAppliance")))
    assert hop.decision is Decision.ALLOW
    assert any(assumption.startswith("service tag Sql holds no address") for assumption in hop.assumptions)


def test_what_the_networks_own_address_space_holds_does_not_leave_by_the_default_route() -> None:
    scenario = _without_effective()
    _vnet(scenario)["addressSpace"]["addressPrefixes"] = ["192.0.2.0/24", "203.0.113.0/27"]
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert hop.summary == (
        "the system's route to 192.0.2.0/24, 203.0.113.0/27 keeps AzureAttestation within the network"
    )
    assert {part.decision: part.addresses for part in hop.parts}[Decision.UNKNOWN] == addresses(
        "203.0.113.4/30", "203.0.113.16/31"
    )
    assert "virtualNetworks" in hop.evidence[0]
    _vnet(scenario)["addressSpace"]["addressPrefixes"] = ["192.0.2.0/24", "203.0.113.128/25"]  # other regions only
    assert _hop(scenario).decision is Decision.ALLOW


def test_what_a_peered_networks_address_space_holds_does_not_leave_by_the_default_route() -> None:
    scenario = _without_effective()
    remote = {"remoteAddressSpace": {"addressPrefixes": ["203.0.113.0/24"]}}
    _vnet(scenario)["virtualNetworkPeerings"] = [{"name": "hub", "properties": remote}]
    assert _hop(scenario).decision is Decision.UNKNOWN


def test_a_table_that_was_not_read_is_unknown_and_names_the_permission() -> None:
    hop = _hop(_add_table(_without_effective(), status=403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/routeTables/read")
    assert "route table: refused (403)" in hop.summary


def test_without_the_network_it_is_unknown_whether_there_is_a_table() -> None:
    hop = _hop(_without_effective().answer("virtualNetworks/shop-prod-vnet", 403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/virtualNetworks/read")


def test_a_subnet_known_without_its_network_does_not_show_what_may_be_learned() -> None:
    facts = _without_effective().facts()
    path = decide_path(facts)
    lost: Reading[Any] = Reading(None, "lost", "Microsoft.Network/virtualNetworks/read", "there")
    at = replace(facts.primary, vnet=lost)
    hop, legs = route_hop(at, path.question, path.tags)
    assert (hop.decision, legs) == (Decision.UNKNOWN, ())
    assert hop.summary == "a better route may be learned: virtual network: lost"
    assert hop.missing_permission == "Microsoft.Network/virtualNetworks/read"
    assert default_route_in_network(at) is None


def test_the_networks_own_addresses_may_take_the_traffic_from_the_systems_default() -> None:
    scenario = _without_effective()
    _vnet(scenario)["addressSpace"]["addressPrefixes"].append("203.0.113.64/26")  # the paired region's
    hop = _hop(scenario)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, None)
    assert "within the network" in hop.summary


# Effective routes.


def test_effective_routes_win_over_tables_and_gateways() -> None:
    scenario = _add_table(_add_source(Scenario.sample("healthy"), "GatewaySubnet"), ("0.0.0.0/0", "VirtualAppliance"))
    hop = _hop(scenario)
    assert (hop.decision, hop.assumptions) == (Decision.ALLOW, ())
    assert "effectiveRouteTable" in hop.evidence[0]


@pytest.mark.parametrize(
    "route",
    [
        _route("AzureCloud.centralus", "None", "User"),
        _route("203.0.113.0/99", "None", "User"),
        _route("0.0.0.0/0", "VirtualAppliance", "User", nextHopIpAddress=["10.1.0.4", "10.1.0.5"]),
        _route("0.0.0.0/0", "Teleport", "User"),
        _route("203.0.113.0/24", "VNetPeering"),
    ],
)
def test_an_effective_route_that_may_take_the_traffic_elsewhere_is_not_decided(route: dict[str, Any]) -> None:
    scenario = _effective(SYSTEM_DEFAULT, route)
    hop = _hop(scenario)
    assert (hop.decision, _legs(scenario)) == (Decision.UNKNOWN, [])
    assert route["addressPrefix"][0] in hop.summary
    assert EFFECTIVE in hop.evidence[0]


@pytest.mark.parametrize(
    ("route", "decision", "legs"),
    [
        (_route("0.0.0.0/0", "Internet", "User"), Decision.ALLOW, [("internet", None)]),
        (
            _route("0.0.0.0/0", "VirtualNetworkGateway", "VirtualNetworkGateway"),
            Decision.ALLOW,
            [("virtualnetworkgateway", None)],
        ),
        (_route("203.0.113.0/27", "None", "User"), Decision.PARTIAL, [("internet", None)]),
        (
            _route("203.0.113.0/27", "VirtualAppliance", "User", nextHopIpAddress=["10.1.0.4"]),
            Decision.ALLOW,
            [("virtualappliance", "10.1.0.4"), ("internet", None)],
        ),
    ],
)
def test_an_effective_route_that_takes_all_or_some_of_the_traffic_leads_it_elsewhere(
    route: dict[str, Any], decision: Decision, legs: list[tuple[str, str | None]]
) -> None:
    scenario = _effective(SYSTEM_DEFAULT, route)
    hop = _hop(scenario)
    assert (hop.decision, _legs(scenario)) == (decision, legs)
    assert EFFECTIVE in hop.evidence[0]


def test_a_set_splits_over_several_routes_exactly() -> None:
    scenario = _effective(
        _route("0.0.0.0/0", "Internet", "User", name="all"),
        _route("AzureCloud.eastus", "VirtualAppliance", "User", name="home", nextHopIpAddress=["10.1.0.4"]),
        _route("203.0.113.41/32", "None", "User", name="one"),
        _route("203.0.113.64/26", "VirtualAppliance", "User", name="pair", nextHopIpAddress=["10.1.0.4"]),
    )
    hop = _hop(scenario)
    assert (hop.decision, hop.rule) == (Decision.PARTIAL, "one")
    pair = ("203.0.113.72/29", "203.0.113.98/31", "203.0.113.119")
    assert {(part.rule, part.decision): part.addresses for part in hop.parts} == {
        ("home", Decision.ALLOW): addresses("203.0.113.4/30", "203.0.113.16/31"),
        ("one", Decision.DENY): addresses("203.0.113.41"),
        ("pair", Decision.ALLOW): addresses(*pair),
        ("all", Decision.ALLOW): addresses(
            "203.0.113.132/30", "203.0.113.150", "203.0.113.168/29", "203.0.113.186/31", "203.0.113.209",
            "203.0.113.236/30",
        ),
    }  # fmt: skip
    appliance, internet = sorted(_every_leg(scenario), key=lambda leg: leg.kind, reverse=True)
    assert appliance.addresses == addresses("203.0.113.4/30", "203.0.113.16/31", *pair)
    assert (internet.kind, internet.address) == ("internet", None)


def test_where_routes_lead_to_several_places_all_are_shown() -> None:
    scenario = _effective(
        SYSTEM_DEFAULT,
        _route("203.0.113.0/26", "VirtualAppliance", "User", name="home", nextHopIpAddress=["10.1.0.4"]),
    )
    assert _hop(scenario).summary == (
        "route home leads to the virtual appliance at 10.1.0.4;"
        " the system's route to 0.0.0.0/0 leads AzureAttestation to the Internet"
    )


@pytest.mark.parametrize(
    ("route", "decision"),
    [
        (_route("0.0.0.0/0", "VirtualAppliance", "User", nextHopIpAddress=["10.1.0.4"]), Decision.ALLOW),
        (_route("0.0.0.0/0", "virtualappliance", "USER", nextHopIpAddress=["10.1.0.4"]), Decision.ALLOW),
        (_route("203.0.113.0/24", "VirtualAppliance", "User", nextHopIpAddress=["10.1.0.4"]), Decision.ALLOW),
        (_route("0.0.0.0/0", "VirtualAppliance", "User"), Decision.DENY),
        (_route("203.0.113.0/24", "None", "User"), Decision.DENY),
        (_route("AzureAttestation", "None", "User"), Decision.DENY),
        (_route("10.0.0.0/8", "None", "User", destinationServiceTags=["AzureAttestation"]), Decision.DENY),
    ],
)
def test_one_effective_route_that_takes_everything_is_decided(route: dict[str, Any], decision: Decision) -> None:
    named = {**route, "name": "way-out"}
    scenario = _effective(SYSTEM_DEFAULT, _route("10.0.0.0/8", "VnetLocal", name=None), named)
    _vnet(scenario)["subnets"][0]["properties"]["routeTable"] = {"id": TABLE}
    hop = _hop(scenario)
    assert (hop.decision, hop.rule, hop.resource, hop.assumptions) == (decision, "way-out", TABLE, ())
    assert _legs(scenario) == ([("virtualappliance", "10.1.0.4")] if decision is Decision.ALLOW else [])
    assert [(line.rule, line.matched) for line in hop.trace] == [
        ("system's 0.0.0.0/0 → Internet", False),
        ("system's 10.0.0.0/8 → VnetLocal", False),
        ("way-out", True),
    ]


def test_a_route_that_a_better_one_replaces_says_so() -> None:
    appliance = {"nextHopIpAddress": ["10.1.0.4"], "name": "all"}
    scenario = _effective(
        _route("0.0.0.0/0", "VirtualAppliance", "User", **appliance),
        _route("AzureAttestation", "None", "User", name="tag"),
        _route("192.0.2.0/24", "None", "User", name="elsewhere"),
        _route("203.0.113.0/24", "None", "User", name="gone", state="Invalid"),
    )
    assert [(line.rule, line.matched, line.why) for line in _hop(scenario).trace] == [
        ("all", False, "destination 0.0.0.0/0 contains AzureAttestation; a better route takes it"),
        ("tag", True, "destination is AzureAttestation"),
        ("elsewhere", False, "destination 192.0.2.0/24 does not contain AzureAttestation"),
        ("gone", False, "not in force: Azure shows its state as Invalid"),
    ]


def test_a_system_route_that_drops_everything_has_no_name_and_no_table() -> None:
    hop = _hop(_effective(_route("203.0.113.0/24", "None"), SYSTEM_DEFAULT))
    assert (hop.decision, hop.rule, hop.resource) == (Decision.DENY, None, None)
    assert [(line.rule, line.matched) for line in hop.trace] == [
        ("system's 203.0.113.0/24 → None", True),
        ("system's 0.0.0.0/0 → Internet", False),
    ]
    assert hop.summary == "the system's route to 203.0.113.0/24 drops TCP 443 to AzureAttestation: its next hop is None"


@pytest.mark.parametrize(
    ("source", "whose"), [("VirtualNetworkGateway", "learned"), ("User", "user's"), ("Unknown", "system's")]
)
def test_a_route_without_a_name_is_shown_by_whose_it_is(source: str, whose: str) -> None:
    hop = _hop(_effective(_route("0.0.0.0/0", "None", source)))
    assert hop.summary.startswith(f"the {whose} route to 0.0.0.0/0 drops")
    assert hop.trace[0].rule == f"{whose} 0.0.0.0/0 → None"


def test_an_effective_route_without_a_name_has_that_of_the_table() -> None:
    scenario = _to_appliance(Scenario.sample("healthy"), "10.1.0.4")
    appliance = _route("0.0.0.0/0", "VirtualAppliance", "User", nextHopIpAddress=["10.1.0.4"], state="Active")
    scenario.body(EFFECTIVE)["value"] = [appliance]
    hop = _hop(scenario)
    assert (hop.rule, [line.rule for line in hop.trace]) == ("route-0", ["route-0"])
    appliance["addressPrefix"] = ["AzureCloud"]
    assert _hop(scenario).rule is None


def test_every_route_that_drops_some_is_in_the_parts_and_in_the_trace() -> None:
    names = [f"r{start}" for start in (0, 16, 40, 72, 96)]
    routes = [_route(f"203.0.113.{start}/29", "None", "User", name=f"r{start}") for start in (0, 16, 40, 72, 96)]
    hop = _hop(_effective(SYSTEM_DEFAULT, *routes))
    assert (hop.decision, hop.rule) == (Decision.DENY, "r0")
    assert [line.rule for line in hop.trace if line.matched] == ["system's 0.0.0.0/0 → Internet", *names]
    assert {part.rule for part in hop.parts if part.decision is Decision.DENY} == set(names)


def test_effective_routes_to_elsewhere_leave_the_systems_default() -> None:
    hop = _hop(_effective(SYSTEM_DEFAULT, _route("10.0.0.0/8", "VnetLocal"), _route("192.0.2.0/24", "VNetPeering")))
    assert (hop.decision, hop.assumptions) == (Decision.ALLOW, ())


def test_an_invalid_route_is_ignored() -> None:
    hop = _hop(_effective(SYSTEM_DEFAULT, _route("0.0.0.0/0", "VirtualNetworkGateway", "User", state="Invalid")))
    assert hop.decision is Decision.ALLOW


@pytest.mark.parametrize(
    "routes",
    [
        [_route("10.0.0.0/8", "VnetLocal")],
        [_route("10.0.0.0/8", "VnetLocal"), _route("0.0.0.0/0", "Internet", state="Invalid")],
        [_route("128.0.0.0/2", "Internet")],
    ],
)
def test_where_no_effective_route_takes_all_of_the_traffic_it_is_unknown(routes: list[dict[str, Any]]) -> None:
    hop = _hop(_effective(*routes))
    assert hop.decision is Decision.UNKNOWN
    assert hop.summary == "no route takes AzureAttestation"


def test_an_effective_route_to_a_tag_that_was_not_read_is_assumed_to_lead_elsewhere_and_says_so() -> None:
    route = _route("10.0.0.0/8", "VirtualAppliance", "User", destinationServiceTags=["Sql"])
    (assumption,) = _hop(_effective(SYSTEM_DEFAULT, route)).assumptions
    assert assumption.startswith("service tag Sql holds no address")
    assert _hop(_effective(SYSTEM_DEFAULT, {**route, "state": "Invalid"})).assumptions == ()


# The default route that the tag VirtualNetwork may hold.


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([SYSTEM_DEFAULT], False),
        ([SYSTEM_DEFAULT, _route("10.0.0.0/8", "VnetLocal")], False),
        ([_route("0.0.0.0/0", "VirtualAppliance", "User")], True),
        ([_route("0.0.0.0/0", "VirtualNetworkGateway", "VirtualNetworkGateway")], True),
        ([SYSTEM_DEFAULT, _route("0.0.0.0/0", "VirtualAppliance", "User", state="Invalid")], False),
    ],
)
def test_effective_routes_show_whether_virtualnetwork_holds_a_default_route(
    routes: list[dict[str, Any]], *, expected: bool
) -> None:
    assert default_route_in_network(_effective(*routes).facts().primary) is expected


def test_an_ipv6_address_asks_for_the_ipv6_default_route() -> None:
    facts = _effective(SYSTEM_DEFAULT, _route("0.0.0.0/0", "VirtualAppliance", "User")).facts()
    ip = facts.primary.ip_configuration
    assert ip is not None
    at = replace(facts.primary, ip_configuration=replace(ip, private_ip_address_version="IPv6"))
    assert (default_route_in_network(facts.primary), default_route_in_network(at)) == (True, False)


def test_a_table_with_a_default_route_puts_it_into_virtualnetwork() -> None:
    scenario = _add_table(_without_effective(), ("10.0.0.0/8", "VirtualAppliance"), ("0.0.0.0/0", "VirtualAppliance"))
    assert default_route_in_network(scenario.facts().primary) is True


def test_without_a_default_route_in_the_table_and_without_a_gateway_virtualnetwork_holds_none() -> None:
    assert default_route_in_network(_without_effective().facts().primary) is False
    assert default_route_in_network(_add_table(_without_effective(), ("10.0.0.0/8", "None")).facts().primary) is False


def test_whether_virtualnetwork_holds_a_learned_default_route_is_unknown() -> None:
    scenario = _add_source(_without_effective(), "GatewaySubnet")
    assert default_route_in_network(scenario.facts().primary) is None
    assert default_route_in_network(_add_table(scenario, propagation=False).facts().primary) is False


def test_without_the_table_it_is_unknown_whether_virtualnetwork_holds_a_default_route() -> None:
    assert default_route_in_network(_add_table(_without_effective(), status=404).facts().primary) is None
