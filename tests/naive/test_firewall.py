"""The oracle's own tests: cases that a reader can decide in their head."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from tests.naive.firewall import verdicts
from tests.network.firewall_build import HOST, application_rule, collection, group, network_rule

ALLOW = collection("allow", 200, "Allow", network_rule("a", "203.0.113.0/29"))
DENY = collection("deny", 200, "Deny", network_rule("d", "203.0.113.0/28"))
BY_NAME = collection("app", 100, "Allow", application_rule("n"))


@pytest.mark.parametrize(
    ("groups", "address", "expected"),
    [
        ([], "203.0.113.1", {"deny"}),
        ([group("g", 100, ALLOW)], "203.0.113.1", {"allow"}),
        ([group("g", 100, ALLOW)], "203.0.113.9", {"deny"}),
        ([group("g", 100, ALLOW, {**DENY, "priority": 100})], "203.0.113.1", {"deny"}),
        ([group("g", 100, ALLOW, DENY)], "203.0.113.1", {"allow", "deny"}),
        ([group("g", 100, ALLOW), group("h", 100, DENY)], "203.0.113.1", {"allow", "deny"}),
        ([group("g", 200, ALLOW), group("h", 100, DENY)], "203.0.113.1", {"deny"}),
        ([group("g", 100, BY_NAME), group("h", 200, DENY)], "203.0.113.1", {"deny"}),
        ([group("g", 100, BY_NAME), group("h", 200, ALLOW)], "203.0.113.9", {"allow"}),
    ],
)
def test_one_packet(groups: list[Any], address: str, expected: set[str]) -> None:
    assert verdicts(groups, IPv4Address(address), "10.0.0.4", HOST) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (network_rule("n", "*", destinationPorts=["80"]), {"deny"}),
        (network_rule("n", "*", ipProtocols=["UDP"]), {"deny"}),
        (network_rule("n", "*", sourceAddresses=["10.0.1.0/24"]), {"deny"}),
        (network_rule("n", "192.0.2.0/24", destinationFqdns=["x.example"]), {"allow", "deny"}),
        (application_rule("n", "*.example"), {"deny"}),
        (application_rule("n", HOST), {"allow"}),
        (application_rule("n", "*.eus.attest.azure.net"), {"allow"}),
        (application_rule("n", "*.weu.attest.azure.net"), {"deny"}),
        (application_rule("n", "*.weu.attest.azure.net", "*"), {"allow"}),
        (application_rule("n", "*.example", fqdnTags=["WindowsUpdate"]), {"allow", "deny"}),
        (application_rule("n", protocols=[{"protocolType": "Http", "port": 80}]), {"deny"}),
    ],
)
def test_one_rule(rule: dict[str, Any], expected: set[str]) -> None:
    groups = [group("g", 100, collection("c", 100, "Allow", rule))]
    assert verdicts(groups, IPv4Address("203.0.113.1"), "10.0.0.4", HOST) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("*", {"allow"}),
        ("*.attest.azure.net", {"allow"}),
        (HOST, {"allow", "deny"}),
        ("*.weu.attest.azure.net", {"allow", "deny"}),
        ("*.example", {"deny"}),
    ],
)
def test_a_name_that_is_not_known(target: str, expected: set[str]) -> None:
    groups = [group("g", 100, collection("c", 100, "Allow", application_rule("n", target)))]
    assert verdicts(groups, IPv4Address("203.0.113.1"), "10.0.0.4", None) == expected


PARENT_DENIES = [group("p", 65000, {**DENY, "priority": 65000})]


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ([], {"allow"}),
        ([PARENT_DENIES], {"deny"}),
        ([[], PARENT_DENIES], {"deny"}),
        ([[group("p", 100, BY_NAME)]], {"allow"}),
        ([None], {"allow", "deny"}),
        ([None, PARENT_DENIES], {"deny"}),
        ([PARENT_DENIES, None], {"allow", "deny"}),
    ],
)
def test_parents_come_first(parents: list[Any], expected: set[str]) -> None:
    child = [group("g", 100, ALLOW)]
    assert verdicts(child, IPv4Address("203.0.113.1"), "10.0.0.4", HOST, parents=parents) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (["203.0.113.0/30"], {"allow"}),
        (["203.0.113.1-203.0.113.2"], {"allow"}),
        (["192.0.2.0/24"], {"deny"}),
        (None, {"allow", "deny"}),
    ],
)
@pytest.mark.parametrize("side", ["source", "destination"])
def test_an_ip_group(side: str, held: list[str] | None, expected: set[str]) -> None:
    named = {f"{side}Addresses": [], f"{side}IpGroups": ["/g"]}
    groups = [group("g", 100, collection("c", 100, "Allow", network_rule("n", "*", **named)))]
    address = IPv4Address("203.0.113.1")
    source = "203.0.113.1" if side == "source" else "10.0.0.4"
    assert verdicts(groups, address, source, HOST, ip_groups={"/g": held}) == expected
