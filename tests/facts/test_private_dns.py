"""Private zones: which of a subscription's may hold a provider's name, and what their records give it."""

from __future__ import annotations

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.facts.private_dns import PrivateZone, names_of
from guest_attestation.facts.reading import Reading
from tests.own_provider import HOST, ZONES, own, with_zone
from tests.scenario import VNET, Scenario

PRIVATE_NAME = "shopattest.eus.privatelink.attest.azure.net"


def zones(scenario: Scenario) -> Reading[tuple[PrivateZone, ...]]:
    custom = scenario.facts().custom_provider
    assert custom is not None
    return custom.zones


def zone(scenario: Scenario) -> PrivateZone:
    (found,) = zones(scenario).value or ()
    return found


@pytest.mark.parametrize(
    ("cloud", "host", "names"),
    [
        ("AzureCloud", HOST, (HOST, PRIVATE_NAME)),
        ("AzureUSGovernment", "a.ugv.attest.azure.us", ("a.ugv.attest.azure.us", "a.ugv.privatelink.attest.azure.us")),
        ("AzureCloud", "attest.example.org", ("attest.example.org",)),
    ],
)
def test_a_provider_with_a_private_endpoint_has_a_second_name(cloud: str, host: str, names: tuple[str, ...]) -> None:
    assert names_of(host, CLOUDS[cloud]) == names


@pytest.mark.parametrize(
    "name",
    [
        *("attest.azure.net", "privatelink.attest.azure.net", "Privatelink.Attest.Azure.Net", "azure.net"),
        *("eus.attest.azure.net", HOST, "eus.privatelink.attest.azure.net", PRIVATE_NAME),
    ],
)
def test_a_zone_that_is_the_name_or_above_it_may_hold_it(name: str) -> None:
    assert zone(with_zone(own(), name)).name == name.casefold()


@pytest.mark.parametrize(
    "name", ["weu.attest.azure.net", "test.azure.net", "privatelink.blob.core.windows.net", "other." + HOST, ""]
)
def test_another_zone_does_not(name: str) -> None:
    assert zones(with_zone(own(), name)).value == ()


@pytest.mark.parametrize(
    ("name", "record", "found"),
    [
        ("privatelink.attest.azure.net", "shopattest__eus", True),
        ("attest.azure.net", "shopattest__eus", True),
        ("attest.azure.net", "SHOPATTEST__EUS", True),
        ("attest.azure.net", "*", True),
        ("attest.azure.net", "*__eus", True),
        ("attest.azure.net", "shopattest__eus__privatelink", True),
        ("eus.attest.azure.net", "shopattest", True),
        (HOST, "@", True),
        ("attest.azure.net", "@", False),
        ("attest.azure.net", "shopattest__weu", False),
        ("attest.azure.net", "shopattest", False),
        ("attest.azure.net", "*__weu", False),
        ("attest.azure.net", "*__shopattest__eus", False),
        ("privatelink.attest.azure.net", "sharedeus__eus", False),
    ],
)
def test_a_record_gives_a_name_if_it_is_its_own_or_a_wildcard_above_it(name: str, record: str, found: bool) -> None:
    scenario = with_zone(own(), name, **{record: "192.0.2.133"})
    held = zone(scenario).addresses_of(names_of(HOST, CLOUDS["AzureCloud"]))
    assert held == (("192.0.2.133",) if found else ())


def test_a_record_without_an_address_gives_none() -> None:
    assert zone(with_zone(own(), shopattest__eus=None)).addresses_of((PRIVATE_NAME,)) == ()


def test_a_zone_shows_the_networks_that_it_is_linked_to() -> None:
    assert zone(with_zone(own())).networks.value == (VNET,)
    assert zone(with_zone(own(), linked=None)).networks.value == ()


def test_links_and_records_that_were_refused_are_not_known() -> None:
    scenario = with_zone(own(), shopattest__eus="192.0.2.133")
    scenario.answer("/virtualNetworkLinks", 403).answer("privatelink.attest.azure.net/A", 403)
    found = zone(scenario)
    assert found.networks.missing_permission == "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read"
    assert found.records.missing_permission == "Microsoft.Network/privateDnsZones/A/read"
    assert found.addresses_of((PRIVATE_NAME,)) == ()


def test_a_refused_list_of_zones_is_not_known() -> None:
    found = zones(own().answer(ZONES, 403))
    assert (found.value, found.missing_permission) == (None, "Microsoft.Network/privateDnsZones/read")


OTHER = "/subscriptions/bbbbbbbb-0000-4000-8000-000000000002"


def test_zones_of_another_subscription_count_where_they_were_read() -> None:
    place = f"{OTHER}/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones/attest.azure.net"
    listed = {"value": [{"id": place, "name": "attest.azure.net"}]}
    scenario = own().read("private_dns_zones", listed, subscription=OTHER.rsplit("/", 1)[-1])
    assert [it.id for it in zones(scenario).value or ()] == [place]


def test_another_subscriptions_refused_list_leaves_the_zones_unknown() -> None:
    scenario = own().read("private_dns_zones", None, status=403, subscription=OTHER.rsplit("/", 1)[-1])
    assert (zones(scenario).value, zones(scenario).missing_permission) == (
        None, "Microsoft.Network/privateDnsZones/read",
    )  # fmt: skip
