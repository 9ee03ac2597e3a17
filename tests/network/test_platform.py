from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.platform import metadata_hops, resolver_hops
from guest_attestation.network.way import tags_of
from tests.network.build import admin_rule
from tests.scenario import NIC, NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

ANY: dict[str, Any] = {"protocol": "*", "destinationPortRange": "*"}


def _resolver(facts: Facts) -> tuple[Hop, ...]:
    return resolver_hops(facts.primary, tags_of(facts, facts.primary))


def _metadata(facts: Facts) -> tuple[Hop, ...]:
    return metadata_hops(facts.primary, tags_of(facts, facts.primary))


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


def test_a_denial_for_some_source_ports_only_is_partial() -> None:
    rule = outbound_rule("Some", 100, "Deny", "AzurePlatformIMDS", sourcePortRange="5000", **ANY)
    hop = _metadata(_with_rule(NIC_NSG, rule).facts())[0]
    assert (hop.decision, hop.rule) == (Decision.PARTIAL, "Some")


def test_absent_and_unread_groups_are_as_on_the_way_to_attestation() -> None:
    scenario = Scenario.sample("healthy").answer(SUBNET_NSG, 403).drop("effectiveNetworkSecurityGroups")
    del scenario.body(NIC)["properties"]["networkSecurityGroup"]
    hops = _resolver(scenario.facts())
    assert _decisions(hops) == [Decision.NOT_APPLICABLE, Decision.UNKNOWN]
    assert hops[1].missing_permission == "Microsoft.Network/networkSecurityGroups/read"


def test_that_what_may_lift_a_denial_was_not_read_is_kept() -> None:
    scenario = _with_rule(NIC_NSG, outbound_rule("No-Dns", 4000, "Deny", "AzurePlatformDNS", **ANY))
    scenario.drop("listNetworkManagerEffectiveSecurityAdminRules").drop("effectiveNetworkSecurityGroups")
    hop = _resolver(scenario.facts())[0]
    assert (hop.decision, hop.lift_assumed) == (Decision.DENY, True)


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


# Security admin rules (facts 4.4, 4.5).


LIST = "listNetworkManagerEffectiveSecurityAdminRules"


def _admin(*rules: dict[str, Any]) -> Scenario:
    scenario = Scenario.sample("healthy")
    scenario.body(LIST)["value"] = list(rules)
    return scenario


def test_an_admin_rule_that_names_the_tag_denies_it_ahead_of_the_nsgs() -> None:
    rule = admin_rule("No-Dns", "Deny", "AzurePlatformDNS", protocol="Any", destinationPortRanges=["53"])
    hops = _resolver(_admin(rule).facts())
    assert [(hop.hop, hop.decision, hop.rule) for hop in hops] == [
        (HopName.ADMIN_RULES, Decision.DENY, "No-Dns"),
        (HopName.NIC_NSG, Decision.ALLOW, None),
        (HopName.SUBNET_NSG, Decision.ALLOW, None),
    ]
    assert [hop.hop for hop in _metadata(_admin(rule).facts())] == [HopName.NIC_NSG, HopName.SUBNET_NSG]


def test_admin_rules_that_name_anything_else_do_not_touch_the_platform() -> None:
    facts = _admin(admin_rule("No", "Deny", "*", protocol="Any", destinationPortRanges=["0-65535"])).facts()
    assert _decisions(_resolver(facts)) == [Decision.ALLOW, Decision.ALLOW]
    assert _decisions(_metadata(facts)) == [Decision.ALLOW, Decision.ALLOW]


@pytest.mark.parametrize(
    ("more", "decision"),
    [({"source_group": "/groups/g"}, Decision.UNKNOWN), ({"sourcePortRanges": ["5000"]}, Decision.PARTIAL)],
)
def test_an_admin_rule_that_may_deny_the_platform_is_shown(more: dict[str, Any], decision: Decision) -> None:
    rule = admin_rule("May", "Deny", "AzurePlatformIMDS", protocol="Any", destinationPortRanges=["80"], **more)
    hops = _metadata(_admin(rule).facts())
    assert next((hop.hop, hop.decision, hop.rule) for hop in hops) == (HopName.ADMIN_RULES, decision, "May")


def test_that_no_admin_rule_was_read_is_not_shown_here() -> None:
    facts = Scenario.sample("healthy").drop(LIST).drop("effectiveNetworkSecurityGroups").facts()
    assert [hop.hop for hop in _resolver(facts)] == [HopName.NIC_NSG, HopName.SUBNET_NSG]


def test_always_allow_delivers_the_platforms_traffic_past_nsgs_that_deny_it() -> None:
    scenario = _with_rule(NIC_NSG, outbound_rule("No", 100, "Deny", "AzurePlatformIMDS", **ANY))
    assert _decisions(_metadata(scenario.facts())) == [Decision.DENY, Decision.ALLOW]
    always = admin_rule("Yes", "AlwaysAllow", "AzurePlatformIMDS", protocol="Any", destinationPortRanges=["80"])
    scenario.body(LIST)["value"] = [always]
    assert _decisions(_metadata(scenario.facts())) == [Decision.NOT_APPLICABLE, Decision.NOT_APPLICABLE]


def test_without_the_nic_whether_a_source_holds_the_vm_is_not_known() -> None:
    """The effective rules serve for its NSG; there an application security group stands as addresses (facts 4.6)."""
    scenario = Scenario.sample("healthy").drop("networkInterfaces/web-01-nic")
    rule = outbound_rule("No", 100, "Deny", "AzurePlatformDNS", sourceAddressPrefix="192.0.2.4/32", **ANY)
    entry = scenario.body("effectiveNetworkSecurityGroups")["value"][0]
    entry["effectiveSecurityRules"].append({"name": rule["name"], **rule["properties"]})
    hop = _resolver(scenario.facts())[0]
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "No")
    assert "whether source 192.0.2.4/32 holds the VM's address is not known" in hop.summary
