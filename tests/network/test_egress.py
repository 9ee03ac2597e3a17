from __future__ import annotations

from dataclasses import replace
from typing import Any

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


def _add_balancer(scenario: Scenario, name: str, *, outbound: str | None = None, status: int = 200) -> Scenario:
    """Put the NIC into a pool of a load balancer, with an outbound rule for the pool `outbound`."""
    pools = _configuration(scenario).setdefault("loadBalancerBackendAddressPools", [])
    pools.append({"id": f"{_balancer(name)}/backendAddressPools/web"})
    pool = {"id": f"{_balancer(name)}/backendAddressPools/{outbound}"}
    rules = [{"name": "out", "properties": {"backendAddressPool": pool}}] if outbound else []
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
