"""Fixes of a firewall with a policy: in the group that denies, else in one of its kind, else in a new one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.fixes.applied import applied
from guest_attestation.fixes.change import AddPolicyRule, AddRoute, Change
from guest_attestation.fixes.firewall_candidates import firewall_changes
from guest_attestation.fixes.fix import Fix
from guest_attestation.fixes.propose import propose
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import decide_path
from tests.network.firewall_build import (
    POLICY,
    REFUSED,
    application_rule,
    collection,
    group,
    network_rule,
    with_parents,
    with_policy,
)
from tests.scenario import Scenario

PARENT = f"{POLICY}-parent-0"
DENY = collection("deny", 300, "Deny", network_rule("No", "*"))
ALLOW_NAME = collection("names", 300, "Allow", application_rule("Some", "www.example.com"))


def facts_with(*groups: dict[str, Any], parents: tuple[Any, ...] = ()) -> Facts:
    """Attach a policy to the firewall of the sample."""
    facts = Scenario.sample("firewall-denies-attestation").facts()
    (known,) = facts.primary.firewalls.at_next_hop
    firewall = replace(known.firewall, firewall_policy_id=POLICY)
    made = with_parents(with_policy(*groups, firewall=replace(known, firewall=firewall)), *parents)
    return around(facts, made)


def around(facts: Facts, *configurations: FirewallConfiguration) -> Facts:
    firewalls = replace(facts.primary.firewalls, at_next_hop=configurations)
    return replace(facts, primary=replace(facts.primary, firewalls=firewalls))


def fixes_of(facts: Facts) -> list[Fix]:
    return [it for it in propose(facts, decide_path(facts)) if not isinstance(it.change, AddRoute)]


def changes_of(facts: Facts) -> list[AddPolicyRule]:
    return [it.change for it in fixes_of(facts) if isinstance(it.change, AddPolicyRule)]


def test_the_group_that_denies_gets_a_collection_before_the_one_that_denies() -> None:
    (change,) = changes_of(facts_with(group("other", 100), group("net", 200, DENY)))
    assert (change.policy_id, change.group, change.group_priority, change.is_new) == (POLICY, "net", 200, False)
    assert (change.kind, change.priority, change.target) == ("network", 299, "AzureAttestation")


def test_where_nothing_denies_by_rule_the_group_of_the_kind_gets_one_behind_the_others() -> None:
    facts = facts_with(
        group("net", 200, collection("own", 150, "Allow", network_rule("x", "Storage"))), group("app", 300, ALLOW_NAME)
    )
    by_kind = {it.kind: it for it in changes_of(facts)}
    assert (by_kind["network"].group, by_kind["network"].priority) == ("net", 200)
    assert (by_kind["application"].group, by_kind["application"].priority) == ("app", 400)
    assert by_kind["application"].target == "*.attest.azure.net"


def test_a_policy_without_groups_gets_new_ones() -> None:
    by_kind = {it.kind: it for it in changes_of(facts_with())}
    assert by_kind["network"].is_new
    assert (by_kind["network"].group, by_kind["network"].group_priority) == ("DefaultNetworkRuleCollectionGroup", 200)
    assert by_kind["application"].group_priority == 300


def test_a_new_group_takes_a_number_that_is_free() -> None:
    changes = changes_of(facts_with(group("odd", 200), group("odder", 300)))
    assert {(it.kind, it.group_priority) for it in changes} == {("network", 199), ("application", 299)}


def test_a_number_or_name_that_is_taken_is_not_given_again() -> None:
    taken = collection("allow-azureattestation", 299, "Allow", network_rule("x", "Storage"))
    (change,) = changes_of(facts_with(group("net", 200, DENY, taken)))
    assert (change.collection, change.priority) == ("Allow-AzureAttestation-2", 298)


def test_a_parent_that_denies_is_mended_in_the_parent_because_the_child_comes_later() -> None:
    (fix,) = fixes_of(facts_with(group("own", 100), parents=([group("base", 500, DENY)],)))
    assert isinstance(fix.change, AddPolicyRule)
    assert (fix.change.policy_id, fix.change.group, fix.change.priority) == (PARENT, "base", 299)
    assert "every policy that inherits from it" in fix.blast_radius


def test_a_parent_is_left_alone_where_the_firewalls_own_policy_serves() -> None:
    facts = facts_with(group("own", 100, DENY), parents=([group("base", 500)],))
    assert [it.policy_id for it in changes_of(facts)] == [POLICY]


def test_where_no_number_is_free_before_what_denies_nothing_is_offered() -> None:
    first = collection("deny", 100, "Deny", network_rule("No", "*"))
    assert changes_of(facts_with(group("net", 100, first))) == []


def test_a_default_group_without_a_number_is_left_alone() -> None:
    facts = facts_with(group("DefaultNetworkRuleCollectionGroup", None), group("app", 300, ALLOW_NAME))
    assert [it.kind for it in changes_of(facts)] == ["application"]


def test_a_firewall_of_its_own_rules_whose_first_number_denies_cannot_be_come_before() -> None:
    facts = Scenario.sample("firewall-denies-attestation").facts()
    (known,) = facts.primary.firewalls.at_next_hop
    first = tuple(replace(it, priority=100) for it in known.firewall.collections if it.action == "Deny")
    assert first
    facts = around(facts, replace(known, firewall=replace(known.firewall, collections=first)))
    assert fixes_of(facts) == []


def test_other_firewalls_and_policies_stay_as_they_are() -> None:
    facts = facts_with(group("net", 200, DENY))
    (known,) = facts.primary.firewalls.at_next_hop
    other = replace(known, firewall=replace(known.firewall, id="/other", firewall_policy_id="/policy"))
    bare = replace(
        known, firewall=replace(known.firewall, id="/bare", firewall_policy_id=None), policy=None, groups=None
    )
    unread = replace(known, groups=REFUSED)
    (change,) = changes_of(facts)

    changed = applied(change, around(facts, other, bare, unread)).primary.firewalls.at_next_hop

    assert changed == (other, bare, unread)
    sample = Scenario.sample("firewall-denies-attestation").facts()
    classic = next(it.change for it in propose(sample, decide_path(sample)))
    assert applied(classic, around(sample, other)).primary.firewalls.at_next_hop == (other,)


def test_without_a_known_firewall_or_a_policy_of_its_own_there_is_nothing_to_change() -> None:
    facts = facts_with(group("net", 200, DENY))
    path = decide_path(facts)
    assert list(firewall_changes(facts, path, Hop(HopName.FIREWALL, Decision.DENY, "", resource="/elsewhere"))) == []
    (known,) = facts.primary.firewalls.at_next_hop
    unread = decide_path(around(facts, replace(known, groups=Reading(None, "refused"))))
    assert list(firewall_changes(facts, unread, replace(path.of(HopName.FIREWALL)[0], parts=()))) == []


def test_where_the_subnets_prefixes_are_not_known_the_vms_address_is_let_through() -> None:
    facts = facts_with(group("net", 200, DENY))
    subnet = facts.primary.subnet
    assert subnet.value is not None
    bare = replace(subnet, value=replace(subnet.value, address_prefixes=()))
    (change,) = changes_of(replace(facts, primary=replace(facts.primary, subnet=bare)))
    assert change.source == (facts.primary.address,)


def test_a_change_that_nobody_knows_is_an_error_of_the_tool() -> None:
    class Other:
        pass

    change: Change = Other()  # type: ignore[assignment]
    with pytest.raises(TypeError, match="no change of kind Other"):
        applied(change, Scenario.sample("healthy").facts())
