"""Incidents on the network, made of the samples: admin rules, a part that stops, several firewalls, other addresses."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.scenario import NIC, SUBNET_NSG, SUBSCRIPTION, Scenario, outbound_rule

MANAGERS = f"{SUBSCRIPTION}/resourceGroups/net-rg/providers/Microsoft.Network/networkManagers"
ADMIN_RULES = "listNetworkManagerEffectiveSecurityAdminRules"


def nsg_denies(*more: dict[str, Any]) -> Scenario:
    """The sample whose subnet's NSG denies `Internet` at 4000, with more rules."""
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] += more
    return scenario


def only_home() -> Scenario:
    """The NSG allows the home region's tag only."""
    return nsg_denies(outbound_rule("Allow-Home", 300, "Allow", "AzureCloud.eastus"))


def with_admin_rules(*rules: dict[str, Any]) -> Scenario:
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body(ADMIN_RULES)["value"] = list(rules)
    return scenario


def admin_rule(name: str, priority: int, access: str, tag: str, manager: str = "corp") -> dict[str, Any]:
    destination = {"addressPrefix": tag, "addressPrefixType": "ServiceTag"}
    source = {"addressPrefix": "*", "addressPrefixType": "IPPrefix"}
    return {
        "id": f"{MANAGERS}/{manager}/securityAdminConfigurations/all/ruleCollections/all/rules/{name}",
        "kind": "Custom",
        "properties": {
            "access": access,
            "direction": "Outbound",
            "priority": priority,
            "protocol": "Tcp",
            "sources": [source],
            "destinations": [destination],
            "sourcePortRanges": ["0-65535"],
            "destinationPortRanges": ["443"],
        },
    }


def firewalls(*prefixes: str, deny: bool = False) -> Scenario:
    """The sample whose firewall denies everything, with one more firewall for each prefix; those allow, or deny too."""
    scenario = Scenario.sample("firewall-denies-attestation")
    listed, routes = scenario.body("azureFirewalls")["value"], scenario.body("effectiveRouteTable")["value"]
    for number, prefix in enumerate(prefixes, start=2):
        address = f"198.51.100.{3 + number}"
        text = json.dumps(listed[0]).replace("hub-fw", f"hub-fw-{number}").replace("198.51.100.4", address)
        firewall, route = json.loads(text), copy.deepcopy(routes[-1])
        if not deny:
            del firewall["properties"]["networkRuleCollections"][0]
        route.update(name=f"To-Fw-{number}", addressPrefix=[prefix], nextHopIpAddress=[address])
        listed.append(firewall)
        routes.append(route)
    return scenario


def with_second_address(name: str = "firewall-denies-attestation") -> Scenario:
    scenario = Scenario.sample(name)
    configurations = scenario.body(NIC)["properties"]["ipConfigurations"]
    second = copy.deepcopy(configurations[0])
    second["name"] = "second"
    second["properties"].update(primary=False, privateIPAddress="192.0.2.77")
    configurations.append(second)
    return scenario


def without_service_tags() -> Scenario:
    scenario = Scenario.sample("nsg-denies-attestation")
    kept = {file: it for file, it in scenario.documents.items() if "serviceTagDetails" not in it["request"]["url"]}
    assert len(kept) < len(scenario.documents)
    scenario.documents = kept
    return scenario


def without_subnet_group() -> Scenario:
    """Neither the subnet's NSG nor the effective rules could be read."""
    scenario = Scenario.sample("nsg-denies-attestation")
    return scenario.answer(SUBNET_NSG, 403).answer("effectiveNetworkSecurityGroups", 403)
