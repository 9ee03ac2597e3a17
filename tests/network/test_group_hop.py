from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import SecurityGroup, parse_effective_security_groups
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName, Lift
from guest_attestation.network.question import Question, platform_question
from guest_attestation.network.tags import Tags
from guest_attestation.snapshot.node import Node
from tests.network.build import DEFAULT_RULES, group_of, question, tags_with
from tests.scenario import SUBNET_NSG, outbound_rule


def _hop(*rules: dict[str, Any], tags: Tags | None = None, asked: Question | None = None, lift: Lift = Lift.NO) -> Hop:
    reading = Reading(group_of(*rules))
    return group_hop(HopName.SUBNET_NSG, reading, asked or question(), tags or tags_with(), lift)


def test_an_absent_group_leaves_nothing_to_decide() -> None:
    hop = group_hop(HopName.NIC_NSG, None, question(), tags_with(), Lift.UNREAD)
    assert (hop.hop, hop.decision, hop.summary) == (HopName.NIC_NSG, Decision.NOT_APPLICABLE, "no NSG is associated")
    assert hop.assumptions == ()


def test_a_group_that_was_not_read_is_unknown_and_names_the_permission() -> None:
    unread: Reading[SecurityGroup] = Reading(None, "refused", "Microsoft.Network/networkSecurityGroups/read", "here")
    hop = group_hop(HopName.NIC_NSG, unread, question(), tags_with(), Lift.NO)
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


def test_a_set_that_is_only_partly_allowed_is_unknown_and_names_the_rule_that_denies() -> None:
    hop = _hop(outbound_rule("Some", 100, "Allow", "203.0.113.0/28"), outbound_rule("Rest", 200, "Deny", "*"))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "Rest")
    assert hop.summary == (
        "only some of TCP 443 to AzureAttestation is allowed: rule Some allows 1 prefixes, rule Rest denies 1"
    )
    assert len(hop.evidence) == 2


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (outbound_rule("It", 100, "Deny", "AzureCloud.westus"), "the prefixes of AzureCloud.westus are not known"),
        (outbound_rule("It", 100, "Deny", "*", sourcePortRange="5000"), "source ports are restricted"),
    ],
)
def test_an_undecided_group_names_the_rule_that_leaves_it_so(rule: dict[str, Any], why: str) -> None:
    hop = _hop(rule)
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "It")
    assert hop.summary.startswith("TCP 443 to AzureAttestation is not decided: rule It:")
    assert why in hop.summary


def test_an_undecided_group_names_the_undecided_rule_rather_than_one_that_denies_another_part() -> None:
    hop = _hop(
        outbound_rule("Denies", 100, "Deny", "203.0.113.0/28"), outbound_rule("May", 110, "Deny", "AzureCloud.westus")
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


def test_a_group_without_any_rule_decides_nothing_and_names_none() -> None:
    hop = group_hop(HopName.NIC_NSG, Reading(SecurityGroup("/nsg", (), "nsg#")), question(), tags_with(), Lift.NO)
    assert (hop.decision, hop.rule, hop.evidence) == (Decision.UNKNOWN, None, ())
    assert "default rules are not in the answer" in hop.summary


def test_nothing_asked_is_not_decided() -> None:
    asked = Question("Tcp", 443, "10.0.0.4", (), "AzureAttestation", AddressSet(4))
    hop = _hop(asked=asked)
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, None)
    assert hop.summary.endswith("no rule takes it")


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
    hop = group_hop(HopName.NIC_NSG, Reading(served), question(), tags_with(), Lift.NO)
    assert hop.decision is Decision.ALLOW
    assert hop.assumptions == ("the NSG itself was not read: its entry in the effective rules serves instead",)


@pytest.mark.parametrize(
    ("lift", "assumed"),
    [(Lift.NO, []), (Lift.UNREAD, ["whether there are any is not known"]), (Lift.LISTED, ["one may"])],
)
def test_what_may_lift_a_denial_is_kept_and_assumed_away(lift: Lift, assumed: list[str]) -> None:
    hop = _hop(outbound_rule("It", 100, "Deny", "*"), lift=lift)
    assert (hop.decision, hop.lift) == (Decision.DENY, lift)
    assert len(hop.assumptions) == len(assumed)
    assert all(text in assumption for text, assumption in zip(assumed, hop.assumptions, strict=True))


def test_assumptions_of_the_walk_are_kept() -> None:
    (assumption,) = _hop(outbound_rule("It", 100, "Deny", "Sql")).assumptions
    assert assumption.startswith("service tag Sql holds no address")


def test_what_no_rule_names_of_the_platform_is_allowed_by_the_platform() -> None:
    resolver = platform_question("AzurePlatformDNS", "Udp", 53, "10.0.0.4", ())
    hop = _hop(outbound_rule("It", 100, "Deny", "*", protocol="*", destinationPortRange="*"), asked=resolver)
    assert (hop.decision, hop.rule, hop.assumptions) == (Decision.ALLOW, None, ())
    assert hop.summary == "the platform allows UDP 53 to AzurePlatformDNS: no rule names AzurePlatformDNS"
