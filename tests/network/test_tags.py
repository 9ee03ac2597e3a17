from __future__ import annotations

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.coverage import Coverage
from guest_attestation.network.question import Question, platform_question
from guest_attestation.network.tags import Tags, VirtualNetworkSpace
from guest_attestation.network.tiers import only_home
from tests.network.build import UNREAD, addresses, paired, question, service_tags, tags_with

EVERY = question().destinations
NONE = EVERY - EVERY
UNLISTED = question(ServiceTags(), region=None)
NO_LIST = tags_with(ServiceTags())


def _cover(term: str, tags: Tags | None = None, asked: Question | None = None) -> Coverage:
    return (tags or tags_with()).cover(term, asked or question())


def _takes_all(coverage: Coverage) -> bool:
    return bool(coverage.takes) and not coverage.may_take


def _takes_nothing(coverage: Coverage) -> bool:
    return not coverage.takes and not coverage.may_take


def _may_take_all(coverage: Coverage, asked: Question) -> bool:
    return not coverage.takes and coverage.may_take == asked.destinations


@pytest.mark.parametrize("term", ["AzureAttestation", "azureattestation", "*", "Any", "0.0.0.0/0", "internet"])
def test_what_contains_the_whole_tag_takes_everything(term: str) -> None:
    coverage = _cover(term)
    assert (coverage.takes, coverage.may_take, coverage.assumption) == (EVERY, NONE, None)


def test_azurecloud_contains_the_attestation_prefixes_that_it_lists() -> None:
    coverage = _cover("azureCLOUD")
    assert coverage.takes == EVERY
    assert coverage.why == "destination azureCLOUD contains AzureAttestation"


def test_a_region_of_azurecloud_contains_only_its_part() -> None:
    coverage = _cover("AzureCloud.EastUS")
    assert (coverage.takes, coverage.may_take) == (addresses("203.0.113.0/29"), NONE)
    assert coverage.why == "destination AzureCloud.EastUS contains 1 of 2 prefixes of AzureAttestation"


def test_a_region_of_azurecloud_that_is_not_listed_may_take_everything() -> None:
    coverage = _cover("AzureCloud.westus")
    assert _may_take_all(coverage, question())
    assert coverage.why == "the prefixes of AzureCloud.westus are not known"


def test_a_regional_attestation_tag_that_is_listed_is_its_prefixes_and_is_said_not_to_be_documented_as_regional() -> (
    None
):
    coverage = _cover("AzureAttestation.EastUS")
    assert (coverage.takes, coverage.may_take) == (addresses("203.0.113.0/29"), NONE)
    assert "does not document the tag as regional" in (coverage.assumption or "")


def test_a_regional_attestation_tag_that_is_not_listed_may_take_everything() -> None:
    assert _may_take_all(_cover("AzureAttestation.WestUS"), question())


def test_another_tag_that_is_listed_takes_nothing_and_nothing_is_assumed() -> None:
    coverage = _cover("Storage")
    assert _takes_nothing(coverage)
    assert coverage.assumption is None
    assert coverage.why == "destination Storage does not contain AzureAttestation"


def test_another_tag_whose_listed_prefixes_overlap_takes_the_overlap() -> None:
    tags = tags_with(service_tags(Storage=("203.0.113.12/30", "198.51.100.66")))
    assert _cover("Storage", tags).takes == addresses("203.0.113.12/30", "198.51.100.66")


def test_another_tag_that_was_not_read_is_assumed_to_hold_no_attestation_address() -> None:
    coverage = _cover("Sql")
    assert _takes_nothing(coverage)
    assert (
        coverage.assumption == "service tag Sql holds no address of AzureAttestation: the prefixes of Sql are not known"
    )


@pytest.mark.parametrize("term", ["Sql", "Sql.EastUS"])
def test_a_tag_that_a_complete_list_lacks_may_take_everything(term: str) -> None:
    coverage = _cover(term, tags_with(service_tags(complete=True)))
    assert _may_take_all(coverage, question())
    assert term in coverage.why


@pytest.mark.parametrize("term", ["no tag!", "Sql.East.US", "-", " 203.0.113.0/28", "shop-web"])
def test_what_is_neither_a_prefix_nor_like_a_tag_may_take_everything(term: str) -> None:
    assert _may_take_all(_cover(term), question())


@pytest.mark.parametrize("term", ["203.0.113.0/33", "203.0.113.x", "203.0.113.9-203.0.113.1", "2001:zz::/32"])
def test_a_prefix_that_cannot_be_read_may_take_everything_and_is_quoted(term: str) -> None:
    coverage = _cover(term)
    assert _may_take_all(coverage, question())
    assert repr(term) in coverage.why


def test_a_listed_tag_with_a_prefix_that_cannot_be_read_may_take_everything() -> None:
    assert _may_take_all(_cover("Storage", tags_with(service_tags(Storage=("x.x.x.x",)))), question())


@pytest.mark.parametrize(
    ("term", "taken"),
    [
        ("203.0.113.0/28", ["203.0.113.0/28"]),
        ("203.0.113.5/29", ["203.0.113.0/29"]),
        ("203.0.113.7", ["203.0.113.7"]),
        ("203.0.113.14-203.0.113.200", ["203.0.113.14/31"]),
        ("128.0.0.0/1", ["203.0.113.0/28", "198.51.100.64/30"]),
        ("10.0.0.0/8", []),
        ("2001:db8:100::/64", []),
        ("::/0", []),
    ],
)
def test_a_prefix_takes_what_it_holds_of_the_ipv4_prefixes(term: str, taken: list[str]) -> None:
    coverage = _cover(term)
    assert (coverage.takes, coverage.may_take) == (addresses(*taken), NONE)


@pytest.mark.parametrize("term", ["AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM", "AzureLoadBalancer"])
def test_a_platform_tag_holds_only_the_platforms_own_address(term: str) -> None:
    assert _takes_nothing(_cover(term))
    assert _takes_nothing(_cover(term, NO_LIST, UNLISTED))


@pytest.mark.parametrize(
    "term", ["*", "Internet", "AzureCloud", "VirtualNetwork", "0.0.0.0/0", "168.63.129.16", "Storage"]
)
def test_the_platforms_address_is_meant_only_by_its_own_tag(term: str) -> None:
    resolver = platform_question("AzurePlatformDNS", "Udp", 53, "10.0.0.4", ())
    with_default_route = tags_with(space=VirtualNetworkSpace((), has_default_route=True))
    assert _takes_nothing(_cover(term, with_default_route, resolver))
    assert _takes_nothing(_cover("AzurePlatformIMDS", None, resolver))
    assert _takes_all(_cover("azureplatformdns", None, resolver))


def test_virtualnetwork_with_a_default_route_takes_everything() -> None:
    assert _cover("VirtualNetwork", tags_with(space=VirtualNetworkSpace((), has_default_route=True))).takes == EVERY


def test_virtualnetwork_without_a_default_route_is_the_networks_own_prefixes() -> None:
    assert _takes_nothing(_cover("VirtualNetwork"))
    public = VirtualNetworkSpace(("10.0.0.0/16", "203.0.113.8/29"), has_default_route=False)
    assert _cover("VirtualNetwork", tags_with(space=public)).takes == addresses("203.0.113.8/29")


def test_virtualnetwork_may_take_everything_where_a_default_route_is_not_known() -> None:
    coverage = _cover("virtualnetwork", tags_with(space=VirtualNetworkSpace((), has_default_route=None)))
    assert _may_take_all(coverage, question())
    assert "default route is not known" in coverage.why


def test_azures_own_expansion_of_virtualnetwork_is_used_before_anything_else() -> None:
    space = VirtualNetworkSpace((), has_default_route=None)
    assert _cover("VirtualNetwork", tags_with(space=space, VirtualNetwork=("0.0.0.0/0",))).takes == EVERY
    assert _takes_nothing(_cover("VirtualNetwork", tags_with(space=space, VirtualNetwork=("10.0.0.0/16",))))


def test_internet_is_everything_outside_the_network() -> None:
    """Facts 4.2: all address space outside the network, Azure's public addresses included."""
    public = VirtualNetworkSpace(("203.0.113.8/29",), has_default_route=False)
    coverage = _cover("Internet", tags_with(space=public))
    assert (coverage.takes, coverage.may_take) == (addresses("203.0.113.0/29", "198.51.100.64/30"), NONE)
    assert coverage.why == "destination Internet contains some of AzureAttestation"


def test_internet_is_everything_outside_the_network_though_its_default_route_is_virtualnetworks_too() -> None:
    routed = tags_with(space=VirtualNetworkSpace(("10.0.0.0/16",), has_default_route=True))
    assert _cover("Internet", routed).takes == EVERY
    assert _cover("VirtualNetwork", routed).takes == EVERY


def _server(address: str) -> Question:
    return Question("Udp", 53, "10.0.0.4", (), f"DNS server {address}", only_home(addresses(address)))


def test_a_server_in_the_network_is_not_of_the_internet() -> None:
    coverage = _cover("Internet", asked=_server("10.0.0.9"))
    assert _takes_nothing(coverage)
    assert coverage.why == "destination Internet does not contain DNS server 10.0.0.9"
    assert _takes_all(_cover("VirtualNetwork", asked=_server("10.0.0.9")))


@pytest.mark.parametrize(
    ("space", "decided"),
    [
        (VirtualNetworkSpace(("10.0.0.0/16",), has_default_route=False), True),
        (VirtualNetworkSpace(("10.0.0.0/16",), has_default_route=None), None),
        (VirtualNetworkSpace(("10.0.0.0/16",), has_default_route=True), False),
        (VirtualNetworkSpace(("10.0.0.0/16",), has_default_route=False, routed=("10.9.0.0/16",)), None),
    ],
)
def test_whether_a_server_elsewhere_is_of_the_internet_hangs_on_the_networks_routes(
    space: VirtualNetworkSpace, decided: bool | None
) -> None:
    """None: it may be."""
    coverage = _cover("Internet", tags_with(space=space), _server("10.9.0.4"))
    assert (bool(coverage.takes), bool(coverage.may_take)) == (decided is True, decided is None)


def test_a_tag_whose_prefixes_are_not_known_may_hold_a_server() -> None:
    for term in ("Sql", "AzureCloud", "AzureCloud.westus"):
        coverage = _cover(term, NO_LIST, _server("198.51.100.4"))
        assert coverage.may_take == addresses("198.51.100.4")
        assert coverage.why == f"the prefixes of {term} are not known"
    assert _cover("Storage", asked=_server("198.51.100.4")).takes == addresses("198.51.100.4")


def test_azures_own_expansion_of_internet_is_used_before_anything_else() -> None:
    assert _cover("Internet", tags_with(Internet=("203.0.113.0/30",))).takes == addresses("203.0.113.0/30")


@pytest.mark.parametrize("term", ["*", "any", "0.0.0.0/0", "Internet", "azurecloud", "AzureAttestation"])
def test_without_prefixes_the_documented_containment_holds(term: str) -> None:
    coverage = _cover(term, NO_LIST, UNLISTED)
    assert (coverage.takes, coverage.assumption) == (UNLISTED.destinations, None)


@pytest.mark.parametrize("term", ["10.1.0.0/16", "172.16.0.1", "192.168.0.0-192.168.0.9", "100.64.0.0/10", "fd00::/8"])
def test_without_prefixes_private_ones_and_ipv6_take_nothing(term: str) -> None:
    coverage = _cover(term, NO_LIST, UNLISTED)
    assert _takes_nothing(coverage)
    assert coverage.assumption is None


@pytest.mark.parametrize("term", ["203.0.113.0/24", "8.0.0.0/6", "10.0.0.0/0", "x.x.x.x/8"])
def test_without_prefixes_any_other_prefix_may_take_everything(term: str) -> None:
    assert _may_take_all(_cover(term, NO_LIST, UNLISTED), UNLISTED)


@pytest.mark.parametrize("term", ["AzureCloud.eastus", "AzureAttestation.EastUS"])
def test_without_prefixes_a_regional_tag_may_take_everything_even_where_it_is_listed(term: str) -> None:
    listed = service_tags(AzureAttestation=None)
    assert _may_take_all(_cover(term, tags_with(listed), question(listed, region=None)), UNLISTED)


HOME, PAIR, OTHER = symbol(0), symbol(1), symbol(2)


@pytest.mark.parametrize(
    ("region", "pair", "term", "takes", "may"),
    [
        ("eastus", paired("westus"), "AzureCloud.eastus", HOME, None),
        ("eastus", paired("westus"), "AzureCloud.EASTUS", HOME, None),
        ("eastus", paired("westus"), "AzureCloud.westus", PAIR, None),
        ("eastus", paired("westus"), "AzureCloud.northeurope", None, OTHER),
        ("eastus", UNREAD, "AzureCloud.eastus", HOME, None),
        ("eastus", UNREAD, "AzureCloud.westus", None, PAIR | OTHER),
        (None, UNREAD, "AzureCloud.eastus", None, HOME | PAIR | OTHER),
        ("germanywestcentral", paired("germanynorth"), "AzureCloud.germanywc", HOME, None),
        ("germanywestcentral", paired("germanynorth"), "AzureCloud.germanyn", PAIR, None),
        ("germanywestcentral", paired("germanynorth"), "AzureCloud.germanywestcentral", None, OTHER),
    ],
)
def test_without_prefixes_azurecloud_of_a_region_holds_that_regions_tier(
    region: str | None, pair: Reading[tuple[str, ...]], term: str, takes: AddressSet | None, may: AddressSet | None
) -> None:
    """Design 5, facts 4.2: it contains what stands in its region, and nothing of another region that is known."""
    asked = question(ServiceTags(), region=region, pair=pair)
    coverage = _cover(term, NO_LIST, asked)
    assert coverage.takes == (takes or asked.destinations.nothing)
    assert coverage.may_take == (may or asked.destinations.nothing)
    assert "region" in coverage.why or "which prefixes" in coverage.why


def test_without_prefixes_azurecloud_of_a_region_holds_nothing_of_another_though_its_own_is_not_asked_for() -> None:
    """As behind an AlwaysAllow that delivers home past the NSG."""
    asked = question(ServiceTags(), pair=paired("westus")).within(PAIR | OTHER)
    assert _takes_nothing(_cover("AzureCloud.eastus", NO_LIST, asked))


@pytest.mark.parametrize("complete", [True, False])
def test_without_prefixes_another_tag_is_assumed_to_be_disjoint_though_its_own_are_known(*, complete: bool) -> None:
    listed = service_tags(complete=complete, AzureAttestation=None)
    coverage = _cover("Storage", tags_with(listed), question(listed))
    assert _takes_nothing(coverage)
    assert coverage.assumption == (
        "service tag Storage holds no address of AzureAttestation: the prefixes of AzureAttestation are not known"
    )


def test_without_prefixes_virtualnetwork_takes_all_with_a_default_route_and_nothing_of_a_private_network() -> None:
    assert _takes_all(_cover("VirtualNetwork", tags_with(ServiceTags(), VirtualNetwork=("0.0.0.0/0",)), UNLISTED))
    assert _takes_nothing(_cover("VirtualNetwork", NO_LIST, UNLISTED))
    public = VirtualNetworkSpace(("203.0.113.0/24",), has_default_route=False)
    assert _may_take_all(_cover("VirtualNetwork", tags_with(ServiceTags(), public), UNLISTED), UNLISTED)


def test_without_prefixes_azures_own_expansion_of_virtualnetwork_is_no_doubt_for_what_is_never_public_in_it() -> None:
    """Azure lists the platform's address and benchmarking ranges there (facts 4.4, 4.6)."""
    expanded = ("10.0.0.0/16", "168.63.129.16/32", "198.18.0.0/15", "169.254.169.254/32")
    assert _takes_nothing(_cover("VirtualNetwork", tags_with(ServiceTags(), VirtualNetwork=expanded), UNLISTED))
    with_public = tags_with(ServiceTags(), VirtualNetwork=(*expanded, "203.0.113.0/24"))
    assert _may_take_all(_cover("VirtualNetwork", with_public, UNLISTED), UNLISTED)


def test_without_prefixes_internet_contains_the_tag_whatever_azure_expands_it_to() -> None:
    expanded = tags_with(ServiceTags(), Internet=("203.0.113.0/24",))
    assert _takes_all(_cover("Internet", expanded, UNLISTED))


@pytest.mark.parametrize("routed", [("0.0.0.0/1", "128.0.0.0/1"), ("203.0.113.0/25",), ("AzureAttestation",)])
def test_virtual_network_may_hold_the_prefixes_of_the_networks_routes(routed: tuple[str, ...]) -> None:
    coverage = _cover("VirtualNetwork", tags_with(space=VirtualNetworkSpace(("10.0.0.0/16",), False, routed)))
    assert not coverage.takes
    assert coverage.may_take
    assert "routes" in coverage.why


@pytest.mark.parametrize("routed", [("10.1.0.0/16", "192.168.0.0/16"), ("Storage",), ("VirtualNetwork", "Internet")])
def test_routes_to_elsewhere_do_not_make_virtual_network_uncertain(routed: tuple[str, ...]) -> None:
    coverage = _cover("VirtualNetwork", tags_with(space=VirtualNetworkSpace(("10.0.0.0/16",), False, routed)))
    assert not coverage.takes
    assert not coverage.may_take


def test_what_the_networks_own_space_takes_stays_certain_beside_its_routes() -> None:
    space = VirtualNetworkSpace(("203.0.113.8/29",), False, ("203.0.113.8/29",))
    coverage = _cover("VirtualNetwork", tags_with(space=space))
    assert coverage.takes
    assert not coverage.may_take


# Many terms of one rule.


FAR = tuple(f"192.0.2.{number}" for number in range(100))


def _covered(*terms: str, tags: Tags | None = None, asked: Question | None = None) -> Coverage:
    return (tags or tags_with()).cover_all(terms, asked or question())


def test_of_many_prefixes_only_those_that_hold_something_count() -> None:
    coverage = _covered(*FAR, "203.0.113.0/29", "2001:db8:100::/64")
    assert (coverage.takes, coverage.may_take) == (addresses("203.0.113.0/29"), NONE)
    assert coverage.why == "destination 203.0.113.0/29 contains 1 of 2 prefixes of AzureAttestation"


def test_of_many_prefixes_that_hold_nothing_the_first_are_named() -> None:
    coverage = _covered(*FAR)
    assert _takes_nothing(coverage)
    assert coverage.why == "destination 192.0.2.0, 192.0.2.1, 192.0.2.2, … does not contain AzureAttestation"


def test_one_of_many_prefixes_that_cannot_be_read_leaves_open_only_what_the_others_do_not_hold() -> None:
    coverage = _covered(*FAR, "203.0.113.0/28", "203.0.113.x")
    assert coverage.takes == addresses("203.0.113.0/28")
    assert coverage.may_take == addresses("198.51.100.64/30")


def test_one_of_many_prefixes_that_cannot_be_read_is_named_where_nothing_else_holds_anything() -> None:
    coverage = _covered(*FAR, "203.0.113.x")
    assert _may_take_all(coverage, question())
    assert "'203.0.113.x' cannot be read" in coverage.why


@pytest.mark.parametrize("term", ["*", "Internet", "AzureAttestation", "0.0.0.0/0"])
def test_among_many_prefixes_what_contains_everything_still_does(term: str) -> None:
    assert _covered(*FAR, term).takes == EVERY


def test_tags_among_many_prefixes_are_looked_up_and_assumed_as_alone() -> None:
    coverage = _covered(*FAR, "Storage", "Sql", "AzureCloud.eastus")
    assert coverage.takes == addresses("203.0.113.0/29")
    assert "Sql" in (coverage.assumption or "")
    assert _may_take_all(_covered(*FAR, "AzureCloud.westus"), question())
    unreadable = _covered(*FAR, "Sql", "203.0.113.x")
    assert _may_take_all(unreadable, question())


def test_without_prefixes_many_terms_are_joined_too() -> None:
    private = tuple(f"10.0.{number}.0/24" for number in range(50))
    assert _takes_nothing(_covered(*private, tags=NO_LIST, asked=UNLISTED))
    assert _may_take_all(_covered(*private, "203.0.113.0/24", tags=NO_LIST, asked=UNLISTED), UNLISTED)
    assert _takes_all(_covered(*private, "Internet", tags=NO_LIST, asked=UNLISTED))


def test_of_many_prefixes_none_means_the_platforms_address() -> None:
    resolver = platform_question("AzurePlatformDNS", "Udp", 53, "10.0.0.4", ())
    assert _takes_nothing(_covered(*FAR, "168.63.129.16", "203.0.113.x", "*", asked=resolver))
    assert _takes_all(_covered(*FAR, "AzurePlatformDNS", asked=resolver))


# IPv6.


V6 = question(family=6)


def test_ipv6_is_taken_by_prefixes_and_tags_of_its_own() -> None:
    every = AddressSet.of(["2001:db8:100::/64"], 6)
    assert V6.destinations == every
    for term in ("::/0", "*", "Internet", "AzureAttestation", "2001:db8::/32", "2001:DB8:100::/64"):
        assert _cover(term, asked=V6).takes == every
    for term in ("0.0.0.0/0", "203.0.113.0/24", "AzureCloud", "2001:db8:200::/64", "VirtualNetwork", "Storage"):
        assert _takes_nothing(_cover(term, asked=V6)), term


def test_ipv6_without_prefixes_is_taken_by_documented_containment() -> None:
    asked = question(ServiceTags(), family=6)
    for term in ("::/0", "*", "Internet", "AzureCloud"):
        assert _takes_all(_cover(term, NO_LIST, asked)), term
    for term in ("0.0.0.0/0", "fd00::/8", "fe80::/64", "203.0.113.0/24"):
        assert _takes_nothing(_cover(term, NO_LIST, asked)), term
    assert _cover("2001:db8::/32", NO_LIST, asked).may_take == asked.destinations


def test_an_ip_group_holds_its_prefixes_and_is_named() -> None:
    coverage = tags_with().cover_group("mine", ("203.0.113.0/29",), question())
    assert coverage.takes == addresses("203.0.113.0/29")
    assert coverage.why == "destination IP group mine contains 1 of 2 prefixes of AzureAttestation"
