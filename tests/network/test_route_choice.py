from __future__ import annotations

import pytest

from guest_attestation.facts.route import Route
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.route_choice import holds_some, sole_taker, taking
from tests.network.build import question, service_tags, tags_with

APPLIANCE, GATEWAY = "VirtualAppliance", "VirtualNetworkGateway"


def _route(name: str, *prefixes: str, source: str = "User", active: bool = True) -> Route:
    return Route(name, source, active, prefixes, APPLIANCE, (), "")


def _taker(*routes: Route, listed: ServiceTags | None = None) -> str | None:
    """Name the one route that takes everything; the set is 203.0.113.0/28 and 198.51.100.64/30, unless it is unread."""
    known = service_tags() if listed is None else listed
    found = sole_taker(routes, question(known), tags_with(known))
    assert found == sole_taker(reversed(routes), question(known), tags_with(known))
    return found.name if found else None


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([_route("all", "0.0.0.0/0")], "all"),
        ([_route("both", "203.0.113.0/24", "198.51.100.0/24")], "both"),
        ([_route("all", "0.0.0.0/0"), _route("longer", "192.0.0.0/2")], "longer"),
        ([_route("all", "0.0.0.0/0"), _route("tag", "AzureAttestation")], "tag"),
        ([_route("all", "0.0.0.0/0"), _route("elsewhere", "10.0.0.0/8", "Storage")], "all"),
        ([_route("all", "0.0.0.0/0"), _route("off", "203.0.113.0/28", active=False)], "all"),
        ([_route("one", "203.0.113.0/28"), _route("one", "198.51.100.64/30")], None),
        ([_route("all", "0.0.0.0/0"), _route("some", "203.0.113.0/28")], None),
        ([_route("most", "203.0.113.0/24")], None),
        ([_route("all", "0.0.0.0/0"), _route("perhaps", "AzureCloud.westus")], None),
        ([_route("all", "0.0.0.0/0"), _route("unreadable", "203.0.113.0/40")], None),
        ([], None),
    ],
)
def test_the_longest_prefix_takes_the_traffic(routes: list[Route], expected: str | None) -> None:
    assert _taker(*routes) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (_route("user", "0.0.0.0/0"), _route("learned", "0.0.0.0/0", source=GATEWAY), "user"),
        (_route("user", "0.0.0.0/0"), _route("system", "0.0.0.0/0", source="Default"), "user"),
        (_route("learned", "0.0.0.0/0", source=GATEWAY), _route("system", "0.0.0.0/0", source="Default"), "learned"),
        (_route("user", "0.0.0.0/0"), _route("learned", "192.0.0.0/2", source=GATEWAY), "learned"),
        (_route("one", "0.0.0.0/0", source=GATEWAY), _route("other", "0.0.0.0/0", source=GATEWAY), None),
        (_route("explicit", "203.0.113.0/28", "198.51.100.64/30"), _route("tag", "AzureAttestation"), "explicit"),
    ],
)
def test_at_the_same_prefix_the_users_own_comes_first_and_an_explicit_one_before_a_tag(
    one: Route, other: Route, expected: str | None
) -> None:
    assert _taker(one, other) == expected


def test_a_tag_counts_by_its_own_prefixes() -> None:
    wide = _route("cloud", "AzureCloud")  # 203.0.113.0/24 and 198.51.100.0/24
    assert _taker(wide, _route("prefix", "203.0.113.0/25", "198.51.100.0/25")) == "prefix"
    assert _taker(wide, _route("prefix", "203.0.0.0/16", "198.51.0.0/16")) == "cloud"
    assert _taker(wide, _route("tag", "AzureAttestation")) == "tag"


def test_a_single_address_is_the_longest_prefix() -> None:
    listed = service_tags(AzureAttestation=("203.0.113.7",))
    assert _taker(_route("all", "0.0.0.0/0"), _route("one", "203.0.113.7"), listed=listed) == "one"
    assert _taker(_route("near", "203.0.113.6/31"), _route("tag", "AzureAttestation"), listed=listed) == "tag"


@pytest.mark.parametrize(
    ("other", "expected"), [("0.0.0.0/0", "tag"), ("203.0.113.0/24", None), ("AzureAttestation", None)]
)
def test_a_tag_whose_prefixes_are_not_listed_is_longer_than_a_default_route_and_no_more_is_known(
    other: str, expected: str | None
) -> None:
    listed = service_tags(AzureCloud=None, AzureAttestation=("203.0.113.0/28",))
    assert _taker(_route("tag", "AzureCloud"), _route("other", other), listed=listed) == expected


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([_route("all", "0.0.0.0/0")], "all"),
        ([_route("all", "0.0.0.0/0"), _route("tag", "AzureAttestation")], "tag"),
        ([_route("tag", "AzureAttestation"), _route("cloud", "AzureCloud")], None),
        ([_route("all", "0.0.0.0/0"), _route("perhaps", "203.0.113.0/24")], None),
        ([_route("all", "0.0.0.0/0"), _route("private", "10.0.0.0/8")], "all"),
    ],
)
def test_without_the_services_prefixes_only_whole_routes_are_decided(routes: list[Route], expected: str | None) -> None:
    assert _taker(*routes, listed=service_tags(AzureAttestation=None)) == expected


def test_routes_that_take_some_of_the_traffic_are_active_and_hold_some_of_it() -> None:
    routes = [_route("a", "0.0.0.0/0"), _route("b", "10.0.0.0/8"), _route("c", "0.0.0.0/0", active=False)]
    assert [it.name for it in taking(routes, question(), tags_with())] == ["a"]
    assert holds_some("203.0.113.0/30", question(), tags_with())
    assert holds_some("203.0.113.0/40", question(), tags_with())
    assert not holds_some("192.0.2.0/24", question(), tags_with())
