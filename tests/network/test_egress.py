from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.network.egress import egress_hop
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import decide_path
from tests.scenario import NETWORK, NIC, Scenario

NAT = "natGateways/shop-prod-nat"
PUBLIC_IP = f"{NETWORK}/publicIPAddresses/web-01-ip"


def _hop(scenario: Scenario) -> Hop:
    return decide_path(scenario.facts()).hop(HopName.EGRESS)


def _configuration(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body(NIC)["properties"]["ipConfigurations"][0]["properties"]
    return properties


def _nat(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body(NAT)["properties"]
    return properties


def _without_nat() -> Scenario:
    scenario = Scenario.sample("healthy").drop(NAT)
    subnets = scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"]
    del subnets[0]["properties"]["natGateway"]
    return scenario


def _add_public_ip(scenario: Scenario, address: str | None = "198.51.100.20", status: int = 200) -> Scenario:
    _configuration(scenario)["publicIPAddress"] = {"id": PUBLIC_IP}
    body = {"id": PUBLIC_IP, "properties": {"ipAddress": address}}
    return scenario.read("public_ip_address", body, id=PUBLIC_IP, status=status)


def _balancer(name: str) -> str:
    return f"{NETWORK}/loadBalancers/{name}"


def _add_balancer(
    scenario: Scenario, name: str, *, outbound: str | None = None, status: int = 200, protocol: str = "All"
) -> Scenario:
    """Put the NIC into a pool of a load balancer, with an outbound rule for the pool `outbound`."""
    pools = _configuration(scenario).setdefault("loadBalancerBackendAddressPools", [])
    pools.append({"id": f"{_balancer(name)}/backendAddressPools/web"})
    pool = {"id": f"{_balancer(name)}/backendAddressPools/{outbound}"}
    rules = [{"name": "out", "properties": {"backendAddressPool": pool, "protocol": protocol}}] if outbound else []
    body = {"id": _balancer(name), "sku": {"name": "Standard"}, "properties": {"outboundRules": rules}}
    return scenario.read("load_balancer", body, id=_balancer(name), status=status)


def test_a_nat_gateway_with_a_public_address_gives_egress() -> None:
    hop = _hop(Scenario.sample("healthy"))
    assert (hop.decision, hop.resource) == (Decision.ALLOW, f"{NETWORK}/{NAT}")
    assert "natGateways" in hop.evidence[0]


def test_a_nat_gateway_with_a_public_prefix_gives_egress() -> None:
    scenario = Scenario.sample("healthy")
    nat = _nat(scenario)
    nat["publicIpPrefixes"] = nat.pop("publicIpAddresses")
    assert _hop(scenario).decision is Decision.ALLOW


def test_a_nat_gateway_needs_no_reading_of_its_public_address() -> None:
    scenario = Scenario.sample("healthy").drop("publicIPAddresses/shop-prod-nat-ip")
    assert _hop(scenario).decision is Decision.ALLOW


def test_a_nat_gateway_without_a_public_address_gives_none() -> None:
    scenario = Scenario.sample("healthy")
    _nat(scenario)["publicIpAddresses"] = []
    assert _hop(scenario).decision is Decision.UNKNOWN
    assert _hop(_add_public_ip(scenario)).decision is Decision.ALLOW


def test_a_nat_gateway_that_was_not_read_is_unknown_and_names_the_permission() -> None:
    hop = _hop(Scenario.sample("healthy").answer(NAT, 403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/natGateways/read")
    assert "NAT gateway: refused (403)" in hop.summary
    assert hop.evidence


def test_a_nat_gateway_that_was_not_recorded_is_unknown_without_evidence() -> None:
    hop = _hop(Scenario.sample("healthy").drop(NAT))
    assert (hop.decision, hop.evidence) == (Decision.UNKNOWN, ())
    assert "NAT gateway: not in the snapshot" in hop.summary


def test_a_public_address_of_the_vm_gives_egress_and_is_shown() -> None:
    hop = _hop(_add_public_ip(_without_nat()))
    assert (hop.decision, hop.resource) == (Decision.ALLOW, PUBLIC_IP)
    assert hop.summary == "the VM's own public address 198.51.100.20 gives egress"
    assert hop.evidence[0].startswith("responses/added/")


def test_a_public_address_that_the_nic_names_gives_egress_though_it_was_not_read() -> None:
    scenario = _add_public_ip(_without_nat(), status=403)
    hop = _hop(scenario)
    assert (hop.decision, hop.resource) == (Decision.ALLOW, PUBLIC_IP)
    assert hop.summary == "a public address of the VM's own gives egress"
    assert hop.evidence


def test_a_public_address_that_was_not_recorded_shows_the_nic_as_evidence() -> None:
    scenario = _without_nat()
    _configuration(scenario)["publicIPAddress"] = {"id": PUBLIC_IP}
    hop = _hop(scenario)
    assert hop.decision is Decision.ALLOW
    assert "networkInterfaces" in hop.evidence[0]


def test_an_outbound_rule_for_the_vms_pool_gives_egress_in_any_letter_case() -> None:
    hop = _hop(_add_balancer(_without_nat(), "lb", outbound="WEB"))
    assert (hop.decision, hop.resource) == (Decision.ALLOW, _balancer("lb"))


def test_an_outbound_rule_for_another_pool_gives_none() -> None:
    assert _hop(_add_balancer(_without_nat(), "lb", outbound="other")).decision is Decision.UNKNOWN
    assert _hop(_add_balancer(_without_nat(), "lb")).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("protocol", "decision"),
    [("All", Decision.ALLOW), ("tcp", Decision.ALLOW), ("Udp", Decision.UNKNOWN), ("", Decision.UNKNOWN)],
)
def test_an_outbound_rule_gives_egress_only_if_it_carries_tcp(protocol: str, decision: Decision) -> None:
    hop = _hop(_add_balancer(_without_nat(), "lb", outbound="web", protocol=protocol))
    assert hop.decision is decision


def test_an_outbound_rule_without_a_pool_gives_none() -> None:
    scenario = _add_balancer(_without_nat(), "lb", outbound="web")
    rule = scenario.body(_balancer("lb"))["properties"]["outboundRules"][0]
    del rule["properties"]["backendAddressPool"]
    assert _hop(scenario).decision is Decision.UNKNOWN


def test_a_load_balancer_that_was_not_read_is_unknown_and_names_the_permission() -> None:
    hop = _hop(_add_balancer(_without_nat(), "lb", status=403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/loadBalancers/read")
    assert "load balancer: refused (403)" in hop.summary


def test_one_load_balancer_with_an_outbound_rule_is_enough_whichever_could_not_be_read() -> None:
    first = _add_balancer(_add_balancer(_without_nat(), "one", outbound="web"), "two", status=403)
    last = _add_balancer(_add_balancer(_without_nat(), "one", status=403), "two", outbound="web")
    assert _hop(first).decision is Decision.ALLOW
    assert _hop(last).decision is Decision.ALLOW


def test_with_nothing_explicit_it_is_unknown() -> None:
    hop = _hop(_without_nat())
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, None)
    assert "default outbound access" in hop.summary
    assert "virtualNetworks" in hop.evidence[0]


def test_where_the_route_is_not_known_egress_is_not_either() -> None:
    hop = _hop(Scenario.sample("healthy").drop("effectiveRouteTable").drop("virtualNetworks/shop-prod-vnet"))
    assert hop.decision is Decision.UNKNOWN
    assert "the route is not" in hop.summary


def test_a_public_address_counts_though_its_ip_configuration_is_not_known() -> None:
    facts = replace(_add_public_ip(_without_nat()).facts(), nic=Reading(None, "lost"))
    hop = egress_hop(facts, Hop(HopName.ROUTE, Decision.ALLOW, ""))
    assert (hop.decision, hop.resource) == (Decision.ALLOW, None)


# Behind a firewall.

HUB_VNET = "virtualNetworks/hub-vnet"
POLICY = "firewallPolicies/hub-fw-policy"


def _behind(name: str = "healthy-behind-firewall") -> Scenario:
    return Scenario.sample(name)


def _firewall(scenario: Scenario) -> dict[str, Any]:
    """Return the properties of the sample's firewall."""
    bodies = [it["response"]["body"] for it in scenario.documents.values() if "azureFirewalls?" in it["request"]["url"]]
    (listed,) = [body["value"] for body in bodies if body["value"]]
    properties: dict[str, Any] = listed[0]["properties"]
    return properties


def _firewall_subnet(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body(HUB_VNET)["properties"]["subnets"][0]["properties"]
    return properties


@pytest.mark.parametrize("name", ["healthy-behind-firewall", "firewall-denies-attestation"])
def test_a_firewall_with_a_public_address_and_no_route_table_gives_egress_whatever_its_rules_say(name: str) -> None:
    hop = _hop(_behind(name))
    assert hop.decision is Decision.ALLOW
    assert hop.resource is not None
    assert hop.resource.endswith("/azureFirewalls/hub-fw")
    assert hop.summary == "firewall hub-fw has a public address of its own, and no route table on its subnet"
    assert [("azureFirewalls" in it, "hub-vnet" in it) for it in hop.evidence] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("routeTable", "the route table lost"),
        ("natGateway", "the NAT gateway lost"),
        ("networkSecurityGroup", "the NSG lost"),
    ],
)
def test_what_its_subnet_names_is_not_decided_yet(key: str, said: str) -> None:
    scenario = _behind()
    _firewall_subnet(scenario)[key] = {"id": f"{NETWORK}/any/lost"}
    hop = _hop(scenario)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, None)
    assert f"firewall hub-fw: its subnet has {said}" in hop.summary
    assert "hub-vnet" in hop.evidence[0]


@pytest.mark.parametrize("place", ["addressSpace", "remoteAddressSpace"])
@pytest.mark.parametrize(
    ("prefix", "decision"), [("203.0.113.0/24", Decision.UNKNOWN), ("192.0.2.128/25", Decision.ALLOW)]
)
def test_addresses_of_the_service_within_the_firewalls_network_are_not_decided_yet(
    place: str, prefix: str, decision: Decision
) -> None:
    scenario = _behind()
    properties = scenario.body(HUB_VNET)["properties"]
    if place == "remoteAddressSpace":
        properties = properties["virtualNetworkPeerings"][0]["properties"]
    properties[place]["addressPrefixes"].append(prefix)
    hop = _hop(scenario)
    assert hop.decision is decision
    assert (f"or a peered one's ({prefix}), holds some of the traffic" in hop.summary) is (decision is Decision.UNKNOWN)


def test_a_firewall_without_a_public_address_of_its_own_is_not_decided_yet() -> None:
    scenario = _behind()
    del _firewall(scenario)["ipConfigurations"][0]["properties"]["publicIPAddress"]
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "it has no public address of its own" in hop.summary


def test_a_default_route_that_its_network_may_learn_is_not_decided_yet() -> None:
    scenario = _behind()
    subnets = scenario.body(HUB_VNET)["properties"]["subnets"]
    subnets.append({"id": subnets[0]["id"].replace("AzureFirewallSubnet", "GatewaySubnet"), "properties": {}})
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "its network may learn a default route from GatewaySubnet" in hop.summary


@pytest.mark.parametrize(
    ("ranges", "decision"),
    [
        (["IANAPrivateRanges"], Decision.ALLOW),
        (["IANAPrivateRanges", "192.0.2.0/24"], Decision.ALLOW),
        (["255.255.255.255/32"], Decision.ALLOW),
        (["0.0.0.0/0"], Decision.UNKNOWN),
        (["ianaprivateranges", "203.0.113.0/30", "203.0.113.4/31"], Decision.UNKNOWN),
    ],
)
def test_private_ranges_that_hold_the_service_are_not_decided_yet(ranges: list[str], decision: Decision) -> None:
    by_policy = _behind()
    by_policy.body(POLICY)["properties"]["snat"] = {"privateRanges": ranges}
    assert _hop(by_policy).decision is decision
    own = _behind("firewall-denies-attestation")
    _firewall(own)["additionalProperties"]["Network.SNAT.PrivateRanges"] = ", ".join(ranges)
    assert _hop(own).decision is decision


@pytest.mark.parametrize("ranges", ["IANAPrivateRanges", "ianaprivateranges"])
def test_the_default_private_ranges_are_no_service_tag_that_a_complete_list_lacks(ranges: str) -> None:
    scenario = _behind()
    scenario.body(POLICY)["properties"]["snat"] = {"privateRanges": [ranges]}
    subscription = "aaaaaaaa-0000-4000-8000-000000000001"
    scenario.read("service_tags", {"values": []}, subscription=subscription, location="eastus")
    assert scenario.facts().service_tags.complete
    assert _hop(scenario).decision is Decision.ALLOW


def test_the_firewalls_own_private_ranges_do_not_count_beside_a_policy() -> None:
    scenario = _behind()
    _firewall(scenario)["additionalProperties"]["Network.SNAT.PrivateRanges"] = "0.0.0.0/0"
    assert _hop(scenario).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("ending", "permission", "said"),
    [
        (HUB_VNET, "Microsoft.Network/virtualNetworks/read", "subnet of firewall hub-fw: refused (403)"),
        (POLICY, "Microsoft.Network/firewallPolicies/read", "policy of firewall hub-fw: refused (403)"),
    ],
)
def test_what_of_the_firewall_was_not_read_is_named_with_its_permission(
    ending: str, permission: str, said: str
) -> None:
    hop = _hop(_behind().answer(ending, 403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, permission)
    assert said in hop.summary
    assert hop.evidence


def test_behind_a_route_that_drops_the_traffic_there_is_no_egress_to_decide() -> None:
    hop = egress_hop(Scenario.sample("healthy").facts(), Hop(HopName.ROUTE, Decision.DENY, ""))
    assert (hop.decision, hop.summary) == (
        Decision.NOT_APPLICABLE,
        "nothing arrives here: the route drops the traffic",
    )
