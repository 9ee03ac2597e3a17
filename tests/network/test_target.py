"""What the VM must reach: a region's shared provider, another region's, or a provider of the customer's own."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.attachment import Attachment
from guest_attestation.network.target import Target, target_of
from guest_attestation.network.tiers import Tier, TierName
from tests.network.build import addresses
from tests.own_provider import HOST, naming, own, with_zone
from tests.scenario import NIC, SUBSCRIPTION, Scenario

SUBSCRIPTION_ID = SUBSCRIPTION.rsplit("/", 1)[-1]
HOME = addresses("203.0.113.4/30", "203.0.113.16/31", "203.0.113.41")
PAIR = addresses("203.0.113.72/29", "203.0.113.98/31", "203.0.113.119")
EASTUS, WESTUS = "sharedeus.eus.attest.azure.net", "sharedwus.wus.attest.azure.net"


def _target(scenario: Scenario, place: int | None = None) -> Target:
    """Return what is asked of the primary address, or of another one by its place."""
    facts = scenario.facts()
    at: Attachment = facts.primary if place is None else facts.others[place]
    return target_of(facts, at)


def _tiers(target: Target) -> dict[TierName, Tier]:
    return {tier.name: tier for tier in target.question.tiers}


def _with_ipv6(scenario: Scenario) -> Scenario:
    configurations = scenario.body(NIC)["properties"]["ipConfigurations"]
    second = {**configurations[0]["properties"], "primary": False, "privateIPAddress": "2001:db8::4"}
    configurations.append({"name": "v6", "properties": {**second, "privateIPAddressVersion": "IPv6"}})
    return scenario


def test_the_shared_provider_of_the_vms_region_is_home_and_the_paired_regions_is_its_pair() -> None:
    target = _target(Scenario.sample("healthy"))
    tiers = _tiers(target)
    assert (target.question.target, target.undecided) == ("AzureAttestation", None)
    assert (tiers[TierName.HOME].addresses, tiers[TierName.PAIR].addresses) == (HOME, PAIR)
    assert [(it.region, it.exact, it.may_not_exist) for it in tiers.values()] == [
        ("eastus", True, False),
        ("westus", True, False),
        (None, True, False),
    ]
    assert target.hosts == {TierName.HOME: EASTUS, TierName.PAIR: WESTUS}


def test_a_region_without_a_pair_has_no_tier_for_one() -> None:
    scenario = Scenario.sample("healthy")
    for location in scenario.body(f"{SUBSCRIPTION}/locations")["value"]:
        location["metadata"]["pairedRegion"] = []
    target = _target(scenario)
    assert list(_tiers(target)) == [TierName.HOME, TierName.OTHER]
    assert target.hosts == {TierName.HOME: EASTUS}


def test_a_pair_that_was_not_read_may_not_exist_and_has_no_name() -> None:
    target = _target(Scenario.sample("healthy").answer(f"{SUBSCRIPTION}/locations", 403))
    pair = _tiers(target)[TierName.PAIR]
    assert (pair.may_not_exist, pair.exact, pair.region) == (True, False, None)
    assert target.hosts == {TierName.HOME: EASTUS}


def test_without_the_vm_no_region_is_known_and_no_name() -> None:
    target = _target(Scenario.sample("healthy").answer("/virtualMachines/web-01", 403))
    tiers = _tiers(target)
    assert [(it.name, it.exact) for it in tiers.values() if it.addresses] == [
        (TierName.HOME, False),
        (TierName.PAIR, False),
    ]
    assert target.hosts == {}


@pytest.mark.parametrize("endpoint", [f"https://{WESTUS}", WESTUS])
def test_the_shared_provider_of_another_region_makes_that_one_home_and_its_pair_the_pair(endpoint: str) -> None:
    """Design 5, "Provider": a shared provider of another region in `maaEndpoint`."""
    target = _target(naming(endpoint))
    tiers = _tiers(target)
    assert (tiers[TierName.HOME].addresses, tiers[TierName.PAIR].addresses) == (PAIR, HOME)
    assert target.hosts == {TierName.HOME: WESTUS, TierName.PAIR: EASTUS}


def test_the_vms_own_shared_provider_may_be_named_though_azures_answer_was_not_read() -> None:
    scenario = naming(f"https://{EASTUS}").drop("locations/eastus/defaultProvider")
    assert _tiers(_target(scenario))[TierName.HOME].region == "eastus"


def test_azures_own_answer_names_the_region_of_a_shared_provider() -> None:
    scenario = naming("https://sharednew1.new1.attest.azure.net")
    shown = {"attestUri": "https://sharednew1.new1.attest.azure.net", "status": "Ready"}
    listed = {"value": [{"id": "/p", "name": "sharednew1", "location": "West US", "properties": shown}]}
    scenario.read("default_providers", listed, subscription=SUBSCRIPTION_ID)
    assert _tiers(_target(scenario))[TierName.HOME].region == "westus"


def test_a_shared_provider_that_nothing_places_stands_anywhere() -> None:
    target = _target(naming("https://sharednew1.new1.attest.azure.net"))
    home = _tiers(target)[TierName.HOME]
    assert (home.region, home.exact, target.hosts) == (None, False, {})


# A provider of the customer's own.


def test_a_public_provider_stands_in_its_own_region_and_has_neither_pair_nor_other() -> None:
    target = _target(own())
    assert [(it.name, it.addresses) for it in target.question.tiers] == [(TierName.HOME, HOME)]
    assert target.hosts == {TierName.HOME: HOST}
    assert target.undecided is None


def test_a_public_provider_in_another_region_stands_there() -> None:
    scenario = own()
    scenario.body("/attestationProviders")["value"][0]["location"] = "West US"
    assert _target(scenario).question.destinations == PAIR


def test_a_private_address_is_all_that_is_asked_for() -> None:
    target = _target(with_zone(own(), shopattest__eus="192.0.2.133"))
    question = target.question
    assert (question.target, question.port, question.is_attestation) == (HOST, 443, False)
    assert (question.destinations, question.source) == (addresses("192.0.2.133"), "192.0.2.4")
    assert target.hosts == {TierName.HOME: HOST}
    assert target.undecided is None


def test_a_private_address_counts_though_the_subscription_does_not_hold_the_provider() -> None:
    scenario = with_zone(own(attestUri="https://other.eus.attest.azure.net"), shopattest__eus="192.0.2.133")
    target = _target(scenario)
    assert (target.question.destinations, target.undecided) == (addresses("192.0.2.133"), None)


def test_an_ipv6_address_does_not_reach_a_private_ipv4_address() -> None:
    target = _target(_with_ipv6(with_zone(own(), shopattest__eus="192.0.2.133")), 0)
    assert target.undecided is not None
    assert target.undecided.why_not.endswith("which has no IPv6 address here")


def test_a_private_address_that_cannot_be_read_is_not_decided() -> None:
    target = _target(with_zone(own(), shopattest__eus="192.0.2.x"))
    assert target.undecided is not None
    assert "whose private address cannot be read: '192.0.2.x' is no IPv4 address" in target.undecided.why_not


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (naming(f"https://{HOST}"), "where it stands is not known: not in the snapshot"),
        (own(attestUri="https://other.eus.attest.azure.net"), "the subscription does not hold it"),
        (own(publicNetworkAccess="Disabled"), "no address of it leads anywhere from here"),
        (
            own().answer("/providers/Microsoft.Network/privateDnsZones", 403),
            "whether it has a private address here is not known: refused (403)",
        ),
    ],
)
def test_what_is_not_known_of_a_provider_leaves_the_way_to_it_undecided(scenario: Any, said: str) -> None:
    target = _target(scenario)
    assert target.undecided is not None
    assert target.undecided.value is None
    assert said in target.undecided.why_not
    assert [it.name for it in target.question.tiers] == [TierName.HOME]
