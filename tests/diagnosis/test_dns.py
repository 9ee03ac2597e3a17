"""The DNS servers in force, and whether the VM reaches them (design 5, "Name resolution"; facts 4.4, 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check, Status
from tests.scenario import NIC, NIC_NSG, SUBNET_NSG, VNET, Scenario, outbound_rule

INSIDE, OUTSIDE = "192.0.2.70", "198.51.100.9"
PLATFORM = "168.63.129.16"
ALL: dict[str, Any] = {"protocol": "*", "destinationPortRange": "*"}


def _served_by(*servers: str, **rules: Any) -> Scenario:
    """Let the network name these DNS servers, and its NSGs allow everything but what rules of the subnet's deny."""
    scenario = Scenario.sample("healthy")
    scenario.body(VNET)["properties"]["dhcpOptions"] = {"dnsServers": list(servers)}
    for group in (NIC_NSG, SUBNET_NSG):
        scenario.body(group)["properties"]["securityRules"] = [outbound_rule("Allow", 4000, "Allow", "*", **ALL)]
    for place, (name, changes) in enumerate(rules.items()):
        rule = outbound_rule(name, 100 + place, "Deny", "*", protocol="*", destinationPortRange="53")
        rule["properties"].update(changes)
        scenario.body(SUBNET_NSG)["properties"]["securityRules"].append(rule)
    return scenario


def _check(scenario: Scenario) -> Check:
    return scenario.diagnose().check("dns.servers")


def _denying(*servers: str) -> dict[str, Any]:
    return {"destinationAddressPrefix": "", "destinationAddressPrefixes": list(servers)}


@pytest.mark.parametrize("server", [INSIDE, OUTSIDE])
def test_a_server_that_the_vm_reaches_passes_and_what_it_answers_is_assumed(server: str) -> None:
    found = _check(_served_by(server))
    assert (found.status, found.causes) == (Status.PASS, ())
    assert found.assumptions == (
        f"DNS server {server} resolves the attestation host's name: what it answers was not seen",
    )
    assert found.evidence


def test_a_server_in_a_peered_network_is_reached_by_the_peering() -> None:
    scenario = _served_by("10.7.0.4").drop("effectiveRouteTable")
    assert _check(scenario).status is Status.FAIL  # the system drops private addresses that are nobody's
    remote = {"remoteAddressSpace": {"addressPrefixes": ["10.7.0.0/16"]}, "peeringState": "Connected"}
    scenario.body(VNET)["properties"]["virtualNetworkPeerings"] = [{"name": "hub", "properties": remote}]
    assert _check(scenario).status is Status.PASS


def test_what_lies_behind_a_gateway_on_the_way_to_a_server_is_an_assumption() -> None:
    scenario = _served_by("10.9.0.4")
    route = {"source": "VirtualNetworkGateway", "state": "Active", "addressPrefix": ["10.9.0.0/16"]}
    scenario.body("effectiveRouteTable")["value"].append({**route, "nextHopType": "VirtualNetworkGateway"})
    found = _check(scenario)
    assert found.status is Status.PASS
    assert any("is let through behind the next hop" in it for it in found.assumptions)


def test_a_server_in_the_internet_needs_egress() -> None:
    scenario = _served_by(OUTSIDE)
    del scenario.body(VNET)["properties"]["subnets"][0]["properties"]["natGateway"]
    found = _check(scenario)
    assert found.status is Status.FAIL
    assert "no NAT gateway" in found.summary


def test_where_all_servers_are_denied_name_resolution_fails_and_that_is_proven() -> None:
    diagnosis = _served_by(INSIDE, OUTSIDE, NoDns={}).diagnose()
    (cause,) = diagnosis.root_causes
    assert (cause.code.value, cause.confidence.value, cause.rule) == ("dns-failure", "proven", "NoDns")
    assert (cause.resource, diagnosis.verdict.value) == (SUBNET_NSG, "fail")
    assert cause.summary.startswith(f"no DNS server in force ({INSIDE}, {OUTSIDE}) is reached, so that")
    assert cause.evidence


def test_where_some_servers_are_denied_it_warns_and_names_them() -> None:
    found = _check(_served_by(INSIDE, OUTSIDE, NoDns=_denying(OUTSIDE)))
    assert (found.status, found.causes) == (Status.WARN, ())
    assert f"not all are reached: {OUTSIDE}: rule NoDns denies" in found.summary


def test_where_one_is_not_decided_and_another_is_reached_it_warns() -> None:
    found = _check(_served_by(INSIDE, OUTSIDE, Odd={**_denying(OUTSIDE), "access": "Audit"}))
    assert found.status is Status.WARN
    assert f"not all are reached: {OUTSIDE}: " in found.summary


def test_where_one_is_denied_and_the_other_is_not_decided_it_is_unknown() -> None:
    scenario = _served_by(INSIDE, OUTSIDE, Odd={**_denying(INSIDE), "access": "Audit"}, NoDns=_denying(OUTSIDE))
    found = _check(scenario)
    assert (found.status, found.causes) == (Status.UNKNOWN, ())
    assert f"whether DNS server {INSIDE} is reached is not known" in found.summary


def test_only_some_connections_to_a_server_leave_it_unknown() -> None:
    assert _check(_served_by(INSIDE, Some={"sourcePortRange": "1-1024"})).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("protocol", "status", "noted"),
    [("Tcp", Status.PASS, True), ("Udp", Status.FAIL, False), ("*", Status.FAIL, False)],
)
def test_a_server_is_reached_when_udp_is_and_a_denied_tcp_is_a_note(
    protocol: str, status: Status, *, noted: bool
) -> None:
    found = _check(_served_by(INSIDE, NoDns={"protocol": protocol}))
    assert found.status is status
    assert (f"TCP 53 to {INSIDE} is denied: long answers do not arrive" in found.summary) is noted


def test_the_vm_reaches_itself() -> None:
    found = _check(_served_by("192.0.2.4", NoDns={}))
    assert found.status is Status.PASS


@pytest.mark.parametrize(("denied", "status"), [(False, Status.PASS), (True, Status.WARN)])
def test_azures_resolver_beside_a_custom_server_is_exempt_unless_its_tag_is_denied(
    *, denied: bool, status: Status
) -> None:
    scenario = _served_by(
        INSIDE, PLATFORM, **({"NoAzure": {"destinationAddressPrefix": "AzurePlatformDNS"}} if denied else {})
    )
    found = _check(scenario)
    assert found.status is status
    assert not any(PLATFORM in it for it in found.assumptions)


def test_azures_resolver_is_reached_though_everything_else_is_denied() -> None:
    assert _check(_served_by(INSIDE, PLATFORM, NoDns={})).status is Status.WARN
    assert _check(_served_by(PLATFORM, NoDns={})).status is Status.PASS


def test_a_server_that_cannot_be_read_is_not_decided() -> None:
    found = _check(_served_by("dns.corp"))
    assert found.status is Status.UNKNOWN
    assert "whether DNS server dns.corp is reached is not known" in found.summary


def test_what_was_not_read_on_the_way_to_a_server_names_its_permission() -> None:
    scenario = _served_by(INSIDE).answer(NIC_NSG, 403).drop("effectiveNetworkSecurityGroups")
    found = _check(scenario)
    assert (found.status, found.missing_permission) == (
        Status.UNKNOWN, "Microsoft.Network/networkSecurityGroups/read"
    )  # fmt: skip


def test_the_nics_own_servers_come_before_the_networks() -> None:
    scenario = _served_by(INSIDE, NoDns=_denying(INSIDE))
    assert _check(scenario).status is Status.FAIL
    scenario.body(NIC)["properties"]["dnsSettings"] = {"dnsServers": [OUTSIDE]}
    assert _check(scenario).status is Status.PASS


def test_a_denial_that_admin_rules_may_lift_is_only_suspected() -> None:
    scenario = _served_by(INSIDE, NoDns={}).drop("listNetworkManagerEffectiveSecurityAdminRules")
    diagnosis = scenario.drop("effectiveNetworkSecurityGroups").diagnose()
    found = [(it.code.value, it.confidence.value) for it in diagnosis.root_causes]
    assert found == [("dns-failure", "suspected")]
    assert diagnosis.check("dns.servers").status is Status.WARN
