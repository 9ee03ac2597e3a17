from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import Path, decide_path
from tests.network.build import addresses
from tests.own_provider import naming, own, with_zone
from tests.scenario import NIC, NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

EFFECTIVE = "effectiveNetworkSecurityGroups"
ADMIN_RULES = "listNetworkManagerEffectiveSecurityAdminRules"
GROUPS = (HopName.NIC_NSG, HopName.SUBNET_NSG)


def _path(scenario: Scenario) -> Path:
    return decide_path(scenario.facts())


def _only(path: Path, name: HopName) -> Hop:
    """Return the hop of that name where there is one entry."""
    (hop,) = path.of(name)
    return hop


def _decisions(path: Path) -> dict[str, str]:
    return {hop.hop.value: hop.decision.value for hop in path.hops}


def _groups(scenario: Scenario) -> tuple[Hop, Hop]:
    path = _path(scenario)
    return _only(path, HopName.NIC_NSG), _only(path, HopName.SUBNET_NSG)


def _with_rules(rules: dict[str, list[dict[str, Any]]]) -> Scenario:
    """Give the NIC's and the subnet's NSG these rules instead of their own."""
    scenario = Scenario.sample("healthy")
    for group in (NIC_NSG, SUBNET_NSG):
        scenario.body(group)["properties"]["securityRules"] = rules.get(group, [])
    return scenario


DENY_ALL = outbound_rule("Deny-All", 200, "Deny", "*")


def test_every_hop_stands_once_in_the_order_in_which_traffic_meets_it() -> None:
    assert [hop.hop for hop in _path(Scenario.sample("healthy")).hops] == list(HopName)


def test_a_healthy_vm_is_allowed_everywhere() -> None:
    assert _decisions(_path(Scenario.sample("healthy"))) == {
        "admin-rules": "not-applicable",
        "nic-nsg": "allow",
        "subnet-nsg": "allow",
        "route": "allow",
        "firewall": "not-applicable",
        "egress": "allow",
        "provider": "allow",
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
    assert _only(path, HopName.ROUTE).decision is Decision.ALLOW
    assert _only(path, HopName.EGRESS).decision is Decision.ALLOW


def test_a_group_that_nothing_names_leaves_nothing_to_decide() -> None:
    scenario = Scenario.sample("healthy")
    del scenario.body(NIC)["properties"]["networkSecurityGroup"]
    del scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"][0]["properties"][
        "networkSecurityGroup"
    ]
    assert [hop.decision for hop in _groups(scenario)] == [Decision.NOT_APPLICABLE, Decision.NOT_APPLICABLE]


def test_a_group_that_was_not_read_is_served_by_its_entry_in_the_effective_rules() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    before = _only(_path(scenario), HopName.SUBNET_NSG)
    after = _only(_path(scenario.answer(SUBNET_NSG, 403)), HopName.SUBNET_NSG)
    assert before.decision is Decision.DENY
    assert (after.decision, after.rule) == (before.decision, before.rule)
    assert after.assumptions == (
        *before.assumptions,
        "the NSG itself was not read: its entry in the effective rules serves instead",
    )
    assert EFFECTIVE in after.evidence[0]


def test_a_group_that_was_not_read_and_has_no_effective_entry_is_unknown() -> None:
    scenario = Scenario.sample("healthy").answer(NIC_NSG, 403).drop(EFFECTIVE)
    hop = _only(_path(scenario), HopName.NIC_NSG)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/networkSecurityGroups/read")


def test_admin_rules_that_were_not_read_are_assumed_not_to_lift_a_denial() -> None:
    scenario = Scenario.sample("nsg-denies-attestation").drop(ADMIN_RULES).drop(EFFECTIVE)
    path = _path(scenario)
    assert _only(path, HopName.ADMIN_RULES).decision is Decision.UNKNOWN
    for name in GROUPS:
        assert _only(path, name).lift_assumed
        assert any("AlwaysAllow" in assumption for assumption in _only(path, name).assumptions)


def test_an_always_allow_that_may_apply_makes_a_denial_uncertain() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    rule = {"id": "/m/lift", "properties": {"direction": "Outbound", "access": "AlwaysAllow", "priority": 1}}
    scenario.body(ADMIN_RULES)["value"] = [rule]
    hop = _only(_path(scenario), HopName.SUBNET_NSG)
    assert (hop.decision, hop.lift_assumed) == (Decision.UNKNOWN, False)
    assert "AlwaysAllow" in hop.summary


def _routed(next_hop: str, *addresses: str) -> dict[str, str]:
    """Let an effective route of the table lead everything somewhere, and return the last hops' decisions."""
    scenario = Scenario.sample("healthy")
    route = {"source": "User", "state": "Active", "addressPrefix": ["0.0.0.0/0"], "nextHopType": next_hop}
    scenario.body("effectiveRouteTable")["value"].append({**route, "nextHopIpAddress": list(addresses)})
    decisions = _decisions(_path(scenario))
    return {name: decisions[name] for name in ("route", "firewall", "egress")}


def test_a_route_that_leads_elsewhere_leaves_firewall_and_egress_unknown() -> None:
    unknown = {"route": "unknown", "firewall": "unknown", "egress": "unknown"}
    assert _routed("VirtualNetworkGateway") == {**unknown, "route": "allow"}
    assert _routed("VirtualAppliance", "192.0.2.7") == {**unknown, "route": "allow"}
    assert _routed("VirtualAppliance", "192.0.2.7", "192.0.2.8") == unknown


def test_behind_a_route_that_drops_everything_there_is_nothing_to_decide() -> None:
    expected = {"route": "deny", "firewall": "not-applicable", "egress": "not-applicable"}
    assert _routed("None") == expected
    assert _routed("VirtualAppliance") == expected


@pytest.mark.parametrize(
    ("name", "firewall"), [("healthy-behind-firewall", "allow"), ("firewall-denies-attestation", "deny")]
)
def test_behind_an_azure_firewall_its_rules_and_its_egress_are_decided(name: str, firewall: str) -> None:
    decisions = _decisions(_path(Scenario.sample(name)))
    assert (decisions["route"], decisions["firewall"], decisions["egress"]) == ("allow", firewall, "allow")


def test_a_firewalls_rules_know_nothing_of_how_tags_are_expanded_for_the_nic() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    collections = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    collections["networkRuleCollections"][0]["properties"]["rules"][1]["destinationAddresses"] = ["VirtualNetwork"]
    assert _only(_path(scenario), HopName.FIREWALL).decision is Decision.UNKNOWN


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
    assert path.question.destinations.is_symbolic
    assert [part.addresses for hop in path.hops for part in hop.parts if not part.addresses.is_symbolic] == []
    hop = _only(path, HopName.SUBNET_NSG)
    assert (hop.decision, hop.rule) == (Decision.DENY, "Deny-Internet-Outbound")
    assert any("documented containment" in assumption for assumption in hop.assumptions)


def test_without_the_nic_nothing_is_said_of_its_address() -> None:
    scenario = Scenario.sample("healthy").answer("networkInterfaces/web-01-nic", 403).drop(EFFECTIVE)
    path = _path(scenario)
    assert (path.question.source, path.question.source_groups) == (None, ())
    assert {_only(path, name).decision for name in GROUPS} == {Decision.UNKNOWN}
    assert {_only(path, name).missing_permission for name in GROUPS} == {"Microsoft.Network/networkInterfaces/read"}


def test_without_the_nic_a_rule_for_some_sources_is_not_decided() -> None:
    scenario = Scenario.sample("healthy").answer("networkInterfaces/web-01-nic", 403)
    assert {_only(_path(scenario), name).decision for name in GROUPS} == {Decision.ALLOW}
    flat = outbound_rule("Some", 100, "Deny", "*", sourceAddressPrefix="192.0.2.0/28")
    for entry in scenario.body(EFFECTIVE)["value"]:
        entry["effectiveSecurityRules"].append({"name": "securityRules/Some", **flat["properties"]})
    hops = [_only(_path(scenario), name) for name in GROUPS]
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
    assert _decisions(_path(naming(endpoint))) == _decisions(_path(Scenario.sample("healthy")))


@pytest.mark.parametrize(
    ("endpoint", "shown", "provider"),
    [
        ("https://contoso.eus.attest.azure.net", "contoso.eus.attest.azure.net", "unknown"),
        ("contoso.eus.attest.azure.net", "contoso.eus.attest.azure.net", "unknown"),
        ("https://sharedeus.weu.attest.azure.net", "sharedeus.weu.attest.azure.net", "unknown"),
        ("https://sharedeus.eus.attest.azure.us", "sharedeus.eus.attest.azure.us", "deny"),
        ("http://[", "http://[", "deny"),
    ],
)
def test_the_way_to_a_customers_own_provider_that_is_not_known_is_not_decided(
    endpoint: str, shown: str, provider: str
) -> None:
    path = _path(naming(endpoint))
    decisions = _decisions(path)
    assert (decisions.pop("admin-rules"), decisions.pop("provider")) == ("not-applicable", provider)
    assert set(decisions.values()) == {"unknown"}
    for hop in path.hops[1:-1]:
        assert f"its own provider {shown}, and where it stands is not known" in hop.summary
        assert (hop.rule, hop.trace) == (None, ())
        assert [(part.decision, part.addresses) for part in hop.parts] == [
            (Decision.UNKNOWN, path.question.destinations)
        ]


def test_groups_that_are_not_there_decide_nothing_on_the_way_to_a_customers_own_provider_either() -> None:
    scenario = naming("https://contoso.eus.attest.azure.net")
    del scenario.body(NIC)["properties"]["networkSecurityGroup"]
    decisions = _decisions(_path(scenario))
    assert (decisions["nic-nsg"], decisions["firewall"]) == ("not-applicable", "unknown")


@pytest.mark.parametrize("sample", ["healthy", "nsg-denies-attestation"])
def test_a_public_provider_of_the_customers_own_stands_among_the_tags_addresses(sample: str) -> None:
    assert _decisions(_path(own(sample))) == _decisions(_path(Scenario.sample(sample)))


def test_the_way_to_a_provider_that_no_address_leads_to_is_not_decided() -> None:
    decisions = _decisions(_path(own(publicNetworkAccess="Disabled")))
    assert {decisions[hop] for hop in ("nic-nsg", "subnet-nsg", "route", "firewall", "egress")} == {"unknown"}
    assert decisions["provider"] == "deny"


def test_the_way_to_a_private_provider_is_decided_for_its_address() -> None:
    path = _path(with_zone(own(), shopattest__eus="192.0.2.133"))
    assert path.question.destinations == addresses("192.0.2.133")
    assert _decisions(path) == {
        "admin-rules": "not-applicable",
        "nic-nsg": "allow",
        "subnet-nsg": "allow",
        "route": "allow",
        "firewall": "not-applicable",
        "egress": "not-applicable",
        "provider": "allow",
    }


def test_whether_a_provider_is_private_may_not_be_known() -> None:
    hop = _only(_path(own().answer("/providers/Microsoft.Network/privateDnsZones", 403)), HopName.SUBNET_NSG)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/privateDnsZones/read")
    assert "needs Microsoft.Network/privateDnsZones/read" in hop.summary


def test_a_hop_that_was_not_known_anyway_still_says_why() -> None:
    scenario = naming("https://contoso.eus.attest.azure.net").answer(NIC_NSG, 403).drop(EFFECTIVE)
    hop = _only(_path(scenario), HopName.NIC_NSG)
    assert hop.missing_permission == "Microsoft.Network/networkSecurityGroups/read"
    assert "its own provider contoso" in hop.summary
    assert "needs Microsoft.Network/networkSecurityGroups/read" in hop.summary


# What the way and its end decide together.


@pytest.mark.parametrize(
    ("scenario", "network", "decision"),
    [
        (own(), "allow", "allow"),
        (own(status="NotReady"), "allow", "unknown"),
        (own(status="Error"), "allow", "deny"),
        (own("nsg-denies-attestation", status="NotReady"), "deny", "deny"),
        (own("nsg-denies-attestation", status="Error"), "deny", "deny"),
    ],
)
def test_a_provider_that_does_not_serve_is_no_open_path(scenario: Scenario, network: str, decision: str) -> None:
    path = _path(scenario)
    assert (path.network_decision.value, path.decision.value) == (network, decision)


def test_a_hop_that_is_not_decided_at_all_is_not_decided_of_everything() -> None:
    path = _path(Scenario.sample("healthy").answer(NIC_NSG, 403).drop(EFFECTIVE))
    assert [(part.decision, part.addresses) for part in _only(path, HopName.NIC_NSG).parts] == [
        (Decision.UNKNOWN, path.question.destinations)
    ]
    assert path.network_decision is Decision.UNKNOWN
