"""The firewall samples with one thing different: what nearly denies, and what nearly lets it through."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from guest_attestation.network.hop import HopName
from tests.scenario import SUBSCRIPTION, Scenario

HUB = f"{SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network"
LIST = "providers/Microsoft.Network/azureFirewalls"
GROUPS = "hub-fw-policy/ruleCollectionGroups"


def decided(scenario: Scenario) -> tuple[str, str | None]:
    """Return what the firewall decides, and by which rule."""
    (hop,) = scenario.diagnose().path.of(HopName.FIREWALL)
    return str(hop.decision), hop.rule


# firewall-denies-attestation: a Deny in collection 150 hides the Allow in collection 300.


def firewall(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body(LIST)["value"][0]["properties"]
    return properties


def deny(scenario: Scenario) -> dict[str, Any]:
    collection: dict[str, Any] = firewall(scenario)["networkRuleCollections"][0]["properties"]
    return collection


def rule(scenario: Scenario) -> dict[str, Any]:
    denying: dict[str, Any] = deny(scenario)["rules"][1]
    return denying


def unchanged(_: Scenario) -> None:
    """Leave the sample as it is."""


def only_by_name(*targets: str) -> Callable[[Scenario], None]:
    """Leave one application rule for these names, and no network rule."""

    def change(scenario: Scenario) -> None:
        firewall(scenario)["networkRuleCollections"] = []
        collections = firewall(scenario)["applicationRuleCollections"]
        del collections[1:]
        collections[0]["properties"]["rules"][0]["targetFqdns"] = list(targets)

    return change


def with_policy(scenario: Scenario) -> None:
    """Attach a policy that allows by tag; the firewall's own rules stay."""
    policy = f"{HUB}/firewallPolicies/new"
    firewall(scenario)["firewallPolicy"] = {"id": policy}
    allow = {"ruleType": "NetworkRule", "name": "By-Policy", "ipProtocols": ["TCP"], "sourceAddresses": ["*"]}
    allow |= {"destinationAddresses": ["AzureAttestation"], "destinationPorts": ["443"]}
    held = {"name": "allow", "priority": 60000, "action": {"type": "Allow"}, "rules": [allow]}
    held["ruleCollectionType"] = "FirewallPolicyFilterRuleCollection"
    group = {"id": f"{policy}/ruleCollectionGroups/g", "name": "g"}
    properties = {"priority": 60000, "ruleCollections": [held]}
    scenario.read("firewall_policy", {"id": policy, "properties": {}}, id=policy)
    scenario.read("rule_collection_groups", {"value": [{**group, "properties": properties}]}, policy=policy)


def second_hub(scenario: Scenario) -> None:
    """Peer the network with a second hub whose firewall has the same private address."""
    peerings = scenario.body("shop-prod-vnet")["properties"]["virtualNetworkPeerings"]
    peerings.append(copy.deepcopy(peerings[0]))
    peerings[1]["properties"]["remoteVirtualNetwork"]["id"] = f"{HUB}/virtualNetworks/hub-vnet-2"
    listed = scenario.body(LIST)["value"]
    listed.append(copy.deepcopy(listed[0]))
    ip = listed[1]["properties"]["ipConfigurations"][0]["properties"]
    ip["subnet"]["id"] = f"{HUB}/virtualNetworks/hub-vnet-2/subnets/AzureFirewallSubnet"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(unchanged, ("deny", "Deny-Public-Azure-Ranges"), id="as it is"),
        pytest.param(lambda it: deny(it).update(priority=301), ("allow", "Allow-AzureAttestation"), id="Allow before"),
        pytest.param(lambda it: deny(it).update(priority=299), ("deny", "Deny-Public-Azure-Ranges"), id="just before"),
        pytest.param(
            lambda it: rule(it).update(sourceAddresses=["192.0.2.64/26"]),
            ("allow", "Allow-AzureAttestation"),
            id="another subnet's source",
        ),
        pytest.param(
            lambda it: rule(it).update(destinationPorts=["80"]), ("allow", "Allow-AzureAttestation"), id="port 80"
        ),
        pytest.param(
            lambda it: rule(it).update(destinationAddresses=["198.51.100.128/25"]),
            ("allow", "Allow-AzureAttestation"),
            id="only the other range",
        ),
        pytest.param(
            lambda it: rule(it).update(destinationAddresses=["203.0.113.0/26"]),
            ("deny", "Deny-Public-Azure-Ranges"),
            id="all of the own region",
        ),
        pytest.param(
            lambda it: rule(it).update(destinationAddresses=["203.0.113.16/31"]),
            ("partial", "Deny-Public-Azure-Ranges"),
            id="only some of the own region",
        ),
        pytest.param(
            lambda it: rule(it).update(destinationAddresses=["203.0.113.72/29"]),
            ("partial", "Deny-Public-Azure-Ranges"),
            id="only some of the paired region",
        ),
        pytest.param(
            lambda it: rule(it).update(destinationAddresses=["203.0.113.128/25"]),
            ("allow", "Allow-AzureAttestation"),
            id="only other regions",
        ),
        pytest.param(
            lambda it: firewall(it).update(networkRuleCollections=[]),
            ("allow", "Allow-Attestation-Names"),
            id="no network rule: by name",
        ),
        pytest.param(only_by_name("shared*.attest.azure.net"), ("deny", None), id="wildcard in the middle"),
        pytest.param(
            only_by_name("sharedeus.eus.attest.azure.net"), ("partial", None), id="the exact name without the pair's"
        ),
        pytest.param(
            only_by_name("sharedeus.eus.attest.azure.net", "sharedwus.wus.attest.azure.net"),
            ("allow", "Allow-Attestation-Names"),
            id="the exact name and the pair's",
        ),
        pytest.param(only_by_name("sharedwus.wus.attest.azure.net"), ("deny", None), id="the pair's name alone"),
        pytest.param(only_by_name("sharedweu.weu.attest.azure.net"), ("deny", None), id="another region's name"),
        pytest.param(with_policy, ("allow", "By-Policy"), id="a policy is attached"),
        pytest.param(second_hub, ("unknown", None), id="two hubs with one address"),
    ],
)
def test_near_misses_of_the_sample_that_is_denied(
    change: Callable[[Scenario], object], expected: tuple[str, str | None]
) -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    change(scenario)

    assert decided(scenario) == expected


# healthy-behind-firewall: a policy that allows by tag, for an IP group that holds the VM.


def allow(scenario: Scenario) -> dict[str, Any]:
    (network,) = [it for it in scenario.body(GROUPS)["value"] if "Network" in it["name"]]
    allowing: dict[str, Any] = network["properties"]["ruleCollections"][1]
    return allowing


def spokes(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body("ipGroups/shop-spokes")["properties"]
    return properties


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(unchanged, ("allow", "Allow-AzureAttestation"), id="as it is"),
        pytest.param(lambda it: allow(it)["rules"][2].update(destinationPorts=["80"]), ("unknown", None), id="port 80"),
        pytest.param(lambda it: allow(it)["rules"].pop(), ("unknown", None), id="no rule"),
        pytest.param(
            lambda it: allow(it).update(action={"type": "Deny"}), ("deny", "Allow-AzureAttestation"), id="Deny"
        ),
        pytest.param(lambda it: spokes(it).update(ipAddresses=["192.0.2.64/26"]), ("deny", None), id="another source"),
        pytest.param(lambda it: it.answer("ipGroups/shop-spokes", 403), ("unknown", None), id="source not read"),
        pytest.param(
            lambda it: it.body("hub-fw-policy")["properties"].update(basePolicy={"id": "/base"}),
            ("unknown", None),
            id="a base policy",
        ),
    ],
)
def test_near_misses_of_the_healthy_sample(
    change: Callable[[Scenario], object], expected: tuple[str, str | None]
) -> None:
    scenario = Scenario.sample("healthy-behind-firewall")
    change(scenario)

    found = decided(scenario)

    assert found[0] == expected[0]
    assert expected[1] in (None, found[1])


# The classic samples: one network rule by tag; one application rule by name, for an IP group.


def held(scenario: Scenario, kind: str, place: int) -> dict[str, Any]:
    """Return a collection of the firewall's own."""
    collection: dict[str, Any] = firewall(scenario)[f"{kind}RuleCollections"][place]["properties"]
    return collection


def network(place: int, **more: Any) -> Callable[[Scenario], None]:
    """Change the only rule of a network rule collection: 0 denies mail, 1 allows by tag."""
    return lambda scenario: held(scenario, "network", place)["rules"][0].update(more)


def by_name(**more: Any) -> Callable[[Scenario], None]:
    """Change the rule that allows by name."""
    return lambda scenario: held(scenario, "application", 0)["rules"][0].update(more)


def members(*addresses: str) -> Callable[[Scenario], None]:
    """Change what the IP group of the application rule holds."""
    return lambda it: it.body("ipGroups/attesting-servers")["properties"].update(ipAddresses=list(addresses))


def deny_every_name(scenario: Scenario) -> None:
    held(scenario, "application", 0)["action"]["type"] = "Deny"
    held(scenario, "application", 0)["rules"][0]["targetFqdns"] = ["*"]


BY_TAG, BY_NAME, MAIL = ("allow", "Allow-AzureAttestation"), ("allow", "Allow-Attestation-Names"), "Deny-Smtp-Out"
DEFAULT = ("deny", None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(unchanged, BY_TAG, id="as it is"),
        pytest.param(network(1, sourceAddresses=["192.0.2.5"]), DEFAULT, id="the neighbour's source"),
        pytest.param(network(1, sourceAddresses=["192.0.2.4"]), BY_TAG, id="this VM's source alone"),
        pytest.param(network(1, destinationPorts=["444"]), DEFAULT, id="the next port"),
        pytest.param(network(1, destinationPorts=["400-443"]), BY_TAG, id="a range up to the port"),
        pytest.param(network(1, protocols=["UDP"]), DEFAULT, id="UDP"),
        pytest.param(network(1, protocols=["Any"]), BY_TAG, id="any protocol"),
        pytest.param(network(1, destinationAddresses=["AzureCloud"]), BY_TAG, id="a tag that contains it"),
        pytest.param(
            network(1, destinationAddresses=["AzureCloud.westus"]), DEFAULT, id="the tag of the paired region alone"
        ),
        pytest.param(
            network(1, destinationAddresses=["AzureCloud.eastus"]), ("partial", None), id="the tag of the own region"
        ),
        pytest.param(
            lambda it: held(it, "network", 1)["action"].update(type="Deny"),
            ("deny", "Allow-AzureAttestation"),
            id="the collection denies",
        ),
        pytest.param(network(0, destinationPorts=["443"]), ("deny", MAIL), id="what denies mail denies 443"),
        pytest.param(
            network(0, destinationPorts=["443"], destinationAddresses=["203.0.113.98/31"]),
            ("partial", MAIL),
            id="and only some of the paired region",
        ),
        pytest.param(
            network(0, destinationPorts=["443"], destinationAddresses=["203.0.113.236/30"]),
            BY_TAG,
            id="and only another region",
        ),
        pytest.param(deny_every_name, BY_TAG, id="an application rule denies: too late"),
        pytest.param(
            lambda it: firewall(it)["networkRuleCollections"].pop(), DEFAULT, id="the rule's collection is gone"
        ),
    ],
)
def test_near_misses_of_the_network_rule_by_tag(
    change: Callable[[Scenario], object], expected: tuple[str, str | None]
) -> None:
    scenario = Scenario.sample("healthy-classic-network-rule")
    change(scenario)

    assert decided(scenario) == expected


HTTPS = {"protocolType": "Https", "port": 443}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(unchanged, BY_NAME, id="as it is"),
        pytest.param(members("192.0.2.5-192.0.2.15", "192.0.2.64/26"), DEFAULT, id="a range that begins after the VM"),
        pytest.param(members("192.0.2.0-192.0.2.3", "192.0.2.64/26"), DEFAULT, id="a range that ends before the VM"),
        pytest.param(members("192.0.2.4-192.0.2.4"), BY_NAME, id="a range of the VM alone"),
        pytest.param(members("192.0.2.4"), BY_NAME, id="the VM alone"),
        pytest.param(members(), DEFAULT, id="an empty group"),
        pytest.param(by_name(targetFqdns=["*attest.azure.net"]), BY_NAME, id="a star without a dot"),
        pytest.param(by_name(targetFqdns=["attest.azure.net"]), DEFAULT, id="the suffix alone"),
        pytest.param(by_name(targetFqdns=["*.attest.*"]), DEFAULT, id="a star at the end"),
        pytest.param(by_name(targetFqdns=["*.eus.attest.azure.net"]), ("partial", None), id="without the pair's"),
        pytest.param(by_name(protocols=[{**HTTPS, "protocolType": "Http"}]), DEFAULT, id="HTTP"),
        pytest.param(by_name(protocols=[{**HTTPS, "port": 8443}]), DEFAULT, id="another port"),
        pytest.param(by_name(protocols=[{**HTTPS, "port": 8443}, HTTPS]), BY_NAME, id="one port of two"),
        pytest.param(network(0, destinationPorts=["443"]), ("deny", MAIL), id="a network rule denies before"),
        pytest.param(
            lambda it: held(it, "application", 0)["action"].update(type="Deny"),
            ("deny", "Allow-Attestation-Names"),
            id="the collection denies",
        ),
    ],
)
def test_near_misses_of_the_application_rule_by_name(
    change: Callable[[Scenario], object], expected: tuple[str, str | None]
) -> None:
    scenario = Scenario.sample("healthy-classic-application-rule")
    change(scenario)

    assert decided(scenario) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(unchanged, DEFAULT, id="as it is"),
        pytest.param(members("192.0.2.4-192.0.2.15", "192.0.2.64/26"), BY_NAME, id="one address more"),
        pytest.param(members("192.0.2.0/30", "192.0.2.64/26"), DEFAULT, id="the block before"),
        pytest.param(members("192.0.2.4/30", "192.0.2.64/26"), BY_NAME, id="the block of the VM"),
        pytest.param(by_name(sourceAddresses=["192.0.2.4"]), BY_NAME, id="the VM beside the group"),
        pytest.param(by_name(sourceAddresses=["192.0.2.6"]), DEFAULT, id="another VM beside the group"),
        pytest.param(by_name(sourceAddresses=["*"], sourceIpGroups=[]), BY_NAME, id="any source"),
    ],
)
def test_near_misses_of_the_ip_group_without_the_vm(
    change: Callable[[Scenario], object], expected: tuple[str, str | None]
) -> None:
    scenario = Scenario.sample("firewall-denies-attestation-ip-group")
    change(scenario)

    assert decided(scenario) == expected


@pytest.mark.parametrize("name", ["healthy-classic-application-rule", "firewall-denies-attestation-ip-group"])
def test_an_ip_group_that_was_refused_leaves_it_open(name: str) -> None:
    scenario = Scenario.sample(name).answer("ipGroups/attesting-servers", 403)

    assert decided(scenario)[0] == "unknown"
    assert scenario.diagnose().check("path.firewall").missing_permission == "Microsoft.Network/ipGroups/read"


# healthy-behind-firewall: the firewall stands in the hub's subscription, which only the peering leads to.

HUB_LIST = f"{SUBSCRIPTION.replace('000000000001', '000000000002')}/{LIST}"


def peering(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body("shop-prod-vnet")["properties"]["virtualNetworkPeerings"][0][
        "properties"
    ]
    return properties


def twin_far_away(scenario: Scenario) -> None:
    """Let a firewall that denies have the same address, in the VM's subscription and in a network that is not near."""
    (far,) = copy.deepcopy(scenario.body(HUB_LIST)["value"])
    far["id"] = f"{HUB}/azureFirewalls/far-fw"
    del far["properties"]["firewallPolicy"]
    far["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"] = f"{HUB}/virtualNetworks/far/subnets/f"
    scenario.body(f"{SUBSCRIPTION}/{LIST}")["value"] = [far]


@pytest.mark.parametrize(
    ("change", "decision", "codes"),
    [
        pytest.param(unchanged, "allow", [], id="as it is"),
        pytest.param(twin_far_away, "allow", [], id="the same address far away"),
        pytest.param(lambda it: it.answer(HUB_LIST, 403), "unknown", [], id="the hub's subscription refused"),
        pytest.param(lambda it: it.drop(HUB_LIST), "unknown", [], id="the hub's subscription not read"),
        pytest.param(lambda it: peering(it).update(peeringState="Disconnected"), "unknown", [], id="disconnected"),
        pytest.param(
            lambda it: it.body("shop-prod-vnet")["properties"].update(virtualNetworkPeerings=[]),
            "unknown",
            ["next-hop-not-visible"],
            id="not peered",
        ),
    ],
)
def test_near_misses_of_the_firewall_in_another_subscription(
    change: Callable[[Scenario], object], decision: str, codes: list[str]
) -> None:
    scenario = Scenario.sample("healthy-behind-firewall")
    change(scenario)

    assert decided(scenario)[0] == decision
    assert [str(it.code) for it in scenario.diagnose().root_causes] == codes
