"""A policy's parents: their rules come first whatever the numbers say, all within a kind (facts 6.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import Decision
from tests.network.firewall_build import (
    FIREWALL,
    POLICY,
    application_rule,
    collection,
    decide,
    group,
    ip_group,
    network_rule,
    with_ip_groups,
    with_parents,
    with_policy,
)

ALLOW_NET = collection("allow-net", 200, "Allow", network_rule("Allow-Net"))
DENY_NET = collection("deny-net", 100, "Deny", network_rule("Deny-Net"))
ALLOW_APP = collection("allow-app", 100, "Allow", application_rule("Allow-App"))
DENY_APP = collection("deny-app", 100, "Deny", application_rule("Deny-App"))
UNREAD: Reading[Any] = Reading(None, "refused (403): GET parent", "Microsoft.Network/firewallPolicies/read", "there#")
PARENT = f"{POLICY}-parent-0"


def _early(*collections: dict[str, Any]) -> dict[str, Any]:
    return group("early", 100, *collections)


def _late(*collections: dict[str, Any]) -> dict[str, Any]:
    return group("late", 65000, *collections)


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        ([_late(DENY_NET)], [_early(ALLOW_NET)], (Decision.DENY, "Deny-Net")),
        ([_late(ALLOW_NET)], [_early(DENY_NET)], (Decision.ALLOW, "Allow-Net")),
        ([_late(DENY_APP)], [_early(ALLOW_APP)], (Decision.DENY, "Deny-App")),
        ([_early(DENY_APP)], [_late(ALLOW_NET)], (Decision.ALLOW, "Allow-Net")),
        ([_early(ALLOW_APP)], [_late(DENY_NET)], (Decision.DENY, "Deny-Net")),
        ([], [_early(ALLOW_NET)], (Decision.ALLOW, "Allow-Net")),
        ([_early(ALLOW_NET)], [], (Decision.ALLOW, "Allow-Net")),
        ([_early(DENY_NET)], [_early(ALLOW_NET)], (Decision.DENY, "Deny-Net")),
    ],
)
def test_a_parents_groups_come_before_the_childs_whatever_their_numbers_and_the_kind_before_both(
    parent: list[dict[str, Any]], child: list[dict[str, Any]], expected: tuple[Decision, str]
) -> None:
    hop = decide(with_parents(with_policy(*child), parent))
    assert (hop.decision, hop.rule) == expected


def test_an_inherited_rule_is_shown_where_it_stands_and_its_policy_may_be_written() -> None:
    hop = decide(with_parents(with_policy(_early(ALLOW_NET)), [_late(DENY_NET)]))
    assert hop.resource == f"{PARENT}/ruleCollectionGroups/late"
    assert hop.written_at == (hop.resource, FIREWALL, POLICY, PARENT)
    assert [(line.rule, line.matched) for line in hop.trace] == [("Deny-Net", True), ("Allow-Net", False)]


def test_the_outermost_of_several_parents_comes_first() -> None:
    child = with_policy(_early(ALLOW_NET))
    assert decide(with_parents(child, [_early(ALLOW_NET)], [_late(DENY_NET)])).rule == "Deny-Net"
    assert decide(with_parents(child, [_early(DENY_NET)], [_late(ALLOW_NET)])).rule == "Allow-Net"


def test_where_no_rule_of_the_chain_takes_it_all_of_them_are_shown() -> None:
    hop = decide(with_parents(with_policy(), []))
    assert (hop.decision, hop.evidence) == (Decision.DENY, ("firewall#", "groups#", "groups-0#"))


# What was not read.


@pytest.mark.parametrize("child", [_early(ALLOW_NET), _early(DENY_NET), _early()])
def test_an_unread_parent_may_decide_everything_and_its_permission_is_named(child: dict[str, Any]) -> None:
    hop = decide(with_parents(with_policy(child), UNREAD))
    assert (hop.decision, hop.rule, hop.resource) == (Decision.UNKNOWN, None, FIREWALL)
    assert hop.missing_permission == "Microsoft.Network/firewallPolicies/read"
    assert f"parent policy {PARENT}: refused (403): GET parent" in hop.summary
    assert hop.evidence == ("there#",)
    assert [line.rule for line in hop.trace] == [
        rule["name"] for it in child["properties"]["ruleCollections"] for rule in it["rules"]
    ]


def test_what_an_outer_parent_decides_stands_whatever_an_inner_one_holds() -> None:
    child = with_parents(with_policy(_early(ALLOW_NET)), [], [_late(DENY_NET)])
    inner = replace(child.parents[0], groups=UNREAD)
    hop = decide(replace(child, parents=(inner, child.parents[1])))
    assert (hop.decision, hop.rule, hop.missing_permission) == (Decision.DENY, "Deny-Net", None)


def test_an_outer_parents_application_rules_come_after_an_inner_ones_network_rules() -> None:
    child = with_parents(with_policy(_early(ALLOW_NET)), [], [_late(DENY_APP)])
    inner = replace(child.parents[0], groups=UNREAD)
    hop = decide(replace(child, parents=(inner, child.parents[1])))
    assert hop.decision is Decision.UNKNOWN


def test_the_rules_of_a_parent_that_was_read_do_not_help_where_it_may_inherit_others() -> None:
    read = with_parents(with_policy(), [_late(DENY_NET)])
    only_groups = replace(read.parents[0], policy=UNREAD)
    hop = decide(replace(read, parents=(only_groups,)))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/firewallPolicies/read")


def test_the_firewalls_own_groups_do_not_matter_where_a_parent_decides() -> None:
    read = with_parents(with_policy(), [_late(ALLOW_NET)])
    hop = decide(replace(read, groups=UNREAD))
    assert (hop.decision, hop.rule) == (Decision.ALLOW, "Allow-Net")


# What else is inherited.


@pytest.mark.parametrize(("mode", "assumed"), [("Deny", 1), ("Alert", 0)])
def test_threat_intelligence_is_inherited_and_a_child_can_only_make_it_stricter(mode: str, assumed: int) -> None:
    child = with_policy(_early(ALLOW_NET), threatIntelMode="Alert")
    hop = decide(with_parents(child, [], threatIntelMode=mode))
    assert len([it for it in hop.assumptions if "threat intelligence" in it]) == assumed


def test_groups_of_a_parent_that_share_a_number_are_ambiguous_and_a_childs_never_are() -> None:
    tied = [group("one", 100, DENY_NET), group("two", 100, ALLOW_NET)]
    assert decide(with_parents(with_policy(), tied)).decision is Decision.UNKNOWN
    assert decide(with_parents(with_policy(tied[1]), tied[:1])).rule == "Deny-Net"


def test_a_parents_rule_by_ip_group_takes_only_what_the_group_holds() -> None:
    by_group = network_rule("By-Group", sourceAddresses=[], sourceIpGroups=[ip_group("web")])
    parent = [_late(collection("deny", 100, "Deny", by_group))]
    child = with_parents(with_policy(_early(ALLOW_NET)), parent)
    assert decide(with_ip_groups(child, web=["10.0.0.0/24"])).rule == "By-Group"
    assert decide(with_ip_groups(child, web=["10.9.0.0/24"])).rule == "Allow-Net"
