from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import Decision, Hop
from guest_attestation.network.tags import Tags
from tests.network.build import addresses, question, service_tags
from tests.network.firewall_build import (
    FIREWALL,
    HOST,
    POLICY,
    application_rule,
    classic,
    collection,
    decide,
    group,
    ip_group,
    network_rule,
    with_ip_groups,
    with_policy,
)

HOME_TIER, OTHER_TIER = addresses("203.0.113.0/29"), addresses("203.0.113.8/29", "198.51.100.64/30")
PAIR_READ: Reading[tuple[str, ...]] = Reading(("westus",))
PAIR_UNREAD: Reading[tuple[str, ...]] = Reading(None, "refused")
ALLOW_NET = collection("net-allow", 200, "Allow", network_rule("Allow-Net"))
DENY_NET = collection("net-deny", 100, "Deny", network_rule("Deny-Net"))
ALLOW_APP = collection("app-allow", 100, "Allow", application_rule("Allow-App"))
DENY_APP = collection("app-deny", 100, "Deny", application_rule("Deny-App"))
ELSEWHERE = collection("net-elsewhere", 100, "Deny", network_rule("Deny-Storage", "Storage"))


def _shown(hop: Hop) -> tuple[Decision, str | None, str | None]:
    return hop.decision, hop.rule, hop.resource


# Order.


def test_a_firewall_without_rules_denies_by_default() -> None:
    hop = decide(classic())
    assert _shown(hop) == (Decision.DENY, None, FIREWALL)
    assert hop.summary == (
        "firewall hub-fw denies TCP 443 to AzureAttestation by default:"
        " no rule takes it, and a firewall denies what no rule takes"
    )
    assert (hop.trace, hop.evidence, hop.assumptions) == ((), ("firewall#",), ())


def test_a_network_rule_by_tag_lets_it_through_and_the_summary_names_rule_and_collection() -> None:
    hop = decide(classic(ELSEWHERE, ALLOW_NET))
    assert _shown(hop) == (Decision.ALLOW, "Allow-Net", FIREWALL)
    assert "by rule Allow-Net of network rule collection net-allow: destination is AzureAttestation" in hop.summary
    assert hop.evidence == ("firewall#/properties/networkRuleCollections/1/properties/rules/0",)


def test_an_application_rule_by_name_lets_it_through_and_the_summary_names_rule_and_collection() -> None:
    hop = decide(classic(ELSEWHERE, ALLOW_APP))
    assert _shown(hop) == (Decision.ALLOW, "Allow-App", FIREWALL)
    assert "by rule Allow-App of application rule collection app-allow: target *.attest.azure.net holds" in hop.summary


@pytest.mark.parametrize(
    ("collections", "expected"),
    [
        ([DENY_NET, ALLOW_NET], (Decision.DENY, "Deny-Net")),
        ([ALLOW_NET, DENY_NET], (Decision.DENY, "Deny-Net")),
        ([{**DENY_NET, "priority": 300}, ALLOW_NET], (Decision.ALLOW, "Allow-Net")),
        ([{**DENY_NET, "priority": 65000}, ALLOW_APP], (Decision.DENY, "Deny-Net")),
        ([{**ALLOW_NET, "priority": 65000}, DENY_APP], (Decision.ALLOW, "Allow-Net")),
        ([DENY_APP, {**ALLOW_APP, "priority": 101}], (Decision.DENY, "Deny-App")),
    ],
)
def test_the_lower_number_comes_first_and_network_rules_before_application_rules(
    collections: list[dict[str, Any]], expected: tuple[Decision, str]
) -> None:
    hop = decide(classic(*collections))
    assert (hop.decision, hop.rule) == expected


def test_within_a_collection_the_rules_count_from_top_to_bottom() -> None:
    hop = decide(classic(collection("net", 100, "Allow", network_rule("second-name"), network_rule("a-name", "*"))))
    assert (hop.decision, hop.rule) == (Decision.ALLOW, "second-name")
    assert [(line.rule, line.matched) for line in hop.trace] == [("second-name", True), ("a-name", False)]


def test_a_denial_names_a_rule_that_allows_in_vain() -> None:
    said = "rule Allow-Net of network rule collection net-allow, which allows it, comes later"
    some = collection("some", 150, "Allow", network_rule("Some", "203.0.113.0/30"))
    assert decide(classic(DENY_NET, ALLOW_NET)).summary.endswith(said)
    assert decide(classic(DENY_NET, some, ALLOW_NET)).summary.endswith(said)
    assert decide(classic(DENY_NET, some)).summary.endswith(
        "rule Some of network rule collection some, which allows some of it, comes later"
    )
    assert "comes later" not in decide(classic(DENY_NET, ELSEWHERE)).summary
    others = collection("others", 50, "Allow", network_rule("Others", "203.0.113.8/29"))
    assert "comes later" not in decide(classic(others, DENY_NET)).summary


def test_every_rule_leaves_a_line_with_its_collection_and_why() -> None:
    hop = decide(classic(ELSEWHERE, {**DENY_NET, "priority": 150}, ALLOW_NET, ALLOW_APP))
    assert [(line.rule, line.priority, line.matched, line.text) for line in hop.trace] == [
        (
            "Deny-Storage",
            100,
            False,
            "network rule collection net-elsewhere: destination Storage does not contain AzureAttestation",
        ),
        ("Deny-Net", 150, True, "network rule collection net-deny: destination is AzureAttestation"),
        (
            "Allow-Net",
            200,
            False,
            "network rule collection net-allow: not reached: rules before it decide everything",
        ),
        (
            "Allow-App",
            100,
            False,
            "application rule collection app-allow: not reached: rules before it decide everything",
        ),
    ]


def test_what_network_rules_leave_goes_on_to_the_application_rules() -> None:
    some = collection("net-some", 100, "Allow", network_rule("Some", "203.0.113.0/29"))
    hop = decide(classic(some, ALLOW_APP))
    assert [(part.tier, part.decision, part.rule, part.addresses) for part in hop.parts] == [
        ("home", Decision.ALLOW, "Some", HOME_TIER),
        ("other", Decision.ALLOW, "Allow-App", OTHER_TIER),
    ]
    assert hop.decision is Decision.ALLOW


def test_a_tier_that_is_split_goes_on_under_its_own_name() -> None:
    half = collection("net-half", 100, "Allow", network_rule("Half", "203.0.113.4-203.0.113.11"))
    home_by_name = collection("app", 100, "Allow", application_rule("By-Name", HOST))
    hop = decide(classic(half, home_by_name))
    assert [(part.tier, part.decision, part.rule, part.addresses, part.names) for part in hop.parts] == [
        ("home", Decision.ALLOW, "Half", addresses("203.0.113.4/30"), ()),
        ("home", Decision.ALLOW, "By-Name", addresses("203.0.113.0/30"), (HOST,)),
        ("other", Decision.ALLOW, "Half", addresses("203.0.113.8/30"), ()),
        (
            "other",
            Decision.UNKNOWN,
            "By-Name",
            addresses("203.0.113.12/30", "198.51.100.64/30"),
            ("*.attest.azure.net",),
        ),
    ]
    assert hop.decision is Decision.ALLOW


def test_a_home_that_is_partly_allowed_is_partial_and_says_by_what() -> None:
    hop = decide(classic(collection("net-some", 100, "Allow", network_rule("Some", "203.0.113.0/30"))))
    assert _shown(hop) == (Decision.PARTIAL, None, FIREWALL)
    assert hop.summary == (
        "firewall hub-fw does not allow some of TCP 443 to AzureAttestation (some in the provider's own"
        " region) by default: no rule takes it, and a firewall denies what no rule takes"
    )


def test_a_home_that_is_allowed_is_enough_and_what_is_denied_of_others_is_noted() -> None:
    hop = decide(classic(collection("net-some", 100, "Allow", network_rule("Some", "203.0.113.0/29"))))
    assert _shown(hop) == (Decision.ALLOW, "Some", FIREWALL)
    assert hop.summary.endswith("contains 1 of 2 prefixes of AzureAttestation; default denies some of other regions")
    assert [(part.tier, part.decision) for part in hop.parts] == [("home", "allow"), ("other", "deny")]


@pytest.mark.parametrize(
    ("allowed", "pair", "decision"),
    [
        (["203.0.113.0/29", "203.0.113.8/29"], PAIR_READ, Decision.ALLOW),
        (["203.0.113.0/29", "203.0.113.8/30"], PAIR_READ, Decision.PARTIAL),
        (["203.0.113.0/29"], PAIR_READ, Decision.PARTIAL),
        (["203.0.113.8/29"], PAIR_READ, Decision.DENY),
        (["203.0.113.0/30", "203.0.113.8/29"], PAIR_READ, Decision.PARTIAL),
        (["203.0.113.0/29"], PAIR_UNREAD, Decision.UNKNOWN),
    ],
)
def test_the_paired_region_must_be_let_through_as_well(
    allowed: list[str], pair: Reading[tuple[str, ...]], decision: Decision
) -> None:
    known = service_tags(AzureCloud__westus=("203.0.113.8/29",))
    hop = decide(
        classic(collection("net-some", 100, "Allow", network_rule("Some", *allowed))),
        asked=question(known, pair=pair),
        tags=Tags(known),
    )
    assert hop.decision is decision


# What routes lead here may be only a share of it (design 5, "The decision").


@pytest.mark.parametrize(
    ("arriving", "decision", "tiers"),
    [
        ("203.0.113.0/28", Decision.DENY, {"home", "other"}),
        ("203.0.113.0/29", Decision.DENY, {"home"}),
        ("203.0.113.0/30", Decision.PARTIAL, {"home"}),
        ("203.0.113.8/29", Decision.ALLOW, {"other"}),
    ],
)
def test_what_routes_lead_elsewhere_counts_as_allowed_here(arriving: str, decision: Decision, tiers: set[str]) -> None:
    hop = decide(classic(DENY_NET), arriving=addresses(arriving))
    assert hop.decision is decision
    assert {part.tier for part in hop.parts} == tiers
    assert hop.rule == (None if decision is Decision.ALLOW else "Deny-Net")


def test_a_firewall_that_gets_only_other_regions_says_so() -> None:
    hop = decide(classic(DENY_NET), arriving=addresses("203.0.113.8/29"))
    assert hop.summary == (
        "firewall hub-fw gets only what is of other regions;"
        " rule Deny-Net of network rule collection net-deny denies some of other regions"
    )


def test_every_rule_that_denies_a_part_is_named() -> None:
    prefixes = ["203.0.113.0/30", "203.0.113.4/31", "203.0.113.6/32"]
    rules = [network_rule(f"d{n}", it) for n, it in enumerate(prefixes)]
    hop = decide(classic(collection("deny", 100, "Deny", rules[0])))
    assert hop.summary == (
        "firewall hub-fw denies TCP 443 to AzureAttestation by rule d0 of network rule collection deny: destination"
        " 203.0.113.0/30 contains 1 of 2 prefixes of AzureAttestation; by default: no rule takes it, and a firewall"
        " denies what no rule takes"
    )
    assert "and by" not in decide(classic(collection("deny", 100, "Deny", *rules[:2]))).summary
    assert decide(classic(collection("deny", 100, "Deny", *rules))).summary.endswith("; and by 1 more")


def test_rules_of_the_same_name_in_two_collections_are_told_apart() -> None:
    low = collection("low", 100, "Allow", network_rule("same", "203.0.113.0/29"))
    high = collection("high", 200, "Deny", network_rule("same", "203.0.113.8/29"))
    hop = decide(classic(low, high, ALLOW_APP))
    assert [(line.rule, line.matched) for line in hop.trace] == [("same", True), ("same", True), ("Allow-App", True)]
    assert [(part.decision, part.place and part.place.collection) for part in hop.parts] == [
        (Decision.ALLOW, "low"),
        (Decision.DENY, "high"),
        (Decision.ALLOW, "app-allow"),
    ]
    assert [part.tier for part in hop.parts] == ["home", "other", "other"]


def test_rules_that_nothing_tells_apart_all_count() -> None:
    twice = collection("twice", 100, "Allow", network_rule("same", "Storage"), network_rule("same"))
    hop = decide(classic(twice))
    assert (hop.decision, [line.matched for line in hop.trace]) == (Decision.ALLOW, [False, True])


# Policies.


def test_a_policy_orders_by_group_then_collection_and_names_the_group() -> None:
    late = group("late", 300, collection("first", 100, "Deny", network_rule("Deny-Late")))
    early = group(
        "early", 200, collection("second", 200, "Deny", network_rule("Deny-Early")), {**ALLOW_NET, "priority": 150}
    )
    hop = decide(with_policy(late, early))
    assert _shown(hop) == (Decision.ALLOW, "Allow-Net", f"{POLICY}/ruleCollectionGroups/early")
    assert "by rule Allow-Net of network rule collection net-allow of group early: destination is" in hop.summary
    assert [(line.rule, line.priority) for line in hop.trace] == [
        ("Allow-Net", 150),
        ("Deny-Early", 200),
        ("Deny-Late", 100),
    ]
    assert hop.evidence == ("early#/properties/ruleCollections/1/rules/0",)


def test_network_rules_of_a_late_group_come_before_application_rules_of_an_early_one() -> None:
    hop = decide(with_policy(group("early", 100, ALLOW_APP), group("late", 65000, DENY_NET)))
    assert (hop.decision, hop.rule) == (Decision.DENY, "Deny-Net")


def test_with_a_policy_the_firewalls_own_rules_do_not_count() -> None:
    own = classic(ALLOW_NET, ALLOW_APP, firewallPolicy={"id": POLICY})
    hop = decide(with_policy(firewall=own))
    assert _shown(hop) == (Decision.DENY, None, FIREWALL)
    assert (hop.trace, hop.evidence) == ((), ("firewall#", "groups#"))


@pytest.mark.parametrize("which", ["policy", "groups"])
def test_a_policy_that_was_not_read_leaves_it_unknown_and_names_the_permission(which: str) -> None:
    unread: Reading[Any] = Reading(None, "refused (403): GET it", "some/read", "there#")
    configuration = with_policy(group("early", 100, ALLOW_NET))
    without = replace(configuration, policy=unread) if which == "policy" else replace(configuration, groups=unread)
    hop = decide(without)
    assert (hop.decision, hop.missing_permission, hop.evidence) == (Decision.UNKNOWN, "some/read", ("there#",))
    assert hop.summary.endswith("of firewall hub-fw: refused (403): GET it")


@pytest.mark.parametrize(
    ("network", "application", "decision"),
    [
        (ALLOW_NET, ALLOW_APP, Decision.ALLOW),
        (ELSEWHERE, ALLOW_APP, Decision.ALLOW),
        (ALLOW_NET, DENY_APP, Decision.UNKNOWN),
        (DENY_NET, ALLOW_APP, Decision.UNKNOWN),
        (DENY_NET, DENY_APP, Decision.DENY),
        (ALLOW_NET, ELSEWHERE, Decision.UNKNOWN),
    ],
)
def test_with_an_explicit_proxy_a_network_rule_is_sure_of_nothing(
    network: dict[str, Any], application: dict[str, Any], decision: Decision
) -> None:
    """What goes through the proxy meets application rules alone (facts 6.4); what is routed there may not."""
    proxy = {"enableExplicitProxy": True}
    hop = decide(with_policy(group("early", 100, network, application), explicitProxy=proxy))
    assert hop.decision is decision
    assert ("is an explicit proxy, for which only application rules count" in hop.summary) is (
        decision is Decision.UNKNOWN
    )


def test_an_explicit_proxy_that_is_off_changes_nothing() -> None:
    configuration = with_policy(group("early", 100, ALLOW_NET), explicitProxy={"enableExplicitProxy": False})
    assert decide(configuration).decision is Decision.ALLOW


def test_the_attestation_service_is_none_of_the_built_in_infrastructure_names() -> None:
    """The built-in collection comes before the default, and attest.azure.net is not in it (facts 6.2)."""
    hop = decide(with_policy(group("early", 100, ELSEWHERE)))
    assert (hop.decision, hop.rule) == (Decision.DENY, None)


def test_a_rule_that_inspects_tls_is_not_sure_to_let_attestation_work() -> None:
    tls = collection("tls", 100, "Allow", application_rule("Tls", terminateTLS=True))
    hop = decide(with_policy(group("early", 100, tls)))
    assert (hop.decision, hop.rule, hop.ends_tls) == (Decision.UNKNOWN, "Tls", True)
    assert "it ends TLS" in hop.summary


@pytest.mark.parametrize(
    ("collections", "decision"),
    [
        ([ALLOW_NET], Decision.ALLOW),
        ([{**ALLOW_APP, "priority": 50}], Decision.ALLOW),
        ([collection("odd", 50, "Deny", application_rule("Odd", fqdnTags=["X"], targetFqdns=[]))], Decision.UNKNOWN),
        ([collection("some", 50, "Deny", network_rule("Some", "203.0.113.0/30"))], Decision.PARTIAL),
    ],
)
def test_tls_inspection_is_the_reason_only_where_nothing_else_is(
    collections: list[dict[str, Any]], decision: Decision
) -> None:
    tls = collection("tls", 100, "Allow", application_rule("Tls", terminateTLS=True))
    hop = decide(with_policy(group("early", 100, tls, *collections)))
    assert (hop.decision, hop.ends_tls) == (decision, False)


def test_a_rule_that_may_not_take_it_at_all_is_unsure_of_more_than_tls() -> None:
    odd = application_rule("Tls", terminateTLS=True, sourceAddresses=["office"])
    hop = decide(with_policy(group("early", 100, collection("tls", 100, "Allow", odd))))
    assert (hop.decision, hop.rule, hop.ends_tls) == (Decision.UNKNOWN, "Tls", False)


def test_a_denial_that_would_inspect_tls_denies_all_the_same() -> None:
    tls = collection("tls", 100, "Deny", application_rule("Tls", terminateTLS=True))
    hop = decide(with_policy(group("early", 100, tls)))
    assert (hop.decision, hop.ends_tls) == (Decision.DENY, False)


# What cannot be told.


@pytest.mark.parametrize(("action", "after"), [("Audit", ALLOW_NET), ("", DENY_NET)])
def test_an_action_that_cannot_be_read_is_unknown(action: str, after: dict[str, Any]) -> None:
    hop = decide(classic(collection("odd", 50, action, network_rule("Odd")), after))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Odd")
    assert f"action {action!r} is neither Allow nor Deny" in hop.summary


def test_a_collection_without_a_priority_may_come_first() -> None:
    hop = decide(classic(collection("odd", None, "Deny", network_rule("Odd")), ALLOW_NET))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Odd")
    assert decide(classic(collection("odd", None, "Allow", network_rule("Odd")), ALLOW_NET)).rule == "Allow-Net"


def test_a_group_without_a_priority_may_come_first() -> None:
    hop = decide(with_policy(group("odd", None, DENY_NET), group("early", 100, ALLOW_NET)))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Deny-Net")


def test_rules_of_an_unknown_type_may_take_anything() -> None:
    odd = collection("odd", 100, "Deny", {"ruleType": "QuantumRule", "name": "Odd"}, {"name": "Odder"})
    hop = decide(with_policy(group("early", 100, odd, ALLOW_NET)))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Odd")
    assert "does not know rules of type QuantumRule" in hop.summary
    assert "does not know rules of type not given" in hop.trace[1].why


def test_translation_of_what_comes_in_is_left_out() -> None:
    nat = collection("nat", 100, "Dnat", {"ruleType": "NatRule", "name": "In"})
    nat["ruleCollectionType"] = "FirewallPolicyNatRuleCollection"
    hop = decide(with_policy(group("early", 100, nat, ALLOW_NET)))
    assert (hop.decision, [line.rule for line in hop.trace]) == (Decision.ALLOW, ["Allow-Net"])


def test_a_rule_that_is_unsure_of_its_source_and_of_its_destination_may_take_anything() -> None:
    odd = network_rule("Odd", sourceAddresses=["office"], destinationAddresses=[], destinationFqdns=["www.example.com"])
    hop = decide(classic(collection("odd", 50, "Deny", odd), ALLOW_NET))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Odd")


def test_an_ip_group_that_was_not_read_is_named_only_where_it_matters() -> None:
    by_group = network_rule("By-Group", destinationAddresses=[], destinationIpGroups=[ip_group("paas")])
    deny = with_ip_groups(classic(collection("deny", 100, "Deny", by_group), ALLOW_NET), paas=None)
    allow = with_ip_groups(classic(collection("allow", 100, "Allow", by_group), ALLOW_NET), paas=None)
    hop = decide(deny)
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "By-Group")
    assert hop.missing_permission == "Microsoft.Network/ipGroups/read"
    assert "IP group paas: refused (403): GET it" in hop.summary
    assert (decide(allow).decision, decide(allow).missing_permission) == (Decision.ALLOW, None)


def test_what_is_decided_all_the_same_misses_no_permission() -> None:
    rule = network_rule("Some", "203.0.113.0/29", destinationIpGroups=[ip_group("paas")])
    hop = decide(with_ip_groups(classic(collection("deny", 50, "Deny", rule), DENY_NET), paas=None))
    assert (hop.decision, hop.rule, hop.missing_permission) == (Decision.DENY, "Some", None)


def test_an_ip_group_that_was_not_read_beside_a_source_that_holds_the_vm_is_not_missed() -> None:
    rule = network_rule("Some", "203.0.113.0/30", sourceIpGroups=[ip_group("web")])
    hop = decide(with_ip_groups(classic(collection("deny", 100, "Deny", rule), ALLOW_NET), web=None))
    assert (hop.decision, hop.rule, hop.missing_permission) == (Decision.PARTIAL, "Some", None)


# Ties.


@pytest.mark.parametrize("swapped", [False, True])
def test_two_collections_with_one_number_that_disagree_are_not_put_in_order(*, swapped: bool) -> None:
    both = [collection("one", 100, "Allow", network_rule("A")), collection("two", 100, "Deny", network_rule("B"))]
    hop = decide(classic(*(reversed(both) if swapped else both)))
    assert hop.decision is Decision.UNKNOWN
    assert "has the same priority and decides otherwise" in hop.summary


@pytest.mark.parametrize("swapped", [False, True])
def test_one_of_two_tied_collections_may_take_what_the_other_takes_for_sure(*, swapped: bool) -> None:
    by_name = network_rule("A", destinationAddresses=[], destinationFqdns=["www.example.com"])
    both = [collection("one", 100, "Allow", by_name), collection("two", 100, "Deny", network_rule("B"))]
    assert decide(classic(*(reversed(both) if swapped else both))).decision is Decision.UNKNOWN


def test_two_groups_with_one_number_that_disagree_are_not_put_in_order() -> None:
    hop = decide(with_policy(group("one", 100, ALLOW_NET), group("two", 100, DENY_NET)))
    assert hop.decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    "tied",
    [
        [collection("one", 100, "Allow", network_rule("A")), collection("two", 100, "Allow", network_rule("B"))],
        [
            collection("one", 100, "Allow", network_rule("A")),
            collection("two", 100, "Deny", network_rule("B", "Storage")),
        ],
        [collection("one", 100, "Allow", network_rule("A")), collection("two", 100, "Deny", application_rule("B"))],
        [DENY_NET, ALLOW_NET],
    ],
)
def test_a_shared_number_matters_only_where_the_rules_disagree_on_something(tied: list[dict[str, Any]]) -> None:
    assert decide(classic(*tied)).decision is not Decision.UNKNOWN


def test_within_one_collection_nothing_is_tied() -> None:
    one = collection("one", 100, "Allow", network_rule("A"), network_rule("B"))
    assert decide(classic(one)).decision is Decision.ALLOW


def test_what_only_one_of_two_tied_collections_takes_is_decided() -> None:
    allow = collection("allow", 100, "Allow", network_rule("Allow-All"))
    deny = collection("deny", 100, "Deny", network_rule("Deny-Some", "203.0.113.0/29"))
    hop = decide(classic(allow, deny))
    assert {(part.tier, part.decision, part.addresses) for part in hop.parts} == {
        ("other", Decision.ALLOW, OTHER_TIER),
        ("home", Decision.UNKNOWN, HOME_TIER),
    }


# Assumptions, and what the hop rests on.


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        (classic(ALLOW_NET, threatIntelMode="Deny"), "threat intelligence lists none"),
        (with_policy(group("g", 100, ALLOW_NET), threatIntelMode="deny"), "threat intelligence lists none"),
        (with_policy(group("g", 100, ALLOW_NET), intrusionDetection={"mode": "Deny"}), "intrusion detection finds"),
        (classic(ALLOW_NET, provisioningState="Failed"), "its provisioningState is Failed"),
        (classic(ALLOW_NET, provisioningState=None), "its provisioningState is not given"),
    ],
)
def test_what_else_may_drop_traffic_is_assumed_not_to(configuration: Any, said: str) -> None:
    hop = decide(configuration)
    assert hop.decision is Decision.ALLOW
    assert len(hop.assumptions) == 1
    assert said in hop.assumptions[0]


@pytest.mark.parametrize(("state", "assumed"), [("Failed", 1), ("Updating", 1), ("succeeded", 0), (None, 0)])
def test_a_group_that_is_not_settled_is_assumed_to_be_in_force(state: str | None, assumed: int) -> None:
    made = group("g", 100, ALLOW_NET)
    made["properties"]["provisioningState"] = state
    hop = decide(with_policy(made))
    said = f"the firewall holds group g as shown: its provisioningState is {state}"
    assert (hop.decision, hop.assumptions) == (Decision.ALLOW, (said,) * assumed)


def test_a_policys_threat_intelligence_replaces_the_firewalls() -> None:
    own = classic(firewallPolicy={"id": POLICY}, threatIntelMode="Deny")
    assert decide(with_policy(group("g", 100, ALLOW_NET), firewall=own)).assumptions == ()


def test_what_a_rule_assumes_is_said_only_if_the_rule_is_reached() -> None:
    assuming = network_rule("Sql", "Sql")
    before = classic(collection("sql", 100, "Allow", assuming), ALLOW_NET)
    after = classic(ALLOW_NET, collection("sql", 300, "Allow", assuming))
    assert decide(before).assumptions[0].startswith("service tag Sql holds no address of AzureAttestation")
    assert decide(after).assumptions == ()


def test_the_hop_is_written_with_its_firewall_policy_and_ip_groups() -> None:
    assert decide(classic(ALLOW_NET)).written_at == (FIREWALL,)
    configuration = with_ip_groups(with_policy(group("g", 100, ALLOW_NET)), web=["10.0.0.0/24"], other=None)
    expected = (f"{POLICY}/ruleCollectionGroups/g", FIREWALL, POLICY, ip_group("web"))
    assert decide(configuration).written_at == expected
