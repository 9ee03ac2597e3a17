"""One rule held against what is asked, field by field (facts 4.1)."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.security_group import SecurityRule, parse_security_rule
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.first_match import Match
from guest_attestation.network.hop import Decision
from guest_attestation.network.question import Question, platform_question
from guest_attestation.network.security_rule import NSG_ACCESS, HeldRule, hold
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import only_home
from guest_attestation.snapshot.node import Node
from tests.network.build import addresses, question, service_tags, tags_with
from tests.scenario import outbound_rule

EVERY = question().destinations
NONE = addresses()


def _rule(destination: str | None = "*", access: str = "Deny", **changed: Any) -> SecurityRule:
    rule = outbound_rule("It", 100, access, destination or "")
    rule["properties"] |= changed
    node = Node(rule, "nsg#")
    return parse_security_rule(node, node.at("properties"))


def _held(rule: SecurityRule, asked: Question | None = None, tags: Tags | None = None) -> HeldRule:
    return hold(rule, asked or question(), tags or tags_with())


def _match(rule: SecurityRule, asked: Question | None = None, tags: Tags | None = None) -> Match:
    return _held(rule, asked, tags).match


def test_a_rule_that_matches_takes_what_its_destination_holds() -> None:
    why = "destination 203.0.113.0/28 contains 1 of 2 prefixes of AzureAttestation"
    held = _held(_rule("203.0.113.0/28"))
    taken = addresses("203.0.113.0/28")
    assert held.match == Match("It", 100, Decision.DENY, taken, NONE, why, "nsg#/properties")
    assert held.assumption is None


def test_a_field_that_excludes_what_is_asked_is_the_reason_and_nothing_is_assumed_of_the_others() -> None:
    held = _held(_rule("Sql", protocol="Udp", destinationPortRange="https", priority=None))
    assert (held.match.takes, held.match.may_take, held.match.why) == (NONE, NONE, "protocol Udp is not Tcp")
    assert held.assumption is None


def test_what_a_rule_assumes_of_a_tag_goes_with_it() -> None:
    assert "Sql" in (_held(_rule("Sql")).assumption or "")


def test_what_cannot_be_read_makes_a_rule_uncertain_only_for_what_its_destination_holds() -> None:
    match = _match(_rule("203.0.113.0/28", destinationPortRange="https"))
    assert (match.takes, match.may_take) == (NONE, addresses("203.0.113.0/28"))
    assert match.why.startswith("destination port https cannot be read; destination 203.0.113.0/28")
    assert not match.sometimes


def test_restricted_source_ports_take_only_some_connections() -> None:
    match = _match(_rule("203.0.113.0/28", sourcePortRange="5000-6000"))
    assert (match.takes, match.may_take, match.sometimes) == (NONE, addresses("203.0.113.0/28"), True)


@pytest.mark.parametrize(
    "rule",
    [
        _rule(sourcePortRange="5000", destinationPortRange="https"),
        _rule(sourcePortRange="5000", sourceAddressPrefix="no tag!"),
        _rule("AzureCloud.westus", sourcePortRange="5000"),
        _rule(sourcePortRange="5000", access="Audit"),
        _rule(sourcePortRange="high"),
    ],
)
def test_a_rule_that_is_in_doubt_besides_its_source_ports_is_not_known_to_take_some(rule: SecurityRule) -> None:
    match = _match(rule)
    assert not match.takes
    assert match.may_take
    assert not match.sometimes


def test_the_words_of_access_are_those_of_the_rules_kind() -> None:
    assert NSG_ACCESS == {"allow": Decision.ALLOW, "deny": Decision.DENY}
    always = _rule(access="AlwaysAllow")
    assert _match(always).decision is Decision.UNKNOWN
    assert hold(always, question(), tags_with(), {"alwaysallow": Decision.ALLOW}).match.decision is Decision.ALLOW


def test_a_rule_without_priority_or_direction_says_what_is_missing_first() -> None:
    rule = _rule(priority=None, direction="Sideways", destinationPortRange="https")
    assert _match(rule).why.startswith("it has no priority, so its place is not known; ")


# Sources.


@pytest.mark.parametrize(
    ("source", "decided"),
    [
        ("192.0.2.4", True),
        ("192.0.2.0-192.0.2.9", True),
        ("2001:db8::/32", False),
        ("AzureCloud", False),
        ("Mine", True),
        ("Sql", None),
        ("192.0.2.x", None),
        ("²", None),
    ],
)
def test_a_public_address_of_the_vms_own_is_looked_up_among_a_tags_prefixes(source: str, decided: bool | None) -> None:
    tags = tags_with(service_tags(Mine=("192.0.2.0/28", "2001:db8::/32")))
    match = _match(_rule(sourceAddressPrefix=source), question(source="192.0.2.4"), tags)
    assert (bool(match.takes), bool(match.may_take)) == (decided is True, decided is None)


@pytest.mark.parametrize(("source", "matches"), [("::/0", True), ("2001:db8::/64", True), ("0.0.0.0/0", False)])
def test_an_ipv6_address_is_held_by_ipv6_sources(source: str, matches: bool) -> None:
    asked = question(family=6, source="2001:db8::4")
    assert bool(_match(_rule(sourceAddressPrefix=source), asked).takes) is matches


def test_a_source_of_everything_holds_an_address_that_is_not_known_but_only_of_its_version() -> None:
    asked = question(source=None)
    assert _match(_rule(sourceAddressPrefix="0.0.0.0/0"), asked).takes
    assert _match(_rule(sourceAddressPrefix="::/0"), asked).may_take


@pytest.mark.parametrize("tag", ["AzurePlatformDNS", "AzureLoadBalancer", "Internet"])
def test_no_vm_is_a_source_of_the_platform_or_the_internet_known_or_not(tag: str) -> None:
    """Facts 4.1: the rule sees the private source address."""
    for source in ("10.0.0.4", None):
        match = _match(_rule(sourceAddressPrefix=tag), question(source=source))
        assert not match.takes | match.may_take


def test_an_application_security_group_and_prefixes_are_alternatives() -> None:
    group = [{"id": "/asg/web"}]
    rule = _rule(sourceAddressPrefix="10.0.1.0/24", sourceApplicationSecurityGroups=group)
    assert _match(rule, question(groups=("/ASG/WEB",))).takes
    assert not _match(rule, question(groups=("/asg/other",))).takes
    assert _match(rule, question(source=None)).may_take


def test_a_rule_that_names_many_sources_shows_the_first() -> None:
    sources = [f"10.0.{number}.0/24" for number in range(1, 9)]
    match = _match(_rule(sourceAddressPrefix=None, sourceAddressPrefixes=sources))
    assert match.why == "source 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24 does not hold 10.0.0.4"


# Destinations.


def _to_group(**more: Any) -> SecurityRule:
    return _rule(None, destinationApplicationSecurityGroups=[{"id": "/asg/web"}], **more)


def test_an_application_security_group_holds_no_address_of_the_service_but_perhaps_a_server() -> None:
    assert not _match(_to_group()).may_take
    server = Question("Tcp", 443, "10.0.0.4", (), "10.0.0.9", only_home(addresses("10.0.0.9")))
    match = _match(_to_group(), server)
    assert match.may_take == addresses("10.0.0.9")
    assert match.why == "what its destination holds is not known"


def test_a_rule_without_a_destination_may_take_everything() -> None:
    match = _match(_rule(None))
    assert (match.takes, match.may_take) == (NONE, EVERY)


def test_only_rules_that_name_the_platforms_tag_take_its_traffic() -> None:
    """Facts 4.4."""
    metadata = platform_question("AzurePlatformIMDS", "Tcp", 80, "10.0.0.4", ())
    for destination in ("*", "0.0.0.0/0", "169.254.169.254", "AzurePlatformDNS", "VirtualNetwork", "Internet"):
        match = _match(_rule(destination, destinationPortRange="*"), metadata, tags_with(ServiceTags()))
        assert not match.takes | match.may_take, destination
    assert _match(_rule("AzurePlatformIMDS", destinationPortRange="80"), metadata).takes
