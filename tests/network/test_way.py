"""The way out of the VM to whatever is asked, and what stands behind the next hop that is only assumed (design 5)."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.addresses import symbol
from guest_attestation.network.hop import Decision, HopName
from guest_attestation.network.path import decide_path
from guest_attestation.network.question import Question
from guest_attestation.network.route_sources import routed_prefixes, routes_in_force
from guest_attestation.network.tiers import only_home
from guest_attestation.network.way import Way, tags_of, way_out, way_to
from tests.network.build import addresses
from tests.own_provider import own, with_zone
from tests.scenario import NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

ROUTES = "effectiveRouteTable"
VNET = "virtualNetworks/shop-prod-vnet"


def _question(*prefixes: str) -> Question:
    """Ask for TCP 8080 to a server, of which no address is known unless some is given."""
    where = addresses(*prefixes) if prefixes else symbol(0)
    return Question("Tcp", 8080, "192.0.2.4", (), "server", only_home(where))


def _way(scenario: Scenario, *prefixes: str) -> Way:
    facts = scenario.facts()
    return way_to(facts, facts.primary, _question(*prefixes))


def _open(*rules: dict[str, Any]) -> Scenario:
    """Let the NSGs allow everything but what these rules of the subnet's deny before."""
    scenario = Scenario.sample("healthy")
    allow = outbound_rule("Allow", 4000, "Allow", "*", protocol="*", destinationPortRange="*")
    scenario.body(NIC_NSG)["properties"]["securityRules"] = [allow]
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] = [allow, *rules]
    return scenario


def _route(scenario: Scenario, prefix: str, to: str, *addresses_: str, source: str = "User") -> Scenario:
    route = {"source": source, "state": "Active", "addressPrefix": [prefix], "nextHopType": to}
    scenario.body(ROUTES)["value"].append({**route, "name": "r", "nextHopIpAddress": list(addresses_)})
    return scenario


def test_the_way_out_has_four_hops_in_order_and_says_where_routes_lead() -> None:
    facts = Scenario.sample("healthy").facts()
    question = decide_path(facts).question
    way = way_out(facts.primary, question, tags_of(facts, facts.primary))
    assert [hop.hop for hop in way.hops] == [
        HopName.ADMIN_RULES, HopName.NIC_NSG, HopName.SUBNET_NSG, HopName.ROUTE
    ]  # fmt: skip
    assert [(leg.kind, leg.addresses) for leg in way.legs] == [("internet", question.destinations)]
    assert way.decision is Decision.ALLOW


def test_a_server_in_the_network_needs_no_egress() -> None:
    scenario = _open()
    del scenario.body(VNET)["properties"]["subnets"][0]["properties"]["natGateway"]
    way = _way(scenario, "192.0.2.70")
    assert (way.decision, way.assumptions) == (Decision.ALLOW, ())
    assert [hop.hop for hop in way.hops] == [*list(HopName)[:4]]


@pytest.mark.parametrize(("egress", "decision"), [(True, Decision.ALLOW), (False, Decision.DENY)])
def test_a_server_in_the_internet_needs_egress(*, egress: bool, decision: Decision) -> None:
    scenario = _open()
    if not egress:
        del scenario.body(VNET)["properties"]["subnets"][0]["properties"]["natGateway"]
    way = _way(scenario, "198.51.100.9")
    assert way.decision is decision
    assert way.hops[-1].hop is HopName.EGRESS


def test_a_server_that_is_half_denied_is_open_only_in_part() -> None:
    way = _way(_open(outbound_rule("Deny", 100, "Deny", "198.51.100.9", destinationPortRange="*")), "198.51.100.8/31")
    assert way.decision is Decision.PARTIAL


@pytest.mark.parametrize(("to", "address"), [("VirtualNetworkGateway", []), ("VirtualAppliance", ["192.0.2.99"])])
def test_what_stands_behind_a_gateway_or_an_appliance_is_an_assumption(to: str, address: list[str]) -> None:
    way = _way(_route(_open(), "10.0.0.0/8", to, *address), "10.9.0.4")
    assert way.decision is Decision.ALLOW
    (assumed,) = way.assumptions
    assert assumed.startswith("server is let through behind the next hop: route r leads")


def test_a_route_that_drops_the_way_denies_it() -> None:
    assert _way(_open(), "10.9.0.4").decision is Decision.DENY  # the system drops what is private and nobody's


def test_a_way_that_is_not_decided_at_all_is_not_open() -> None:
    scenario = _open().drop(ROUTES).drop("SecurityAdminRules").drop("effectiveNetworkSecurityGroups")
    way = _way(scenario, "192.0.2.70")
    bare = [hop.hop for hop in way.hops if hop.decision is Decision.UNKNOWN and not hop.parts]
    assert bare == [HopName.ADMIN_RULES]
    assert way.decision is Decision.UNKNOWN
    denied = _way(_route(_open().answer(NIC_NSG, 403), "192.0.2.70", "None"), "192.0.2.70")
    assert denied.decision is Decision.DENY


def test_a_server_without_a_known_address_is_decided_only_where_every_address_is_alike() -> None:
    assert _way(_open()).decision is Decision.UNKNOWN  # inside or outside of the network: nobody knows
    assert _way(_open(outbound_rule("Deny", 100, "Deny", "*", destinationPortRange="*"))).decision is Decision.DENY


def test_an_interface_endpoint_takes_its_one_address_from_any_other_route() -> None:
    """A private endpoint shows as a route of /32 to InterfaceEndpoint (design 5, "Provider")."""
    scenario = _route(with_zone(own(), shopattest__eus="10.9.0.4"), "10.9.0.0/16", "None")
    path = decide_path(scenario.facts())
    assert [hop.decision for hop in path.of(HopName.ROUTE)] == [Decision.DENY]
    path = decide_path(_route(scenario, "10.9.0.4/32", "InterfaceEndpoint", source="Default").facts())
    assert [hop.decision for hop in path.of(HopName.ROUTE)] == [Decision.ALLOW]
    assert [hop.decision for hop in path.of(HopName.FIREWALL)] == [Decision.NOT_APPLICABLE]
    assert [hop.decision for hop in path.of(HopName.EGRESS)] == [Decision.NOT_APPLICABLE]


def test_nsgs_are_decided_for_a_private_address() -> None:
    scenario = with_zone(own(), shopattest__eus="192.0.2.133")
    rules = scenario.body(SUBNET_NSG)["properties"]["securityRules"]
    rules.append(outbound_rule("Deny-Endpoint", 100, "Deny", "192.0.2.128/25"))
    diagnosis = scenario.diagnose()
    assert [(it.code.value, it.rule) for it in diagnosis.root_causes] == [("nsg-denies-attestation", "Deny-Endpoint")]
    rules[-1]["properties"]["destinationAddressPrefix"] = "192.0.2.0/25"
    assert not scenario.diagnose().root_causes


# What tags are looked up in.


def test_the_networks_and_its_peers_prefixes_and_the_users_and_learned_routes_make_virtualnetwork() -> None:
    scenario = _route(_open(), "10.5.0.0/16", "VirtualNetworkGateway", source="VirtualNetworkGateway")
    remote = {"remoteAddressSpace": {"addressPrefixes": ["10.7.0.0/16"]}}
    scenario.body(VNET)["properties"]["virtualNetworkPeerings"] = [{"name": "hub", "properties": remote}]
    facts = scenario.facts()
    space = tags_of(facts, facts.primary).space
    assert space.prefixes == ("192.0.2.0/24", "10.7.0.0/16")
    assert (space.has_default_route, space.routed) == (False, ("10.5.0.0/16",))


def test_without_the_network_its_space_is_not_known() -> None:
    facts = _open().drop(VNET).facts()
    assert tags_of(facts, facts.primary).space.prefixes == ()


def test_routed_prefixes_are_those_of_the_table_where_azures_were_not_read() -> None:
    scenario = _open().drop(ROUTES)
    subnet = scenario.body(VNET)["properties"]["subnets"][0]["properties"]
    assert routed_prefixes(scenario.facts().primary) == ()
    subnet["routeTable"] = {"id": "/t"}
    routes = [{"name": "r", "properties": {"addressPrefix": "10.5.0.0/16", "nextHopType": "VirtualNetworkGateway"}}]
    scenario.read("route_table", {"id": "/t", "properties": {"routes": routes}}, id="/t")
    assert routed_prefixes(scenario.facts().primary) == ("10.5.0.0/16",)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("Connected", ["VNetPeering"]), ("connected", ["VNetPeering"]), ("Disconnected", []), ("Initiated", [])],
)
def test_only_a_connected_peering_gives_the_network_a_route(state: str, expected: list[str]) -> None:
    scenario = _open().drop(ROUTES)
    remote = {"remoteAddressSpace": {"addressPrefixes": ["10.7.0.0/16"]}, "peeringState": state}
    scenario.body(VNET)["properties"]["virtualNetworkPeerings"] = [{"name": "hub", "properties": remote}]
    in_force = routes_in_force(scenario.facts().primary)
    assert in_force.computed
    assert [it.next_hop_type for it in in_force.routes or () if "10.7.0.0/16" in it.address_prefixes] == expected
