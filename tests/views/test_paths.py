"""The tables of tiers and of other paths."""

from __future__ import annotations

from guest_attestation import views
from guest_attestation.views.output import look
from tests.scenario import SUBNET_NSG, VM, Scenario
from tests.views.build import runbook_of, sample
from tests.views.network import only_home, with_second_address, without_service_tags

HOME, PAIR = "sharedeus.eus.attest.azure.net", "sharedwus.wus.attest.azure.net"


def test_each_tier_has_its_region_host_prefixes_and_decision() -> None:
    assert list(views.tiers(runbook_of(only_home())).rows) == [
        ("home", "eastus", HOME, "3", "yes", look("allow")),
        ("pair", "westus", PAIR, "3", "yes", look("deny")),
        ("other", "every other", "any other", "6", "yes", look("deny")),
    ]


def test_a_denial_at_the_firewall_is_shown_for_each_tier() -> None:
    assert [row[-1] for row in views.tiers(sample("firewall-denies-attestation")).rows] == [look("deny")] * 3


def test_without_a_list_of_service_tags_the_prefixes_are_not_known() -> None:
    assert [row[3] for row in views.tiers(runbook_of(without_service_tags())).rows] == ["not known"] * 3


def test_a_tier_that_cannot_be_told_apart_says_so() -> None:
    scenario = Scenario.sample("healthy").drop("serviceTagDetails", tag="AzureCloud.westus")

    assert [row[4] for row in views.tiers(runbook_of(scenario)).rows] == [
        "yes",
        "no: what it may be in is decided",
        "yes",
    ]


def test_a_region_that_is_not_known_is_said_to_be() -> None:
    rows = views.tiers(runbook_of(Scenario.sample("healthy").answer(VM, 403))).rows

    assert [row[:3] for row in rows] == [
        ("home", "not known", "not known"),
        ("pair", "not known", "not known"),
        ("other", "every other", "any other"),
    ]


def test_another_address_says_where_its_traffic_stops() -> None:
    ((nic, address, decision, where),) = views.other_paths(runbook_of(with_second_address())).rows

    assert (nic, address, decision) == ("web-01-nic", "192.0.2.77", look("deny"))
    assert str(where).startswith("firewall: firewall hub-fw denies TCP 443 to AzureAttestation by rule ")


def test_another_address_that_is_let_through_stops_nowhere() -> None:
    ((_, _, decision, where),) = views.other_paths(runbook_of(with_second_address("healthy-behind-firewall"))).rows

    assert (decision, where) == (look("allow"), "nowhere")


def test_what_is_not_decided_of_another_address_says_why() -> None:
    scenario = with_second_address("healthy-behind-firewall").answer(SUBNET_NSG, 403)
    scenario.answer("effectiveNetworkSecurityGroups", 403)

    ((_, _, decision, where),) = views.other_paths(runbook_of(scenario)).rows

    assert decision == look("unknown")
    assert str(where).startswith("subnet NSG: NSG: refused (403)")


def test_without_another_address_the_table_is_empty() -> None:
    assert views.other_paths(sample("healthy")).rows == ()
