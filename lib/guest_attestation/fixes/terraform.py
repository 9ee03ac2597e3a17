"""A fix as Terraform, with resources of the provider azurerm."""

from __future__ import annotations

import re
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

_ESCAPED = {ord(it): f"\\u{ord(it):04x}" for it in '\\"$%'}  # by number: no reader can take one for the end

Value = str | int | list[str] | dict[str, "Value"]  # a dict is a block


class _Symbol(str):
    """A reference to something else in the text: not quoted."""


@singledispatch
def terraform(change: Change) -> str:
    """Write a change as Terraform."""
    raise TypeError(f"no change of kind {type(change).__name__} is known")


@terraform.register
def _security_rule(change: AddSecurityRule) -> str:
    place, first = place_of(change.group_id), []
    if change.moved:
        to = f"priority {change.moved.new_priority}"
        first = [f"First move the rule that has priority {change.priority} to {to}, where it is declared, or:"]
        first.append(az.moved_rule(change))
    body: dict[str, Value] = {
        "name": change.name,
        "resource_group_name": place.group,
        "network_security_group_name": place.name,
        "priority": change.priority,
        "direction": "Outbound",
        "access": "Allow",
        "protocol": "Tcp",
        "source_address_prefix": change.source,
        "source_port_range": "*",
        "destination_address_prefix": change.destination,
        "destination_port_range": PORT,
    }
    inline = "If the NSG is declared with security_rule blocks, add the rule there instead: they undo each other."
    return _text(place, (*first, inline), _resource("azurerm_network_security_rule", place.name, body))


@terraform.register
def _admin_rule(change: AddAdminRule) -> str:
    place = place_of(change.collection_id, 3)
    kind = "ServiceTag" if is_tag(change.destination) else "IPPrefix"
    body: dict[str, Value] = {
        "name": change.name,
        "admin_rule_collection_id": place.id,
        "action": "AlwaysAllow",
        "direction": "Outbound",
        "protocol": "Tcp",
        "priority": change.priority,
        "destination_port_ranges": [PORT],
        "destination": {"address_prefix_type": kind, "address_prefix": change.destination},
    }
    deploy = "Then deploy the configuration again to its regions: azurerm_network_manager_deployment."
    return _text(place, (deploy,), _resource("azurerm_network_manager_admin_rule", place.name, body))


@terraform.register
def _route(change: AddRoute) -> str:
    place = place_of(change.table_id)
    body: dict[str, Value] = {
        "name": change.name,
        "resource_group_name": place.group,
        "route_table_name": place.name,
        "address_prefix": change.destination,
        "next_hop_type": "Internet",
    }
    inline = "If the route table is declared with route blocks, add the route there instead: they undo each other."
    return _text(place, (inline,), _resource("azurerm_route", place.name, body))


@terraform.register
def _firewall_rule(change: AddFirewallRule) -> str:
    place = place_of(change.firewall_id)
    body: dict[str, Value] = {
        "name": change.collection,
        "azure_firewall_name": place.name,
        "resource_group_name": place.group,
        "priority": change.priority,
        "action": "Allow",
        "rule": _rule(change, "target_fqdns"),
    }
    return _text(place, (), _resource(f"azurerm_firewall_{change.kind}_rule_collection", place.name, body))


@terraform.register
def _policy_rule(change: AddPolicyRule) -> str:
    place = place_of(change.policy_id)
    notes: tuple[str, ...] = ()
    if not change.is_new:
        notes = (
            "This group exists, and Terraform would replace it and remove its other collections: add the block",
            f"{change.kind}_rule_collection to where the group is declared.",
        )
    collection: dict[str, Value] = {
        "name": change.collection,
        "priority": change.priority,
        "action": "Allow",
        "rule": _rule(change, "destination_fqdns"),
    }
    body: dict[str, Value] = {
        "name": change.group,
        "firewall_policy_id": place.id,
        "priority": change.group_priority,
        f"{change.kind}_rule_collection": collection,
    }
    return _text(place, notes, _resource("azurerm_firewall_policy_rule_collection_group", place.name, body))


@terraform.register
def _nat_gateway(change: AddNatGateway) -> str:
    place = place_of(change.subnet_id, 2)
    network, subnet = place.names
    label = _label(subnet)
    of_group: dict[str, Value] = {"resource_group_name": place.group}
    here = {**of_group, "location": _Symbol(f"data.azurerm_virtual_network.{label}.location")}
    gateway: dict[str, Value] = {"nat_gateway_id": _Symbol(f"azurerm_nat_gateway.{label}.id")}
    address: dict[str, Value] = {"public_ip_address_id": _Symbol(f"azurerm_public_ip.{label}.id")}
    static: dict[str, Value] = {"name": change.public_ip, **here, "sku": "Standard", "allocation_method": "Static"}
    return _text(
        place,
        (),
        _block("data", "azurerm_virtual_network", label, {"name": network, **of_group}),
        _resource("azurerm_public_ip", subnet, static),
        _resource("azurerm_nat_gateway", subnet, {"name": change.name, **here, "sku_name": "Standard"}),
        _resource("azurerm_nat_gateway_public_ip_association", subnet, {**gateway, **address}),
        _resource("azurerm_subnet_nat_gateway_association", subnet, {"subnet_id": place.id, **gateway}),
    )


def _rule(change: AddFirewallRule | AddPolicyRule, names: str) -> Value:
    rule: dict[str, Value] = {"name": change.rule, "source_addresses": list(change.source)}
    if change.kind == "network":
        return rule | {"protocols": ["TCP"], "destination_addresses": [change.target], "destination_ports": [PORT]}
    https: dict[str, Value] = {"type": "Https", "port": int(PORT)}
    return rule | {names: [change.target], _PROTOCOL[type(change)]: https}


_PROTOCOL = {AddFirewallRule: "protocol", AddPolicyRule: "protocols"}


def _text(place: Place, notes: tuple[str, ...], *blocks: str) -> str:
    where = (f"For a provider azurerm of subscription {place.subscription}.",) if place.subscription else ()
    comments = "\n".join(f"# {it}" for it in (*where, *notes))
    return "\n\n".join(filter(None, (comments, *blocks))) + "\n"


def _resource(kind: str, name: str, body: dict[str, Value]) -> str:
    return _block("resource", kind, _label(name), body)


def _block(word: str, kind: str, label: str, body: dict[str, Value]) -> str:
    return f'{word} "{kind}" "{label}" {_body(body)}'


def _label(name: str) -> str:
    """Make a label that tells resources apart by what they stand in."""
    return "attestation_" + re.sub(r"[^0-9a-z]+", "_", name.casefold())


def _body(body: dict[str, Value], indent: str = "") -> str:
    """Write attributes aligned as `terraform fmt` does, and blocks after an empty line."""
    inner = f"{indent}  "
    plain = {key: it for key, it in body.items() if not isinstance(it, dict)}
    width = max(map(len, plain), default=0)
    lines = [f"{inner}{key:<{width}} = {_written(it)}" for key, it in plain.items()]
    for key, it in body.items():
        if isinstance(it, dict):
            lines += ["", f"{inner}{key} {_body(it, inner)}"]
    return "\n".join(("{", *lines, f"{indent}}}"))


def _written(value: str | int | list[str]) -> str:
    match value:
        case list():
            return f"[{', '.join(_quoted(it) for it in value)}]"
        case _Symbol() | int():
            return str(value)
    return _quoted(value)


def _quoted(value: str) -> str:
    return f'"{clean(value).translate(_ESCAPED)}"'
