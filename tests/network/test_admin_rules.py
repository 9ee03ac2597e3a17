"""Security admin rules, ahead of the NSGs (facts 4.5)."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.admin_rules import Lift, admin_rules_hop
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import Question, platform_question
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import only_home
from tests.network.build import (
    addresses,
    admin_rule,
    attachment,
    manager_id,
    paired,
    question,
    service_tags,
    tags_with,
)
from tests.scenario import Scenario

LIST = "listNetworkManagerEffectiveSecurityAdminRules"
EFFECTIVE = "effectiveNetworkSecurityGroups"
LIST_PERMISSION = "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action"

ALLOW, DENY, PARTIAL, UNKNOWN = Decision.ALLOW, Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN
ASKED = question(service_tags(AzureCloud__westus=("203.0.113.8/29",)), pair=paired("westus"))
HOME, PAIR, OTHER = (tier.addresses for tier in ASKED.tiers)
EVERY, NOTHING = ASKED.destinations, addresses()


def _decided(at: Attachment, asked: Question = ASKED, tags: Tags | None = None) -> tuple[Hop, Lift]:
    return admin_rules_hop(at, asked, tags or tags_with())


def _by_rule(hop: Hop) -> dict[str | None, tuple[Decision, AddressSet]]:
    return {part.rule: (part.decision, part.addresses) for part in hop.parts}


def _listed(*rules: dict[str, Any]) -> Scenario:
    scenario = Scenario.sample("healthy")
    scenario.body(LIST)["value"] = list(rules)
    return scenario


def _entry(*rules: dict[str, Any], manager: str = "one") -> dict[str, Any]:
    """A network manager's entry of the effective rules: there the fields stand flat, and protocol is All."""
    flat = [
        {
            "name": rule["id"].rsplit("/", 1)[-1],
            "priority": rule["properties"]["priority"],
            "direction": rule["properties"]["direction"],
            "access": rule["properties"]["access"],
            "protocol": "All",
            "sourceAddressPrefixes": ["0.0.0.0/0"],
            "sourcePortRanges": ["0-65535"],
            "destinationAddressPrefixes": [it["addressPrefix"] for it in rule["properties"]["destinations"]],
            "destinationPortRanges": ["443-443"],
        }
        for rule in rules
    ]
    return {"association": {"networkManager": {"id": manager_id(manager)}}, "effectiveSecurityRules": flat}


# Where there is nothing to decide, or nothing was read.


def test_an_empty_list_means_that_there_is_nothing_to_decide() -> None:
    hop, lift = _decided(_listed().facts().primary)
    assert (hop.hop, hop.decision) == (HopName.ADMIN_RULES, Decision.NOT_APPLICABLE)
    assert "AdminRules" in hop.evidence[0]
    assert lift == Lift(NOTHING, NOTHING)


def test_a_list_without_outbound_rules_means_that_there_is_nothing_to_decide() -> None:
    hop, lift = _decided(attachment(admin_rule("in", "AlwaysAllow", "*", direction="Inbound")))
    assert hop.decision is Decision.NOT_APPLICABLE
    assert lift == Lift(NOTHING, NOTHING)


def test_effective_rules_without_a_network_manager_mean_none_where_the_list_was_not_read() -> None:
    """Design 5: that answer without such entries means none."""
    hop, lift = _decided(Scenario.sample("healthy").answer(LIST, 403).facts().primary)
    assert hop.decision is Decision.NOT_APPLICABLE
    assert EFFECTIVE in hop.evidence[0]
    assert lift == Lift(NOTHING, NOTHING)


def test_the_list_wins_over_the_effective_rules() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body(EFFECTIVE)["value"].append(_entry(admin_rule("out", "Deny", "*")))
    assert _decided(scenario.facts().primary)[0].decision is Decision.NOT_APPLICABLE
    assert _decided(scenario.drop(LIST).facts().primary)[0].decision is DENY


def test_with_neither_it_is_unknown_and_says_which_permission_is_missing() -> None:
    hop, lift = _decided(Scenario.sample("healthy").answer(LIST, 403).drop(EFFECTIVE).facts().primary)
    assert (hop.decision, hop.missing_permission) == (UNKNOWN, LIST_PERMISSION)
    assert "refused (403)" in hop.summary
    assert "not in the snapshot" in hop.summary
    assert hop.evidence
    assert lift == Lift(NOTHING, NOTHING, unread=True)


def test_with_nothing_recorded_it_is_unknown_without_evidence() -> None:
    hop, _ = _decided(Scenario.sample("healthy").drop(LIST).drop(EFFECTIVE).facts().primary)
    assert (hop.decision, hop.missing_permission, hop.evidence, hop.parts) == (UNKNOWN, None, (), ())


# The three consequences.


def test_deny_drops_what_it_takes() -> None:
    hop, lift = _decided(attachment(admin_rule("No", "deny", "Internet")))
    assert (hop.decision, hop.rule, hop.resource) == (DENY, "No", manager_id("one"))
    assert hop.summary == (
        "security admin rule No denies TCP 443 to AzureAttestation: destination Internet contains AzureAttestation"
    )
    assert hop.evidence == ("admin#", "admin#/value/0")
    assert lift == Lift(NOTHING, NOTHING)


def test_allow_leaves_it_to_the_nsgs() -> None:
    hop, lift = _decided(attachment(admin_rule("Yes", "Allow")))
    assert (hop.decision, hop.rule) == (ALLOW, "Yes")
    assert hop.summary.startswith("no security admin rule denies TCP 443 to AzureAttestation: rule Yes: ")
    assert lift == Lift(NOTHING, NOTHING)


@pytest.mark.parametrize("access", ["AlwaysAllow", "alwaysallow"])
def test_always_allow_delivers_past_the_nsgs(access: str) -> None:
    hop, lift = _decided(attachment(admin_rule("Always", access)))
    assert (hop.decision, hop.rule) == (ALLOW, "Always")
    assert hop.summary == (
        "security admin rule Always delivers TCP 443 to AzureAttestation past the NSGs: destination is AzureAttestation"
    )
    assert lift == Lift(EVERY, NOTHING)


def test_what_no_rule_takes_is_left_to_the_nsgs() -> None:
    hop, lift = _decided(attachment(admin_rule("Other", "Deny", "Storage"), admin_rule("Udp", "Deny", protocol="Udp")))
    assert (hop.decision, hop.rule, hop.resource) == (ALLOW, None, None)
    assert hop.summary == (
        "no security admin rule denies TCP 443 to AzureAttestation: no admin rule takes it: the NSGs decide"
    )
    assert [(line.rule, line.matched) for line in hop.trace] == [("Other", False), ("Udp", False)]
    assert lift == Lift(NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("first", "second", "decision", "lifted"),
    [
        ("Deny", "AlwaysAllow", DENY, NOTHING),
        ("Allow", "AlwaysAllow", ALLOW, NOTHING),
        ("AlwaysAllow", "Deny", ALLOW, EVERY),
        ("Allow", "Deny", ALLOW, NOTHING),
    ],
)
def test_the_lowest_number_decides(first: str, second: str, decision: Decision, lifted: AddressSet) -> None:
    rules = admin_rule("First", first, priority=1), admin_rule("Second", second, priority=4096)
    for order in (rules, rules[::-1]):
        hop, lift = _decided(attachment(*order))
        assert (hop.decision, hop.rule) == (decision, "First")
        assert lift == Lift(lifted, NOTHING)


def test_a_denial_of_a_part_splits_the_set_by_tiers() -> None:
    hop, _ = _decided(attachment(admin_rule("No", "Deny", "AzureCloud.eastus")))
    assert _by_rule(hop) == {"No": (DENY, HOME), None: (ALLOW, PAIR | OTHER)}
    assert hop.decision is DENY
    assert _decided(attachment(admin_rule("No", "Deny", "AzureCloud.westus")))[0].decision is UNKNOWN
    hop, _ = _decided(attachment(admin_rule("No", "Deny", "203.0.113.8/29")))
    assert (hop.decision, hop.rule) == (PARTIAL, "No")
    assert hop.summary.startswith("security admin rules: some of TCP 443 to AzureAttestation: rule No: ")
    assert _decided(attachment(admin_rule("No", "Deny", "198.51.100.0/24")))[0].decision is ALLOW


def test_always_allow_for_a_part_lifts_only_that() -> None:
    hop, lift = _decided(attachment(admin_rule("Always", "AlwaysAllow", "AzureCloud.eastus")))
    assert hop.decision is ALLOW
    assert lift == Lift(HOME, NOTHING)
    assert hop.summary.startswith("no security admin rule denies TCP 443 to AzureAttestation: rule Always: ")


@pytest.mark.parametrize("protocol", ["Any", "any", "*", "TCP"])
def test_any_protocol_is_tcp_too(protocol: str) -> None:
    assert _decided(attachment(admin_rule("No", "Deny", protocol=protocol)))[0].decision is DENY


# Rules in doubt.


@pytest.mark.parametrize(
    "rule",
    [
        admin_rule("Odd", "AlwaysAllow", direction="Sideways"),
        admin_rule("Odd", "AlwaysAllow", destinationPortRanges=["https"]),
        admin_rule("Odd", "AlwaysAllow", "AzureCloud.northeurope"),
        admin_rule("Odd", "AlwaysAllow", sourcePortRanges=["5000"]),
        admin_rule("Odd", "AlwaysAllow", source_group="/groups/g"),
        admin_rule("Odd", "AlwaysAllow", None, destination_group="/groups/g"),
        admin_rule("Odd", ""),
        admin_rule("Odd", "Perhaps"),
    ],
    ids=["direction", "port", "tag", "source ports", "source group", "destination group", "no access", "access"],
)
def test_a_rule_that_may_be_always_allow_and_take_it_may_lift_what_an_nsg_denies(rule: dict[str, Any]) -> None:
    hop, lift = _decided(attachment(rule))
    assert lift == Lift(NOTHING, EVERY)
    expected = ALLOW if rule["properties"]["access"] == "AlwaysAllow" else UNKNOWN
    assert hop.decision is expected


@pytest.mark.parametrize("access", ["Allow", "Deny"])
def test_a_rule_in_doubt_that_lifts_nothing_lifts_nothing_perhaps(access: str) -> None:
    hop, lift = _decided(attachment(admin_rule("Odd", access, destinationPortRanges=["https"])))
    assert lift == Lift(NOTHING, NOTHING)
    assert (hop.decision, hop.rule) == ((UNKNOWN, "Odd") if access == "Deny" else (ALLOW, None))


def test_a_doubt_before_an_always_allow_leaves_open_whether_it_lifts() -> None:
    doubt = admin_rule("Odd", "Deny", "203.0.113.0/29", 1, destinationPortRanges=["https"])
    hop, lift = _decided(attachment(doubt, admin_rule("Always", "AlwaysAllow", priority=2)))
    assert lift == Lift(PAIR | OTHER, HOME)
    assert (hop.decision, hop.rule) == (UNKNOWN, "Odd")
    assert hop.summary.startswith("security admin rules: not decided for all of TCP 443 to AzureAttestation: rule Odd")


def test_restricted_source_ports_of_a_denial_are_partial() -> None:
    hop, _ = _decided(attachment(admin_rule("Some", "Deny", sourcePortRanges=["0-1023"])))
    assert (hop.decision, hop.rule) == (PARTIAL, "Some")


def test_what_is_assumed_of_a_tag_is_said() -> None:
    hop, _ = _decided(attachment(admin_rule("No", "Deny", "Sql")))
    assert hop.decision is ALLOW
    assert [it.split(" holds")[0] for it in hop.assumptions] == ["service tag Sql"]


def test_without_the_tags_prefixes_documented_containment_decides() -> None:
    asked = question(ServiceTags(), pair=paired("westus"))
    at = attachment(admin_rule("No", "Deny", "AzureCloud.westus"), admin_rule("Always", "AlwaysAllow", "*", 200))
    hop, lift = _decided(at, asked, tags_with(ServiceTags()))
    assert hop.decision is PARTIAL
    assert lift.lifted == asked.destinations - symbol(1)
    assert "only the documented containment" in hop.assumptions[0]


# Network groups, which stand for virtual networks that are not known here.


def _grouped(side: str, **more: Any) -> dict[str, Any]:
    """A denial whose source, or whose destination, is a network group."""
    if side == "source":
        return admin_rule("Grouped", "Deny", source_group="/groups/g", **more)
    return admin_rule("Grouped", "Deny", None, destination_group="/groups/g", **more)


@pytest.mark.parametrize("side", ["source", "destination"])
def test_whether_a_network_group_takes_it_is_not_known(side: str) -> None:
    hop, lift = _decided(attachment(_grouped(side)))
    assert _by_rule(hop) == {"Grouped": (UNKNOWN, EVERY)}
    assert "what its network groups hold is not known" in hop.summary
    assert lift == Lift(NOTHING, NOTHING)


def _with(rule: dict[str, Any], side: str, *prefixes: str) -> dict[str, Any]:
    rule["properties"][side] += [{"addressPrefix": it, "addressPrefixType": "IPPrefix"} for it in prefixes]
    return rule


def test_a_source_prefix_beside_a_network_group_decides_where_it_holds_the_vm() -> None:
    rule = _with(admin_rule("No", "Deny", source_group="/groups/g"), "sources", "10.0.0.0/24")
    hop, _ = _decided(attachment(rule))
    assert (hop.decision, hop.rule) == (DENY, "No")
    rule = _with(admin_rule("No", "Deny", source_group="/groups/g"), "sources", "10.9.0.0/24")
    assert _decided(attachment(rule))[0].decision is UNKNOWN


def test_a_destination_prefix_beside_a_network_group_takes_what_it_holds_and_the_group_perhaps_the_rest() -> None:
    rule = admin_rule("No", "Deny", "203.0.113.0/29", destination_group="/groups/g")
    hop, _ = _decided(attachment(rule))
    assert [(part.decision, part.rule, part.addresses) for part in hop.parts] == [
        (DENY, "No", HOME),
        (UNKNOWN, "No", PAIR | OTHER),
    ]


@pytest.mark.parametrize("field", [{"protocol": "Udp"}, {"destinationPortRanges": ["80"]}])
@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_network_group_does_not_matter_where_another_field_excludes_the_rule(
    side: str, field: dict[str, Any]
) -> None:
    hop, _ = _decided(attachment(_grouped(side, **field)))
    assert (hop.decision, hop.rule) == (ALLOW, None)
    assert "network groups" not in hop.trace[0].why


def test_a_source_group_does_not_matter_where_the_destination_holds_nothing() -> None:
    hop, _ = _decided(attachment(admin_rule("No", "Deny", "Sql", source_group="/groups/g")))
    assert hop.decision is ALLOW
    assert hop.trace[0].why == "destination Sql does not contain AzureAttestation"
    assert "Sql" in hop.assumptions[0]


def test_restricted_source_ports_of_a_rule_with_a_network_group_are_not_known_to_take_some() -> None:
    rule = admin_rule("No", "Deny", source_group="/groups/g", sourcePortRanges=["5000"])
    assert _decided(attachment(rule))[0].decision is UNKNOWN
    rule = _with(rule, "sources", "10.0.0.0/24")
    assert _decided(attachment(rule))[0].decision is PARTIAL


def test_a_network_group_may_hold_a_server_but_is_never_the_platform() -> None:
    server = Question("Udp", 53, "10.0.0.4", (), "DNS server 10.9.0.4", only_home(addresses("10.9.0.4")))
    rule = admin_rule("No", "Deny", None, destination_group="/groups/g", protocol="Any", destinationPortRanges=["53"])
    assert _decided(attachment(rule), server)[0].decision is UNKNOWN
    resolver = platform_question("AzurePlatformDNS", "Udp", 53, "10.0.0.4", ())
    assert _decided(attachment(rule), resolver)[0].decision is ALLOW


# Several managers: the one with the higher scope wins, and which that is is not known (facts 5.3).


def _managers(*rules: dict[str, Any]) -> list[tuple[Hop, Lift]]:
    """Decide the rules in every order of the list, which says nothing of scopes."""
    return [_decided(attachment(*order)) for order in permutations(rules)]


@pytest.mark.parametrize(
    ("one", "other", "decision", "lifted", "may_be"),
    [
        ("Deny", "Deny", DENY, NOTHING, NOTHING),
        ("Allow", "Allow", ALLOW, NOTHING, NOTHING),
        ("AlwaysAllow", "AlwaysAllow", ALLOW, EVERY, NOTHING),
        ("Allow", "AlwaysAllow", ALLOW, NOTHING, EVERY),
        ("Deny", "Allow", UNKNOWN, NOTHING, NOTHING),
        ("Deny", "AlwaysAllow", UNKNOWN, NOTHING, EVERY),
        ("Deny", "Perhaps", UNKNOWN, NOTHING, EVERY),
    ],
)
def test_what_managers_decide_differently_is_unknown_and_what_they_decide_alike_stands(
    one: str, other: str, decision: Decision, lifted: AddressSet, may_be: AddressSet
) -> None:
    rules = admin_rule("One", one, priority=10), admin_rule("Other", other, priority=20, manager="two")
    for hop, lift in _managers(*rules):
        assert hop.decision is decision
        assert lift == Lift(lifted, may_be)


def test_a_dispute_names_both_rules_and_the_manager_of_the_one_that_is_shown() -> None:
    hop, _ = _decided(attachment(admin_rule("No", "Deny"), admin_rule("Yes", "Allow", manager="two")))
    assert (hop.rule, hop.resource) == ("No", manager_id("one"))
    assert hop.summary.endswith(
        "rule No: rule No and rule Yes of another network manager differ, and which of them wins is not known"
    )


@pytest.mark.parametrize(
    ("access", "decision", "lifted"),
    [("Deny", DENY, NOTHING), ("Allow", ALLOW, NOTHING), ("AlwaysAllow", ALLOW, EVERY)],
)
def test_where_only_one_manager_speaks_it_decides(access: str, decision: Decision, lifted: AddressSet) -> None:
    rules = admin_rule("Speaks", access), admin_rule("Else", "Deny", "Storage", 1, manager="two")
    for hop, lift in _managers(*rules):
        assert (hop.decision, hop.rule) == (decision, "Speaks")
        assert lift == Lift(lifted, NOTHING)


def test_managers_are_told_apart_only_where_they_meet() -> None:
    one = admin_rule("Home", "Deny", "203.0.113.0/29"), admin_rule("Pair", "Deny", "203.0.113.8/29", 200)
    hop, _ = _decided(attachment(*one, admin_rule("Yes", "Allow", "203.0.113.8/29", manager="two")))
    assert [(part.decision, part.rule, part.addresses) for part in hop.parts] == [
        (UNKNOWN, "Pair", PAIR),
        (DENY, "Home", HOME),
        (ALLOW, None, OTHER),
    ]
    assert hop.decision is DENY


def test_a_managers_own_later_rule_is_no_opinion_of_another() -> None:
    one = admin_rule("No", "Deny", priority=1), admin_rule("Yes", "Allow", priority=2)
    for hop, _ in _managers(*one, admin_rule("Too", "Deny", manager="two")):
        assert hop.decision is DENY


@pytest.mark.parametrize("more", [{"sourcePortRanges": ["5000"]}, {"destinationPortRanges": ["https"]}])
@pytest.mark.parametrize("access", ["Allow", "AlwaysAllow"])
def test_an_allow_that_may_take_it_denies_nothing_though_another_manager_has_rules(
    access: str, more: dict[str, Any]
) -> None:
    """Taken or left, it goes on to the NSGs."""
    rules = admin_rule("May", access, **more), admin_rule("Else", "Deny", "Storage", manager="two")
    for hop, lift in _managers(*rules):
        assert hop.decision is ALLOW
        assert lift == Lift(NOTHING, EVERY if access == "AlwaysAllow" else NOTHING)


@pytest.mark.parametrize("more", [{"sourcePortRanges": ["5000"]}, {"destinationPortRanges": ["https"]}])
def test_a_denial_is_not_certain_where_an_allow_of_another_manager_may_take_it(more: dict[str, Any]) -> None:
    for hop, _ in _managers(admin_rule("May", "Allow", **more), admin_rule("No", "Deny", manager="two")):
        assert (hop.decision, hop.rule) == (UNKNOWN, "No")
        assert "rule No and rule May of another network manager differ" in hop.summary


@pytest.mark.parametrize(
    ("more", "alone"), [({"sourcePortRanges": ["5000"]}, PARTIAL), ({"destinationPortRanges": ["https"]}, UNKNOWN)]
)
def test_a_denial_in_doubt_does_not_matter_where_another_manager_denies_it(
    more: dict[str, Any], alone: Decision
) -> None:
    may = admin_rule("May", "Deny", **more)
    for hop, _ in _managers(may, admin_rule("Else", "Deny", "Storage", manager="two")):
        assert (hop.decision, hop.rule) == (alone, "May")
    for hop, _ in _managers(may, admin_rule("No", "Deny", manager="two")):
        assert (hop.decision, hop.rule) == (DENY, "No")


def test_what_one_manager_lifts_and_another_only_allows_for_a_part_is_lifted_for_the_rest() -> None:
    rules = admin_rule("Always", "AlwaysAllow"), admin_rule("Yes", "Allow", "203.0.113.0/29", manager="two")
    for hop, lift in _managers(*rules):
        assert hop.decision is ALLOW
        assert lift == Lift(PAIR | OTHER, HOME)


def test_three_managers_agree_or_do_not() -> None:
    silent = admin_rule("Else", "Deny", "Storage", manager="three")
    both = admin_rule("No", "Deny"), admin_rule("Too", "Deny", manager="two")
    assert {hop.decision for hop, _ in _managers(*both, silent)} == {DENY}
    third = admin_rule("Yes", "Allow", "203.0.113.0/29", manager="three")
    for hop, _ in _managers(*both, third):
        assert {part.decision: part.addresses for part in hop.parts} == {UNKNOWN: HOME, DENY: PAIR | OTHER}
        assert hop.decision is UNKNOWN


def test_the_parts_of_several_managers_split_the_set_exactly() -> None:
    rules = (
        admin_rule("A", "Deny", "203.0.113.0/28"),
        admin_rule("B", "Allow", "203.0.113.4-203.0.113.11", manager="two"),
        admin_rule("C", "AlwaysAllow", "198.51.100.0/24", 200, manager="two"),
        admin_rule("D", "Deny", "203.0.113.6", manager="three"),
    )
    for hop, _ in _managers(*rules):
        seen = NOTHING
        for part in hop.parts:
            assert not part.addresses & seen
            seen = seen | part.addresses
        assert seen == EVERY
        unknown = [part.addresses for part in hop.parts if part.decision is UNKNOWN]
        assert AddressSet(4, tuple(it for part in unknown for it in part.intervals)) & EVERY == addresses(
            "203.0.113.4-203.0.113.11"
        )


# The effective rules serve where the list was not read.


def test_entries_of_network_managers_in_the_effective_rules_serve_and_are_said_to() -> None:
    hop, lift = _decided(attachment(effective=[_entry(admin_rule("No", "Deny", "Internet"))]))
    assert (hop.decision, hop.rule, hop.resource) == (DENY, "No", manager_id("one"))
    assert hop.evidence == ("nsgs#", "nsgs#/value/0/effectiveSecurityRules/0")
    assert hop.assumptions == (
        "the list of admin rules was not read: what the effective rules of the NIC hold of them serves instead",
    )
    assert lift == Lift(NOTHING, NOTHING)


def test_always_allow_of_the_effective_rules_lifts_too() -> None:
    assert _decided(attachment(effective=[_entry(admin_rule("A", "AlwaysAllow"))]))[1] == Lift(EVERY, NOTHING)


def test_several_managers_of_the_effective_rules_are_told_apart() -> None:
    entries = [_entry(admin_rule("No", "Deny")), _entry(admin_rule("Yes", "Allow"), manager="two")]
    assert _decided(attachment(effective=entries))[0].decision is UNKNOWN
    assert (
        _decided(attachment(effective=[_entry(admin_rule("No", "Deny"), admin_rule("Yes", "Allow", priority=200))]))[
            0
        ].decision
        is DENY
    )


def test_inbound_entries_say_nothing() -> None:
    entry = _entry(admin_rule("In", "Deny", direction="Inbound"))
    assert _decided(attachment(effective=[entry]))[0].decision is Decision.NOT_APPLICABLE
