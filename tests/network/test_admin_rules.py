from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.admin_rules import admin_rules_hop, lift_of
from guest_attestation.network.hop import Decision, HopName, Lift
from tests.scenario import Scenario

LIST = "listNetworkManagerEffectiveSecurityAdminRules"
EFFECTIVE = "effectiveNetworkSecurityGroups"
LIST_PERMISSION = "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action"


def _admin_rule(name: str, access: str, direction: str = "Outbound") -> dict[str, Any]:
    properties = {"priority": 10, "direction": direction, "access": access, "protocol": "Any"}
    return {"id": f"/networkManagers/m/{name}", "kind": "Custom", "properties": properties}


def _listed(*rules: dict[str, Any]) -> Scenario:
    scenario = Scenario.sample("healthy")
    scenario.body(LIST)["value"] = list(rules)
    return scenario


def _effective(*rules: dict[str, Any]) -> Scenario:
    """The list is not there; the effective rules hold a network manager's entry."""
    scenario = Scenario.sample("healthy").drop(LIST)
    flat = [{"name": rule["id"], **rule["properties"]} for rule in rules]
    entry = {"association": {"networkManager": {"id": "/networkManagers/m"}}, "effectiveSecurityRules": flat}
    scenario.body(EFFECTIVE)["value"].append(entry)
    return scenario


def test_an_empty_list_means_that_there_is_nothing_to_decide() -> None:
    facts = _listed().facts()
    hop = admin_rules_hop(facts)
    assert (hop.hop, hop.decision) == (HopName.ADMIN_RULES, Decision.NOT_APPLICABLE)
    assert "AdminRules" in hop.evidence[0]
    assert lift_of(facts) is Lift.NO


def test_a_list_without_outbound_rules_means_that_there_is_nothing_to_decide() -> None:
    facts = _listed(_admin_rule("in", "AlwaysAllow", "Inbound")).facts()
    assert admin_rules_hop(facts).decision is Decision.NOT_APPLICABLE
    assert lift_of(facts) is Lift.NO


@pytest.mark.parametrize("record", [_listed, _effective])
@pytest.mark.parametrize(
    ("access", "lift"),
    [
        ("Allow", Lift.NO),
        ("deny", Lift.NO),
        ("AlwaysAllow", Lift.LISTED),
        ("alwaysallow", Lift.LISTED),
        ("", Lift.LISTED),
    ],
)
def test_outbound_rules_are_named_but_not_decided_and_may_lift_what_an_nsg_denies(
    record: Any, access: str, lift: Lift
) -> None:
    facts = record(_admin_rule("in", "Deny", "inbound"), _admin_rule("out", access)).facts()
    hop = admin_rules_hop(facts)
    assert hop.decision is Decision.UNKNOWN
    assert "(out)" in hop.summary
    assert len(hop.evidence) == 1
    assert lift_of(facts) is lift


def test_a_rule_whose_direction_cannot_be_read_may_be_outbound() -> None:
    facts = _listed(_admin_rule("odd", "AlwaysAllow", "Sideways")).facts()
    assert admin_rules_hop(facts).decision is Decision.UNKNOWN
    assert lift_of(facts) is Lift.LISTED


def test_effective_rules_without_a_network_manager_mean_none_where_the_list_was_not_read() -> None:
    facts = Scenario.sample("healthy").answer(LIST, 403).facts()
    hop = admin_rules_hop(facts)
    assert hop.decision is Decision.NOT_APPLICABLE
    assert EFFECTIVE in hop.evidence[0]
    assert lift_of(facts) is Lift.NO


def test_the_list_wins_over_the_effective_rules() -> None:
    scenario = _effective(_admin_rule("out", "Deny"))
    scenario.documents |= {"list.json": Scenario.sample("healthy").document(LIST)}
    assert admin_rules_hop(scenario.facts()).decision is Decision.NOT_APPLICABLE


def test_with_neither_it_is_unknown_and_says_which_permission_is_missing() -> None:
    facts = Scenario.sample("healthy").answer(LIST, 403).drop(EFFECTIVE).facts()
    hop = admin_rules_hop(facts)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, LIST_PERMISSION)
    assert "refused (403)" in hop.summary
    assert "not in the snapshot" in hop.summary
    assert hop.evidence
    assert lift_of(facts) is Lift.UNREAD


def test_with_nothing_recorded_it_is_unknown_without_evidence() -> None:
    hop = admin_rules_hop(Scenario.sample("healthy").drop(LIST).drop(EFFECTIVE).facts())
    assert (hop.decision, hop.missing_permission, hop.evidence) == (Decision.UNKNOWN, None, ())
