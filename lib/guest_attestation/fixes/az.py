"""A fix as commands of Azure's command line, for Bash and Azure Cloud Shell: one line each."""

from __future__ import annotations

import shlex
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

_READ_BY_AZ = ("-", "@", "'", "?", "{", "[")
_EXTENSION = "# From az's extension {}: written after its documentation, not checked against it."


@singledispatch
def az(change: Change) -> str:
    """Write a change as az commands."""
    raise TypeError(f"no change of kind {type(change).__name__} is known")


def moved_rule(change: AddSecurityRule) -> str:
    """Write the command that moves the rule which makes room, "" where none must."""
    if change.moved is None:
        return ""
    return _command(
        "network nsg rule update",
        place := place_of(change.group_id),
        ("nsg-name", place.name),
        ("name", change.moved.name),
        ("priority", change.moved.new_priority),
    )


def subnet_gateway(change: AddNatGateway) -> str:
    """Write the command that gives the subnet its NAT gateway."""
    place = place_of(change.subnet_id, 2)
    network, subnet = place.names
    return _command(
        "network vnet subnet update", place, ("vnet-name", network), ("name", subnet), ("nat-gateway", change.name)
    )


@az.register
def _security_rule(change: AddSecurityRule) -> str:
    place = place_of(change.group_id)
    added = _command(
        "network nsg rule create",
        place,
        ("nsg-name", place.name),
        ("name", change.name),
        ("priority", change.priority),
        ("direction", "Outbound"),
        ("access", "Allow"),
        ("protocol", "Tcp"),
        ("source-address-prefixes", change.source),
        ("destination-address-prefixes", change.destination),
        ("destination-port-ranges", PORT),
    )
    return "\n".join(filter(None, (moved_rule(change), added)))


@az.register
def _admin_rule(change: AddAdminRule) -> str:
    place = place_of(change.collection_id, 3)
    manager, configuration, collection = place.names
    kind = "ServiceTag" if is_tag(change.destination) else "IPPrefix"
    added = _command(
        "network manager security-admin-config rule-collection rule create",
        place,
        ("network-manager-name", manager),
        ("configuration-name", configuration),
        ("rule-collection-name", collection),
        ("rule-name", change.name),
        ("kind", "Custom"),
        ("access", "AlwaysAllow"),
        ("direction", "Outbound"),
        ("protocol", "Tcp"),
        ("priority", change.priority),
        ("destinations", f"address-prefix={change.destination}", f"address-prefix-type={kind}"),
        ("dest-port-ranges", PORT),
    )
    deploy = "# Then deploy the configuration again to its regions: az network manager post-commit."
    return "\n".join((_EXTENSION.format("virtual-network-manager"), added, deploy))


@az.register
def _route(change: AddRoute) -> str:
    place = place_of(change.table_id)
    return _command(
        "network route-table route create",
        place,
        ("route-table-name", place.name),
        ("name", change.name),
        ("address-prefix", change.destination),
        ("next-hop-type", "Internet"),
    )


@az.register
def _firewall_rule(change: AddFirewallRule) -> str:
    place = place_of(change.firewall_id)
    to_tag = (("protocols", "TCP"), ("destination-addresses", change.target), ("destination-ports", PORT))
    to_name = (("protocols", f"Https={PORT}"), ("target-fqdns", change.target))
    added = _command(
        f"network firewall {change.kind}-rule create",
        place,
        ("firewall-name", place.name),
        ("collection-name", change.collection),
        ("priority", change.priority),
        ("action", "Allow"),
        ("name", change.rule),
        ("source-addresses", *change.source),
        *(to_tag if change.kind == "network" else to_name),
    )
    return "\n".join((_EXTENSION.format("azure-firewall"), added))


@az.register
def _policy_rule(change: AddPolicyRule) -> str:
    place, groups = place_of(change.policy_id), "network firewall policy rule-collection-group"
    policy = ("policy-name", place.name)
    group = _command(f"{groups} create", place, policy, ("name", change.group), ("priority", change.group_priority))
    to_tag = (("ip-protocols", "TCP"), ("destination-addresses", change.target), ("destination-ports", PORT))
    to_name = (("protocols", f"Https={PORT}"), ("target-fqdns", change.target))
    collection = _command(
        f"{groups} collection add-filter-collection",
        place,
        policy,
        ("rule-collection-group-name", change.group),
        ("name", change.collection),
        ("collection-priority", change.priority),
        ("action", "Allow"),
        ("rule-type", "NetworkRule" if change.kind == "network" else "ApplicationRule"),
        ("rule-name", change.rule),
        ("source-addresses", *change.source),
        *(to_tag if change.kind == "network" else to_name),
    )
    return "\n".join((_EXTENSION.format("azure-firewall"), *([group] if change.is_new else []), collection))


@az.register
def _nat_gateway(change: AddNatGateway) -> str:
    place = place_of(change.subnet_id, 2)
    location = [("location", change.location)] if change.location else []
    address = _command(
        "network public-ip create",
        place,
        ("name", change.public_ip),
        *location,
        ("sku", "Standard"),
        ("allocation-method", "Static"),
    )
    gateway = _command(
        "network nat gateway create",
        place,
        ("name", change.name),
        *location,
        ("public-ip-addresses", change.public_ip),
    )
    return "\n".join((address, gateway, subnet_gateway(change)))


def _command(command: str, place: Place, *options: tuple[str | int, ...]) -> str:
    where = [("subscription", place.subscription)] if place.subscription else []
    every = (*where, ("resource-group", place.group), *options)
    written = (f"--{name} {' '.join(_quoted(str(it)) for it in values)}" for name, *values in every)
    return " ".join(("az", command, *written))


def _quoted(value: str) -> str:
    """Quote for the shell; what begins like none of Azure's names, az would take for an option, a file or JSON."""
    text = clean(value)
    return shlex.quote(f" {text}" if text.startswith(_READ_BY_AZ) else text)
