from __future__ import annotations

import copy
from typing import Any

import pytest

from guest_attestation.network.firewall_select import choose_firewall
from guest_attestation.network.hop import Decision, HopName
from guest_attestation.network.hub_firewall import Choice
from guest_attestation.network.path import decide_path
from tests.scenario import GROUP, SUBSCRIPTION, Scenario

NEXT_HOP = "198.51.100.4"
LIST = "providers/Microsoft.Network/azureFirewalls"
HUB = f"{SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network"
HUB_VNET = "virtualNetworks/hub-vnet"
OTHER_SUBSCRIPTION = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000003"
OTHER_VNET = f"{OTHER_SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/other"


def _scenario() -> Scenario:
    return Scenario.sample("firewall-denies-attestation")


def _choose(scenario: Scenario, next_hop: str = NEXT_HOP) -> Choice:
    return choose_firewall(scenario.facts().primary, next_hop)


def _firewalls(scenario: Scenario) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = scenario.body(f"{SUBSCRIPTION}/{LIST}")["value"]
    return listed


def _ip(firewall: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = firewall["properties"]["ipConfigurations"][0]["properties"]
    return properties


def _peerings(scenario: Scenario) -> list[dict[str, Any]]:
    peerings: list[dict[str, Any]] = scenario.body("shop-prod-vnet")["properties"]["virtualNetworkPeerings"]
    return peerings


def _add_firewall(scenario: Scenario, name: str, subnet: str) -> dict[str, Any]:
    """Add a firewall with the same private address."""
    twin = copy.deepcopy(_firewalls(scenario)[0])
    twin["id"], twin["name"] = f"{HUB}/azureFirewalls/{name}", name
    _ip(twin)["subnet"]["id"] = subnet
    _firewalls(scenario).append(twin)
    return twin


def _add_peering(scenario: Scenario, vnet: str) -> None:
    other = copy.deepcopy(_peerings(scenario)[0])
    other["name"], other["properties"]["remoteVirtualNetwork"]["id"] = "to-other", vnet
    _peerings(scenario).append(other)


def test_a_firewall_in_a_peered_network_has_the_address() -> None:
    choice = _choose(_scenario())
    assert choice.configuration is not None
    assert choice.configuration.firewall.id == f"{HUB}/azureFirewalls/hub-fw"
    assert choice.visible


def test_a_firewall_in_the_vms_own_network_has_the_address() -> None:
    scenario = _scenario()
    _ip(_firewalls(scenario)[0])["subnet"]["id"] = (
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/SHOP-prod-vnet/subnets/AzureFirewallSubnet"
    )
    _peerings(scenario).clear()
    assert _choose(scenario).configuration is not None
    assert _choose(scenario.drop("virtualNetworks/shop-prod-vnet")).configuration is not None


def test_ids_are_compared_in_any_letter_case() -> None:
    scenario = _scenario()
    remote = _peerings(scenario)[0]["properties"]["remoteVirtualNetwork"]
    remote["id"] = remote["id"].upper().replace("/SUBSCRIPTIONS", "/subscriptions")
    assert _choose(scenario).configuration is not None


def test_an_address_of_no_firewall_is_not_visible() -> None:
    scenario = _scenario()
    _ip(_firewalls(scenario)[0])["privateIPAddress"] = "198.51.100.5"
    choice = _choose(scenario)
    assert (choice.configuration, choice.visible, choice.missing_permission) == (None, False, None)
    assert f"has the address {NEXT_HOP}" in choice.why_not
    assert "another vendor's appliance" in choice.why_not


def test_a_firewall_that_was_stopped_has_no_address_and_is_named() -> None:
    scenario = _scenario()
    assert "stopped" not in _choose(scenario, "198.51.100.9").why_not
    _firewalls(scenario)[0]["properties"]["ipConfigurations"] = []
    choice = _choose(scenario)
    assert (choice.configuration, choice.visible) == (None, False)
    assert choice.why_not.endswith(
        "; firewall hub-fw has no address at all, as one that was stopped: see whether it stood there"
    )


def test_a_firewall_with_that_address_in_a_network_that_is_not_peered_is_another_one() -> None:
    scenario = _scenario()
    _ip(_firewalls(scenario)[0])["subnet"]["id"] = f"{HUB}/virtualNetworks/elsewhere/subnets/AzureFirewallSubnet"
    assert not _choose(scenario).visible
    _add_firewall(scenario, "hub-fw-2", f"{HUB}/{HUB_VNET}/subnets/AzureFirewallSubnet")
    chosen = _choose(scenario).configuration
    assert chosen is not None
    assert chosen.firewall.name == "hub-fw-2"


def test_a_firewall_that_stands_nowhere_is_not_near() -> None:
    scenario = _scenario()
    del _ip(_firewalls(scenario)[0])["subnet"]
    assert not _choose(scenario).visible


def test_two_hubs_with_the_same_address_are_unknown_and_both_named() -> None:
    scenario = _scenario()
    _add_peering(scenario, OTHER_VNET)
    _add_firewall(scenario, "twin", f"{OTHER_VNET}/subnets/AzureFirewallSubnet")
    choice = _choose(scenario)
    assert (choice.configuration, choice.visible, len(choice.evidence)) == (None, True, 2)
    assert "several firewalls" in choice.why_not
    assert f"{HUB}/azureFirewalls/hub-fw, {HUB}/azureFirewalls/twin" in choice.why_not


def test_a_peering_that_is_not_connected_leads_nowhere_for_sure() -> None:
    scenario = _scenario()
    _peerings(scenario)[0]["properties"]["peeringState"] = "Disconnected"
    choice = _choose(scenario)
    assert (choice.configuration, choice.visible) == (None, True)
    assert "but the peering shop-prod-to-hub with its network is Disconnected" in choice.why_not


def test_the_state_of_a_peering_is_compared_in_any_letter_case() -> None:
    scenario = _scenario()
    _peerings(scenario)[0]["properties"]["peeringState"] = "connected"
    assert _choose(scenario).configuration is not None


@pytest.mark.parametrize(
    ("ending", "permission"),
    [
        (f"{SUBSCRIPTION}/{LIST}", "Microsoft.Network/azureFirewalls/read"),
        (HUB_VNET, "Microsoft.Network/virtualNetworks/read"),
    ],
)
def test_without_a_match_what_could_not_be_read_may_hold_it(ending: str, permission: str) -> None:
    scenario = _scenario()
    _ip(_firewalls(scenario)[0])["privateIPAddress"] = "198.51.100.5"
    choice = _choose(scenario.answer(ending, 403))
    assert (choice.configuration, choice.visible, choice.missing_permission) == (None, True, permission)
    assert "refused (403)" in choice.why_not
    assert choice.evidence
    choice = _choose(scenario.drop(ending))
    assert (choice.visible, choice.missing_permission, choice.evidence) == (True, None, ())
    assert "not in the snapshot" in choice.why_not


def test_everything_near_that_could_not_be_read_is_named_and_the_first_permission_of_the_table() -> None:
    scenario = _scenario().answer(f"{SUBSCRIPTION}/{LIST}", 403).answer(HUB_VNET, 403)
    _add_peering(scenario, OTHER_VNET)
    choice = _choose(scenario)
    assert choice.missing_permission == "Microsoft.Network/virtualNetworks/read"
    for named in (f"{SUBSCRIPTION}/{LIST}", f"{OTHER_SUBSCRIPTION}/{LIST}", HUB_VNET, OTHER_VNET):
        assert named in choice.why_not


def test_what_could_not_be_read_does_not_matter_where_one_has_the_address() -> None:
    scenario = _scenario().answer(HUB_VNET, 403)
    _add_peering(scenario, OTHER_VNET)
    assert _choose(scenario).configuration is not None


def test_without_the_vms_network_its_peerings_are_not_known() -> None:
    choice = _choose(_scenario().answer("virtualNetworks/shop-prod-vnet", 403))
    assert (choice.configuration, choice.visible) == (None, True)
    assert choice.missing_permission == "Microsoft.Network/virtualNetworks/read"


def test_without_the_nic_nothing_is_near() -> None:
    assert _choose(_scenario().answer("networkInterfaces/web-01-nic", 403)).configuration is None


@pytest.mark.parametrize("visible", [True, False])
def test_the_firewall_hop_says_why_the_firewall_is_not_known(*, visible: bool) -> None:
    scenario = _scenario()
    _ip(_firewalls(scenario)[0])["privateIPAddress"] = "198.51.100.5"
    if visible:
        scenario.answer(HUB_VNET, 403)
    path = decide_path(scenario.facts())
    (firewall,), (egress,) = path.of(HopName.FIREWALL), path.of(HopName.EGRESS)
    assert [hop.decision for hop in path.of(HopName.ROUTE)] == [Decision.ALLOW]
    assert (firewall.decision, firewall.visible, firewall.resource) == (Decision.UNKNOWN, visible, None)
    assert (egress.decision, egress.visible) == (Decision.UNKNOWN, True)
    assert firewall.summary in egress.summary
    assert firewall.missing_permission == egress.missing_permission
