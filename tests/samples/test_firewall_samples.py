"""Samples behind policies with a parent, behind a virtual hub, and behind what is not Azure's: what nearly turns them.

Of every firewall sample: which rule decides, where it stands, and by which style it lets the traffic through.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from guest_attestation.network.hop import Hop, HopName
from tests.scenario import SUBSCRIPTION, Scenario

HUB_SUBSCRIPTION = SUBSCRIPTION.replace("000000000001", "000000000002")
HUB = f"{HUB_SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network"
BASELINE = f"{HUB_SUBSCRIPTION}/resourceGroups/security-baseline-rg/providers/Microsoft.Network"
CHILD, PARENT = f"{HUB}/firewallPolicies/hub-fw-policy", f"{BASELINE}/firewallPolicies/baseline-policy"
OWN = f"{SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network/azureFirewalls/hub-fw"
WAN = f"{SUBSCRIPTION}/resourceGroups/wan-rg/providers/Microsoft.Network"
LIST = f"{SUBSCRIPTION}/providers/Microsoft.Network/azureFirewalls"
APPLIANCE = "next-hop-not-visible"

Change = Callable[[Scenario], object]


def firewall_hop(scenario: Scenario) -> Hop:
    (hop,) = scenario.diagnose().path.of(HopName.FIREWALL)
    return hop


def decided(name: str, change: Change) -> tuple[str, str | None]:
    """Return what the firewall decides in a changed sample, and by which rule."""
    scenario = Scenario.sample(name)
    change(scenario)
    hop = firewall_hop(scenario)
    return str(hop.decision), hop.rule


def unchanged(_: Scenario) -> None:
    """Leave the sample as it is."""


@pytest.mark.parametrize(
    ("name", "decision", "rule", "resource", "kind"),
    [
        ("healthy-classic-network-rule", "allow", "Allow-AzureAttestation", OWN, "network"),
        ("healthy-classic-application-rule", "allow", "Allow-Attestation-Names", OWN, "application"),
        ("firewall-denies-attestation-ip-group", "deny", None, OWN, None),
        (
            "healthy-behind-firewall",
            "allow",
            "Allow-AzureAttestation",
            f"{CHILD}/ruleCollectionGroups/DefaultNetworkRuleCollectionGroup",
            "network",
        ),
        (
            "healthy-parent-policy",
            "allow",
            "Allow-Attestation-Names",
            f"{CHILD}/ruleCollectionGroups/DefaultApplicationRuleCollectionGroup",
            "application",
        ),
        (
            "firewall-denies-attestation-parent-policy",
            "deny",
            "Deny-Azure-To-Quarantined",
            f"{PARENT}/ruleCollectionGroups/baseline-network",
            "network",
        ),
        (
            "healthy-virtual-hub",
            "allow",
            "Allow-AzureAttestation",
            f"{WAN}/firewallPolicies/wan-fw-policy/ruleCollectionGroups/DefaultNetworkRuleCollectionGroup",
            "network",
        ),
    ],
)
def test_which_rule_decides_and_where_it_stands(
    name: str, decision: str, rule: str | None, resource: str, kind: str | None
) -> None:
    hop = firewall_hop(Scenario.sample(name))

    assert (str(hop.decision), hop.rule, hop.resource) == (decision, rule, resource)
    assert {part.place.kind if part.place else None for part in hop.parts} == {kind}


# A policy with a parent in another resource group: the parent denies to an IP group, the child allows to another.


def collection(scenario: Scenario, policy: str, group: str) -> dict[str, Any]:
    listed = scenario.body(f"{policy}/ruleCollectionGroups")["value"]
    (found,) = [it["properties"] for it in listed if group in it["name"]]
    only: dict[str, Any] = found["ruleCollections"][0]
    return only


def quarantined(*addresses: str) -> Change:
    return lambda it: it.body("ipGroups/quarantined")["properties"].update(ipAddresses=list(addresses))


def spokes(*addresses: str) -> Change:
    return lambda it: it.body("ipGroups/shop-spokes")["properties"].update(ipAddresses=list(addresses))


def parents_deny(**more: Any) -> Change:
    return lambda it: collection(it, PARENT, "baseline-network")["rules"][1].update(more)


def without_parent(scenario: Scenario) -> None:
    del scenario.body(CHILD)["properties"]["basePolicy"]


def childs_numbers_first(scenario: Scenario) -> None:
    """Give the child's groups and collections the best numbers there are."""
    for group in scenario.body(f"{CHILD}/ruleCollectionGroups")["value"]:
        group["properties"]["priority"] = 100
        group["properties"]["ruleCollections"][0]["priority"] = 100


def in_the_parent(kind: str, action: str, priority: int) -> Change:
    """Give the parent one more collection, with a rule of the child's that allows: by tag, or by name."""

    def change(scenario: Scenario) -> None:
        more = copy.deepcopy(collection(scenario, CHILD, kind))
        more.update(name="more", priority=priority, action={"type": action})
        more["rules"][0]["name"] = "More"
        (group,) = scenario.body(f"{PARENT}/ruleCollectionGroups")["value"]
        group["properties"]["ruleCollections"].append(more)

    return change


DENIED = ("deny", "Deny-Azure-To-Quarantined")
BY_TAG, BY_NAME = ("allow", "Allow-AzureAttestation"), ("allow", "Allow-Attestation-Names")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(unchanged, BY_NAME, id="as it is"),
        pytest.param(quarantined("192.0.2.4", "192.0.2.64/26"), DENIED, id="the VM is quarantined"),
        pytest.param(quarantined("192.0.2.5-192.0.2.127"), BY_NAME, id="its neighbours are"),
        pytest.param(parents_deny(sourceIpGroups=[], sourceAddresses=["*"]), DENIED, id="everyone is"),
        pytest.param(spokes("192.0.2.64/26"), ("deny", None), id="the child's group without the VM"),
        pytest.param(in_the_parent("Application", "Deny", 50000), ("deny", "More"), id="the parent denies the name"),
        pytest.param(without_parent, BY_NAME, id="no parent"),
    ],
)
def test_near_misses_below_a_parent(change: Change, expected: tuple[str, str | None]) -> None:
    assert decided("healthy-parent-policy", change) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(unchanged, DENIED, id="as it is"),
        pytest.param(quarantined("192.0.2.0/30", "192.0.2.8/29"), BY_TAG, id="released"),
        pytest.param(quarantined("192.0.2.4/30"), DENIED, id="still in it"),
        pytest.param(childs_numbers_first, DENIED, id="the child's numbers before the parent's"),
        pytest.param(in_the_parent("Network", "Allow", 39999), ("allow", "More"), id="the parent allows before"),
        pytest.param(in_the_parent("Network", "Allow", 40001), DENIED, id="the parent allows after"),
        pytest.param(in_the_parent("Application", "Allow", 100), DENIED, id="the parent allows by name: too late"),
        pytest.param(parents_deny(destinationPorts=["80"]), BY_TAG, id="the parent denies port 80"),
        pytest.param(
            parents_deny(destinationAddresses=["203.0.113.41"]),
            ("partial", "Deny-Azure-To-Quarantined"),
            id="the parent denies one address of the own region",
        ),
        pytest.param(
            lambda it: collection(it, PARENT, "baseline-network").update(action={"type": "Allow"}),
            ("allow", "Deny-Azure-To-Quarantined"),
            id="the parent's collection allows",
        ),
        pytest.param(without_parent, BY_TAG, id="no parent"),
    ],
)
def test_near_misses_of_what_the_child_cannot_win(change: Change, expected: tuple[str, str | None]) -> None:
    assert decided("firewall-denies-attestation-parent-policy", change) == expected


@pytest.mark.parametrize("name", ["healthy-parent-policy", "firewall-denies-attestation-parent-policy"])
@pytest.mark.parametrize(
    ("ending", "permission"),
    [
        ("firewallPolicies/baseline-policy", "Microsoft.Network/firewallPolicies/read"),
        ("baseline-policy/ruleCollectionGroups", "Microsoft.Network/firewallPolicies/ruleCollectionGroups/read"),
        ("ipGroups/quarantined", "Microsoft.Network/ipGroups/read"),
    ],
)
def test_a_parent_that_was_refused_leaves_it_open(name: str, ending: str, permission: str) -> None:
    scenario = Scenario.sample(name).answer(ending, 403)

    assert str(firewall_hop(scenario).decision) == "unknown"
    assert scenario.diagnose().check("path.firewall").missing_permission == permission


# A virtual hub: the network is connected, takes the hub's default route, and the hub leads that to its firewall.

HUB_SAMPLE, ELSEWHERE = "healthy-virtual-hub", f"{WAN}/networkVirtualAppliances/sdwan"


def hub_rule(**more: Any) -> Change:
    return lambda it: collection(it, "wan-fw-policy", "Network")["rules"][0].update(more)


def connection(**more: Any) -> Change:
    return lambda it: it.body("/hubVirtualNetworkConnections")["value"][0]["properties"].update(more)


def intent(*policies: dict[str, Any]) -> Change:
    return lambda it: it.body("/routingIntent")["value"][0]["properties"].update(routingPolicies=list(policies))


def default_table(next_hop: str) -> Change:
    return lambda it: it.body("/hubRouteTables")["value"][0]["properties"]["routes"][0].update(nextHop=next_hop)


def without_intent(scenario: Scenario) -> None:
    scenario.body("/routingIntent")["value"] = []


def both(*changes: Change) -> Change:
    return lambda scenario: [change(scenario) for change in changes]


TO_INTERNET = {"name": "InternetTraffic", "destinations": ["Internet"]}


@pytest.mark.parametrize(
    ("change", "decision", "code"),
    [
        pytest.param(unchanged, "allow", None, id="as it is"),
        pytest.param(hub_rule(destinationPorts=["444"]), "deny", "firewall-denies-attestation", id="the next port"),
        pytest.param(
            hub_rule(sourceAddresses=["192.0.2.64/26"]), "deny", "firewall-denies-attestation", id="another subnet"
        ),
        pytest.param(intent({**TO_INTERNET, "nextHop": ELSEWHERE}), "unknown", APPLIANCE, id="led to an appliance"),
        pytest.param(default_table(ELSEWHERE), "allow", None, id="the intent comes before the table"),
        pytest.param(without_intent, "allow", None, id="the table alone"),
        pytest.param(
            both(without_intent, default_table(ELSEWHERE)), "unknown", APPLIANCE, id="the table to an appliance"
        ),
        pytest.param(connection(enableInternetSecurity=False), "unknown", APPLIANCE, id="without the default route"),
        pytest.param(
            connection(remoteVirtualNetwork={"id": f"{WAN}/virtualNetworks/other"}),
            "unknown",
            None,
            id="another network is connected, and not every list was read",
        ),
        pytest.param(lambda it: it.answer("/hubVirtualNetworkConnections", 403), "unknown", None, id="not read"),
        pytest.param(
            lambda it: it.body(LIST)["value"][0]["properties"]["hubIPAddresses"].pop("publicIPs"),
            "allow",
            "no-egress",
            id="no public address",
        ),
    ],
)
def test_near_misses_of_the_hub(change: Change, decision: str, code: str | None) -> None:
    scenario = Scenario.sample(HUB_SAMPLE)
    change(scenario)

    diagnosis = scenario.diagnose()

    assert str(firewall_hop(scenario).decision) == decision
    assert [str(it.code) for it in diagnosis.root_causes[:1]] == ([code] if code else [])


# Another vendor's appliance: what would be visible if it were an Azure firewall, or not on the way.


def azure_firewall(*, rules: bool) -> Change:
    """Let an Azure firewall have the appliance's address."""

    def change(scenario: Scenario) -> None:
        (firewall,) = copy.deepcopy(Scenario.sample("healthy-classic-network-rule").body("azureFirewalls")["value"])
        firewall["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "198.51.100.20"
        firewall["properties"]["networkRuleCollections"] *= rules
        scenario.body("azureFirewalls")["value"] = [firewall]

    return change


def leads_to(next_hop_type: str, *addresses: str) -> Change:
    def change(scenario: Scenario) -> None:
        (route,) = [it for it in scenario.body("effectiveRouteTable")["value"] if it.get("name")]
        route.update(nextHopType=next_hop_type, nextHopIpAddress=list(addresses))

    return change


@pytest.mark.parametrize(
    ("change", "decision", "code"),
    [
        pytest.param(unchanged, "unknown", APPLIANCE, id="as it is"),
        pytest.param(azure_firewall(rules=True), "allow", None, id="an Azure firewall that allows"),
        pytest.param(azure_firewall(rules=False), "deny", "firewall-denies-attestation", id="one that does not"),
        pytest.param(leads_to("VirtualAppliance", "198.51.100.21"), "unknown", APPLIANCE, id="the appliance beside it"),
        pytest.param(leads_to("VirtualNetworkGateway"), "unknown", APPLIANCE, id="a gateway"),
        pytest.param(leads_to("Internet"), "not-applicable", "no-egress", id="straight out of a private subnet"),
        pytest.param(leads_to("None"), "not-applicable", "route-drops-attestation", id="nowhere"),
    ],
)
def test_near_misses_of_what_is_not_visible(change: Change, decision: str, code: str | None) -> None:
    scenario = Scenario.sample(APPLIANCE)
    change(scenario)

    diagnosis = scenario.diagnose()

    assert str(firewall_hop(scenario).decision) == decision
    assert [str(it.code) for it in diagnosis.root_causes[:1]] == ([code] if code else [])


def test_what_cannot_be_listed_may_be_a_firewall_and_is_no_foreign_appliance() -> None:
    diagnosis = Scenario.sample(APPLIANCE).answer("azureFirewalls", 403).diagnose()

    assert diagnosis.root_causes == ()
    assert diagnosis.check("path.firewall").missing_permission == "Microsoft.Network/azureFirewalls/read"
