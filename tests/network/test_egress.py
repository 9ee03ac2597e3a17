from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.network.egress import egress_hop
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import decide_path
from tests.scenario import GROUP, NETWORK, NIC, Scenario

NAT = "natGateways/shop-prod-nat"
PUBLIC_IP = f"{NETWORK}/publicIPAddresses/web-01-ip"


def _hop(scenario: Scenario) -> Hop:
    (hop,) = decide_path(scenario.facts()).of(HopName.EGRESS)
    return hop


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


def _subnet(scenario: Scenario) -> dict[str, Any]:
    """Return the properties of the VM's subnet, with its id."""
    subnet = scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"][0]
    properties: dict[str, Any] = subnet["properties"]
    properties["id"] = subnet["id"]
    return properties


def _open_subnet(scenario: Scenario) -> Scenario:
    _subnet(scenario)["defaultOutboundAccess"] = True
    return scenario


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
    assert _hop(scenario).decision is Decision.DENY
    _subnet(scenario)["defaultOutboundAccess"] = True
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "whether default outbound access serves beside a NAT gateway without an address is not known" in hop.summary
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
    assert _hop(_add_balancer(_without_nat(), "lb", outbound="other")).decision is Decision.DENY
    assert _hop(_add_balancer(_without_nat(), "lb")).decision is Decision.DENY


@pytest.mark.parametrize(
    ("protocol", "decision"),
    [("All", Decision.ALLOW), ("tcp", Decision.ALLOW), ("Udp", Decision.DENY), ("", Decision.DENY)],
)
def test_an_outbound_rule_gives_egress_only_if_it_carries_tcp(protocol: str, decision: Decision) -> None:
    hop = _hop(_add_balancer(_without_nat(), "lb", outbound="web", protocol=protocol))
    assert hop.decision is decision


def test_an_outbound_rule_without_a_pool_gives_none() -> None:
    scenario = _add_balancer(_without_nat(), "lb", outbound="web")
    rule = scenario.body(_balancer("lb"))["properties"]["outboundRules"][0]
    del rule["properties"]["backendAddressPool"]
    assert _hop(scenario).decision is Decision.DENY


def test_a_load_balancer_that_was_not_read_is_unknown_and_names_the_permission() -> None:
    hop = _hop(_add_balancer(_without_nat(), "lb", status=403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/loadBalancers/read")
    assert "load balancer: refused (403)" in hop.summary


def test_one_load_balancer_with_an_outbound_rule_is_enough_whichever_could_not_be_read() -> None:
    first = _add_balancer(_add_balancer(_without_nat(), "one", outbound="web"), "two", status=403)
    last = _add_balancer(_add_balancer(_without_nat(), "one", status=403), "two", outbound="web")
    assert _hop(first).decision is Decision.ALLOW
    assert _hop(last).decision is Decision.ALLOW


# Default outbound access (facts 5.2): what serves where nothing explicit does.


@pytest.mark.parametrize(("flag", "decision"), [(False, Decision.DENY), (True, Decision.ALLOW), (None, Decision.ALLOW)])
def test_with_nothing_explicit_default_outbound_access_serves_unless_the_subnet_is_private(
    *, flag: bool | None, decision: Decision
) -> None:
    scenario = _without_nat()
    _subnet(scenario)["defaultOutboundAccess"] = flag
    hop = _hop(scenario)
    assert (hop.decision, hop.resource, hop.missing_permission) == (decision, _subnet(scenario)["id"], None)
    assert ("the subnet is private" in hop.summary) is (decision is Decision.DENY)
    assert "virtualNetworks" in hop.evidence[0]
    assert any("names the VM by its address alone" in it for it in hop.assumptions)


def test_a_subnet_that_says_nothing_has_the_older_default_and_a_string_counts() -> None:
    scenario = _without_nat()
    del _subnet(scenario)["defaultOutboundAccess"]
    assert _hop(scenario).decision is Decision.ALLOW
    _subnet(scenario)["defaultOutboundAccess"] = "False"
    assert _hop(scenario).decision is Decision.DENY


def test_a_private_subnet_proves_that_there_is_no_egress_though_the_nsgs_allow() -> None:
    diagnosis = _without_nat().diagnose()
    assert [(it.code.value, it.confidence.value) for it in diagnosis.root_causes] == [("no-egress", "proven")]
    assert diagnosis.check("path.subnet-nsg").status.value == "pass"


def test_a_member_of_a_flexible_scale_set_has_no_default_outbound_access() -> None:
    scenario = _open_subnet(_without_nat())
    vm = scenario.body("/virtualMachines/web-01")
    vm["properties"]["virtualMachineScaleSet"] = {
        "id": f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/s"
    }
    hop = _hop(scenario)
    assert hop.decision is Decision.DENY
    assert "a member of a flexible scale set has no default outbound access" in hop.summary


@pytest.mark.parametrize(
    ("sku", "decision"),
    [("Standard", Decision.DENY), ("standard", Decision.DENY), ("Gateway", Decision.DENY), ("Basic", Decision.ALLOW)],
)
def test_behind_a_standard_load_balancer_without_outbound_there_is_no_default_outbound_access(
    sku: str, decision: Decision
) -> None:
    scenario = _add_balancer(_open_subnet(_without_nat()), "lb")
    scenario.body(_balancer("lb"))["sku"] = {"name": sku}
    assert _hop(scenario).decision is decision


def test_without_the_machine_it_is_not_known_whether_default_outbound_access_serves() -> None:
    facts = _open_subnet(_without_nat()).facts()
    unread: Reading[Any] = Reading(None, "lost", "Microsoft.Compute/virtualMachines/read", "there")
    hop = egress_hop(facts.primary, unread, decide_path(facts).question)
    assert (hop.decision, hop.summary) == (Decision.UNKNOWN, "virtual machine: lost")
    assert (hop.missing_permission, hop.evidence) == ("Microsoft.Compute/virtualMachines/read", ("there",))


# A public load balancer's own rules (facts 5.3).


def _add_rule(scenario: Scenario, *, public: str | None = "publicIPAddress", **properties: Any) -> Scenario:
    """Give the load balancer `lb` a rule for the VM's pool, on a public frontend unless said otherwise."""
    balancer, frontend = scenario.body(_balancer("lb"))["properties"], f"{_balancer('lb')}/frontendIPConfigurations/f"
    shown = {public: {"id": f"{NETWORK}/any/ip"}} if public else {"privateIPAddress": "192.0.2.9"}
    balancer["frontendIPConfigurations"] = [{"id": frontend, "properties": shown}]
    pool = {"id": f"{_balancer('lb')}/backendAddressPools/web"}
    rule = {"frontendIPConfiguration": {"id": frontend.upper()}, "backendAddressPool": pool, "protocol": "Tcp"}
    balancer["loadBalancingRules"] = [{"name": "https", "properties": {**rule, **properties}}]
    return scenario


@pytest.mark.parametrize(
    ("public", "properties", "decision"),
    [
        ("publicIPAddress", {}, Decision.ALLOW),
        ("publicIPPrefix", {}, Decision.ALLOW),
        ("publicIPAddress", {"disableOutboundSnat": False}, Decision.ALLOW),
        ("publicIPAddress", {"disableOutboundSnat": True}, Decision.DENY),
        ("publicIPAddress", {"protocol": "All"}, Decision.ALLOW),
        ("publicIPAddress", {"protocol": "Udp"}, Decision.DENY),
        ("publicIPAddress", {"backendAddressPool": {"id": "/another"}}, Decision.DENY),
        (None, {}, Decision.DENY),
    ],
)
def test_a_load_balancing_rule_gives_egress_on_a_public_frontend_unless_it_disables_that(
    public: str | None, properties: dict[str, Any], decision: Decision
) -> None:
    hop = _hop(_add_rule(_add_balancer(_open_subnet(_without_nat()), "lb"), public=public, **properties))
    assert hop.decision is decision
    assert ("a public load balancer's own rule gives egress" in hop.summary) is (decision is Decision.ALLOW)


@pytest.mark.parametrize(("public", "decision"), [("publicIPAddress", Decision.ALLOW), (None, Decision.DENY)])
def test_a_basic_load_balancer_gives_egress_only_on_a_public_frontend(public: str | None, decision: Decision) -> None:
    scenario = _add_rule(_add_balancer(_without_nat(), "lb"), public=public)
    del scenario.body(_balancer("lb"))["sku"]
    assert _hop(scenario).decision is decision


# Other addresses of the VM (facts 5.3).


def _another(scenario: Scenario, version: str) -> Scenario:
    """Add a second address of that IP version to the NIC, in the same pools, in place of any other that it has."""
    own = _configuration(scenario)
    second = {**own, "primary": False, "privateIPAddress": "192.0.2.5", "privateIPAddressVersion": version}
    if version == "IPv6":
        second["privateIPAddress"] = "2001:db8::5"
    configurations = scenario.body(NIC)["properties"]["ipConfigurations"]
    configurations[1:] = [{"name": "second", "properties": second}]
    own["primary"] = True
    return scenario


def _other_hop(scenario: Scenario) -> Hop:
    facts = scenario.facts()
    (at,) = facts.others
    return egress_hop(at, facts.vm, decide_path(facts, at).question)


def test_a_secondary_ipv4_address_gets_no_egress_of_a_load_balancer() -> None:
    scenario = _another(_add_balancer(_without_nat(), "lb", outbound="web"), "IPv4")
    assert _hop(scenario).decision is Decision.ALLOW
    assert _other_hop(scenario).decision is Decision.DENY


def test_an_ipv6_address_gets_egress_of_a_load_balancer_but_no_default_one() -> None:
    scenario = _another(_add_balancer(_open_subnet(_without_nat()), "lb", outbound="web"), "IPv6")
    assert _other_hop(scenario).decision is Decision.ALLOW
    scenario = _another(_open_subnet(_without_nat()), "IPv6")
    assert _hop(scenario).decision is Decision.ALLOW
    hop = _other_hop(scenario)
    assert hop.decision is Decision.DENY
    assert "default outbound access serves IPv4 only" in hop.summary


def test_a_nat_gateways_ipv4_address_gives_an_ipv6_address_nothing() -> None:
    scenario = _another(Scenario.sample("healthy"), "IPv6")
    assert _other_hop(scenario).decision is Decision.DENY
    _nat(scenario)["publicIpAddressesV6"] = [{"id": f"{NETWORK}/publicIPAddresses/v6"}]
    assert _other_hop(scenario).decision is Decision.ALLOW
    _nat(scenario)["publicIpAddresses"] = []
    assert _hop(scenario).decision is Decision.DENY


def test_where_the_route_is_not_known_egress_is_not_either() -> None:
    hop = _hop(Scenario.sample("healthy").drop("effectiveRouteTable").drop("virtualNetworks/shop-prod-vnet"))
    assert hop.decision is Decision.UNKNOWN
    assert "the route is not" in hop.summary


def test_a_public_address_counts_though_its_ip_configuration_is_not_known() -> None:
    facts = _add_public_ip(_without_nat()).facts()
    at = replace(facts.primary, nic=Reading(None, "lost"))
    hop = egress_hop(at, facts.vm, decide_path(facts).question)
    assert (hop.decision, hop.resource) == (Decision.ALLOW, PUBLIC_IP)


def test_behind_a_route_that_drops_the_traffic_there_is_no_egress_to_decide() -> None:
    scenario = Scenario.sample("healthy")
    for route in scenario.body("effectiveRouteTable")["value"]:
        route["nextHopType"] = "None"
    hop = _hop(scenario)
    assert (hop.decision, hop.summary) == (
        Decision.NOT_APPLICABLE,
        "nothing arrives here: the route drops the traffic",
    )
