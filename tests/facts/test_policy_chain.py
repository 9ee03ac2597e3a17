"""The policies that a firewall policy inherits from, wherever they stand (facts 6.2)."""

from __future__ import annotations

from typing import Any

from guest_attestation.facts.firewalls import FirewallConfiguration
from tests.scenario import Scenario

HUB = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000002/resourceGroups/hub-network-rg/providers/Microsoft.Network"
CHILD = f"{HUB}/firewallPolicies/hub-fw-policy"
OTHER = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000009/resourceGroups/policies/providers/Microsoft.Network"
PARENT = f"{OTHER}/firewallPolicies/parent"
GRANDPARENT = f"{HUB}/firewallPolicies/grandparent"
IP_GROUP = f"{HUB}/ipGroups/of-parent"


def _based(child: str, parent: str, scenario: Scenario | None = None) -> Scenario:
    scenario = scenario or Scenario.sample("healthy-behind-firewall")
    scenario.body(child)["properties"]["basePolicy"] = {"id": parent}
    return scenario


def _policy(scenario: Scenario, policy: str, *groups: dict[str, Any]) -> Scenario:
    scenario.read("firewall_policy", {"id": policy, "properties": {}}, id=policy)
    return scenario.read("rule_collection_groups", {"value": list(groups)}, policy=policy)


def _configuration(scenario: Scenario) -> FirewallConfiguration:
    (configuration,) = scenario.facts().primary.firewalls.at_next_hop
    return configuration


def test_a_policy_without_a_base_has_no_parents() -> None:
    assert _configuration(Scenario.sample("healthy-behind-firewall")).parents == ()


def test_parents_are_followed_into_other_subscriptions_nearest_first_with_their_ip_groups() -> None:
    rule = {"ruleType": "NetworkRule", "name": "r", "sourceIpGroups": [IP_GROUP]}
    collection = {"name": "c", "priority": 100, "action": {"type": "Allow"}, "rules": [rule]}
    group = {"id": "/g", "name": "g", "properties": {"priority": 100, "ruleCollections": [collection]}}
    scenario = _policy(_based(CHILD, PARENT), PARENT, group)
    scenario = _policy(_based(PARENT, GRANDPARENT, scenario), GRANDPARENT)
    configuration = _configuration(scenario)
    assert [it.id for it in configuration.parents] == [PARENT, GRANDPARENT]
    assert [len(it.groups.value or ()) for it in configuration.parents] == [1, 0]
    assert IP_GROUP.casefold() in configuration.ip_groups


def test_a_parent_that_was_refused_ends_the_chain_with_its_permission() -> None:
    scenario = _policy(_based(CHILD, PARENT), PARENT)
    (parent,) = _configuration(scenario.answer(PARENT, 403)).parents
    assert (parent.policy.value, parent.policy.missing_permission) == (
        None,
        "Microsoft.Network/firewallPolicies/read",
    )
    assert parent.groups.value == ()


def test_a_parent_that_is_gone_is_not_known() -> None:
    scenario = _policy(_based(CHILD, PARENT), PARENT)
    (parent,) = _configuration(scenario.answer(PARENT, 404)).parents
    assert parent.policy.value is None
    assert "404" in parent.policy.why_not


def test_a_loop_is_followed_once_and_said() -> None:
    scenario = _policy(_based(CHILD, PARENT), PARENT)
    parents = _configuration(
        _based(PARENT, CHILD.upper().replace("/SUBSCRIPTIONS", "/subscriptions"), scenario)
    ).parents
    assert [it.policy.value is not None for it in parents] == [True, False]
    assert parents[1].policy.why_not.startswith("policies inherit from one another in a loop")
    assert parents[1].groups.value is None
