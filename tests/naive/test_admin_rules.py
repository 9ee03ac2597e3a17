"""The oracle's own tests: cases that a reader can decide in their head."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from tests.naive.admin_rules import answers, lift, verdict
from tests.naive.security_groups import Network, Packet

NETWORK = Network(tags={"AzureAttestation": ["203.0.113.0/28"]})
PACKET = Packet(IPv4Address("203.0.113.5"))


def _rule(access: str, priority: int = 10, manager: str = "hub", source: str = "*") -> dict[str, Any]:
    kind = "NetworkGroup" if source.startswith("/") else "IPPrefix"
    properties = {
        "access": access,
        "direction": "Outbound",
        "protocol": "Tcp",
        "priority": priority,
        "sources": [{"addressPrefix": source, "addressPrefixType": kind}],
        "destinations": [{"addressPrefix": "AzureAttestation", "addressPrefixType": "ServiceTag"}],
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["443"],
    }
    return {"id": f"/m/{manager}/securityAdminConfigurations/c/rules/{access}-{priority}", "properties": properties}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], ("allow", "no")),
        ([_rule("Deny")], ("deny", "no")),
        ([_rule("Allow")], ("allow", "no")),
        ([_rule("AlwaysAllow")], ("allow", "yes")),
        ([_rule("AlwaysAllow", 20), _rule("Deny", 10)], ("deny", "no")),
        ([_rule("AlwaysAllow", 10), _rule("Deny", 20)], ("allow", "yes")),
        ([_rule("Deny", source="/group")], ("unknown", "no")),
        ([_rule("AlwaysAllow", source="/group")], ("allow", "maybe")),
        ([_rule("Audit")], ("unknown", "maybe")),
        ([_rule("Deny"), _rule("Allow", manager="corp")], ("unknown", "no")),
        ([_rule("Deny"), _rule("Deny", manager="corp")], ("deny", "no")),
        ([_rule("AlwaysAllow"), _rule("Allow", manager="corp")], ("allow", "maybe")),
        ([_rule("AlwaysAllow"), _rule("Deny", 20, manager="HUB")], ("allow", "yes")),
    ],
)
def test_one_packet(rules: list[dict[str, Any]], expected: tuple[str, str]) -> None:
    told = answers(rules, PACKET, NETWORK)
    assert (verdict(told), lift(told)) == expected


def test_a_network_managers_entry_of_the_effective_rules_counts_and_an_nsgs_does_not() -> None:
    flat = {"name": "r", "access": "Deny", "direction": "Outbound", "protocol": "All", "priority": 1}
    flat |= {"sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*"}
    entry = {"association": {"networkManager": {"id": "/m"}}, "effectiveSecurityRules": [flat]}
    assert verdict(answers([entry], PACKET, NETWORK)) == "deny"
    assert verdict(answers([{**entry, "association": {"subnet": {}}}], PACKET, NETWORK)) == "allow"
