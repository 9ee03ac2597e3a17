from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.addresses import UNKNOWN_ADDRESSES
from guest_attestation.network.hop import Decision, Hop, HopName, Lift
from guest_attestation.network.path import Path, decide_path
from tests.network.build import addresses
from tests.scenario import NIC, NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

EFFECTIVE = "effectiveNetworkSecurityGroups"
ADMIN_RULES = "listNetworkManagerEffectiveSecurityAdminRules"
GROUPS = (HopName.NIC_NSG, HopName.SUBNET_NSG)


def _path(scenario: Scenario) -> Path:
    return decide_path(scenario.facts())


def _decisions(path: Path) -> dict[str, str]:
    return {hop.hop.value: hop.decision.value for hop in path.hops}


def _groups(scenario: Scenario) -> tuple[Hop, Hop]:
    path = _path(scenario)
    return path.hop(HopName.NIC_NSG), path.hop(HopName.SUBNET_NSG)


def _with_rules(rules: dict[str, list[dict[str, Any]]]) -> Scenario:
    """Give the NIC's and the subnet's NSG these rules instead of their own."""
    scenario = Scenario.sample("healthy")
    for group in (NIC_NSG, SUBNET_NSG):
        scenario.body(group)["properties"]["securityRules"] = rules.get(group, [])
    return scenario


def _with_endpoint(endpoint: str) -> Scenario:
    scenario = Scenario.sample("healthy")
    (extension,) = [it for it in scenario.body("web-01/extensions")["value"] if it["name"] == "GuestAttestation"]
    extension["properties"]["settings"]["AttestationConfig"]["MaaSettings"]["maaEndpoint"] = endpoint
    return scenario


DENY_ALL = outbound_rule("Deny-All", 200, "Deny", "*")


def test_every_hop_stands_once_in_the_order_in_which_traffic_meets_it() -> None:
    assert [hop.hop for hop in _path(Scenario.sample("healthy")).hops] == list(HopName)


def test_a_healthy_vm_is_allowed_everywhere_but_its_provider_is_not_looked_at_yet() -> None:
    assert _decisions(_path(Scenario.sample("healthy"))) == {
        "admin-rules": "not-applicable",
        "nic-nsg": "allow",
        "subnet-nsg": "allow",
        "route": "allow",
        "firewall": "not-applicable",
        "egress": "allow",
        "provider": "unknown",
    }


def test_the_question_is_asked_from_the_primary_address_to_the_recorded_prefixes() -> None:
    scenario = Scenario.sample("healthy")
    tag = scenario.body("serviceTagDetails", tag="AzureAttestation")["value"][0]
    tag["properties"]["addressPrefixes"] = ["203.0.113.128/25", "2001:db8::/64"]
    question = _path(scenario).question
    assert (question.source, question.destinations) == ("192.0.2.4", addresses("203.0.113.128/25"))


@pytest.mark.parametrize(
    ("denying", "expected"),
    [
        ({NIC_NSG}, [Decision.DENY, Decision.ALLOW]),
        ({SUBNET_NSG}, [Decision.ALLOW, Decision.DENY]),
        ({NIC_NSG, SUBNET_NSG}, [Decision.DENY, Decision.DENY]),
        (set(), [Decision.ALLOW, Decision.ALLOW]),
    ],
)
def test_the_nics_and_the_subnets_group_are_each_decided_and_the_nics_comes_first(
    denying: set[str], expected: list[Decision]
) -> None:
    hops = _groups(_with_rules({group: [DENY_ALL] for group in denying}))
    assert [hop.decision for hop in hops] == expected
    assert [hop.resource for hop in hops] == [NIC_NSG, SUBNET_NSG]


def test_an_allowing_rule_in_one_group_does_not_help_against_the_other() -> None:
    allow = outbound_rule("Allow", 100, "Allow", "AzureAttestation")
    nic, subnet = _groups(_with_rules({NIC_NSG: [allow], SUBNET_NSG: [DENY_ALL]}))
    assert (nic.rule, nic.decision) == ("Allow", Decision.ALLOW)
    assert (subnet.rule, subnet.decision) == ("Deny-All", Decision.DENY)


def test_later_hops_are_decided_as_if_a_denial_before_them_were_repaired() -> None:
    path = _path(_with_rules({NIC_NSG: [DENY_ALL]}))
    assert path.hop(HopName.ROUTE).decision is Decision.ALLOW
    assert path.hop(HopName.EGRESS).decision is Decision.ALLOW


def test_a_group_that_nothing_names_leaves_nothing_to_decide() -> None:
    scenario = Scenario.sample("healthy")
    del scenario.body(NIC)["properties"]["networkSecurityGroup"]
    del scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"][0]["properties"][
        "networkSecurityGroup"
    ]
    assert [hop.decision for hop in _groups(scenario)] == [Decision.NOT_APPLICABLE, Decision.NOT_APPLICABLE]


def test_a_group_that_was_not_read_is_served_by_its_entry_in_the_effective_rules() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    before = _path(scenario).hop(HopName.SUBNET_NSG)
    after = _path(scenario.answer(SUBNET_NSG, 403)).hop(HopName.SUBNET_NSG)
    assert before.decision is Decision.DENY
    assert (after.decision, after.rule) == (before.decision, before.rule)
    assert after.assumptions == (
        *before.assumptions,
        "the NSG itself was not read: its entry in the effective rules serves instead",
    )
    assert EFFECTIVE in after.evidence[0]


def test_a_group_that_was_not_read_and_has_no_effective_entry_is_unknown() -> None:
    scenario = Scenario.sample("healthy").answer(NIC_NSG, 403).drop(EFFECTIVE)
    hop = _path(scenario).hop(HopName.NIC_NSG)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/networkSecurityGroups/read")


def test_admin_rules_that_were_not_read_are_assumed_not_to_lift_a_denial() -> None:
    scenario = Scenario.sample("nsg-denies-attestation").drop(ADMIN_RULES).drop(EFFECTIVE)
    path = _path(scenario)
    assert path.hop(HopName.ADMIN_RULES).decision is Decision.UNKNOWN
    assert path.lift is Lift.UNREAD
    for name in GROUPS:
        assert path.hop(name).lift is Lift.UNREAD
        assert any("AlwaysAllow" in assumption for assumption in path.hop(name).assumptions)


def test_an_always_allow_that_may_apply_is_assumed_not_to_lift_a_denial() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    rule = {"id": "/m/lift", "properties": {"direction": "Outbound", "access": "AlwaysAllow", "priority": 1}}
    scenario.body(ADMIN_RULES)["value"] = [rule]
    hop = _path(scenario).hop(HopName.SUBNET_NSG)
    assert (hop.decision, hop.lift) == (Decision.DENY, Lift.LISTED)


def test_a_route_that_leads_elsewhere_leaves_firewall_and_egress_unknown() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body("effectiveRouteTable")["value"].append(
        {"source": "User", "state": "Active", "addressPrefix": ["0.0.0.0/0"], "nextHopType": "VirtualAppliance"}
    )
    decisions = _decisions(_path(scenario))
    assert (decisions["route"], decisions["firewall"], decisions["egress"]) == ("unknown", "unknown", "unknown")


def test_a_learned_default_route_counts_for_virtualnetwork_where_azure_does_not_expand_it() -> None:
    allow_out = outbound_rule("Deny-Vnet", 100, "Deny", "VirtualNetwork")
    scenario = _with_rules({NIC_NSG: [allow_out]})
    assert _groups(scenario)[0].decision is Decision.ALLOW
    scenario.drop(EFFECTIVE)
    assert _groups(scenario)[0].decision is Decision.ALLOW
    scenario.body("effectiveRouteTable")["value"].append(
        {"source": "VirtualNetworkGateway", "state": "Active", "addressPrefix": ["0.0.0.0/0"], "nextHopType": "x"}
    )
    assert _groups(scenario)[0].decision is Decision.DENY


def test_azures_expansion_of_virtualnetwork_wins_over_the_routes() -> None:
    scenario = _with_rules({NIC_NSG: [outbound_rule("Deny-Vnet", 100, "Deny", "VirtualNetwork")]})
    for entry in scenario.body(EFFECTIVE)["value"]:
        entry["tagMap"]["VirtualNetwork"] = ["192.0.2.0/24", "0.0.0.0/0"]
    assert _groups(scenario)[0].decision is Decision.DENY


def test_the_networks_own_and_its_peers_prefixes_are_not_the_internet() -> None:
    scenario = _with_rules({NIC_NSG: [outbound_rule("Deny-Internet", 100, "Deny", "Internet")]}).drop(EFFECTIVE)
    assert _groups(scenario)[0].decision is Decision.DENY
    properties = scenario.body("virtualNetworks/shop-prod-vnet")["properties"]
    properties["virtualNetworkPeerings"] = [
        {"name": "hub", "properties": {"remoteAddressSpace": {"addressPrefixes": ["203.0.113.0/24"]}}}
    ]
    hop = _groups(scenario)[0]
    assert (hop.decision, hop.rule) == (Decision.ALLOW, "AllowVnetOutBound")


def test_without_the_network_virtualnetwork_is_not_known() -> None:
    deny_vnet = outbound_rule("Deny-Vnet", 100, "Deny", "VirtualNetwork")
    scenario = _with_rules({NIC_NSG: [deny_vnet]}).drop("virtualNetworks/shop-prod-vnet")
    scenario.drop(EFFECTIVE).drop("effectiveRouteTable")
    hop = _groups(scenario)[0]
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Deny-Vnet")


def test_without_the_tags_prefixes_the_groups_are_decided_by_containment() -> None:
    scenario = Scenario.sample("nsg-denies-attestation").drop("serviceTagDetails", tag="AzureAttestation")
    path = _path(scenario)
    assert path.question.destinations == UNKNOWN_ADDRESSES
    hop = path.hop(HopName.SUBNET_NSG)
    assert (hop.decision, hop.rule) == (Decision.DENY, "Deny-Internet-Outbound")
    assert any("documented containment" in assumption for assumption in hop.assumptions)


def test_without_the_nic_nothing_is_said_of_its_address() -> None:
    scenario = Scenario.sample("healthy").answer("networkInterfaces/web-01-nic", 403).drop(EFFECTIVE)
    path = _path(scenario)
    assert (path.question.source, path.question.source_groups) == (None, ())
    assert {path.hop(name).decision for name in GROUPS} == {Decision.UNKNOWN}
    assert {path.hop(name).missing_permission for name in GROUPS} == {"Microsoft.Network/networkInterfaces/read"}


def test_without_the_nic_a_rule_for_some_sources_is_not_decided() -> None:
    scenario = Scenario.sample("healthy").answer("networkInterfaces/web-01-nic", 403)
    assert {_path(scenario).hop(name).decision for name in GROUPS} == {Decision.ALLOW}
    flat = outbound_rule("Some", 100, "Deny", "*", sourceAddressPrefix="192.0.2.0/28")
    for entry in scenario.body(EFFECTIVE)["value"]:
        entry["effectiveSecurityRules"].append({"name": "securityRules/Some", **flat["properties"]})
    hops = [_path(scenario).hop(name) for name in GROUPS]
    assert [(hop.decision, hop.rule) for hop in hops] == [(Decision.UNKNOWN, "Some")] * 2


def test_a_rule_for_an_application_security_group_of_the_vm_is_followed() -> None:
    rule = outbound_rule("Deny-Web", 100, "Deny", "*", sourceAddressPrefix="")
    rule["properties"]["sourceApplicationSecurityGroups"] = [{"id": "/ASG/web"}]
    scenario = _with_rules({NIC_NSG: [rule]})
    assert _groups(scenario)[0].decision is Decision.ALLOW
    configuration = scenario.body(NIC)["properties"]["ipConfigurations"][0]["properties"]
    configuration["applicationSecurityGroups"] = [{"id": "/asg/Web"}]
    assert _groups(scenario)[0].decision is Decision.DENY


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://sharedeus.eus.attest.azure.net",
        "sharedeus.eus.attest.azure.net",
        "https://SHAREDEUS.eus.attest.azure.net/",
    ],
)
def test_a_shared_provider_is_decided_as_usual(endpoint: str) -> None:
    assert _decisions(_path(_with_endpoint(endpoint))) == _decisions(_path(Scenario.sample("healthy")))


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("https://contoso.eus.attest.azure.net", "contoso.eus.attest.azure.net"),
        ("contoso.eus.attest.azure.net", "contoso.eus.attest.azure.net"),
        ("https://sharedeus.weu.attest.azure.net", "sharedeus.weu.attest.azure.net"),
        ("https://sharedeus.eus.attest.azure.us", "sharedeus.eus.attest.azure.us"),
        ("http://[", "http://["),
    ],
)
def test_the_way_to_a_customers_own_provider_is_not_decided(endpoint: str, shown: str) -> None:
    path = _path(_with_endpoint(endpoint))
    decisions = _decisions(path)
    assert decisions.pop("admin-rules") == "not-applicable"
    assert set(decisions.values()) == {"unknown"}
    for hop in path.hops[1:]:
        assert f"its own provider {shown}:" in hop.summary
        assert (hop.rule, hop.parts, hop.trace) == (None, (), ())


def test_groups_that_are_not_there_decide_nothing_on_the_way_to_a_customers_own_provider_either() -> None:
    scenario = _with_endpoint("https://contoso.eus.attest.azure.net")
    del scenario.body(NIC)["properties"]["networkSecurityGroup"]
    decisions = _decisions(_path(scenario))
    assert (decisions["nic-nsg"], decisions["firewall"]) == ("not-applicable", "unknown")
