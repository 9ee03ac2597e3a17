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
