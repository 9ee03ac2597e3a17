"""Terraform texts, read by a parser of HCL."""

from __future__ import annotations

import re
from typing import Any

import hcl2
import pytest
from lark.exceptions import LarkError

from guest_attestation.fixes.change import Change
from guest_attestation.fixes.terraform import terraform
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


def read(text: str) -> dict[str, dict[str, Any]]:
    """Return the blocks by their type, names without quotes and labels left out."""
    parsed = hcl2.loads(text)
    blocks = [*parsed.get("data", []), *parsed["resource"]]
    return {plain(kind): plain(body) for block in blocks for kind, it in block.items() for body in it.values()}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {plain(key): plain(it) for key, it in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [plain(it) for it in value]
    return value.removeprefix('"').removesuffix('"') if isinstance(value, str) else value


def outline(value: Any) -> Any:
    """Keep what no name may change: blocks, keys, numbers, and how many there are of each."""
    if isinstance(value, dict):
        return {key: outline(it) for key, it in value.items()}
    return [outline(it) for it in value] if isinstance(value, list) else type(value)


def test_a_security_rule() -> None:
    assert read(terraform(security_rule())) == {
        "azurerm_network_security_rule": {
            "name": "n",
            "resource_group_name": "n",
            "network_security_group_name": "n",
            "priority": 110,
            "direction": "Outbound",
            "access": "Allow",
            "protocol": "Tcp",
            "source_address_prefix": "*",
            "source_port_range": "*",
            "destination_address_prefix": "AzureAttestation",
            "destination_port_range": "443",
        }
    }


def test_a_rule_in_the_way_is_moved_first() -> None:
    text = terraform(security_rule(moved=True))

    assert "# First move the rule that has priority 110 to priority 201" in text
    assert "# az network nsg rule update " in text
    assert read(text) == read(terraform(security_rule()))


@pytest.mark.parametrize(("change", "inline"), [(security_rule(), "security_rule"), (route(), "route")], ids=repr)
def test_it_warns_of_rules_that_are_declared_inline(change: Change, inline: str) -> None:
    assert f"is declared with {inline} blocks" in terraform(change)


@pytest.mark.parametrize(("destination", "kind"), [("AzureAttestation", "ServiceTag"), ("10.1.0.9", "IPPrefix")])
def test_an_admin_rule(destination: str, kind: str) -> None:
    change = admin_rule(destination=destination)

    assert read(terraform(change)) == {
        "azurerm_network_manager_admin_rule": {
            "name": "n",
            "admin_rule_collection_id": change.collection_id,
            "action": "AlwaysAllow",
            "direction": "Outbound",
            "protocol": "Tcp",
            "priority": 9,
            "destination_port_ranges": ["443"],
            "destination": [{"address_prefix_type": kind, "address_prefix": destination}],
        }
    }


def test_a_route() -> None:
    assert read(terraform(route())) == {
        "azurerm_route": {
            "name": "n",
            "resource_group_name": "n",
            "route_table_name": "n",
            "address_prefix": "AzureAttestation",
            "next_hop_type": "Internet",
        }
    }


TO_TAG = {"protocols": ["TCP"], "destination_addresses": ["AzureAttestation"], "destination_ports": ["443"]}
HTTPS = [{"type": "Https", "port": 443}]


@pytest.mark.parametrize(
    ("kind", "told"),
    [("network", TO_TAG), ("application", {"target_fqdns": ["*.attest.azure.net"], "protocol": HTTPS})],
)
def test_a_classic_collection(kind: str, told: dict[str, Any]) -> None:
    assert read(terraform(firewall_rule(kind))) == {
        f"azurerm_firewall_{kind}_rule_collection": {
            "name": "n",
            "azure_firewall_name": "n",
            "resource_group_name": "n",
            "priority": 200,
            "action": "Allow",
            "rule": [{"name": "n", "source_addresses": list(SUBNET), **told}],
        }
    }


@pytest.mark.parametrize(
    ("kind", "told"),
    [("network", TO_TAG), ("application", {"destination_fqdns": ["*.attest.azure.net"], "protocols": HTTPS})],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_collection_of_a_policy(kind: str, told: dict[str, Any], is_new: bool) -> None:
    change = policy_rule(kind, is_new=is_new)
    text = terraform(change)

    rule = {"name": "n", "source_addresses": list(SUBNET), **told}
    collection = {"name": "n", "priority": 200, "action": "Allow", "rule": [rule]}
    assert read(text) == {
        "azurerm_firewall_policy_rule_collection_group": {
            "name": "n",
            "firewall_policy_id": change.policy_id,
            "priority": 300,
            f"{kind}_rule_collection": [collection],
        }
    }
    assert ("remove its other collections" in text) is not is_new


def test_a_nat_gateway_with_its_address_stands_where_the_network_does() -> None:
    change = nat_gateway()
    found = read(terraform(change))

    assert list(found) == [
        "azurerm_virtual_network",
        "azurerm_public_ip",
        "azurerm_nat_gateway",
        "azurerm_nat_gateway_public_ip_association",
        "azurerm_subnet_nat_gateway_association",
    ]
    location = "${data.azurerm_virtual_network.attestation_n.location}"
    assert found["azurerm_nat_gateway"]["location"] == found["azurerm_public_ip"]["location"] == location
    assert found["azurerm_subnet_nat_gateway_association"] == {
        "subnet_id": change.subnet_id,
        "nat_gateway_id": "${azurerm_nat_gateway.attestation_n.id}",
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_a_string(name: str) -> None:
    for change, harmless in zip(changes(name), changes(), strict=True):
        text = terraform(change)

        assert outline(read(text)) == outline(read(terraform(harmless)))
        assert not re.search(r"[$%]", "\n".join(it for it in text.splitlines() if not it.startswith("#")))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    written = read(terraform(security_rule(name)))["azurerm_network_security_rule"]["name"]

    assert re.sub(r"\\u(\w{4})", lambda it: chr(int(it[1], 16)), written) == clean(name)


@pytest.mark.parametrize("change", changes(), ids=repr)
def test_a_broken_text_would_be_seen(change: Change) -> None:
    text = terraform(change)

    for broken in (text.rstrip()[:-1], text.replace('"', "", 1), text.replace(" = ", " ", 1)):
        with pytest.raises(LarkError):
            read(broken)
