"""The ways to DNS servers and to a forward proxy: the same hops, for one address and one port (design 5)."""

from __future__ import annotations

import pytest

from guest_attestation.network.hop import Decision
from guest_attestation.network.servers import way_to_name_server, way_to_proxy
from guest_attestation.network.way import Way
from tests.network.build import addresses
from tests.scenario import NIC, SUBNET_NSG, Scenario, outbound_rule


def _dns(scenario: Scenario, server: str, protocol: str = "Udp") -> Way:
    facts = scenario.facts()
    return way_to_name_server(facts, facts.primary, server, protocol)


def _proxy(scenario: Scenario, proxy: str) -> Way:
    facts = scenario.facts()
    return way_to_proxy(facts, facts.primary, proxy)


def test_a_dns_server_is_asked_at_port_53_by_its_protocol() -> None:
    question = _dns(Scenario.sample("healthy"), "192.0.2.70", "Tcp").question
    assert (question.protocol, question.port, question.source) == ("Tcp", 53, "192.0.2.4")
    assert (question.destinations, question.target) == (addresses("192.0.2.70"), "DNS server 192.0.2.70")
    assert question.text == "TCP 53 to DNS server 192.0.2.70"


@pytest.mark.parametrize(("protocol", "decision"), [("Udp", Decision.DENY), ("Tcp", Decision.ALLOW)])
def test_the_protocol_counts(protocol: str, decision: Decision) -> None:
    scenario = Scenario.sample("healthy")
    rules = scenario.body(SUBNET_NSG)["properties"]["securityRules"]
    rules.append(outbound_rule("No-Udp", 100, "Deny", "*", protocol="Udp", destinationPortRange="53"))
    assert _dns(scenario, "192.0.2.70", protocol).decision is decision


def test_an_ipv6_server_is_asked_by_an_ipv6_question_from_an_address_that_is_not_known() -> None:
    question = _dns(Scenario.sample("healthy"), "2001:db8::53").question
    assert (question.family, question.destinations.version, question.source) == (6, 6, None)


@pytest.mark.parametrize("server", ["dns.corp", "192.0.2", "a:b"])
def test_a_server_that_is_no_address_stands_anywhere(server: str) -> None:
    way = _dns(Scenario.sample("healthy"), server)
    assert way.question.destinations.is_symbolic
    assert way.decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("proxy", "port", "where"),
    [("192.0.2.70:3128", 3128, "192.0.2.70"), ("[2001:db8::7]:8080", 8080, None), ("proxy.corp:3128", 3128, None)],
)
def test_a_proxy_is_asked_at_its_own_port(proxy: str, port: int, where: str | None) -> None:
    question = _proxy(Scenario.sample("healthy"), proxy).question
    assert (question.protocol, question.port, question.target) == ("Tcp", port, f"proxy {proxy}")
    if where is not None:
        assert question.destinations == addresses(where)
    assert question.destinations.is_symbolic is proxy.startswith("proxy.corp")
    assert question.family == (6 if proxy.startswith("[") else 4)


def test_an_application_security_group_of_the_vm_counts_on_these_ways_too() -> None:
    scenario = Scenario.sample("healthy")
    rule = outbound_rule("Deny-Web", 100, "Deny", "*", sourceAddressPrefix="", destinationPortRange="*")
    rule["properties"]["sourceApplicationSecurityGroups"] = [{"id": "/asg/web"}]
    scenario.body(SUBNET_NSG)["properties"]["securityRules"].append(rule)
    assert _proxy(scenario, "192.0.2.70:3128").decision is Decision.ALLOW
    configuration = scenario.body(NIC)["properties"]["ipConfigurations"][0]["properties"]
    configuration["applicationSecurityGroups"] = [{"id": "/asg/web"}]
    assert _proxy(scenario, "192.0.2.70:3128").decision is Decision.DENY


def test_without_the_nic_a_server_is_still_asked_for() -> None:
    question = _dns(Scenario.sample("healthy").answer("networkInterfaces/web-01-nic", 403), "192.0.2.70").question
    assert (question.source, question.source_groups) == (None, ())
