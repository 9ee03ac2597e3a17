"""Whether what a firewall lets through has an outbound address: the plain case, and what is not decided."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import decide_path
from tests.own_provider import own, with_zone
from tests.scenario import NETWORK, Scenario

HUB_VNET = "virtualNetworks/hub-vnet"
POLICY = "firewallPolicies/hub-fw-policy"


def _hop(scenario: Scenario) -> Hop:
    (hop,) = decide_path(scenario.facts()).of(HopName.EGRESS)
    return hop


def _behind(name: str = "healthy-behind-firewall") -> Scenario:
    return Scenario.sample(name)


def _firewall(scenario: Scenario) -> dict[str, Any]:
    """Return the properties of the sample's firewall."""
    bodies = [it["response"]["body"] for it in scenario.documents.values() if "azureFirewalls?" in it["request"]["url"]]
    (listed,) = [body["value"] for body in bodies if body["value"]]
    properties: dict[str, Any] = listed[0]["properties"]
    return properties


def _firewall_subnet(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body(HUB_VNET)["properties"]["subnets"][0]["properties"]
    return properties


@pytest.mark.parametrize("name", ["healthy-behind-firewall", "firewall-denies-attestation"])
def test_a_firewall_with_a_public_address_and_no_route_table_gives_egress_whatever_its_rules_say(name: str) -> None:
    hop = _hop(_behind(name))
    assert hop.decision is Decision.ALLOW
    assert hop.resource is not None
    assert hop.resource.endswith("/azureFirewalls/hub-fw")
    assert hop.summary == "firewall hub-fw has a public address of its own, and no route table on its subnet"
    assert [("azureFirewalls" in it, "hub-vnet" in it) for it in hop.evidence] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("routeTable", "the route table lost"),
        ("natGateway", "the NAT gateway lost"),
        ("networkSecurityGroup", "the NSG lost"),
    ],
)
def test_what_its_subnet_names_is_not_decided_yet(key: str, said: str) -> None:
    scenario = _behind()
    _firewall_subnet(scenario)[key] = {"id": f"{NETWORK}/any/lost"}
    hop = _hop(scenario)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, None)
    assert f"firewall hub-fw: its subnet has {said}" in hop.summary
    assert "hub-vnet" in hop.evidence[0]


@pytest.mark.parametrize("place", ["addressSpace", "remoteAddressSpace"])
@pytest.mark.parametrize(
    ("prefix", "decision"), [("203.0.113.0/24", Decision.UNKNOWN), ("192.0.2.128/25", Decision.ALLOW)]
)
def test_addresses_of_the_service_within_the_firewalls_network_are_not_decided_yet(
    place: str, prefix: str, decision: Decision
) -> None:
    scenario = _behind()
    properties = scenario.body(HUB_VNET)["properties"]
    if place == "remoteAddressSpace":
        properties = properties["virtualNetworkPeerings"][0]["properties"]
    properties[place]["addressPrefixes"].append(prefix)
    hop = _hop(scenario)
    assert hop.decision is decision
    assert (f"or a peered one's ({prefix}), holds some of the traffic" in hop.summary) is (decision is Decision.UNKNOWN)


def test_a_firewall_without_a_public_address_of_its_own_is_not_decided_yet() -> None:
    scenario = _behind()
    del _firewall(scenario)["ipConfigurations"][0]["properties"]["publicIPAddress"]
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "it has no public address of its own" in hop.summary


def test_a_default_route_that_its_network_may_learn_is_not_decided_yet() -> None:
    scenario = _behind()
    subnets = scenario.body(HUB_VNET)["properties"]["subnets"]
    subnets.append({"id": subnets[0]["id"].replace("AzureFirewallSubnet", "GatewaySubnet"), "properties": {}})
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "its network may learn a default route from GatewaySubnet" in hop.summary


@pytest.mark.parametrize(
    ("ranges", "decision"),
    [
        (["IANAPrivateRanges"], Decision.ALLOW),
        (["IANAPrivateRanges", "192.0.2.0/24"], Decision.ALLOW),
        (["255.255.255.255/32"], Decision.ALLOW),
        (["0.0.0.0/0"], Decision.UNKNOWN),
        (["ianaprivateranges", "203.0.113.0/30", "203.0.113.4/31"], Decision.UNKNOWN),
    ],
)
def test_private_ranges_that_hold_the_service_are_not_decided_yet(ranges: list[str], decision: Decision) -> None:
    by_policy = _behind()
    by_policy.body(POLICY)["properties"]["snat"] = {"privateRanges": ranges}
    assert _hop(by_policy).decision is decision
    own = _behind("firewall-denies-attestation")
    _firewall(own)["additionalProperties"]["Network.SNAT.PrivateRanges"] = ", ".join(ranges)
    assert _hop(own).decision is decision


@pytest.mark.parametrize("ranges", ["IANAPrivateRanges", "ianaprivateranges"])
def test_the_default_private_ranges_are_no_service_tag_that_a_complete_list_lacks(ranges: str) -> None:
    scenario = _behind()
    scenario.body(POLICY)["properties"]["snat"] = {"privateRanges": [ranges]}
    subscription = "aaaaaaaa-0000-4000-8000-000000000001"
    scenario.read("service_tags", {"values": []}, subscription=subscription, location="eastus")
    assert scenario.facts().service_tags.complete
    assert _hop(scenario).decision is Decision.ALLOW


def test_the_firewalls_own_private_ranges_do_not_count_beside_a_policy() -> None:
    scenario = _behind()
    _firewall(scenario)["additionalProperties"]["Network.SNAT.PrivateRanges"] = "0.0.0.0/0"
    assert _hop(scenario).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("ending", "permission", "said"),
    [
        (HUB_VNET, "Microsoft.Network/virtualNetworks/read", "subnet of firewall hub-fw: refused (403)"),
        (POLICY, "Microsoft.Network/firewallPolicies/read", "policy of firewall hub-fw: refused (403)"),
    ],
)
def test_what_of_the_firewall_was_not_read_is_named_with_its_permission(
    ending: str, permission: str, said: str
) -> None:
    hop = _hop(_behind().answer(ending, 403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, permission)
    assert said in hop.summary
    assert hop.evidence


def test_how_a_firewall_leads_to_a_private_address_is_not_decided_yet() -> None:
    """A firewall's public address says nothing of what it does for a private endpoint (design 5, "Provider")."""
    scenario = with_zone(own("healthy-behind-firewall"), shopattest__eus="203.0.113.200")
    path = decide_path(scenario.facts())
    (firewall,) = path.of(HopName.FIREWALL)
    hop = _hop(scenario)
    assert firewall.visible
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, None)
    assert "how it leads to shopattest.eus.attest.azure.net is not decided" in hop.summary
    assert hop.evidence
