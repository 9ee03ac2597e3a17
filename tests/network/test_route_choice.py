"""Which route takes which destinations: every example states what facts 5.1 say of it."""

from __future__ import annotations

import pytest

from guest_attestation.facts.route import Route
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.question import Question
from guest_attestation.network.route_choice import Taken, choose_routes, holds_some, is_inside
from tests.network.build import addresses, question, service_tags, tags_with

APPLIANCE, GATEWAY = "VirtualAppliance", "VirtualNetworkGateway"
FIRST, SECOND = "203.0.113.0/28", "198.51.100.64/30"


def _route(name: str, *prefixes: str, source: str = "User", active: bool = True, to: str = "") -> Route:
    """Make a route; each leads to another appliance unless `to` is given."""
    return Route(name, source, active, prefixes, to or APPLIANCE, () if to else (name,), "")


def _chosen(*routes: Route, listed: ServiceTags | None = None, asked: Question | None = None) -> list[Taken]:
    """Split what is asked, and see that every address is somewhere, once, however the routes are ordered."""
    known = service_tags() if listed is None else listed
    asked = asked or question(known)
    found = choose_routes(routes, asked, tags_with(known))
    other_way = choose_routes(tuple(reversed(routes)), asked, tags_with(known))
    assert _by_route(found) == _by_route(other_way)
    every = asked.destinations
    assert sum(it.addresses.prefix_count() or len(it.addresses.intervals) for it in found) >= len(every.intervals)
    left = every
    for it in found:
        assert not it.addresses - left
        left = left - it.addresses
    assert not left
    return found


def _by_route(found: list[Taken]) -> dict[str | None, AddressSet]:
    together: dict[str | None, AddressSet] = {}
    for it in found:
        name = it.route.name if it.route else None
        together[name] = together[name] | it.addresses if name in together else it.addresses
    return together


def _taker(*routes: Route, listed: ServiceTags | None = None) -> str | None:
    """Name the one route that takes everything; the set is 203.0.113.0/28 and 198.51.100.64/30, unless it is unread."""
    found = _chosen(*routes, listed=listed)
    return found[0].route.name if len(found) == 1 and found[0].route else None


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([_route("all", "0.0.0.0/0")], "all"),
        ([_route("both", "203.0.113.0/24", "198.51.100.0/24")], "both"),
        ([_route("all", "0.0.0.0/0"), _route("longer", "192.0.0.0/2")], "longer"),
        ([_route("all", "0.0.0.0/0"), _route("tag", "AzureAttestation")], "tag"),
        ([_route("all", "0.0.0.0/0"), _route("elsewhere", "10.0.0.0/8", "Storage")], "all"),
        ([_route("all", "0.0.0.0/0"), _route("off", FIRST, active=False)], "all"),
        ([_route("one", FIRST), _route("one", SECOND)], None),
        ([_route("all", "0.0.0.0/0"), _route("some", FIRST)], None),
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
        (_route("user", "0.0.0.0/0"), _route("unknown", "0.0.0.0/0", source="Unknown"), "user"),
        (_route("one", "0.0.0.0/0", source=GATEWAY), _route("other", "0.0.0.0/0", source=GATEWAY), None),
        (_route("explicit", FIRST, SECOND), _route("tag", "AzureAttestation"), "explicit"),
    ],
)
def test_at_the_same_prefix_the_users_own_comes_first_and_an_explicit_one_before_a_tag(
    one: Route, other: Route, expected: str | None
) -> None:
    assert _taker(one, other) == expected


def test_routes_of_one_rank_that_lead_the_same_way_need_no_choice() -> None:
    one, other = (_route(name, "0.0.0.0/0", source=GATEWAY, to=GATEWAY) for name in ("one", "other"))
    assert [it.route is not None for it in choose_routes((one, other), question(), tags_with())] == [True]


def test_of_routes_of_one_rank_only_what_both_take_is_left_open() -> None:
    one, other = _route("one", "203.0.113.0/29", "0.0.0.0/0"), _route("other", "203.0.113.0/29", FIRST)
    found = _chosen(one, other)
    assert _by_route(found) == {
        None: addresses("203.0.113.0/29"),
        "other": addresses("203.0.113.8/29"),
        "one": addresses(SECOND),
    }
    undecided = next(it for it in found if it.route is None)
    assert "and so does another route of the same prefix" in undecided.why


def test_a_set_splits_over_several_routes() -> None:
    found = _chosen(
        _route("home", "AzureCloud.eastus"),
        _route("rest", "0.0.0.0/0", to="Internet"),
        _route("drop", SECOND, to="None"),
    )
    assert _by_route(found) == {
        "home": addresses("203.0.113.0/29"),
        "rest": addresses("203.0.113.8/29"),
        "drop": addresses(SECOND),
    }


def test_what_no_route_takes_is_said() -> None:
    found = _chosen(_route("most", "203.0.113.0/24"))
    assert [(it.route and it.route.name, it.addresses) for it in found] == [
        ("most", addresses(FIRST)),
        (None, addresses(SECOND)),
    ]
    assert found[1].why == "no route takes AzureAttestation"


# The system's own routes, and learned ones (facts 5.1, rule 3).


@pytest.mark.parametrize(
    "next_hop", ["VnetLocal", "VNetPeering", "VNetGlobalPeering", "VirtualNetworkServiceEndpoint", "InterfaceEndpoint"]
)
def test_a_learned_route_never_takes_the_networks_own_addresses_however_long_it_is(next_hop: str) -> None:
    inside = _route("inside", "203.0.113.0/24", source="Default", to=next_hop)
    assert is_inside(inside)
    learned = _route("learned", FIRST, "0.0.0.0/0", source=GATEWAY)
    assert _by_route(_chosen(inside, learned)) == {"inside": addresses(FIRST), "learned": addresses(SECOND)}
    user = _route("user", FIRST, "0.0.0.0/0")
    assert _by_route(_chosen(inside, user)) == {"user": addresses(FIRST, SECOND)}


def test_a_longer_learned_route_wins_over_the_systems_way_to_the_internet() -> None:
    system, learned = _route("system", "0.0.0.0/0", source="Default", to="Internet"), _route("l", FIRST, source=GATEWAY)
    assert _by_route(_chosen(system, learned)) == {"l": addresses(FIRST), "system": addresses(SECOND)}


def test_a_learned_route_into_a_network_is_no_route_of_the_systems_own() -> None:
    learned = _route("learned", "203.0.113.0/24", source=GATEWAY, to="VnetLocal")
    longer = _route("longer", FIRST, source=GATEWAY)
    assert _by_route(_chosen(learned, longer, _route("all", "0.0.0.0/0")))["longer"] == addresses(FIRST)


def test_whether_an_unreadable_learned_route_takes_the_networks_own_addresses_is_no_question() -> None:
    inside = _route("inside", "203.0.113.0/24", "198.51.100.0/24", source="Default", to="VnetLocal")
    assert _taker(inside, _route("learned", "203.0.113.0/40", source=GATEWAY)) == "inside"


# Service tags (facts 5.1).


def test_a_route_of_the_users_own_that_keeps_inside_does_not_hold_back_a_longer_learned_one() -> None:
    """Facts 5.1 exempt only what the system itself keeps inside."""
    own = _route("own", "203.0.113.0/24", "198.51.100.0/24", to="VnetLocal")
    learned = _route("learned", "203.0.113.0/28", source="VirtualNetworkGateway")
    assert {it.route.name for it in _chosen(own, learned) if it.route} == {"own", "learned"}


def test_an_unreadable_route_of_the_same_length_leaves_open_what_another_takes() -> None:
    found = _chosen(_route("one", "203.0.113.1/32"), _route("other", "203.0.113.x"), _route("all", "0.0.0.0/0"))
    assert {it.route for it in found} == {None}


def test_a_tag_counts_by_its_own_prefixes() -> None:
    wide = _route("cloud", "AzureCloud")  # 203.0.113.0/24 and 198.51.100.0/24
    assert _taker(wide, _route("prefix", "203.0.113.0/25", "198.51.100.0/25")) == "prefix"
    assert _taker(wide, _route("prefix", "203.0.0.0/16", "198.51.0.0/16")) == "cloud"
    assert _taker(wide, _route("tag", "AzureAttestation")) == "tag"


IN_ORDER = ["203.0.113.0/28", "AzureAttestation.EastUS", "AzureAttestation", "AzureCloud.eastus", "AzureCloud"]


@pytest.mark.parametrize(("better", "worse"), [(i, j) for i in range(5) for j in range(i + 1, 5)])
def test_of_equal_prefixes_an_explicit_one_then_a_regional_tag_then_a_tag_then_azureclouds_region_comes_first(
    better: int, worse: int
) -> None:
    equal = (FIRST,)
    listed = service_tags(
        AzureAttestation=equal, AzureAttestation__EastUS=equal, AzureCloud__eastus=equal, AzureCloud=equal
    )
    assert _taker(_route("better", IN_ORDER[better]), _route("worse", IN_ORDER[worse]), listed=listed) == "better"


def test_a_tag_of_the_user_wins_over_a_learned_explicit_route_of_the_same_prefix() -> None:
    listed = service_tags(AzureAttestation=(FIRST,))
    assert _taker(_route("tag", "AzureAttestation"), _route("bgp", FIRST, source=GATEWAY), listed=listed) == "tag"


def test_a_single_address_is_the_longest_prefix() -> None:
    listed = service_tags(AzureAttestation=("203.0.113.7",))
    assert _taker(_route("all", "0.0.0.0/0"), _route("one", "203.0.113.7"), listed=listed) == "one"
    assert _taker(_route("near", "203.0.113.6/31"), _route("tag", "AzureAttestation"), listed=listed) == "tag"


@pytest.mark.parametrize(
    ("other", "expected"),
    [("0.0.0.0/0", "tag"), ("203.0.113.0/24", None), ("203.0.113.0/28", None), ("AzureAttestation", None)],
)
def test_a_tag_whose_prefixes_are_not_listed_is_longer_than_a_default_route_and_no_more_is_known(
    other: str, expected: str | None
) -> None:
    listed = service_tags(AzureCloud=None, AzureAttestation=(FIRST,))
    assert _taker(_route("tag", "AzureCloud"), _route("other", other), listed=listed) == expected


def test_a_tag_whose_prefixes_are_not_listed_may_be_longer_than_what_leads_the_same_way() -> None:
    listed = service_tags(AzureCloud=None, AzureAttestation=(FIRST,))
    tag, other = _route("tag", "AzureCloud", to="Internet"), _route("other", FIRST, to="Internet")
    assert _taker(tag, other, listed=listed) == "other"


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


def test_without_the_services_prefixes_a_regions_tag_takes_what_stands_there() -> None:
    listed = service_tags(AzureAttestation=None)
    asked = question(listed)
    home, other = asked.tiers
    found = _chosen(_route("home", "AzureCloud.eastus"), _route("all", "0.0.0.0/0"), listed=listed)
    assert _by_route(found) == {"home": home.addresses, "all": other.addresses}


# IPv6, and what merely touches.


def test_ipv6_destinations_follow_ipv6_routes() -> None:
    asked = question(family=6)
    routes = _route("v4", "0.0.0.0/0"), _route("v6", "::/0"), _route("one", "2001:db8:100::7")
    assert _by_route(_chosen(*routes, asked=asked)) == {
        "one": AddressSet.of(("2001:db8:100::7",), 6),
        "v6": asked.destinations - AddressSet.of(("2001:db8:100::7",), 6),
    }


def test_two_nameless_routes_of_one_answer_are_told_apart() -> None:
    """The system's computed routes share their evidence, and none of them has a name."""
    inside = Route(None, "Default", active=True, address_prefixes=(FIRST,), next_hop_type="VnetLocal",
                   next_hop_ip_addresses=(), evidence="vnet#")  # fmt: skip
    outside = Route(None, "Default", active=True, address_prefixes=("0.0.0.0/0",), next_hop_type="Internet",
                    next_hop_ip_addresses=(), evidence="vnet#")  # fmt: skip
    found = choose_routes((inside, outside), question(), tags_with())
    assert [(it.route, it.addresses) for it in found] == [(inside, addresses(FIRST)), (outside, addresses(SECOND))]


def test_a_prefix_may_hold_some_of_the_traffic() -> None:
    assert holds_some("203.0.113.0/30", question(), tags_with())
    assert holds_some("203.0.113.0/40", question(), tags_with())
    assert not holds_some("192.0.2.0/24", question(), tags_with())
