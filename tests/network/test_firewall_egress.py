"""Whether what a firewall lets through has an outbound address: its routes, addresses and translation (facts 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import decide_path
from tests.network.firewall_build import application_rule, collection, group, network_rule
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


# Its own routes.


def _route_table(scenario: Scenario, *routes: tuple[str, str], **properties: Any) -> Scenario:
    """Give the firewall's subnet a route table: prefixes and kinds of next hop, or an appliance's address."""
    table = f"{NETWORK}/routeTables/firewall-routes"
    _firewall_subnet(scenario)["routeTable"] = {"id": table}
    listed = []
    for number, (prefix, to) in enumerate(routes):
        hop = {"nextHopType": "VirtualAppliance", "nextHopIpAddress": to} if to[0].isdigit() else {"nextHopType": to}
        listed.append({"name": f"r{number}", "properties": {"addressPrefix": prefix, **hop}})
    return scenario.read("route_table", {"id": table, "properties": {"routes": listed, **properties}}, id=table)


def test_a_default_route_to_the_internet_is_the_route_that_a_firewall_needs() -> None:
    hop = _hop(_route_table(_behind(), ("0.0.0.0/0", "Internet")))
    assert hop.decision is Decision.ALLOW
    assert hop.summary == ("firewall hub-fw has a public address of its own, and a route of its subnet to the Internet")


@pytest.mark.parametrize(
    ("prefix", "decision"),
    [("0.0.0.0/0", Decision.DENY), ("203.0.113.0/26", Decision.DENY), ("203.0.113.0/27", Decision.PARTIAL)],
)
def test_a_route_that_drops_what_the_firewall_lets_through_leaves_no_egress(prefix: str, decision: Decision) -> None:
    scenario = _route_table(_behind(), (prefix, "None"))
    hop = _hop(scenario)
    assert (hop.decision, hop.rule) == (decision, "r0")
    assert hop.resource == f"{NETWORK}/routeTables/firewall-routes"
    (cause,) = scenario.diagnose().root_causes
    assert cause.code.value == ("no-egress" if decision is Decision.DENY else "allow-list-too-narrow")


@pytest.mark.parametrize("to", ["198.51.100.99", "VirtualNetworkGateway"])
@pytest.mark.parametrize("managed_apart", [True, False])
def test_what_a_firewall_leads_on_to_is_not_visible_and_the_firewall_keeps_its_decision(
    to: str, *, managed_apart: bool
) -> None:
    scenario = _route_table(_behind(), ("0.0.0.0/0", to))
    if managed_apart:
        _managed_apart(scenario)
    path = decide_path(scenario.facts())
    (firewall,), (egress,) = path.of(HopName.FIREWALL), path.of(HopName.EGRESS)
    assert (firewall.decision, firewall.visible) == (Decision.ALLOW, True)
    assert egress.decision is Decision.UNKNOWN
    assert "what stands there is not visible from here" in egress.summary
    assert ("as for forced tunnelling" in egress.summary) is managed_apart


def test_a_route_table_that_was_refused_is_named_with_its_permission() -> None:
    scenario = _route_table(_behind(), ("0.0.0.0/0", "Internet"))
    hop = _hop(scenario.answer("routeTables/firewall-routes", 403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/routeTables/read")


def test_what_may_be_learned_instead_of_the_systems_default_route_is_unknown_and_what_overrides_it_is_not() -> None:
    scenario = _behind()
    subnets = scenario.body(HUB_VNET)["properties"]["subnets"]
    subnets.append({"id": subnets[0]["id"].replace("AzureFirewallSubnet", "GatewaySubnet"), "properties": {}})
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "a better route may be learned from GatewaySubnet" in hop.summary
    assert _hop(_route_table(scenario, ("0.0.0.0/0", "Internet"))).decision is Decision.ALLOW
    assert _hop(_route_table(_behind(), disableBgpRoutePropagation=True)).decision is Decision.ALLOW


# Its own addresses.


def _managed_apart(scenario: Scenario) -> Scenario:
    _firewall(scenario)["managementIpConfiguration"] = {"properties": {"subnet": {"id": f"{NETWORK}/any/m"}}}
    return scenario


def _without_address(scenario: Scenario) -> Scenario:
    del _firewall(scenario)["ipConfigurations"][0]["properties"]["publicIPAddress"]
    return scenario


def _nat_gateway(scenario: Scenario, **properties: Any) -> Scenario:
    nat = f"{NETWORK}/natGateways/firewall-nat"
    _firewall_subnet(scenario)["natGateway"] = {"id": nat}
    return scenario.read("nat_gateway", {"id": nat, "properties": properties}, id=nat)


def test_a_firewall_without_a_public_address_and_without_a_nat_gateway_has_no_egress() -> None:
    scenario = _without_address(_behind())
    hop = _hop(scenario)
    assert (hop.decision, hop.rule) == (Decision.DENY, None)
    assert hop.resource is not None
    assert hop.resource.endswith("/azureFirewalls/hub-fw")
    (cause,) = scenario.diagnose().root_causes
    assert (cause.code.value, cause.confidence.value) == ("no-egress", "proven")


def test_a_firewall_that_is_managed_apart_may_be_meant_for_forced_tunnelling() -> None:
    hop = _hop(_managed_apart(_without_address(_behind())))
    assert hop.decision is Decision.UNKNOWN
    assert "as for forced tunnelling" in hop.summary
    assert _hop(_managed_apart(_behind())).decision is Decision.ALLOW


@pytest.mark.parametrize("own", [True, False])
def test_a_nat_gateway_of_the_firewalls_subnet_gives_a_public_address(*, own: bool) -> None:
    scenario = _behind() if own else _without_address(_behind())
    hop = _hop(_nat_gateway(scenario, publicIpAddresses=[{"id": "/ip"}]))
    assert hop.decision is Decision.ALLOW
    assert "NAT gateway firewall-nat of its subnet" in hop.summary


def test_a_nat_gateway_without_an_address_gives_none() -> None:
    assert _hop(_nat_gateway(_without_address(_behind()))).decision is Decision.DENY
    assert _hop(_nat_gateway(_behind())).decision is Decision.ALLOW


def test_a_nat_gateway_that_was_refused_leaves_it_open() -> None:
    hop = _hop(_nat_gateway(_behind()).answer("natGateways/firewall-nat", 403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/natGateways/read")


def test_an_nsg_on_the_firewalls_subnet_is_not_decided() -> None:
    scenario = _behind()
    _firewall_subnet(scenario)["networkSecurityGroup"] = {"id": f"{NETWORK}/any/nsg"}
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "its subnet has the NSG nsg" in hop.summary


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
    assert ("within the network" in hop.summary) is (decision is Decision.UNKNOWN)


# Its translation.


def _kept(ranges: list[str], *, by_name: bool = False, sample: str = "healthy-behind-firewall") -> Scenario:
    """Let private ranges hold some of the service; `by_name`: what network rules allow becomes nothing."""
    scenario = _behind(sample)
    scenario.body(POLICY)["properties"]["snat"] = {"privateRanges": ranges}
    if by_name:
        _only_by_name(scenario)
    return scenario


def _only_by_name(scenario: Scenario) -> None:
    """Let one application rule allow everything, and no network rule."""
    body = scenario.body(f"{POLICY}/ruleCollectionGroups")
    rule = application_rule("By-Name", "*")
    only = group("only", 100, collection("by-name", 100, "Allow", rule))
    body["value"] = [only]


@pytest.mark.parametrize(
    ("ranges", "decision"),
    [
        (["IANAPrivateRanges"], Decision.ALLOW),
        (["IANAPrivateRanges", "192.0.2.0/24"], Decision.ALLOW),
        (["255.255.255.255/32"], Decision.ALLOW),
        (["0.0.0.0/0"], Decision.DENY),
        (["ianaprivateranges", "203.0.113.0/26"], Decision.DENY),
        (["203.0.113.0/30", "203.0.113.4/31"], Decision.PARTIAL),
        (["203.0.113.128/25"], Decision.ALLOW),
    ],
)
def test_what_network_rules_allow_to_private_ranges_is_not_translated(ranges: list[str], decision: Decision) -> None:
    """Azure Firewall network rules are not SNATed for destinations in its private ranges (facts 5.3)."""
    scenario = _kept(ranges)
    hop = _hop(scenario)
    assert hop.decision is decision
    assert ("keeps the VM's private address" in hop.summary) is (decision is not Decision.ALLOW)
    codes = {Decision.DENY: ["no-egress"], Decision.PARTIAL: ["allow-list-too-narrow"]}
    assert [it.code.value for it in scenario.diagnose().root_causes] == codes.get(decision, [])


@pytest.mark.parametrize("ranges", [["0.0.0.0/0"], ["203.0.113.0/24"]])
def test_application_rules_always_translate(ranges: list[str]) -> None:
    assert _hop(_kept(ranges, by_name=True)).decision is Decision.ALLOW


@pytest.mark.parametrize("ranges", ["0.0.0.0/0", "IANAPrivateRanges, 203.0.113.0/24"])
def test_what_a_firewall_denies_counts_as_translated(ranges: str) -> None:
    own = _behind("firewall-denies-attestation")
    _firewall(own)["additionalProperties"]["Network.SNAT.PrivateRanges"] = ranges
    assert _hop(own).decision is Decision.ALLOW


def test_the_ranges_of_a_firewall_without_a_policy_count() -> None:
    own = _behind("firewall-denies-attestation")
    listed = _firewall(own)["networkRuleCollections"]
    allow = network_rule("Allow")
    listed[:] = [{"name": "c", "properties": {"priority": 100, "action": {"type": "Allow"}, "rules": [allow]}}]
    assert _hop(own).decision is Decision.ALLOW
    _firewall(own)["additionalProperties"]["Network.SNAT.PrivateRanges"] = "0.0.0.0/0"
    assert _hop(own).decision is Decision.DENY


def test_what_rules_leave_unknown_may_not_be_translated() -> None:
    scenario = _kept(["203.0.113.0/24"])
    odd = network_rule("Odd", destinationAddresses=[], destinationFqdns=["www.example.com"])
    only = group("only", 100, collection("odd", 100, "Allow", odd))
    scenario.body(f"{POLICY}/ruleCollectionGroups")["value"] = [only]
    hop = _hop(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "whether that is so here is not known" in hop.summary


def test_a_range_that_may_hold_some_of_the_service_leaves_it_unknown() -> None:
    hop = _hop(_kept(["not-a-prefix"]))
    assert hop.decision is Decision.UNKNOWN
    assert "whether that is so here is not known" in hop.summary


def test_what_is_not_translated_and_what_is_dropped_are_told_apart() -> None:
    scenario = _route_table(_kept(["203.0.113.0/27"]), ("203.0.113.32/27", "None"))
    hop = _hop(scenario)
    assert hop.decision is Decision.DENY
    parts = [(it.tier, it.decision, it.rule) for it in hop.parts if it.decision is Decision.DENY]
    assert parts == [("home", Decision.DENY, None), ("home", Decision.DENY, "r0")]


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


def test_what_the_way_behind_is_written_with() -> None:
    hop = _hop(_nat_gateway(_route_table(_behind(), ("0.0.0.0/0", "Internet")), publicIpAddresses=[{"id": "/ip"}]))
    assert [it.rsplit("/", 1)[1] for it in hop.written_at] == ["hub-fw", "hub-vnet", "firewall-routes", "firewall-nat"]
    assert [it.rsplit("/", 1)[1] for it in _hop(_kept(["0.0.0.0/0"])).written_at] == [
        "hub-fw", "hub-fw-policy", "hub-vnet"
    ]  # fmt: skip
