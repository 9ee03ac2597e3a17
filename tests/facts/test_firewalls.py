"""Which firewalls are looked for, and what is read of those that a route may lead to."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from guest_attestation.facts.firewalls import FirewallConfiguration, Firewalls, appliance_addresses, firewalls_of
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route
from guest_attestation.facts.virtual_network import parse_virtual_network
from guest_attestation.snapshot.node import Node
from tests.scenario import SUBSCRIPTION, Scenario

LIST = "providers/Microsoft.Network/azureFirewalls"
HUB_SUBSCRIPTION = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000002"
HUB = f"{HUB_SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network"
POLICY = f"{HUB}/firewallPolicies/hub-fw-policy"


def _behind() -> Scenario:
    return Scenario.sample("healthy-behind-firewall")


def _only(scenario: Scenario) -> FirewallConfiguration:
    (configuration,) = scenario.facts().primary.firewalls.at_next_hop
    return configuration


def _firewall(scenario: Scenario) -> dict[str, Any]:
    firewall: dict[str, Any] = scenario.body(f"{HUB_SUBSCRIPTION}/{LIST}")["value"][0]
    return firewall


def test_where_no_route_leads_to_an_appliance_nothing_is_read() -> None:
    assert Scenario.sample("healthy").facts().primary.firewalls == Firewalls()


@pytest.mark.parametrize(
    ("next_hop", "active", "expected"),
    [
        ("VirtualAppliance", True, {"192.0.2.4", "192.0.2.5"}),
        ("virtualApplianceEcmp", True, {"192.0.2.4", "192.0.2.5"}),
        ("VirtualAppliance", False, set()),
        ("VirtualNetworkGateway", True, set()),
    ],
)
def test_the_addresses_of_appliances(next_hop: str, *, active: bool, expected: set[str]) -> None:
    route = Route("r", "User", active, ("0.0.0.0/0",), next_hop, ("192.0.2.4", "192.0.2.5"), "")
    assert appliance_addresses([route]) == expected


def test_the_vms_own_and_each_peered_networks_subscription_are_looked_through() -> None:
    firewalls = _behind().facts().primary.firewalls
    assert [f"/subscriptions/{it}" for it in firewalls.lists] == [SUBSCRIPTION, HUB_SUBSCRIPTION]
    assert [len(it.value or ()) for it in firewalls.lists.values()] == [0, 1]
    assert list(firewalls.peered) == [f"{HUB}/virtualNetworks/hub-vnet"]
    assert all(it.value is not None for it in firewalls.peered.values())


def test_a_subscription_is_looked_through_once() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    assert len(scenario.facts().primary.firewalls.lists) == 1
    remote = scenario.body("shop-prod-vnet")["properties"]["virtualNetworkPeerings"][0]["properties"]
    remote["remoteVirtualNetwork"]["id"] = remote["remoteVirtualNetwork"]["id"].upper()
    found = scenario.facts().primary.firewalls
    assert (len(found.lists), len(found.at_next_hop)) == (1, 1)


def test_the_subscription_of_the_vms_network_is_looked_through_too() -> None:
    vnet = parse_virtual_network(Node({"id": f"{HUB}/virtualNetworks/shared"}, ""))
    to_firewall = Route("r", "User", True, ("0.0.0.0/0",), "VirtualAppliance", ("198.51.100.4",), "")
    firewalls = firewalls_of(_behind().snapshot, SUBSCRIPTION, Reading(vnet), [to_firewall])
    assert [it.firewall.name for it in firewalls.at_next_hop] == ["hub-fw"]


def test_a_peering_without_a_network_leads_nowhere() -> None:
    scenario = _behind()
    peerings = scenario.body("shop-prod-vnet")["properties"]["virtualNetworkPeerings"]
    peerings[0]["properties"]["remoteVirtualNetwork"] = None
    firewalls = scenario.facts().primary.firewalls
    assert (len(firewalls.lists), firewalls.peered, firewalls.at_next_hop) == (1, {}, ())


def test_the_routes_of_the_table_lead_on_where_the_effective_ones_are_not_known() -> None:
    assert _only(_behind().drop("effectiveRouteTable")).firewall.name == "hub-fw"


def test_without_the_vms_network_only_its_own_subscription_is_known() -> None:
    firewalls = _behind().drop("virtualNetworks/shop-prod-vnet").facts().primary.firewalls
    assert [f"/subscriptions/{it}" for it in firewalls.lists] == [SUBSCRIPTION]


def test_a_firewall_at_the_next_hop_is_read_with_everything_that_it_names() -> None:
    configuration = _only(_behind())
    assert configuration.policy is not None
    assert configuration.policy.value is not None
    assert configuration.policy.value.id == POLICY
    assert configuration.groups is not None
    assert configuration.groups.value is not None
    assert [it.name for it in configuration.groups.value] == [
        "DefaultApplicationRuleCollectionGroup",
        "DefaultNetworkRuleCollectionGroup",
    ]
    assert list(configuration.ip_groups) == [f"{HUB}/ipGroups/shop-spokes".casefold()]
    assert [it.value and it.value.ip_addresses for it in configuration.ip_groups.values()] == [("192.0.2.0/24",)]
    assert configuration.vnet.value is not None
    assert configuration.subnet.value is not None
    assert configuration.subnet.value.id.endswith("/hub-vnet/subnets/AzureFirewallSubnet")


def test_other_firewalls_are_not_followed() -> None:
    scenario = _behind()
    other = copy.deepcopy(_firewall(scenario))
    other["id"] += "-2"
    other["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "198.51.100.5"
    scenario.body(f"{HUB_SUBSCRIPTION}/{LIST}")["value"].append(other)
    assert _only(scenario).firewall.name == "hub-fw"


def test_a_firewall_without_a_policy_has_rules_and_ip_groups_of_its_own() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    rules = scenario.body(LIST)["value"][0]["properties"]["networkRuleCollections"][0]["properties"]["rules"]
    rules[0]["destinationIpGroups"] = [f"{HUB}/ipGroups/lost"]
    configuration = _only(scenario)
    assert (configuration.policy, configuration.groups, len(configuration.firewall.collections)) == (None, None, 4)
    (unread,) = configuration.ip_groups.values()
    assert unread.why_not == f"not in the snapshot: GET {HUB}/ipGroups/lost"


@pytest.mark.parametrize("ending", [POLICY, f"{POLICY}/ruleCollectionGroups", "ipGroups/shop-spokes", "hub-vnet"])
def test_what_it_names_but_was_refused_is_unknown(ending: str) -> None:
    configuration = _only(_behind().answer(ending, 403))
    readings = [configuration.policy, configuration.groups, configuration.subnet, *configuration.ip_groups.values()]
    refused = [it for it in readings if it is not None and it.missing_permission]
    assert [it.value for it in refused] == [None]


def test_groups_on_a_next_page_count_and_a_missing_page_leaves_them_unknown() -> None:
    scenario = _behind()
    body = scenario.body(f"{POLICY}/ruleCollectionGroups")
    second = f"{POLICY}/ruleCollectionGroups/page2"
    body["nextLink"] = f"https://management.azure.com{second}"
    groups = _only(scenario).groups
    assert groups is not None
    assert groups.value is None
    scenario.add("GET", second, {"value": [{**body["value"][0], "name": "third"}]})
    groups = _only(scenario).groups
    assert groups is not None
    assert [it.name for it in groups.value or ()][-1] == "third"


def test_a_hubs_firewall_stands_in_no_network() -> None:
    scenario = _behind()
    properties = _firewall(scenario)["properties"]
    properties["ipConfigurations"], properties["hubIPAddresses"] = [], {"privateIPAddress": "198.51.100.4"}
    configuration = _only(scenario)
    assert configuration.vnet.why_not == "the firewall's answer names no subnet"
    assert configuration.subnet.value is None


def test_a_subnet_that_its_network_does_not_hold_is_said() -> None:
    scenario = _behind()
    scenario.body("hub-vnet")["properties"]["subnets"] = []
    assert "does not hold" in _only(scenario).subnet.why_not
