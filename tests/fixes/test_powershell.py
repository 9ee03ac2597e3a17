"""PowerShell texts, read by a parser of PowerShell."""

from __future__ import annotations

import re

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from guest_attestation.fixes.change import Change
from guest_attestation.fixes.powershell import powershell
from guest_attestation.text import clean
from tests.fixes.sample_changes import (
    HOSTILE,
    SUBSCRIPTION,
    admin_rule,
    changes,
    firewall_rule,
    nat_gateway,
    policy_rule,
    route,
    security_rule,
)

PARSER = Parser(Language(tree_sitter_powershell.language()))
# PowerShell takes each of these for a single quote; the parser knows the first alone.
SINGLE_QUOTES = re.compile("['\N{LEFT SINGLE QUOTATION MARK}-\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}]")


class Broken(Exception):
    """The text is not PowerShell."""


def read(text: str) -> Node:
    root = PARSER.parse(SINGLE_QUOTES.sub("'", text).encode()).root_node
    if root.has_error:
        raise Broken(text)
    return root


def nodes(root: Node, kind: str) -> list[Node]:
    return [*([root] if root.type == kind else []), *(it for child in root.children for it in nodes(child, kind))]


def text_of(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def cmdlets(text: str) -> list[tuple[str, list[str]]]:
    """Return every command with the names of its parameters."""
    return [
        (text_of(nodes(it, "command_name")[0]), [text_of(name) for name in nodes(it, "command_parameter")])
        for it in nodes(read(text), "command")
    ]


def strings(text: str) -> list[str]:
    return [text_of(it)[1:-1].replace("''", "'") for it in nodes(read(text), "verbatim_string_characters")]


def outline(node: Node) -> object:
    return (node.type, [outline(it) for it in node.children])


CONTEXT = ("Set-AzContext", ["-Subscription"])
NAMED = ["-ResourceGroupName", "-Name"]
NSG = ("Get-AzNetworkSecurityGroup", NAMED)
SECURITY_RULE = (
    "Add-AzNetworkSecurityRuleConfig",
    [
        "-Name",
        "-Priority",
        "-Direction",
        "-Access",
        "-Protocol",
        "-SourceAddressPrefix",
        "-SourcePortRange",
        "-DestinationAddressPrefix",
        "-DestinationPortRange",
    ],
)


def test_a_security_rule_is_added_to_the_nsg_as_it_is() -> None:
    text = powershell(security_rule())

    assert cmdlets(text) == [CONTEXT, NSG, SECURITY_RULE, ("Set-AzNetworkSecurityGroup", [])]
    assert strings(text) == [
        SUBSCRIPTION,
        "n",
        "n",
        "n",
        "Outbound",
        "Allow",
        "Tcp",
        "*",
        "*",
        "AzureAttestation",
        "443",
    ]
    assert "-Priority 110 " in text


def test_the_rule_in_the_way_moves_in_the_same_write() -> None:
    text = powershell(security_rule("r", moved=True))

    moved = "($nsg.SecurityRules | Where-Object { $_.Direction -eq 'Outbound' -and $_.Name -eq 'r' }).Priority = 201"
    assert text.splitlines()[2] == moved
    assert [it[0] for it in cmdlets(text)].count("Set-AzNetworkSecurityGroup") == 1


@pytest.mark.parametrize(("destination", "kind"), [("AzureAttestation", "ServiceTag"), ("10.1.0.9", "IPPrefix")])
def test_an_admin_rule(destination: str, kind: str) -> None:
    text = powershell(admin_rule(destination=destination))

    assert cmdlets(text) == [
        CONTEXT,
        ("New-AzNetworkManagerAddressPrefixItem", ["-AddressPrefix", "-AddressPrefixType"]),
        (
            "New-AzNetworkManagerSecurityAdminRule",
            [
                "-ResourceGroupName",
                "-NetworkManagerName",
                "-SecurityAdminConfigurationName",
                "-RuleCollectionName",
                "-Name",
                "-Access",
                "-Direction",
                "-Protocol",
                "-Priority",
                "-DestinationPortRange",
                "-DestinationAddressPrefix",
            ],
        ),
    ]
    assert strings(text) == [SUBSCRIPTION, destination, kind, *["n"] * 5, "AlwaysAllow", "Outbound", "Tcp", "443"]


def test_a_route() -> None:
    text = powershell(route())

    assert cmdlets(text) == [
        CONTEXT,
        ("Get-AzRouteTable", NAMED),
        ("Add-AzRouteConfig", ["-Name", "-AddressPrefix", "-NextHopType"]),
        ("Set-AzRouteTable", []),
    ]
    assert strings(text) == [SUBSCRIPTION, "n", "n", "n", "AzureAttestation", "Internet"]


TO = {
    "network": (["-Protocol", "-DestinationAddress", "-DestinationPort"], ["TCP", "AzureAttestation", "443"]),
    "application": (["-Protocol", "-TargetFqdn"], ["Https:443", "*.attest.azure.net"]),
}
COLLECTION = ["-Name", "-Priority", "-ActionType", "-Rule"]


@pytest.mark.parametrize("kind", TO)
def test_a_classic_collection_is_added_to_the_firewall_as_it_is(kind: str) -> None:
    text, of_kind, (parameters, told) = powershell(firewall_rule(kind)), kind.capitalize(), TO[kind]

    assert cmdlets(text) == [
        CONTEXT,
        ("Get-AzFirewall", NAMED),
        (f"New-AzFirewall{of_kind}Rule", ["-Name", "-SourceAddress", *parameters]),
        (f"New-AzFirewall{of_kind}RuleCollection", COLLECTION),
        ("Set-AzFirewall", ["-AzureFirewall"]),
    ]
    assert strings(text) == [SUBSCRIPTION, "n", "n", "n", "10.1.0.0/24", "fd00:1::/64", *told, "n", "Allow"]
    assert f"$firewall.Add{of_kind}RuleCollection($collection)\n" in text


@pytest.mark.parametrize("kind", TO)
def test_a_collection_is_added_to_the_group_as_it_is(kind: str) -> None:
    text, (parameters, _) = powershell(policy_rule(kind)), TO[kind]

    assert cmdlets(text) == [
        CONTEXT,
        ("Get-AzFirewallPolicy", NAMED),
        (f"New-AzFirewallPolicy{kind.capitalize()}Rule", ["-Name", "-SourceAddress", *parameters]),
        ("New-AzFirewallPolicyFilterRuleCollection", COLLECTION),
        ("Get-AzFirewallPolicyRuleCollectionGroup", ["-ResourceGroupName", "-AzureFirewallPolicyName", "-Name"]),
        (
            "Set-AzFirewallPolicyRuleCollectionGroup",
            ["-Name", "-Priority", "-FirewallPolicyObject", "-RuleCollection"],
        ),
    ]
    assert "$group.Properties.RuleCollection.Add($collection)\n" in text
    assert text.endswith("-Priority 300 -FirewallPolicyObject $policy -RuleCollection $group.Properties.RuleCollection")


def test_a_new_group_is_made_with_its_collection() -> None:
    text = powershell(policy_rule("network", is_new=True))

    assert cmdlets(text)[-1] == (
        "New-AzFirewallPolicyRuleCollectionGroup",
        ["-Name", "-Priority", "-FirewallPolicyObject", "-RuleCollection"],
    )
    assert "Set-AzFirewallPolicyRuleCollectionGroup" not in text


def test_a_nat_gateway_leaves_the_rest_of_the_subnet_alone() -> None:
    text = powershell(nat_gateway())

    made = ["-Name", "-ResourceGroupName", "-Location", "-Sku"]
    assert cmdlets(text) == [
        CONTEXT,
        ("Get-AzVirtualNetwork", NAMED),
        ("New-AzPublicIpAddress", [*made, "-AllocationMethod"]),
        ("New-AzNatGateway", [*made, "-PublicIpAddress"]),
        ("Where-Object", []),
        ("Set-AzVirtualNetwork", []),
    ]
    assert "($network.Subnets | Where-Object { $_.Name -eq 'n' }).NatGateway = $gateway\n" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_a_string(name: str) -> None:
    for change, plain in zip(changes(name), changes(), strict=True):
        assert outline(read(powershell(change))) == outline(read(powershell(plain)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    assert strings(powershell(route(name)))[3] == SINGLE_QUOTES.sub("'", clean(name))


@pytest.mark.parametrize("change", changes(), ids=repr)
def test_a_broken_text_would_be_seen(change: Change) -> None:
    text = powershell(change)

    for broken in (f"({text}", text.replace("Name 'n'", "Name 'n", 1), text.replace("Name 'n'", "Name 'n'n'", 1)):
        with pytest.raises(Broken):
            read(broken)
