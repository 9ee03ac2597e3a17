"""The tiers of what is asked, and how parts become one decision (design 5, "Three tiers" and "The decision")."""

from __future__ import annotations

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.hop import Decision, Part
from guest_attestation.network.tiers import (
    Tier,
    TierName,
    attestation_tiers,
    decide,
    decide_together,
    only_home,
    tier_decision,
)
from tests.network.build import NO_PAIR, UNREAD, addresses, paired, service_tags, tags_listed

ALLOW, DENY, PARTIAL, UNKNOWN = Decision.ALLOW, Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN
HOME, PAIR, OTHER = TierName.HOME, TierName.PAIR, TierName.OTHER

A_HOME, A_PAIR, A_OTHER = "203.0.113.0/29", "203.0.113.8/29", "198.51.100.64/30"
BOTH_LISTED = service_tags(AzureCloud__westus=("203.0.113.8/29", "198.51.100.128/25"))
EVERY = addresses(A_HOME, A_PAIR, A_OTHER)
TIERS = attestation_tiers(BOTH_LISTED, 4, "eastus", paired("westus"))
ALL_OF_THEM = "128.0.0.0/1"
BLURRED = Tier(HOME, EVERY, exact=False)


def _part(decision: Decision, *prefixes: str, tier: str | None = None) -> Part:
    return Part(decision, addresses(*prefixes), "rule", "", tier=tier)


def _by_name(tiers: tuple[Tier, ...]) -> dict[TierName, tuple[AddressSet, bool]]:
    return {tier.name: (tier.addresses, tier.exact) for tier in tiers}


# The three tiers.


def test_home_is_what_stands_in_the_region_pair_what_stands_in_its_pair_and_other_the_rest() -> None:
    assert _by_name(TIERS) == {
        HOME: (addresses(A_HOME), True),
        PAIR: (addresses(A_PAIR), True),
        OTHER: (addresses(A_OTHER), True),
    }
    assert [(tier.region, tier.may_not_exist) for tier in TIERS] == [
        ("eastus", False),
        ("westus", False),
        (None, False),
    ]


def test_azurecloud_of_the_region_tells_home_apart_and_the_attestation_tag_of_the_region_only_without_it() -> None:
    listed = service_tags(AzureCloud__eastus=("203.0.113.0/30",), AzureAttestation__EastUS=(A_HOME,))
    assert attestation_tiers(listed, 4, "eastus", NO_PAIR)[0].addresses == addresses("203.0.113.0/30")
    listed = service_tags(AzureCloud__eastus=None, AzureAttestation__EastUS=(A_HOME,))
    assert _by_name(attestation_tiers(listed, 4, "eastus", NO_PAIR))[HOME] == (addresses(A_HOME), True)


def test_the_tag_of_the_region_gives_only_what_the_attestation_tag_holds() -> None:
    listed = service_tags(AzureCloud__eastus=None, AzureAttestation__EastUS=("203.0.113.0/24",))
    assert attestation_tiers(listed, 4, "eastus", NO_PAIR)[0].addresses == addresses("203.0.113.0/28")


@pytest.mark.parametrize(
    ("location", "spelled"),
    [
        ("germanywestcentral", "germanywc"),
        ("francecentral", "centralfrance"),
        ("brazilsoutheast", "brazilse"),
        ("eastus", "EastUS"),
    ],
)
def test_a_region_is_found_as_its_tag_spells_it(location: str, spelled: str) -> None:
    """Facts 4.2."""
    listed = tags_listed({"AzureAttestation": (A_HOME, A_PAIR), f"AzureCloud.{spelled}": (A_PAIR,)})
    assert _by_name(attestation_tiers(listed, 4, location, NO_PAIR)) == {
        HOME: (addresses(A_PAIR), True),
        OTHER: (addresses(A_HOME), True),
    }


def test_a_region_without_a_pair_has_no_such_tier() -> None:
    assert [tier.name for tier in attestation_tiers(BOTH_LISTED, 4, "eastus", NO_PAIR)] == [HOME, OTHER]


def test_a_pair_that_was_not_read_may_be_in_all_but_home_and_may_not_exist() -> None:
    home, pair, other = attestation_tiers(BOTH_LISTED, 4, "eastus", UNREAD)
    assert (home.addresses, home.exact) == (addresses(A_HOME), True)
    assert (pair.addresses, pair.exact, pair.may_not_exist) == (addresses(A_PAIR, A_OTHER), False, True)
    assert not other.addresses


def test_a_pair_without_any_prefix_may_be_in_all_but_home_and_exists() -> None:
    _, pair, _ = attestation_tiers(service_tags(), 4, "eastus", paired("westus"))
    assert (pair.addresses, pair.exact, pair.may_not_exist) == (addresses(A_PAIR, A_OTHER), False, False)


@pytest.mark.parametrize("region", [None, "eastus2"])
def test_a_home_that_is_not_known_or_without_any_prefix_may_be_in_all_but_the_pair(region: str | None) -> None:
    home, pair, other = attestation_tiers(BOTH_LISTED, 4, region, paired("westus"))
    assert (home.addresses, home.exact) == (addresses(A_HOME, A_OTHER), False)
    assert (pair.addresses, pair.exact) == (addresses(A_PAIR), True)
    assert not other.addresses


def test_where_neither_can_be_told_apart_each_may_be_everywhere() -> None:
    home, pair, other = attestation_tiers(BOTH_LISTED, 4, None, UNREAD)
    assert (home.addresses, pair.addresses) == (EVERY, EVERY)
    assert (home.exact, pair.exact) == (False, False)
    assert not other.addresses


@pytest.mark.parametrize(
    "listed",
    [
        ServiceTags(),
        service_tags(AzureAttestation=None),
        service_tags(AzureAttestation=("2001:db8:100::/64",)),
        service_tags(AzureAttestation=(A_HOME, "x.x.x.x")),
    ],
    ids=["no list", "not listed", "other version", "not readable"],
)
def test_without_prefixes_each_tier_is_a_symbol_of_its_own(listed: ServiceTags) -> None:
    tiers = attestation_tiers(listed, 4, "eastus", paired("westus"))
    assert [tier.name for tier in tiers] == [HOME, PAIR, OTHER]
    assert all(tier.addresses.is_symbolic and tier.exact for tier in tiers)
    assert not any(one.addresses & other.addresses for one in tiers for other in tiers if one is not other)
    assert [tier.region for tier in tiers] == ["eastus", "westus", None]


def test_without_prefixes_a_pair_that_was_not_read_still_may_not_exist() -> None:
    assert [tier.may_not_exist for tier in attestation_tiers(ServiceTags(), 4, "eastus", UNREAD)] == [
        False,
        True,
        False,
    ]
    assert [tier.name for tier in attestation_tiers(ServiceTags(), 4, "eastus", NO_PAIR)] == [HOME, OTHER]


def test_a_regions_prefixes_that_cannot_be_read_leave_its_tier_not_told_apart() -> None:
    listed = service_tags(AzureCloud__eastus=("x.x.x.x",), AzureAttestation__EastUS=None)
    assert _by_name(attestation_tiers(listed, 4, "eastus", NO_PAIR))[HOME] == (EVERY, False)


def test_ipv6_has_tiers_of_its_own() -> None:
    listed = service_tags(
        AzureAttestation=(A_HOME, "2001:db8:100::/64", "2001:db8:200::/64"),
        AzureCloud__eastus=(A_HOME, "2001:db8:100::/48"),
    )
    assert _by_name(attestation_tiers(listed, 6, "eastus", NO_PAIR)) == {
        HOME: (AddressSet.of(["2001:db8:100::/64"], 6), True),
        OTHER: (AddressSet.of(["2001:db8:200::/64"], 6), True),
    }


def test_what_is_no_attestation_tag_has_a_home_alone() -> None:
    assert only_home(EVERY, "eastus") == (Tier(HOME, EVERY, region="eastus"),)


# One tier's decision.


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], ALLOW),
        ([(ALLOW, "203.0.113.0/30")], ALLOW),
        ([(ALLOW, A_HOME)], ALLOW),
        ([(DENY, A_HOME)], DENY),
        ([(DENY, "203.0.113.0/30"), (DENY, "203.0.113.4/30")], DENY),
        ([(DENY, "203.0.113.0/30")], PARTIAL),
        ([(DENY, "203.0.113.0/30"), (ALLOW, "203.0.113.4/30")], PARTIAL),
        ([(DENY, "203.0.113.0/30"), (UNKNOWN, "203.0.113.4/30")], PARTIAL),
        ([(DENY, "203.0.113.0/30"), (PARTIAL, "203.0.113.4/30")], PARTIAL),
        ([(PARTIAL, A_HOME)], PARTIAL),
        ([(PARTIAL, "203.0.113.0/32"), (UNKNOWN, "203.0.113.1")], PARTIAL),
        ([(UNKNOWN, "203.0.113.0/32"), (ALLOW, A_HOME)], UNKNOWN),
        ([(UNKNOWN, A_HOME)], UNKNOWN),
        ([(DENY, A_PAIR), (UNKNOWN, A_OTHER)], ALLOW),
    ],
)
def test_a_tier_is_denied_partial_unknown_or_allowed(parts: list[tuple[Decision, str]], expected: Decision) -> None:
    """Some denied counts before some unknown; restricted source ports (partial) count as some denied."""
    assert tier_decision([_part(*it) for it in parts], Tier(HOME, addresses(A_HOME))) is expected


def test_of_parts_that_overlap_the_first_counts() -> None:
    tier = Tier(HOME, addresses(A_HOME))
    assert tier_decision([_part(ALLOW, A_HOME), _part(DENY, A_HOME)], tier) is ALLOW
    assert tier_decision([_part(DENY, A_HOME), _part(ALLOW, A_HOME)], tier) is DENY


def test_a_part_that_speaks_of_another_tier_says_nothing_here() -> None:
    tier = Tier(HOME, addresses(A_HOME))
    assert tier_decision([_part(DENY, A_HOME, tier="pair")], tier) is ALLOW
    assert tier_decision([_part(DENY, A_HOME, tier="home")], tier) is DENY


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], ALLOW),
        ([(DENY, A_HOME), (DENY, A_PAIR), (DENY, A_OTHER)], DENY),
        ([(DENY, A_HOME)], UNKNOWN),
        ([(DENY, A_HOME), (UNKNOWN, A_PAIR), (UNKNOWN, A_OTHER)], UNKNOWN),
        ([(UNKNOWN, A_HOME)], UNKNOWN),
        ([(PARTIAL, A_HOME), (PARTIAL, A_PAIR), (PARTIAL, A_OTHER)], PARTIAL),
        ([(PARTIAL, A_HOME), (DENY, A_PAIR), (DENY, A_OTHER)], PARTIAL),
        ([(PARTIAL, A_HOME)], UNKNOWN),
    ],
)
def test_a_tier_that_is_not_told_apart_is_decided_only_where_all_it_may_be_in_is_decided_alike(
    parts: list[tuple[Decision, str]], expected: Decision
) -> None:
    assert tier_decision([_part(*it) for it in parts], BLURRED) is expected


def test_a_tier_that_may_be_in_nothing_is_not_denied() -> None:
    """Such is a pair that was not read where every address is home."""
    listed = service_tags(AzureCloud__eastus=(A_HOME, A_PAIR, A_OTHER))
    tiers = attestation_tiers(listed, 4, "eastus", UNREAD)
    assert not tiers[1].addresses
    assert decide([], tiers) is ALLOW


@pytest.mark.parametrize(
    ("decision", "expected"), [(ALLOW, ALLOW), (DENY, UNKNOWN), (PARTIAL, UNKNOWN), (UNKNOWN, UNKNOWN)]
)
def test_what_is_denied_of_a_pair_that_was_not_read_counts_as_unknown(decision: Decision, expected: Decision) -> None:
    pair = Tier(PAIR, EVERY, exact=False, may_not_exist=True)
    assert tier_decision([Part(decision, EVERY, None, "")], pair) is expected


# The decision of all tiers.


@pytest.mark.parametrize(
    ("home", "pair", "other", "expected"),
    [
        (DENY, ALLOW, ALLOW, DENY),
        (DENY, DENY, DENY, DENY),
        (DENY, UNKNOWN, UNKNOWN, DENY),
        (PARTIAL, DENY, UNKNOWN, PARTIAL),
        (PARTIAL, ALLOW, ALLOW, PARTIAL),
        (UNKNOWN, DENY, DENY, UNKNOWN),
        (UNKNOWN, ALLOW, ALLOW, UNKNOWN),
        (ALLOW, DENY, ALLOW, PARTIAL),
        (ALLOW, PARTIAL, UNKNOWN, PARTIAL),
        (ALLOW, UNKNOWN, DENY, UNKNOWN),
        (ALLOW, ALLOW, DENY, ALLOW),
        (ALLOW, ALLOW, UNKNOWN, ALLOW),
        (ALLOW, ALLOW, ALLOW, ALLOW),
    ],
)
def test_home_decides_first_then_its_pair_and_other_never(
    home: Decision, pair: Decision, other: Decision, expected: Decision
) -> None:
    parts = [_part(home, A_HOME), _part(pair, A_PAIR), _part(other, A_OTHER)]
    assert decide(parts, TIERS) is expected
    assert decide(reversed(parts), TIERS) is expected


def test_some_of_the_pair_denied_is_partial() -> None:
    assert decide([_part(DENY, "203.0.113.8/32")], TIERS) is PARTIAL
    assert decide([_part(DENY, "203.0.113.8/32"), _part(UNKNOWN, "203.0.113.9/32")], TIERS) is PARTIAL


def test_the_symbols_of_the_tiers_are_decided_each_on_its_own() -> None:
    tiers = attestation_tiers(ServiceTags(), 4, "eastus", paired("westus"))
    home, pair, other = (tier.addresses for tier in tiers)
    assert decide([Part(DENY, home, None, "")], tiers) is DENY
    assert decide([Part(DENY, pair, None, "")], tiers) is PARTIAL
    assert decide([Part(DENY, other, None, "")], tiers) is ALLOW
    assert decide([Part(UNKNOWN, symbol(1), None, "")], tiers) is UNKNOWN


def test_without_a_pair_only_home_decides() -> None:
    tiers = attestation_tiers(BOTH_LISTED, 4, "eastus", NO_PAIR)
    assert decide([_part(DENY, A_PAIR)], tiers) is ALLOW


def test_a_pair_that_was_not_read_is_never_a_reason_for_partial() -> None:
    tiers = attestation_tiers(BOTH_LISTED, 4, "eastus", UNREAD)
    assert decide([_part(DENY, A_PAIR, A_OTHER)], tiers) is UNKNOWN
    assert decide([_part(DENY, A_PAIR)], tiers) is UNKNOWN
    assert decide([_part(DENY, "203.0.113.0/32")], tiers) is PARTIAL
    assert decide([], tiers) is ALLOW


# Several hops together.


def test_what_any_hop_denies_is_denied_on_the_path() -> None:
    half, rest = [_part(DENY, "203.0.113.0/30"), _part(ALLOW, ALL_OF_THEM)], [_part(DENY, "203.0.113.4/30")]
    assert decide(half, TIERS) is PARTIAL
    assert decide_together([half, rest], TIERS) is DENY
    assert decide_together([[_part(ALLOW, ALL_OF_THEM)], [_part(DENY, A_HOME)]], TIERS) is DENY


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (UNKNOWN, DENY, DENY),
        (PARTIAL, DENY, DENY),
        (UNKNOWN, PARTIAL, PARTIAL),
        (ALLOW, UNKNOWN, UNKNOWN),
        (Decision.NOT_APPLICABLE, ALLOW, ALLOW),
    ],
)
def test_the_worst_that_hops_say_of_an_address_counts(one: Decision, other: Decision, expected: Decision) -> None:
    hops = [[_part(one, A_HOME)], [_part(other, A_HOME)]]
    assert decide_together(hops, TIERS) is expected
    assert decide_together(hops[::-1], TIERS) is expected


def test_hops_without_parts_say_nothing() -> None:
    assert decide_together([], TIERS) is ALLOW
    assert decide_together([[], []], TIERS) is ALLOW


def test_what_was_not_read_of_a_pair_names_no_region() -> None:
    unread: Reading[tuple[str, ...]] = UNREAD
    assert [tier.region for tier in attestation_tiers(BOTH_LISTED, 4, "eastus", unread)] == ["eastus", None, None]
