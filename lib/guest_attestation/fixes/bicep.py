"""A fix as Bicep: a new resource below one that exists, or the part to add to what Bicep only writes whole."""

from __future__ import annotations

from functools import singledispatch

from guest_attestation.fixes import az
from guest_attestation.fixes.change import (
    AddAdminRule,
    AddFirewallRule,
    AddNatGateway,
    AddPolicyRule,
    AddRoute,
    AddSecurityRule,
    Change,
)
from guest_attestation.fixes.names import PORT, Place, is_tag, place_of
from guest_attestation.text import clean

_VERSION = "2024-05-01"  # of Microsoft.Network; before new subnets lost default outbound access (facts 5.2)

_ESCAPED = {ord(it): f"\\u{{{ord(it):x}}}" for it in "\\'$"}  # by number: no reader can take one for the end

Value = str | int | list["Value"] | dict[str, "Value"]


class _Symbol(str):
    """A name of something else in the text, or an expression: not quoted."""


@singledispatch
def bicep(change: Change) -> str:
    """Write a change as Bicep."""
    raise TypeError(f"no change of kind {type(change).__name__} is known")


@bicep.register
def _security_rule(change: AddSecurityRule) -> str:
    place, kind = place_of(change.group_id), "networkSecurityGroups"
    properties: dict[str, Value] = {
        "priority": change.priority,
        "direction": "Outbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": change.source,
        "sourcePortRange": "*",
        "destinationAddressPrefix": change.destination,
        "destinationPortRange": PORT,
    }
    first = []
    if change.moved:
        first = ["// First, because Bicep writes a rule whole:", f"// {az.moved_rule(change)}"]
    return "\n".join(
        (
            *first,
            _target(place),
            _existing("nsg", kind, place.name),
            _resource("rule", f"{kind}/securityRules", "nsg", change.name, {"properties": properties}),
        )
    )


@bicep.register
def _admin_rule(change: AddAdminRule) -> str:
    place, kind = place_of(change.collection_id, 3), "networkManagers"
    manager, configuration, collection = place.names
    prefix = "ServiceTag" if is_tag(change.destination) else "IPPrefix"
    properties: dict[str, Value] = {
        "priority": change.priority,
        "direction": "Outbound",
        "access": "AlwaysAllow",
        "protocol": "Tcp",
        "destinations": [{"addressPrefix": change.destination, "addressPrefixType": prefix}],
        "destinationPortRanges": [PORT],
    }
    nested = f"{kind}/securityAdminConfigurations"
    return "\n".join(
        (
            "// Then deploy the configuration again to its regions: a rule counts only from then on.",
            _target(place),
            _existing("manager", kind, manager),
            _existing("configuration", nested, configuration, "manager"),
            _existing("collection", f"{nested}/ruleCollections", collection, "configuration"),
            _resource(
                "rule",
                f"{nested}/ruleCollections/rules",
                "collection",
                change.name,
                {"kind": "Custom", "properties": properties},
            ),
        )
    )


@bicep.register
def _route(change: AddRoute) -> str:
    place, kind = place_of(change.table_id), "routeTables"
    properties: dict[str, Value] = {"addressPrefix": change.destination, "nextHopType": "Internet"}
    return "\n".join(
        (
            _target(place),
            _existing("table", kind, place.name),
            _resource("route", f"{kind}/routes", "table", change.name, {"properties": properties}),
        )
    )


@bicep.register
def _firewall_rule(change: AddFirewallRule) -> str:
    collection: Value = {
        "name": change.collection,
        "properties": {"priority": change.priority, "action": {"type": "Allow"}, "rules": [_classic(change)]},
    }
    return "\n".join(
        (
            "// Bicep writes a firewall whole, and what a file leaves out is removed: add this collection to",
            f"// {change.kind}RuleCollections of the firewall where it is declared.",
            f"var collection = {_written(collection)}",
            "",
        )
    )


@bicep.register
def _policy_rule(change: AddPolicyRule) -> str:
    place, kind = place_of(change.policy_id), "firewallPolicies"
    collection: Value = {
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
        "name": change.collection,
        "priority": change.priority,
        "action": {"type": "Allow"},
        "rules": [_of_policy(change)],
    }
    if not change.is_new:
        return "\n".join(
            (
                "// Bicep would replace the rule collection group, and remove its other collections: add this one to",
                f"// ruleCollections of group {_quoted(change.group)} where it is declared.",
                f"var collection = {_written(collection)}",
                "",
            )
        )
    properties: dict[str, Value] = {"priority": change.group_priority, "ruleCollections": [collection]}
    return "\n".join(
        (
            _target(place),
            _existing("policy", kind, place.name),
            _resource("group", f"{kind}/ruleCollectionGroups", "policy", change.group, {"properties": properties}),
        )
    )


@bicep.register
def _nat_gateway(change: AddNatGateway) -> str:
    place = place_of(change.subnet_id, 2)
    here: dict[str, Value] = {
        "location": change.location or _Symbol("resourceGroup().location"),
        "sku": {"name": "Standard"},
    }
    address: Value = {"publicIPAllocationMethod": "Static"}
    gateway: Value = {"publicIpAddresses": [{"id": _Symbol("address.id")}]}
    return "\n".join(
        (
            "// Then natGateway: { id: gateway.id } where the subnet is declared, because Bicep writes it whole, or",
            f"// {az.subnet_gateway(change)}",
            _target(place),
            _resource("address", "publicIPAddresses", "", change.public_ip, {**here, "properties": address}),
            _resource("gateway", "natGateways", "", change.name, {**here, "properties": gateway}),
        )
    )


def _classic(change: AddFirewallRule) -> Value:
    rule: dict[str, Value] = {"name": change.rule, "sourceAddresses": list(change.source)}
    if change.kind == "network":
        return rule | {"protocols": ["TCP"], "destinationAddresses": [change.target], "destinationPorts": [PORT]}
    return rule | {"protocols": [{"protocolType": "Https", "port": int(PORT)}], "targetFqdns": [change.target]}


def _of_policy(change: AddPolicyRule) -> Value:
    named: dict[str, Value] = {"name": change.rule, "sourceAddresses": list(change.source)}
    if change.kind == "network":
        rule: dict[str, Value] = {"ruleType": "NetworkRule", **named, "ipProtocols": ["TCP"]}
        return rule | {"destinationAddresses": [change.target], "destinationPorts": [PORT]}
    rule = {"ruleType": "ApplicationRule", **named}
    return rule | {"protocols": [{"protocolType": "Https", "port": int(PORT)}], "targetFqdns": [change.target]}


def _target(place: Place) -> str:
    where = f" of subscription {_quoted(place.subscription)}" if place.subscription else ""
    return f"// Deploy to resource group {_quoted(place.group)}{where}.\n"


def _existing(symbol: str, kind: str, name: str, parent: str = "") -> str:
    body: dict[str, Value] = {"parent": _Symbol(parent)} if parent else {}
    return f"resource {symbol} 'Microsoft.Network/{kind}@{_VERSION}' existing = {_written({**body, 'name': name})}\n"


def _resource(symbol: str, kind: str, parent: str, name: str, rest: dict[str, Value]) -> str:
    body: dict[str, Value] = {"parent": _Symbol(parent)} if parent else {}
    return f"resource {symbol} 'Microsoft.Network/{kind}@{_VERSION}' = {_written({**body, 'name': name, **rest})}\n"


def _written(value: Value, indent: str = "") -> str:
    inner = f"{indent}  "
    match value:
        case dict():
            lines = [f"{inner}{key}: {_written(it, inner)}" for key, it in value.items()]
            return "\n".join(("{", *lines, f"{indent}}}"))
        case list():
            lines = [f"{inner}{_written(it, inner)}" for it in value]
            return "\n".join(("[", *lines, f"{indent}]"))
        case _Symbol() | int():
            return str(value)
    return _quoted(value)


def _quoted(value: str) -> str:
    return f"'{clean(value).translate(_ESCAPED)}'"
