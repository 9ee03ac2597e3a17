"""The effective rules of the NIC beside its NSGs as configured (design 5, "Azure's own answer")."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.azure_answer import azure_comparisons
from guest_attestation.network.azure_flow import Comparison
from guest_attestation.network.path import decide_path
from tests.own_provider import own, with_zone
from tests.scenario import NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

EFFECTIVE = "/effectiveNetworkSecurityGroups"


def _compared(scenario: Scenario) -> list[Comparison]:
    facts = scenario.facts()
    return list(azure_comparisons(facts, decide_path(facts)).effective)


def _subnet(scenario: Scenario) -> Comparison:
    return next(it for it in _compared(scenario) if it.asked == "effective rules of web-subnet-nsg")


def _rules(scenario: Scenario) -> list[Any]:
    rules: list[Any] = scenario.body(SUBNET_NSG)["properties"]["securityRules"]
    return rules


def _healthy() -> Scenario:
    return Scenario.sample("healthy")


@pytest.mark.parametrize("name", ["healthy", "nsg-denies-attestation"])
def test_the_same_rules_agree(name: str) -> None:
    found = _compared(Scenario.sample(name))
    assert [(it.asked, it.outcome.value, it.about) for it in found] == [
        ("effective rules of web-01-nic-nsg", "agrees", "AzureAttestation"),
        ("effective rules of web-subnet-nsg", "agrees", "AzureAttestation"),
    ]
    assert found[1].azure == found[1].ours


def test_another_decision_differs() -> None:
    scenario = _healthy()
    _rules(scenario).insert(0, outbound_rule("New", 100, "Deny", "203.0.113.4/30"))
    found = _subnet(scenario)
    assert (found.outcome.value, found.azure, found.ours) == (
        "differs",
        "allow by rule Allow-AzureAttestation-Out",
        "deny by rule New",
    )


def test_another_rule_with_the_same_decision_differs() -> None:
    scenario = _healthy()
    _rules(scenario).insert(0, outbound_rule("New", 100, "Allow", "AzureAttestation"))
    assert (_subnet(scenario).outcome.value, _subnet(scenario).ours) == ("differs", "allow by rule New")


def test_a_rule_that_does_not_speak_of_attestation_changes_nothing() -> None:
    scenario = _healthy()
    _rules(scenario).insert(0, outbound_rule("New", 100, "Deny", "192.0.2.128/25"))
    assert _subnet(scenario).outcome.value == "agrees"


def test_what_one_of_both_does_not_decide_is_a_note() -> None:
    scenario = _healthy()
    _rules(scenario).insert(0, outbound_rule("New", 100, "Deny", "AzureAttestation", sourcePortRange="1024-2048"))
    assert (_subnet(scenario).outcome.value, _subnet(scenario).why) == ("note", "one of both is not decided")


def test_an_nsg_that_is_not_in_force_differs() -> None:
    scenario = _healthy()
    scenario.body(EFFECTIVE)["value"].pop(1)
    assert (_subnet(scenario).outcome.value, _subnet(scenario).azure) == ("differs", "not in force")


def test_an_nsg_that_is_in_force_but_not_associated_differs() -> None:
    scenario = _healthy()
    del scenario.body("networkInterfaces/web-01-nic")["properties"]["networkSecurityGroup"]
    found, subnet = _compared(scenario)
    assert (subnet.asked, subnet.outcome.value) == ("effective rules of web-subnet-nsg", "agrees")
    assert (found.asked, found.outcome.value) == ("effective rules of web-01-nic-nsg", "differs")
    assert (found.azure, found.ours, found.why) == ("in force", "none", "no such NSG is associated")


def test_an_nsg_that_was_not_read_is_decided_by_its_effective_rules_already() -> None:
    found = _compared(_healthy().answer(NIC_NSG, 403))
    assert [it.asked for it in found] == ["effective rules of web-subnet-nsg"]


def test_without_effective_rules_nothing_is_compared() -> None:
    assert _compared(_healthy().answer(EFFECTIVE, 403)) == []


def test_for_a_private_address_of_the_provider_the_tags_rules_are_not_compared() -> None:
    assert _compared(own()) != []
    assert _compared(with_zone(own(), shopattest__eus="192.0.2.40")) == []


def test_recorded_at_another_time_it_is_a_note() -> None:
    scenario = _healthy()
    _rules(scenario).insert(0, outbound_rule("New", 100, "Deny", "AzureAttestation"))
    scenario.document(EFFECTIVE)["at"] = "2026-11-20T08:28:46Z"
    found = _subnet(scenario)
    assert (found.outcome.value, "it differs, but what ours is made of was recorded" in found.why) == ("note", True)


def test_rules_that_split_the_tag_alike_agree() -> None:
    scenario = _healthy()
    denying = outbound_rule("New", 100, "Deny", "203.0.113.4/30")
    _rules(scenario).insert(0, denying)
    scenario.body(EFFECTIVE)["value"][1]["effectiveSecurityRules"].insert(0, {"name": "New", **denying["properties"]})
    assert _subnet(scenario).outcome.value == "agrees"


def test_when_admin_rules_were_recorded_does_not_matter() -> None:
    scenario = _healthy()
    scenario.document("/listNetworkManagerEffectiveSecurityAdminRules")["at"] = "2026-11-19T09:28:46Z"
    assert [it.outcome.value for it in _compared(scenario)] == ["agrees", "agrees"]
