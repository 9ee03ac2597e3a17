from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision, Hop, HopName, Lift
from guest_attestation.network.path import decide_path
from guest_attestation.network.platform import metadata_hops, resolver_hops
from tests.scenario import NIC, NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

ANY: dict[str, Any] = {"protocol": "*", "destinationPortRange": "*"}


def _resolver(facts: Facts) -> tuple[Hop, ...]:
    return resolver_hops(facts, decide_path(facts))


def _metadata(facts: Facts) -> tuple[Hop, ...]:
    return metadata_hops(facts, decide_path(facts))


def _with_rule(group: str, rule: dict[str, Any]) -> Scenario:
    scenario = Scenario.sample("healthy")
    scenario.body(group)["properties"]["securityRules"].append(rule)
    return scenario


def _decisions(hops: tuple[Hop, ...]) -> list[Decision]:
    return [hop.decision for hop in hops]


def test_the_platform_is_reached_where_no_rule_names_its_tag() -> None:
    facts = _with_rule(SUBNET_NSG, outbound_rule("Deny-All", 4000, "Deny", "*", **ANY)).facts()
    for hops in (_resolver(facts), _metadata(facts)):
        assert [hop.hop for hop in hops] == [HopName.NIC_NSG, HopName.SUBNET_NSG]
        assert _decisions(hops) == [Decision.ALLOW, Decision.ALLOW]


@pytest.mark.parametrize("group", [NIC_NSG, SUBNET_NSG])
def test_a_rule_that_names_the_tag_denies_it_and_only_it(group: str) -> None:
    facts = _with_rule(group, outbound_rule("No-Dns", 4000, "Deny", "AzurePlatformDNS", **ANY)).facts()
    (denied,) = [hop for hop in _resolver(facts) if hop.decision is Decision.DENY]
    assert (denied.rule, denied.resource) == ("No-Dns", group)
    assert denied.summary == "rule No-Dns denies UDP 53 to AzurePlatformDNS: destination is AzurePlatformDNS"
    assert _decisions(_metadata(facts)) == [Decision.ALLOW, Decision.ALLOW]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"protocol": "Udp", "destinationPortRange": "53"}, [Decision.DENY, Decision.ALLOW]),
        ({"protocol": "Tcp", "destinationPortRange": "80"}, [Decision.ALLOW, Decision.DENY]),
    ],
)
def test_dns_is_asked_as_udp_53_and_metadata_as_tcp_80(changed: dict[str, Any], expected: list[Decision]) -> None:
    scenario = _with_rule(NIC_NSG, outbound_rule("Dns", 4000, "Deny", "AzurePlatformDNS", **changed))
    imds = outbound_rule("Imds", 4001, "Deny", "AzurePlatformIMDS", **changed)
    scenario.body(NIC_NSG)["properties"]["securityRules"].append(imds)
    facts = scenario.facts()
    assert [_resolver(facts)[0].decision, _metadata(facts)[0].decision] == expected


def test_an_earlier_rule_that_allows_the_tag_decides() -> None:
    scenario = _with_rule(NIC_NSG, outbound_rule("Deny", 200, "Deny", "AzurePlatformIMDS", **ANY))
    allow = outbound_rule("Allow", 100, "Allow", "AzurePlatformIMDS", **ANY)
    scenario.body(NIC_NSG)["properties"]["securityRules"].append(allow)
    assert _metadata(scenario.facts())[0].rule == "Allow"


def test_a_denial_for_some_source_ports_only_is_not_called_a_pass() -> None:
    rule = outbound_rule("Some", 100, "Deny", "AzurePlatformIMDS", sourcePortRange="5000", **ANY)
    hop = _metadata(_with_rule(NIC_NSG, rule).facts())[0]
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Some")


def test_absent_and_unread_groups_are_as_on_the_way_to_attestation() -> None:
    scenario = Scenario.sample("healthy").answer(SUBNET_NSG, 403).drop("effectiveNetworkSecurityGroups")
    del scenario.body(NIC)["properties"]["networkSecurityGroup"]
    hops = _resolver(scenario.facts())
    assert _decisions(hops) == [Decision.NOT_APPLICABLE, Decision.UNKNOWN]
    assert hops[1].missing_permission == "Microsoft.Network/networkSecurityGroups/read"


def test_what_may_lift_a_denial_is_kept() -> None:
    scenario = _with_rule(NIC_NSG, outbound_rule("No-Dns", 4000, "Deny", "AzurePlatformDNS", **ANY))
    scenario.drop("listNetworkManagerEffectiveSecurityAdminRules").drop("effectiveNetworkSecurityGroups")
    hop = _resolver(scenario.facts())[0]
    assert (hop.decision, hop.lift) == (Decision.DENY, Lift.UNREAD)


def test_the_vms_own_address_and_groups_are_the_source() -> None:
    scenario = _with_rule(
        NIC_NSG, outbound_rule("No", 100, "Deny", "AzurePlatformDNS", sourceAddressPrefix="192.0.2.4", **ANY)
    )
    assert _resolver(scenario.facts())[0].decision is Decision.DENY
    rule = outbound_rule("No", 100, "Deny", "AzurePlatformDNS", sourceAddressPrefix="", **ANY)
    rule["properties"]["sourceApplicationSecurityGroups"] = [{"id": "/asg/web"}]
    scenario = _with_rule(NIC_NSG, rule)
    assert _resolver(scenario.facts())[0].decision is Decision.ALLOW
    configuration = scenario.body(NIC)["properties"]["ipConfigurations"][0]["properties"]
    configuration["applicationSecurityGroups"] = [{"id": "/asg/web"}]
    assert _resolver(scenario.facts())[0].decision is Decision.DENY
