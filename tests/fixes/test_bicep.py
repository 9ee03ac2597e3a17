"""Bicep texts, read by a parser of Bicep."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lark.exceptions import LarkError
from pycep import BicepParser

from guest_attestation.fixes.bicep import bicep
from guest_attestation.fixes.change import Change
from guest_attestation.text import clean
from tests.fixes.sample_changes import (
    HOSTILE,
    SUBNET,
    admin_rule,
    changes,
    firewall_rule,
    nat_gateway,
    policy_rule,
    route,
    security_rule,
)

PARSER = BicepParser()
VERSION = "2024-05-01"


def read(text: str) -> dict[str, Any]:
    return dict(PARSER.parse(text=text))


def resources(text: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return type and configuration by symbol; an existing one is marked."""
    found = {}
    for symbol, it in read(text)["resources"].items():
        assert it["api_version"] == VERSION
        found[symbol] = ("existing " * it["existing"] + it["type"].removeprefix("Microsoft.Network/"), it["config"])
    return found


def outline(value: Any) -> Any:
    """Keep what no name may change: keys, numbers, and how many there are of each."""
    if isinstance(value, dict):
        return {key: outline(it) for key, it in value.items()}
    return [outline(it) for it in value] if isinstance(value, list) else type(value)


def test_a_security_rule_is_a_child_of_the_nsg_that_exists() -> None:
    assert resources(bicep(security_rule())) == {
        "nsg": ("existing networkSecurityGroups", {"name": "n"}),
        "rule": (
            "networkSecurityGroups/securityRules",
            {
                "parent": "nsg",
                "name": "n",
                "properties": {
                    "priority": 110,
                    "direction": "Outbound",
                    "access": "Allow",
                    "protocol": "Tcp",
                    "sourceAddressPrefix": "*",
                    "sourcePortRange": "*",
                    "destinationAddressPrefix": "AzureAttestation",
                    "destinationPortRange": "443",
                },
            },
        ),
    }


def test_a_rule_in_the_way_is_moved_by_a_command_first() -> None:
    text = bicep(security_rule(moved=True))

    assert "// az network nsg rule update " in text
    assert resources(text) == resources(bicep(security_rule()))


@pytest.mark.parametrize(("destination", "kind"), [("AzureAttestation", "ServiceTag"), ("10.1.0.9", "IPPrefix")])
def test_an_admin_rule_is_a_child_of_its_collection(destination: str, kind: str) -> None:
    found = resources(bicep(admin_rule(destination=destination)))

    assert [it[0].rpartition("/")[2] for it in found.values()] == [
        "existing networkManagers",
        "securityAdminConfigurations",
        "ruleCollections",
        "rules",
    ]
    rule = found["rule"][1]
    assert (rule["parent"], rule["kind"]) == ("collection", "Custom")
    assert rule["properties"] == {
        "priority": 9,
        "direction": "Outbound",
        "access": "AlwaysAllow",
        "protocol": "Tcp",
        "destinations": [{"addressPrefix": destination, "addressPrefixType": kind}],
        "destinationPortRanges": ["443"],
    }


def test_a_route_is_a_child_of_the_table_that_exists() -> None:
    assert resources(bicep(route())) == {
        "table": ("existing routeTables", {"name": "n"}),
        "route": (
            "routeTables/routes",
            {
                "parent": "table",
                "name": "n",
                "properties": {"addressPrefix": "AzureAttestation", "nextHopType": "Internet"},
            },
        ),
    }


@pytest.mark.parametrize("kind", ["network", "application"])
def test_a_classic_collection_is_a_part_to_add_since_bicep_writes_a_firewall_whole(kind: str) -> None:
    text = bicep(firewall_rule(kind))
    found = read(text)

    assert "resources" not in found
    assert "what a file leaves out is removed" in text
    assert f"{kind}RuleCollections" in text
    properties = found["variables"]["collection"]["value"]["properties"]
    assert (properties["priority"], properties["action"]) == (200, {"type": "Allow"})
    assert properties["rules"][0]["sourceAddresses"] == list(SUBNET)


def test_a_new_collection_group_is_a_child_of_the_policy_that_exists() -> None:
    found = resources(bicep(policy_rule("network", is_new=True)))

    assert found["policy"] == ("existing firewallPolicies", {"name": "n"})
    kind, group = found["group"]
    assert (kind, group["parent"]) == ("firewallPolicies/ruleCollectionGroups", "policy")
    assert group["properties"]["priority"] == 300
    (collection,) = group["properties"]["ruleCollections"]
    assert collection["ruleCollectionType"] == "FirewallPolicyFilterRuleCollection"
    assert collection["rules"] == [
        {
            "ruleType": "NetworkRule",
            "name": "n",
            "sourceAddresses": list(SUBNET),
            "ipProtocols": ["TCP"],
            "destinationAddresses": ["AzureAttestation"],
            "destinationPorts": ["443"],
        }
    ]


def test_a_group_that_exists_is_never_written_whole() -> None:
    text = bicep(policy_rule("application"))
    found = read(text)

    assert "resources" not in found
    assert "remove its other collections" in text
    assert found["variables"]["collection"]["value"]["rules"] == [
        {
            "ruleType": "ApplicationRule",
            "name": "n",
            "sourceAddresses": list(SUBNET),
            "protocols": [{"protocolType": "Https", "port": 443}],
            "targetFqdns": ["*.attest.azure.net"],
        }
    ]


def test_a_nat_gateway_has_a_public_address_and_leaves_the_subnet_to_its_own_declaration() -> None:
    text = bicep(nat_gateway())
    found = resources(text)

    assert set(found) == {"address", "gateway"}
    assert "// az network vnet subnet update " in text
    assert "id: address.id\n" in text
    assert list(found["gateway"][1]["properties"]) == ["publicIpAddresses"]
    assert found["address"][1]["location"] == "westeurope"


def test_without_a_known_region_the_resource_groups_is_taken() -> None:
    assert bicep(nat_gateway(location="")).count("location: resourceGroup().location\n") == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_a_string(name: str) -> None:
    for change, plain in zip(changes(name), changes(), strict=True):
        text = bicep(change)

        assert outline(read(text)) == outline(read(bicep(plain)))
        assert "$" not in "\n".join(code(text))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    written = resources(bicep(security_rule(name)))["rule"][1]["name"]

    assert re.sub(r"\\u\{(\w+)\}", lambda it: chr(int(it[1], 16)), written) == clean(name)


def code(text: str) -> list[str]:
    return [it for it in text.splitlines() if not it.startswith("//")]


@pytest.mark.parametrize("change", changes(), ids=repr)
def test_a_broken_text_would_be_seen(change: Change) -> None:
    text = bicep(change)

    for broken in (text.rstrip()[:-1], "".join(text.rpartition("'")[::2]), text.replace("name: ", "name ", 1)):
        with pytest.raises(LarkError):
            read(broken)
