"""How rules took part, and which tiers they take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision, Hop, HopName, Part, TraceLine
from guest_attestation.network.path import Path
from guest_attestation.network.question import Question
from guest_attestation.network.tiers import Tier, TierName
from guest_attestation.views.roles import (
    Role,
    ShownRule,
    decision_of,
    share,
    shown_rules,
    stop_of,
    stopped,
    stops_everything,
    worst_first,
)
from tests.scenario import outbound_rule
from tests.views.build import runbook_of, sample
from tests.views.network import admin_rule, firewalls, nsg_denies, only_home, with_admin_rules


def addresses(*prefixes: str) -> AddressSet:
    return AddressSet.of(prefixes, 4)


HOME, PAIR, OTHER = addresses("192.0.2.0/25"), addresses("192.0.2.128/25"), addresses("198.51.100.0/24")
TIERS = (
    Tier(TierName.HOME, HOME, region="eastus"),
    Tier(TierName.PAIR, PAIR, region="westus"),
    Tier(TierName.OTHER, OTHER),
)
ASKED = Question("Tcp", 443, "10.0.0.4", (), "AzureAttestation", TIERS)


def part(
    decision: Decision, held: AddressSet, rule: str | None = "a", why: str = "because", tier: str | None = None
) -> Part:
    return Part(decision, held, rule, f"{rule}.json", why, tier=tier)


def hop(*parts: Part, trace: tuple[TraceLine, ...] = (), decision: Decision = Decision.DENY) -> Hop:
    return Hop(HopName.SUBNET_NSG, decision, "decided", parts=parts, trace=trace)


def path_of(*hops: Hop) -> Path:
    path = sample("healthy").diagnosis.path
    return replace(path, question=ASKED, hops=hops)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (HOME | PAIR | OTHER, "everything"),
        (HOME, "home (eastus)"),
        (HOME | OTHER, "home (eastus), other regions"),
        (addresses("192.0.2.0/26") | PAIR, "some of home (eastus), pair (westus)"),
        (addresses("198.51.100.7/32"), "some of other regions"),
        (AddressSet(4), ""),
    ],
)
def test_a_share_names_each_tier_that_is_held_and_how_much_of_it(held: AddressSet, said: str) -> None:
    assert share([part(Decision.DENY, held)], ASKED) == said


def test_regions_can_be_left_out_where_there_is_no_room() -> None:
    assert share([part(Decision.DENY, HOME | PAIR)], ASKED, regions=False) == "home, pair"


def test_a_part_of_one_tier_says_nothing_of_another_at_the_same_addresses() -> None:
    tiers = (replace(TIERS[0], exact=False), replace(TIERS[1], addresses=HOME, exact=False), TIERS[2])

    assert share([part(Decision.DENY, HOME, tier="pair")], replace(ASKED, tiers=tiers)) == "pair (westus)"


def test_a_tier_without_addresses_does_not_keep_the_rest_from_being_everything() -> None:
    asked = replace(ASKED, tiers=(*TIERS[:2], replace(TIERS[2], addresses=AddressSet(4))))

    assert share([part(Decision.ALLOW, HOME | PAIR)], asked) == "everything"


def test_a_rule_that_decides_not_all_alike_is_shown_once_for_each_decision_and_that_of_home_first() -> None:
    line = TraceLine("a", 100, True, "why")
    parts = (part(Decision.UNKNOWN, PAIR, why="in doubt"), part(Decision.DENY, HOME), part(Decision.DENY, OTHER))

    shown = shown_rules(hop(*parts, trace=(line,)), ASKED)

    assert [(it.name, it.priority, it.decision, it.takes, it.why) for it in shown] == [
        ("a", 100, Decision.DENY, "home (eastus), other regions", "because"),
        ("a", 100, Decision.UNKNOWN, "pair (westus)", "in doubt"),
    ]


def test_each_rule_has_one_role() -> None:
    trace = (
        TraceLine("passes", 100, False, "port 80 is not 443"),
        TraceLine("takes", 200, True, "all"),
        TraceLine("another manager's", 250, True, "all too"),
        TraceLine("in vain", 300, False, "late", reached=False, shadowed_by=("takes",)),
        TraceLine("later", 400, False, "late", reached=False),
        TraceLine("default", 65001, False, "late", reached=False, shadowed_by=("takes",)),
    )

    shown = shown_rules(hop(part(Decision.DENY, HOME | PAIR | OTHER, "takes"), trace=trace), ASKED)

    assert [(it.name, it.role, it.takes) for it in shown] == [
        ("passes", Role.PASSES, ""),
        ("takes", Role.TAKES, "everything"),
        ("another manager's", Role.MATCHES, ""),
        ("in vain", Role.IN_VAIN, "behind takes"),
        ("later", Role.NOT_REACHED, ""),
        ("default", Role.NOT_REACHED, ""),
    ]


def test_a_rule_that_is_not_matched_takes_nothing_though_another_of_its_name_does() -> None:
    trace = (TraceLine("a", 100, False, "port"), TraceLine("a", 65001, True, "all"))

    first, second = shown_rules(hop(part(Decision.ALLOW, HOME), trace=trace), ASKED)

    assert (first.role, second.role) == (Role.PASSES, Role.TAKES)


def test_what_is_delivered_past_the_rules_comes_before_them_and_what_none_takes_behind() -> None:
    line = TraceLine("a", 100, True, "why")
    parts = (part(Decision.ALLOW, HOME, None, "past"), part(Decision.DENY, PAIR), part(Decision.ALLOW, OTHER, None))
    other = replace(parts[2], why="rest")

    shown = shown_rules(hop(*parts, trace=(line,)), ASKED)
    behind = shown_rules(hop(parts[1], other, trace=(line,)), ASKED)

    assert (shown[0].name, shown[0].why) == (None, "past")
    assert [(it.name, it.why) for it in behind] == [("a", "because"), (None, "rest")]


def test_only_what_is_not_well_stops_something() -> None:
    parts = (part(Decision.DENY, OTHER), part(Decision.UNKNOWN, PAIR))

    assert stopped(hop(*parts, decision=Decision.ALLOW), ASKED) == ""
    assert stopped(hop(*parts, decision=Decision.PARTIAL), ASKED) == "other regions"
    assert stopped(hop(*parts, decision=Decision.UNKNOWN), ASKED) == "pair (westus)"


def test_a_tier_is_decided_over_all_hops_together() -> None:
    half, rest = addresses("192.0.2.128/26"), addresses("192.0.2.192/26")
    hops = (hop(part(Decision.DENY, half)), hop(part(Decision.UNKNOWN, HOME), part(Decision.DENY, rest)))

    assert [decision_of(hops, tier) for tier in TIERS] == [Decision.UNKNOWN, Decision.DENY, Decision.ALLOW]
    assert decision_of(hops, replace(TIERS[2], addresses=AddressSet(4))) is Decision.NOT_APPLICABLE


def test_traffic_stops_where_nothing_of_home_is_left() -> None:
    first = hop(part(Decision.DENY, addresses("192.0.2.0/26")), decision=Decision.PARTIAL)
    second = replace(
        hop(part(Decision.DENY, addresses("192.0.2.64/26")), decision=Decision.PARTIAL), hop=HopName.FIREWALL
    )
    path = path_of(first, second)

    assert stop_of(path) is second
    assert not stops_everything(second, path)
    assert stop_of(path_of(first)) is None


def test_a_denial_behind_the_stop_does_not_make_it_stop_everything() -> None:
    first = hop(part(Decision.DENY, HOME))
    later = replace(hop(part(Decision.DENY, PAIR | OTHER)), hop=HopName.FIREWALL)

    assert stop_of(path_of(first, later)) is first
    assert not stops_everything(first, path_of(first, later))


def test_entries_of_one_hop_may_stop_everything_together() -> None:
    runbook = runbook_of(firewalls("203.0.113.0/28", deny=True))
    path = runbook.diagnosis.path
    stop = stop_of(path)

    assert stop is not None
    assert stop.hop is HopName.FIREWALL
    assert [it.decision for it in path.of(HopName.FIREWALL)] == [Decision.PARTIAL] * 2
    assert stops_everything(stop, path)


def test_the_worst_entry_comes_first() -> None:
    hops = [hop(decision=it) for it in (Decision.ALLOW, Decision.UNKNOWN, Decision.DENY, Decision.PARTIAL)]

    assert [it.decision for it in worst_first(hops)] == [
        Decision.DENY,
        Decision.PARTIAL,
        Decision.UNKNOWN,
        Decision.ALLOW,
    ]


def test_a_tag_of_the_home_region_takes_home_and_leaves_the_rest_to_the_next_rule() -> None:
    path = runbook_of(only_home()).diagnosis.path
    shown = shown_rules(path.of(HopName.SUBNET_NSG)[0], path.question)

    assert [(it.name, it.decision, it.takes) for it in shown if it.role is Role.TAKES] == [
        ("Allow-Home", Decision.ALLOW, "home (eastus)"),
        ("Deny-Internet-Outbound", Decision.DENY, "pair (westus), other regions"),
    ]


def test_an_allow_behind_the_denial_is_in_vain_and_a_default_rule_is_not_worth_a_word() -> None:
    path = runbook_of(nsg_denies(outbound_rule("Late", 4010, "Allow", "AzureAttestation"))).diagnosis.path
    shown = {it.name: it for it in shown_rules(path.of(HopName.SUBNET_NSG)[0], path.question)}

    assert (shown["Late"].role, shown["Late"].takes) == (Role.IN_VAIN, "behind Deny-Internet-Outbound")
    assert shown["AllowInternetOutBound"].role is Role.NOT_REACHED


def test_the_reason_of_a_doubtful_denial_names_the_doubt() -> None:
    scenario = with_admin_rules(
        admin_rule("one", 100, "Deny", "Internet"),
        admin_rule("two", 50, "AlwaysAllow", "AzureAttestation", manager="team"),
    )
    path = runbook_of(scenario).diagnosis.path

    def taking(name: HopName) -> list[ShownRule]:
        return [it for it in shown_rules(path.of(name)[0], path.question) if it.role is Role.TAKES]

    (admin,), (nsg,) = taking(HopName.ADMIN_RULES), taking(HopName.SUBNET_NSG)
    assert (admin.decision, nsg.decision) == (Decision.UNKNOWN, Decision.UNKNOWN)
    assert "which of them wins is not known" in admin.why
    assert "whether a security admin rule with AlwaysAllow delivers it past the NSG is not known" in nsg.why
