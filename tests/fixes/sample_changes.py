"""One change of every kind, plain and with names that try to break out of the text that they stand in."""

from __future__ import annotations

from guest_attestation.fixes.change import (
    AddAdminRule,
    AddFirewallRule,
    AddNatGateway,
    AddPolicyRule,
    AddRoute,
    AddSecurityRule,
    Change,
    MovedRule,
)

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
TAG, NAME = "AzureAttestation", "*.attest.azure.net"
SUBNET = ("10.1.0.0/24", "fd00:1::/64")
HOSTILE = [
    "it's",
    'say "hi"',
    "'; reboot; '",
    '"; reboot; "',
    "'''",
    "$(reboot)",
    "`reboot`",
    "${reboot()}",
    "$${reboot()}",
    "%{ if true }",
    "\\",
    "\\${reboot()}",
    "\\'\nreboot\n",
    "a\nreboot",
    "a\r\nreboot",
    "a\N{LINE SEPARATOR}reboot",
    "a\x1b[201~\x03reboot",
    "\N{RIGHT SINGLE QUOTATION MARK}; reboot; \N{LEFT SINGLE QUOTATION MARK}",
    "\N{SINGLE LOW-9 QUOTATION MARK}\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}'",
    "\N{RIGHT-TO-LEFT OVERRIDE}toober",
    "-x",
    "--debug",
    "@secrets",
    "??",
    "{a:b}",
    "[a,b]",
    "a # b // c",
    "}",
]


def network(name: str) -> str:
    subscription = SUBSCRIPTION if name == "n" else name
    return f"/subscriptions/{subscription}/resourceGroups/{name}/providers/Microsoft.Network"


def security_rule(name: str = "n", *, moved: bool = False) -> AddSecurityRule:
    group = f"{network(name)}/networkSecurityGroups/{name}"
    return AddSecurityRule(group, name, 110, "*", TAG, MovedRule(name, 110, 201) if moved else None)


def admin_rule(name: str = "n", destination: str = TAG) -> AddAdminRule:
    manager = f"{network(name)}/networkManagers/{name}"
    return AddAdminRule(f"{manager}/securityAdminConfigurations/{name}/ruleCollections/{name}", name, 9, destination)


def route(name: str = "n") -> AddRoute:
    return AddRoute(f"{network(name)}/routeTables/{name}", name, TAG)


def firewall_rule(kind: str, name: str = "n") -> AddFirewallRule:
    firewall = f"{network(name)}/azureFirewalls/{name}"
    return AddFirewallRule(firewall, kind, name, 200, name, SUBNET, TAG if kind == "network" else NAME)


def policy_rule(kind: str, name: str = "n", *, is_new: bool = False) -> AddPolicyRule:
    policy, target = f"{network(name)}/firewallPolicies/{name}", TAG if kind == "network" else NAME
    return AddPolicyRule(policy, name, 300, is_new, kind, name, 200, name, SUBNET, target)


def nat_gateway(name: str = "n", location: str = "westeurope") -> AddNatGateway:
    return AddNatGateway(f"{network(name)}/virtualNetworks/{name}/subnets/{name}", name, name, location)


def changes(name: str = "n") -> list[Change]:
    return [
        security_rule(name),
        security_rule(name, moved=True),
        admin_rule(name),
        admin_rule(name, "10.1.0.9"),
        route(name),
        *(firewall_rule(kind, name) for kind in ("network", "application")),
        *(policy_rule(kind, name, is_new=new) for kind in ("network", "application") for new in (True, False)),
        nat_gateway(name),
        nat_gateway(name, ""),
    ]
