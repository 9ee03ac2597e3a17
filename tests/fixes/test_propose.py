"""The fixes of a path: at the right place, with the right number, and only what turns it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route
from guest_attestation.fixes.applied import applied
from guest_attestation.fixes.candidates import candidates, target_of_rules
from guest_attestation.fixes.change import (
    AddAdminRule,
    AddFirewallRule,
    AddNatGateway,
    AddRoute,
    AddSecurityRule,
    MovedRule,
)
from guest_attestation.fixes.fix import Fix
from guest_attestation.fixes.propose import plan_of, propose
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision, HopName
from guest_attestation.network.path import decide_path
from guest_attestation.network.tiers import only_home
from tests.scenario import NIC_NSG, SUBNET_NSG, VNET, Scenario, outbound_rule

MANAGER = "/subscriptions/m/resourceGroups/n/providers/Microsoft.Network/networkManagers/central"
COLLECTION = f"{MANAGER}/securityAdminConfigurations/base/ruleCollections/all"


def fixes_of(scenario: Scenario | Facts) -> tuple[Fix, ...]:
    facts = scenario.facts() if isinstance(scenario, Scenario) else scenario
    return propose(facts, decide_path(facts))


def with_rules(*rules: dict[str, Any], group: str = "web-subnet-nsg") -> Scenario:
    scenario = Scenario.sample("healthy").drop("/effectiveNetworkSecurityGroups")
    scenario.body(f"networkSecurityGroups/{group}")["properties"]["securityRules"] = list(rules)
    return scenario


def test_a_healthy_path_needs_no_fix_and_no_plan() -> None:
    facts = Scenario.sample("healthy").facts()
    assert fixes_of(facts) == ()
    assert plan_of(facts, decide_path(facts)) is None


def test_an_nsg_gets_an_allow_with_the_largest_free_number_before_the_rule_that_denies() -> None:
    scenario = with_rules(
        outbound_rule("Deny", 300, "Deny", "Internet"),
        outbound_rule("Other", 299, "Allow", "Storage"),
        outbound_rule("Inbound", 298, "Allow", "*", direction="Inbound"),
    )

    (fix,) = fixes_of(scenario)

    assert fix.change == AddSecurityRule(SUBNET_NSG, "Allow-AzureAttestation", 298, "*", "AzureAttestation")
    assert (fix.hop, fix.resource, fix.before, fix.after) == (HopName.SUBNET_NSG, SUBNET_NSG, "deny", "allow")
    assert "web-subnet-nsg" in fix.title
    assert "every VM" in fix.blast_radius


def test_behind_the_default_rule_a_rule_of_ones_own_has_the_last_number() -> None:
    scenario = with_rules()
    defaults = scenario.body("networkSecurityGroups/web-subnet-nsg")["properties"]["defaultSecurityRules"]
    defaults[:] = [it for it in defaults if it["name"] != "AllowInternetOutBound"]

    (fix,) = fixes_of(scenario)

    assert isinstance(fix.change, AddSecurityRule)
    assert fix.change.priority == 4096


def test_where_no_number_is_free_the_rule_that_denies_makes_room() -> None:
    scenario = with_rules(
        outbound_rule("Deny", 100, "Deny", "*"),
        outbound_rule("Second", 101, "Allow", "Storage"),
    )

    (fix,) = fixes_of(scenario)

    assert isinstance(fix.change, AddSecurityRule)
    assert (fix.change.priority, fix.change.moved) == (100, MovedRule("Deny", 100, 102))
    assert "move rule Deny" in fix.title
    assert "come before it then" in fix.blast_radius


def test_each_nsg_that_denies_gets_a_fix_and_the_plan_takes_both() -> None:
    scenario = with_rules(outbound_rule("Deny", 200, "Deny", "*"))
    group = scenario.body("networkSecurityGroups/web-01-nic-nsg")["properties"]
    group["securityRules"] = [outbound_rule("Deny", 200, "Deny", "AzureCloud")]
    facts = scenario.facts()

    assert [fix.resource for fix in fixes_of(facts)] == [NIC_NSG, SUBNET_NSG]
    plan = plan_of(facts, decide_path(facts))
    assert plan is not None
    assert [fix.resource for fix in plan.fixes] == [NIC_NSG, SUBNET_NSG]
    assert (plan.before, plan.after) == (Decision.DENY, Decision.ALLOW)


def test_a_name_that_is_taken_is_not_given_again() -> None:
    scenario = with_rules(
        outbound_rule("Deny", 200, "Deny", "*"), outbound_rule("ALLOW-azureattestation", 300, "Allow", "*")
    )

    (fix,) = fixes_of(scenario)

    assert isinstance(fix.change, AddSecurityRule)
    assert fix.change.name == "Allow-AzureAttestation-2"


def test_an_admin_rule_is_mended_by_an_always_allow_of_its_owner() -> None:
    scenario = Scenario.sample("healthy")
    properties = {
        "priority": 20,
        "direction": "Outbound",
        "access": "Deny",
        "protocol": "Any",
        "sources": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
        "destinations": [{"addressPrefix": "Internet", "addressPrefixType": "ServiceTag"}],
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["0-65535"],
    }
    rule = {"id": f"{COLLECTION}/rules/No-Internet", "name": "No-Internet", "properties": properties}
    scenario.body("SecurityAdminRules")["value"] = [rule]

    (fix,) = fixes_of(scenario)

    assert fix.change == AddAdminRule(COLLECTION, "Allow-AzureAttestation", 19, "AzureAttestation")
    assert fix.title.startswith("ask the owner of network manager central")
    properties["priority"] = 1
    assert fixes_of(scenario) == (), "no number is free before it"


def route_table(scenario: Scenario, next_hop: str) -> Scenario:
    table = f"{VNET.rpartition('/virtualNetworks/')[0]}/routeTables/shop-routes"
    subnet = scenario.body("shop-prod-vnet")["properties"]["subnets"][0]["properties"]
    subnet["routeTable"] = {"id": table}
    route = {"name": "all", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": next_hop}}
    scenario.read("route_table", {"id": table, "properties": {"routes": [route]}}, id=table)
    return scenario.drop("/effectiveRouteTable")


def test_a_route_that_drops_is_passed_by_a_route_for_the_tag_where_egress_is_explicit() -> None:
    scenario = route_table(Scenario.sample("healthy"), "None")

    (fix,) = fixes_of(scenario)

    assert isinstance(fix.change, AddRoute)
    assert (fix.change.destination, fix.before, fix.after) == ("AzureAttestation", "deny", "allow")
    assert "past any inspection" in fix.blast_radius
    facts = scenario.facts()
    china = replace(facts, cloud=replace(facts.cloud, tag_beyond_groups=False))
    assert fixes_of(china) == (), "the tag may not stand in a route there (facts 4.2)"


def test_default_outbound_access_is_no_egress_to_lean_on() -> None:
    scenario = route_table(Scenario.sample("healthy"), "None")
    subnet = scenario.body("shop-prod-vnet")["properties"]["subnets"][0]["properties"]
    del subnet["natGateway"]
    subnet.pop("defaultOutboundAccess", None)

    assert fixes_of(scenario) == ()


def test_a_subnet_without_egress_gets_a_nat_gateway() -> None:
    scenario = Scenario.sample("healthy")
    subnet = scenario.body("shop-prod-vnet")["properties"]["subnets"][0]["properties"]
    del subnet["natGateway"]
    subnet["defaultOutboundAccess"] = False

    (fix,) = fixes_of(scenario)

    assert isinstance(fix.change, AddNatGateway)
    assert (fix.hop, fix.before, fix.after) == (HopName.EGRESS, "deny", "allow")


def test_a_firewall_gets_a_network_rule_by_the_tag_before_the_collection_that_denies() -> None:
    fixes = fixes_of(Scenario.sample("firewall-denies-attestation"))

    change = fixes[0].change
    assert isinstance(change, AddFirewallRule)
    assert (change.kind, change.target, change.priority) == ("network", "AzureAttestation", 149)
    assert change.source == ("192.0.2.0/26",)
    assert all(fix.after == "allow" for fix in fixes)
    assert [it for it in fixes if isinstance(it.change, AddFirewallRule) and it.change.kind == "application"] == [], (
        "behind a network rule that denies no application rule is reached (facts 6.2)"
    )


@pytest.mark.parametrize("tag_beyond_groups", [True, False])
def test_without_a_rule_that_denies_either_kind_of_rule_serves(*, tag_beyond_groups: bool) -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    for firewall in scenario.body("/azureFirewalls")["value"]:
        firewall["properties"] |= {"networkRuleCollections": [], "applicationRuleCollections": []}
    facts = scenario.facts()
    facts = replace(facts, cloud=replace(facts.cloud, tag_beyond_groups=tag_beyond_groups))

    kinds = [it.change.kind for it in fixes_of(facts) if isinstance(it.change, AddFirewallRule)]

    assert kinds == (["network", "application"] if tag_beyond_groups else ["application"])


def test_where_only_the_effective_rules_name_the_admin_rule_its_place_is_not_known() -> None:
    scenario = Scenario.sample("healthy").drop("SecurityAdminRules")
    entry = {
        "association": {"networkManager": {"id": MANAGER}},
        "effectiveSecurityRules": [{**outbound_rule("No", 20, "Deny", "*")["properties"], "name": "No"}],
    }
    scenario.body("/effectiveNetworkSecurityGroups")["value"].append(entry)

    assert scenario.diagnose().check("path.admin-rules").status == "fail"
    assert fixes_of(scenario) == ()


def test_a_provider_with_a_private_address_is_allowed_by_that_address() -> None:
    facts = with_rules(outbound_rule("Deny", 200, "Deny", "*")).facts()
    path = decide_path(facts)
    tiers = only_home(AddressSet.of(("192.0.2.40",), 4))
    asked = replace(path.question, target="mine.eus.attest.azure.net", tiers=tiers)
    assert target_of_rules(path.question) == "AzureAttestation"
    assert target_of_rules(asked) == "192.0.2.40"


def test_where_every_number_behind_the_rule_is_taken_too_nothing_is_offered() -> None:
    rules = [
        outbound_rule(f"r{n}", n, "Deny" if n == 100 else "Allow", "Storage" if n > 100 else "*")
        for n in range(100, 4097)
    ]
    assert fixes_of(with_rules(*rules)) == ()


def test_a_hop_whose_group_or_numbers_are_not_known_gets_no_fix() -> None:
    facts = with_rules(outbound_rule("Deny", 200, "Deny", "*")).facts()
    path = decide_path(facts)
    hop = path.of(HopName.SUBNET_NSG)[0]
    bare = replace(path, at=replace(path.at, subnet_group=None))
    assert list(candidates(facts, bare, hop)) == []
    assert list(candidates(facts, path, replace(hop, parts=()))) == []
    assert list(candidates(facts, path, path.of(HopName.PROVIDER)[0])) == []
    nowhere = replace(path, at=replace(path.at, subnet=Reading(None, "refused")))
    assert list(candidates(facts, nowhere, path.of(HopName.EGRESS)[0])) == []


def test_the_effective_routes_take_the_new_route_as_the_table_does() -> None:
    scenario = route_table(Scenario.sample("healthy"), "None")
    facts = scenario.facts()
    change = propose(facts, decide_path(facts))[0].change
    for effective in ((), (Route("all", "User", True, ("0.0.0.0/0",), "None", (), ""),)):
        at = replace(facts.primary, effective_routes=Reading(effective), route_table=None)
        changed = applied(change, replace(facts, primary=at)).primary
        assert len(changed.effective_routes.value or ()) == (2 if effective else 0)
        assert changed.route_table is None
