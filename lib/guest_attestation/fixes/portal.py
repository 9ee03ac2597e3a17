"""A fix as steps in the Azure portal, which name the blades as they are there."""

from __future__ import annotations

from functools import singledispatch

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


def portal_steps(change: Change) -> tuple[str, ...]:
    """Write a change as steps for a person."""
    return tuple(clean(it) for it in _steps(change))


@singledispatch
def _steps(change: Change) -> tuple[str, ...]:
    raise TypeError(f"no change of kind {type(change).__name__} is known")


@_steps.register
def _security_rule(change: AddSecurityRule) -> tuple[str, ...]:
    place, moved = place_of(change.group_id), change.moved
    source = "Any" if change.source == "*" else f"IP Addresses, {change.source}"
    priority = f"change its Priority from {moved.old_priority} to {moved.new_priority}" if moved else ""
    return (
        _open("Network security groups", place, "Outbound security rules"),
        *([f"Open rule {moved.name} and {priority}. Save."] if moved else []),
        f"Select Add. Source: {source}. Source port ranges: *. Destination: {_destination(change.destination)}.",
        f"Service: Custom. Destination port ranges: {PORT}. Protocol: TCP. Action: Allow.",
        f"Priority: {change.priority}. Name: {change.name}. Select Add.",
    )


@_steps.register
def _admin_rule(change: AddAdminRule) -> tuple[str, ...]:
    place = place_of(change.collection_id, 3)
    manager, configuration, collection = place.names
    return (
        _open("Network managers", place, "Configurations", manager),
        f"Open security admin configuration {configuration}, Rule collections, {collection}. Select Add.",
        f"Name: {change.name}. Priority: {change.priority}. Action: Always allow. Direction: Outbound. Protocol: TCP.",
        f"Destination: {_destination(change.destination)}. Destination port: {PORT}. Select Add, then Save.",
        "Open Deployments, Deploy configurations, and deploy it again to its regions, with all that is deployed there.",
    )


@_steps.register
def _route(change: AddRoute) -> tuple[str, ...]:
    return (
        _open("Route tables", place_of(change.table_id), "Routes"),
        f"Select Add. Route name: {change.name}. Destination: {_destination(change.destination)}.",
        "Next hop type: Internet. Select Add.",
    )


@_steps.register
def _firewall_rule(change: AddFirewallRule) -> tuple[str, ...]:
    place, kind = place_of(change.firewall_id), change.kind
    return (
        _open("Firewalls", place, f"Rules (classic) > {kind.capitalize()} rule collection"),
        f"Select Add {kind} rule collection. Name: {change.collection}. Priority: {change.priority}. Action: Allow.",
        f"Under {'Service Tags' if kind == 'network' else 'Target FQDNs'}: {_rule(change)} Select Add.",
    )


@_steps.register
def _policy_rule(change: AddPolicyRule) -> tuple[str, ...]:
    place, kind = place_of(change.policy_id), change.kind.capitalize()
    group = (
        _open("Firewall Policies", place, "Rule collections"),
        f"Select Add, Rule collection group. Name: {change.group}. Priority: {change.group_priority}. Select Add.",
    )
    return (
        *(group if change.is_new else ()),
        _open("Firewall Policies", place, f"{kind} rules"),
        f"Select Add a rule collection. Name: {change.collection}. Rule collection type: {kind}.",
        f"Priority: {change.priority}. Rule collection action: Allow. Rule collection group: {change.group}.",
        f"Under Rules: {_rule(change)} Select Add.",
    )


@_steps.register
def _nat_gateway(change: AddNatGateway) -> tuple[str, ...]:
    place = place_of(change.subnet_id, 2)
    network, subnet = place.names
    region = f" Region: {change.location}." if change.location else ""
    return (
        f"Open NAT gateways, select Create. Subscription: {place.subscription}. Resource group: {place.group}.",
        f"NAT gateway name: {change.name}.{region} SKU: Standard.",
        f"Outbound IP: create a new public IP address, {change.public_ip}.",
        f"Networking: choose virtual network {network} and its subnet {subnet}. Select Review + create, then Create.",
    )


def _rule(change: AddFirewallRule | AddPolicyRule) -> str:
    rule = f"Name: {change.rule}. Source type: IP address. Source: {', '.join(change.source)}."
    if change.kind == "network":
        to = f"Destination type: Service Tag. Destination: {change.target}."
        return f"{rule} Protocol: TCP. Destination ports: {PORT}. {to}"
    return f"{rule} Protocol: Https:{PORT}. Destination type: FQDN. Destination: {change.target}."


def _destination(destination: str) -> str:
    return f"{'Service Tag' if is_tag(destination) else 'IP Addresses'}, {destination}"


def _open(kind: str, place: Place, blade: str, name: str = "") -> str:
    where = f"resource group {place.group} of subscription {place.subscription}"
    return f"Open {kind} > {name or place.name} ({where}) > {blade}."
