from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import SecurityGroup, parse_effective_security_groups
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.admin_rules import Lift
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import Question, platform_question
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import decide, only_home
from guest_attestation.snapshot.node import Node
from tests.network.build import DEFAULT_RULES, UNREAD, addresses, group_of, paired, question, service_tags, tags_with
from tests.scenario import SUBNET_NSG, outbound_rule

NOTHING = addresses()
NO_LIFT = Lift(NOTHING, NOTHING)
UNREAD_LIFT = Lift(NOTHING, NOTHING, unread=True)
PAIRED = question(service_tags(AzureCloud__westus=("203.0.113.8/29",)), pair=paired("westus"))
HOME, PAIR, OTHER = (tier.addresses for tier in PAIRED.tiers)


def _hop(*rules: dict[str, Any], tags: Tags | None = None, asked: Question | None = None, lift: Lift = NO_LIFT) -> Hop:
    reading = Reading(group_of(*rules))
    return group_hop(HopName.SUBNET_NSG, reading, asked or question(), tags or tags_with(), lift)


def test_an_absent_group_leaves_nothing_to_decide() -> None:
    hop = group_hop(HopName.NIC_NSG, None, question(), tags_with(), UNREAD_LIFT)
    assert (hop.hop, hop.decision, hop.summary) == (HopName.NIC_NSG, Decision.NOT_APPLICABLE, "no NSG is associated")
    assert hop.assumptions == ()


def test_a_group_that_was_not_read_is_unknown_and_names_the_permission() -> None:
    unread: Reading[SecurityGroup] = Reading(None, "refused", "Microsoft.Network/networkSecurityGroups/read", "here")
    hop = group_hop(HopName.NIC_NSG, unread, question(), tags_with(), NO_LIFT)
    assert (hop.decision, hop.summary, hop.evidence) == (Decision.UNKNOWN, "NSG: refused", ("here",))
    assert hop.missing_permission == "Microsoft.Network/networkSecurityGroups/read"


@pytest.mark.parametrize(("access", "decision"), [("Allow", Decision.ALLOW), ("Deny", Decision.DENY)])
def test_a_rule_that_takes_everything_decides_and_is_named(access: str, decision: Decision) -> None:
    hop = _hop(outbound_rule("It", 100, access, "AzureCloud"))
    assert (hop.decision, hop.rule, hop.resource) == (decision, "It", SUBNET_NSG)
    assert hop.summary == (
        f"rule It {'allows' if access == 'Allow' else 'denies'} TCP 443 to AzureAttestation:"
        " destination AzureCloud contains AzureAttestation"
    )
    assert hop.evidence == ("nsg#/properties/securityRules/0/properties",)


def test_a_default_rule_that_decides_is_named() -> None:
    assert _hop().rule == "AllowInternetOutBound"


def test_a_set_that_is_only_partly_allowed_is_partial_and_names_the_rule_that_denies() -> None:
    """Facts 4.1: a rule that allows one prefix of the tag is partial."""
    rules = outbound_rule("Some", 100, "Allow", "203.0.113.0/30"), outbound_rule("Rest", 200, "Deny", "*")
    hop = _hop(*rules, asked=PAIRED)
    assert (hop.decision, hop.rule) == (Decision.PARTIAL, "Rest")
    assert hop.summary == (
        "rule Rest denies some of TCP 443 to AzureAttestation (some in the provider's own region):"
        " destination * contains AzureAttestation"
    )
    assert len(hop.evidence) == 2


def test_what_is_allowed_of_home_alone_is_partial_where_the_region_has_a_pair_and_allowed_where_it_has_none() -> None:
    """Facts 3.4: Azure fails over to the paired region, whose addresses must be open too."""
    rules = outbound_rule("Home", 100, "Allow", "AzureCloud.eastus"), outbound_rule("Rest", 200, "Deny", "*")
    hop = _hop(*rules, asked=PAIRED)
    assert (hop.decision, hop.rule) == (Decision.PARTIAL, "Rest")
    assert "(1 of 1 prefixes in the region that it fails over to)" in hop.summary
    hop = _hop(*rules)
    assert (hop.decision, hop.rule) == (Decision.ALLOW, "Home")
    assert hop.summary.endswith("; rule Rest denies some of other regions")


@pytest.mark.parametrize(
    ("rule", "decision", "why"),
    [
        (
            outbound_rule("It", 100, "Deny", "AzureCloud.westus"),
            Decision.UNKNOWN,
            "TCP 443 to AzureAttestation is not decided: rule It: the prefixes of AzureCloud.westus are not known",
        ),
        (
            outbound_rule("It", 100, "Deny", "*", sourcePortRange="5000"),
            Decision.PARTIAL,
            (
                "rule It takes only some of TCP 443 to AzureAttestation"
                " (1 of 1 prefixes in the provider's own region): rule It: its source ports are restricted"
            ),
        ),
    ],
)
def test_an_undecided_or_partial_group_names_the_rule_that_leaves_it_so(
    rule: dict[str, Any], decision: Decision, why: str
) -> None:
    hop = _hop(rule)
    assert (hop.decision, hop.rule) == (decision, "It")
    assert hop.summary.startswith(why)


def test_an_undecided_group_names_the_undecided_rule_rather_than_one_that_denies_another_part() -> None:
    hop = _hop(
        outbound_rule("Denies", 100, "Deny", "198.51.100.64/30"), outbound_rule("May", 110, "Deny", "AzureCloud.westus")
    )
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "May")
    assert "AzureCloud.westus" in hop.summary


def test_a_rule_that_denies_a_part_and_one_that_leaves_the_rest_undecided_do_not_make_a_denial() -> None:
    hop = _hop(
        outbound_rule("May", 100, "Allow", "AzureCloud.westus"),
        outbound_rule("Denies", 110, "Deny", "203.0.113.0/28"),
    )
    assert {part.decision for part in hop.parts} == {Decision.UNKNOWN, Decision.ALLOW}
    assert hop.decision is Decision.UNKNOWN


def test_some_of_home_denied_counts_before_some_of_it_unknown() -> None:
    hop = _hop(
        outbound_rule("Denies", 100, "Deny", "203.0.113.0/30"), outbound_rule("May", 110, "Deny", "AzureCloud.westus")
    )
    assert (hop.decision, hop.rule) == (Decision.PARTIAL, "Denies")


def test_a_group_without_any_rule_decides_nothing_and_names_none() -> None:
    hop = group_hop(HopName.NIC_NSG, Reading(SecurityGroup("/nsg", (), "nsg#")), question(), tags_with(), NO_LIFT)
    assert (hop.decision, hop.rule, hop.evidence) == (Decision.UNKNOWN, None, ())
    assert "default rules are not in the answer" in hop.summary


def test_where_nothing_is_asked_nothing_is_denied() -> None:
    asked = Question("Tcp", 443, "10.0.0.4", (), "AzureAttestation", only_home(AddressSet(4)))
    hop = _hop(outbound_rule("It", 100, "Deny", "*"), asked=asked)
    assert (hop.decision, hop.rule, hop.summary) == (Decision.ALLOW, None, "TCP 443 to AzureAttestation is allowed")


def test_a_decision_without_the_tags_prefixes_rests_on_documented_containment() -> None:
    unlisted = ServiceTags()
    hop = _hop(outbound_rule("It", 100, "Deny", "*"), tags=tags_with(unlisted), asked=question(unlisted))
    assert hop.decision is Decision.DENY
    assert hop.assumptions == (
        "the IPv4 prefixes of AzureAttestation are not known: only the documented containment of tags is used",
    )


def test_a_group_served_by_the_effective_rules_says_so() -> None:
    flat = [{"name": rule["name"], **rule["properties"]} for rule in DEFAULT_RULES]
    entry = {"networkSecurityGroup": {"id": SUBNET_NSG}, "association": {}, "effectiveSecurityRules": flat}
    (served,) = parse_effective_security_groups([Node(entry, "effective#")], "effective#").groups
    hop = group_hop(HopName.NIC_NSG, Reading(served), question(), tags_with(), NO_LIFT)
    assert hop.decision is Decision.ALLOW
    assert hop.assumptions == ("the NSG itself was not read: its entry in the effective rules serves instead",)


# What an AlwaysAllow of a security admin rule delivers past the NSG (facts 4.5).


DENY_ALL = outbound_rule("It", 100, "Deny", "*")


def test_without_admin_rules_a_denial_stands_and_nothing_is_assumed() -> None:
    hop = _hop(DENY_ALL)
    assert (hop.decision, hop.lift_assumed, hop.assumptions) == (Decision.DENY, False, ())


def test_where_no_admin_rule_was_read_a_denial_rests_on_the_assumption_that_none_lifts_it() -> None:
    """Design 5, "Admin rules not read"."""
    hop = _hop(DENY_ALL, lift=UNREAD_LIFT)
    assert (hop.decision, hop.lift_assumed) == (Decision.DENY, True)
    assert hop.assumptions == (
        "no security admin rule with AlwaysAllow lifts this NSG: whether there are any is not known",
    )


def test_a_group_that_is_skipped_whole_is_not_applicable_read_or_not() -> None:
    lift = Lift(PAIRED.destinations, NOTHING)
    for reading in (Reading(group_of(DENY_ALL)), UNREAD):
        hop = group_hop(HopName.NIC_NSG, reading, PAIRED, tags_with(), lift)
        assert hop.decision is Decision.NOT_APPLICABLE
        assert hop.summary == "the NSG is skipped: a security admin rule with AlwaysAllow delivers it past the NSG"
        assert (hop.parts, hop.trace) == ((), ())
    assert group_hop(HopName.NIC_NSG, None, PAIRED, tags_with(), lift).summary == "no NSG is associated"


def test_a_group_that_is_skipped_for_a_part_decides_the_rest() -> None:
    hop = _hop(DENY_ALL, asked=PAIRED, lift=Lift(HOME, NOTHING))
    assert [(part.decision, part.addresses, part.rule) for part in hop.parts] == [
        (Decision.ALLOW, HOME, None),
        (Decision.DENY, PAIR | OTHER, "It"),
    ]
    assert (hop.decision, hop.rule) == (Decision.PARTIAL, "It")
    hop = _hop(DENY_ALL, asked=PAIRED, lift=Lift(HOME | PAIR, NOTHING))
    assert (hop.decision, hop.rule) == (Decision.ALLOW, None)
    assert hop.summary == (
        "TCP 443 to AzureAttestation is allowed: a security admin rule with AlwaysAllow delivers it past the NSG;"
        " rule It denies some of other regions"
    )


def test_of_a_group_that_was_not_read_what_is_delivered_past_it_is_allowed_all_the_same() -> None:
    hop = group_hop(HopName.NIC_NSG, UNREAD, PAIRED, tags_with(), Lift(HOME | PAIR, NOTHING))
    assert (hop.decision, hop.missing_permission) == (Decision.ALLOW, None)
    assert [(part.decision, part.addresses) for part in hop.parts] == [(Decision.UNKNOWN, OTHER)]
    hop = group_hop(HopName.NIC_NSG, UNREAD, PAIRED, tags_with(), Lift(HOME, NOTHING))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, UNREAD.missing_permission)


def test_a_rule_that_takes_only_what_is_delivered_past_the_group_is_no_match() -> None:
    hop = _hop(outbound_rule("Mine", 100, "Deny", "203.0.113.0/29"), asked=PAIRED, lift=Lift(HOME, NOTHING))
    assert [line.rule for line in hop.trace if line.matched] == ["AllowInternetOutBound"]
    assert hop.decision is Decision.ALLOW


def test_a_denial_of_what_may_be_delivered_past_the_group_is_unknown_and_an_allowance_stands() -> None:
    hop = _hop(DENY_ALL, asked=PAIRED, lift=Lift(NOTHING, PAIRED.destinations))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "It")
    assert hop.summary.endswith(
        "; whether a security admin rule with AlwaysAllow delivers it past the NSG is not known"
    )
    assert _hop(asked=PAIRED, lift=Lift(NOTHING, PAIRED.destinations)).decision is Decision.ALLOW


def test_a_denial_that_may_be_lifted_for_a_part_stays_certain_for_the_rest() -> None:
    hop = _hop(DENY_ALL, asked=PAIRED, lift=Lift(NOTHING, PAIR))
    assert [(part.decision, part.addresses, part.rule) for part in hop.parts] == [
        (Decision.UNKNOWN, PAIR, "It"),
        (Decision.DENY, HOME | OTHER, "It"),
    ]
    assert hop.decision is Decision.DENY


@pytest.mark.parametrize("more", [{"sourcePortRange": "5000"}, {"destinationPortRange": "https"}])
def test_what_is_partial_or_unknown_is_unknown_where_it_may_be_lifted(more: dict[str, Any]) -> None:
    hop = _hop(outbound_rule("It", 100, "Deny", "*", **more), asked=PAIRED, lift=Lift(NOTHING, PAIRED.destinations))
    assert {part.decision for part in hop.parts} == {Decision.UNKNOWN}


def test_of_what_is_lifted_and_what_may_be_the_group_decides_only_the_rest() -> None:
    hop = _hop(DENY_ALL, asked=PAIRED, lift=Lift(HOME, PAIR))
    assert {part.decision: part.addresses for part in hop.parts} == {
        Decision.ALLOW: HOME,
        Decision.UNKNOWN: PAIR,
        Decision.DENY: OTHER,
    }
    assert hop.decision is Decision.UNKNOWN


def test_symbols_are_lifted_too() -> None:
    asked = question(ServiceTags(), pair=paired("westus"))
    lift = Lift(symbol(0), symbol(0).nothing)
    hop = _hop(
        outbound_rule("It", 100, "Deny", "AzureCloud.westus"), tags=tags_with(ServiceTags()), asked=asked, lift=lift
    )
    assert {part.decision: part.addresses for part in hop.parts if part.rule != "AllowInternetOutBound"} == {
        Decision.ALLOW: symbol(0),
        Decision.DENY: symbol(1),
    }
    assert hop.decision is Decision.PARTIAL
    assert hop.summary.startswith("rule It denies some of TCP 443 to AzureAttestation (in the region that it fails")


def test_the_parts_split_the_set_exactly() -> None:
    hop = _hop(outbound_rule("It", 100, "Deny", "203.0.113.4-203.0.113.11"), asked=PAIRED, lift=Lift(HOME, PAIR))
    seen = NOTHING
    for part in hop.parts:
        assert not part.addresses & seen
        seen = seen | part.addresses
    assert seen == PAIRED.destinations
    assert hop.decision is decide(hop.parts, PAIRED.tiers)


def test_assumptions_of_the_walk_are_kept() -> None:
    (assumption,) = _hop(outbound_rule("It", 100, "Deny", "Sql")).assumptions
    assert assumption.startswith("service tag Sql holds no address")


def test_what_no_rule_names_of_the_platform_is_allowed_by_the_platform() -> None:
    resolver = platform_question("AzurePlatformDNS", "Udp", 53, "10.0.0.4", ())
    hop = _hop(outbound_rule("It", 100, "Deny", "*", protocol="*", destinationPortRange="*"), asked=resolver)
    assert (hop.decision, hop.rule, hop.assumptions) == (Decision.ALLOW, None, ())
    assert hop.summary == "the platform allows UDP 53 to AzurePlatformDNS: no rule names AzurePlatformDNS"
