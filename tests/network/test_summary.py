"""What a hop says of itself in a line."""

from __future__ import annotations

import pytest

from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.hop import Decision, Part
from guest_attestation.network.question import platform_question
from guest_attestation.network.summary import part_that_shows, summary_of, unread_prefixes, where_of
from tests.network.build import UNREAD, addresses, paired, question, service_tags

ALLOW, DENY, PARTIAL, UNKNOWN = Decision.ALLOW, Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN
ASKED = question(service_tags(AzureCloud__westus=("203.0.113.8/29",)), pair=paired("westus"))
HOME, PAIR, OTHER = (tier.addresses for tier in ASKED.tiers)
LOW = addresses("203.0.113.0/30")


def _part(decision: Decision, where: AddressSet, rule: str | None = "It", tier: str | None = None) -> Part:
    return Part(decision, where, rule, "", "why", tier=tier)


@pytest.mark.parametrize(
    ("decision", "parts", "shown"),
    [
        (DENY, [_part(ALLOW, PAIR), _part(DENY, HOME)], 1),
        (PARTIAL, [_part(DENY, PAIR, "pair"), _part(DENY, LOW, "home")], 1),
        (PARTIAL, [_part(PARTIAL, LOW), _part(DENY, HOME - LOW)], 1),
        (PARTIAL, [_part(ALLOW, HOME), _part(DENY, OTHER), _part(PARTIAL, PAIR)], 2),
        (UNKNOWN, [_part(DENY, OTHER), _part(UNKNOWN, PAIR), _part(ALLOW, HOME)], 1),
        (UNKNOWN, [_part(DENY, HOME), _part(PARTIAL, HOME), _part(UNKNOWN, HOME)], 2),
        (UNKNOWN, [_part(ALLOW, LOW), _part(DENY, HOME - LOW)], 1),
        (ALLOW, [_part(ALLOW, OTHER), _part(ALLOW, PAIR), _part(ALLOW, HOME)], 2),
        (DENY, [_part(DENY, HOME, "pair", "pair"), _part(DENY, HOME, "home", "home")], 1),
    ],
)
def test_the_part_of_home_shows_a_decision_then_that_of_its_pair(
    decision: Decision, parts: list[Part], shown: int
) -> None:
    assert part_that_shows(decision, parts, ASKED) is parts[shown]


def test_where_no_part_is_so_none_shows_it() -> None:
    assert part_that_shows(DENY, [_part(ALLOW, HOME)], ASKED) is None
    assert part_that_shows(ALLOW, [], ASKED) is None
    assert summary_of(ALLOW, [], ASKED) == "TCP 443 to AzureAttestation is allowed"


@pytest.mark.parametrize(
    ("decision", "parts", "said"),
    [
        (ALLOW, [_part(ALLOW, HOME | PAIR | OTHER)], "rule It allows TCP 443 to AzureAttestation: why"),
        (ALLOW, [_part(ALLOW, HOME, None)], "TCP 443 to AzureAttestation is allowed: why"),
        (DENY, [_part(DENY, HOME)], "rule It denies TCP 443 to AzureAttestation: why"),
        (
            PARTIAL,
            [_part(DENY, LOW)],
            "rule It denies some of TCP 443 to AzureAttestation (some in the provider's own region): why",
        ),
        (
            PARTIAL,
            [_part(PARTIAL, PAIR)],
            (
                "rule It takes only some of TCP 443 to AzureAttestation"
                " (1 of 1 prefixes in the region that it fails over to): why"
            ),
        ),
        (UNKNOWN, [_part(UNKNOWN, HOME)], "TCP 443 to AzureAttestation is not decided: why"),
    ],
)
def test_a_summary_says_what_happens_and_which_rule_does_it(decision: Decision, parts: list[Part], said: str) -> None:
    assert summary_of(decision, parts, ASKED) == said


def test_an_allowed_path_notes_which_rules_deny_some_of_other_regions() -> None:
    """Design 5: `allow`, with a note when some of `other` is denied."""
    parts = [
        _part(ALLOW, HOME | PAIR),
        _part(DENY, addresses("198.51.100.64"), "One"),
        _part(DENY, addresses("198.51.100.65"), "Two"),
        _part(DENY, addresses("198.51.100.66"), None),
        _part(UNKNOWN, addresses("198.51.100.67"), "Three"),
    ]
    assert summary_of(ALLOW, parts, ASKED).endswith("; rule One, Two denies some of other regions")
    home = question().within(HOME)
    assert summary_of(ALLOW, [_part(ALLOW, HOME), _part(DENY, OTHER)], home).endswith(": why")


def test_the_platform_allows_what_no_rule_names() -> None:
    asked = platform_question("AzurePlatformDNS", "Udp", 53, None, ())
    assert summary_of(ALLOW, [_part(ALLOW, symbol(0), None)], asked).startswith("the platform allows UDP 53 to")


def test_where_a_part_stands_is_said_only_of_home_and_pair_that_are_told_apart() -> None:
    assert where_of(_part(DENY, OTHER), ASKED) == ""
    assert where_of(_part(DENY, PAIR), question(pair=UNREAD)) == ""
    assert where_of(_part(DENY, HOME), question().within(HOME)) == " (1 of 1 prefixes in the provider's own region)"
    home = ASKED.tiers[:1]
    assert where_of(_part(DENY, HOME), type(ASKED)("Tcp", 443, None, (), "x", home)) == ""
    symbols = question(ServiceTags(), pair=paired("westus"))
    assert where_of(_part(DENY, symbol(1)), symbols) == " (in the region that it fails over to)"
    of_pair = _part(DENY, HOME | PAIR, tier="pair")
    assert where_of(of_pair, ASKED) == " (1 of 1 prefixes in the region that it fails over to)"


def test_that_prefixes_are_not_known_is_an_assumption_of_everything_but_the_platform() -> None:
    assert unread_prefixes(ASKED) == ()
    assert unread_prefixes(platform_question("AzurePlatformDNS", "Udp", 53, None, ())) == ()
    (assumed,) = unread_prefixes(question(ServiceTags(), family=6))
    assert assumed.startswith("the IPv6 prefixes of AzureAttestation are not known")
