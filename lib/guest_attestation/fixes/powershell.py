"""A fix as cmdlets of Azure PowerShell's module Az.Network."""

from __future__ import annotations

import re
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

# PowerShell ends a single-quoted string at any of these, and takes two of one kind for one.
_QUOTES = re.compile("(['\N{LEFT SINGLE QUOTATION MARK}-\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}])")


@singledispatch
def powershell(change: Change) -> str:
    """Write a change as PowerShell statements."""
    raise TypeError(f"no change of kind {type(change).__name__} is known")


@powershell.register
def _security_rule(change: AddSecurityRule) -> str:
    place, moved = place_of(change.group_id), change.moved
    get = _cmdlet("Get-AzNetworkSecurityGroup", ("ResourceGroupName", place.group), ("Name", place.name))
    add = _cmdlet(
        "Add-AzNetworkSecurityRuleConfig",
        ("Name", change.name),
        ("Priority", change.priority),
        ("Direction", "Outbound"),
        ("Access", "Allow"),
        ("Protocol", "Tcp"),
        ("SourceAddressPrefix", change.source),
        ("SourcePortRange", "*"),
        ("DestinationAddressPrefix", change.destination),
        ("DestinationPortRange", PORT),
    )
    if moved is None:
        return _lines(place, f"{get} | {add} | Set-AzNetworkSecurityGroup")
    held = f"$nsg.SecurityRules | Where-Object {{ $_.Direction -eq 'Outbound' -and $_.Name -eq {_quoted(moved.name)} }}"
    return _lines(
        place,
        f"$nsg = {get}",
        f"({held}).Priority = {moved.new_priority}",
        f"$nsg | {add} | Set-AzNetworkSecurityGroup",
    )


@powershell.register
def _admin_rule(change: AddAdminRule) -> str:
    place = place_of(change.collection_id, 3)
    manager, configuration, collection = place.names
    kind = "ServiceTag" if is_tag(change.destination) else "IPPrefix"
    item = _cmdlet(
        "New-AzNetworkManagerAddressPrefixItem", ("AddressPrefix", change.destination), ("AddressPrefixType", kind)
    )
    add = _cmdlet(
        "New-AzNetworkManagerSecurityAdminRule",
        ("ResourceGroupName", place.group),
        ("NetworkManagerName", manager),
        ("SecurityAdminConfigurationName", configuration),
        ("RuleCollectionName", collection),
        ("Name", change.name),
        ("Access", "AlwaysAllow"),
        ("Direction", "Outbound"),
        ("Protocol", "Tcp"),
        ("Priority", change.priority),
        ("DestinationPortRange", PORT),
    )
    deploy = "# Then deploy the configuration again to its regions: Deploy-AzNetworkManagerCommit."
    return _lines(place, f"$destination = {item}", f"{add} -DestinationAddressPrefix $destination", deploy)


@powershell.register
def _route(change: AddRoute) -> str:
    place = place_of(change.table_id)
    get = _cmdlet("Get-AzRouteTable", ("ResourceGroupName", place.group), ("Name", place.name))
    add = _cmdlet(
        "Add-AzRouteConfig", ("Name", change.name), ("AddressPrefix", change.destination), ("NextHopType", "Internet")
    )
    return _lines(place, f"{get} | {add} | Set-AzRouteTable")


@powershell.register
def _firewall_rule(change: AddFirewallRule) -> str:
    place, kind = place_of(change.firewall_id), change.kind.capitalize()
    get = _cmdlet("Get-AzFirewall", ("ResourceGroupName", place.group), ("Name", place.name))
    collection = _cmdlet(
        f"New-AzFirewall{kind}RuleCollection",
        ("Name", change.collection),
        ("Priority", change.priority),
        ("ActionType", "Allow"),
    )
    return _lines(
        place,
        f"$firewall = {get}",
        f"$rule = {_rule(change, f'New-AzFirewall{kind}Rule')}",
        f"$collection = {collection} -Rule $rule",
        f"$firewall.Add{kind}RuleCollection($collection)",
        "Set-AzFirewall -AzureFirewall $firewall",
    )


@powershell.register
def _policy_rule(change: AddPolicyRule) -> str:
    place, kind = place_of(change.policy_id), change.kind.capitalize()
    get = _cmdlet("Get-AzFirewallPolicy", ("ResourceGroupName", place.group), ("Name", place.name))
    get_group = _cmdlet(
        "Get-AzFirewallPolicyRuleCollectionGroup",
        ("ResourceGroupName", place.group),
        ("AzureFirewallPolicyName", place.name),
        ("Name", change.group),
    )
    group = f"-Name {_quoted(change.group)} -Priority {change.group_priority} -FirewallPolicyObject $policy"
    collection = _cmdlet(
        "New-AzFirewallPolicyFilterRuleCollection",
        ("Name", change.collection),
        ("Priority", change.priority),
        ("ActionType", "Allow"),
    )
    made = (
        f"$policy = {get}",
        f"$rule = {_rule(change, f'New-AzFirewallPolicy{kind}Rule')}",
        f"$collection = {collection} -Rule $rule",
    )
    if change.is_new:
        return _lines(place, *made, f"New-AzFirewallPolicyRuleCollectionGroup {group} -RuleCollection $collection")
    return _lines(
        place,
        *made,
        f"$group = {get_group}",
        "$group.Properties.RuleCollection.Add($collection)",
        f"Set-AzFirewallPolicyRuleCollectionGroup {group} -RuleCollection $group.Properties.RuleCollection",
    )


@powershell.register
def _nat_gateway(change: AddNatGateway) -> str:
    place = place_of(change.subnet_id, 2)
    network, subnet = place.names
    get = _cmdlet("Get-AzVirtualNetwork", ("ResourceGroupName", place.group), ("Name", network))
    here = f"-ResourceGroupName {_quoted(place.group)} -Location $network.Location -Sku Standard"
    return _lines(
        place,
        f"$network = {get}",
        f"$address = New-AzPublicIpAddress -Name {_quoted(change.public_ip)} {here} -AllocationMethod Static",
        f"$gateway = New-AzNatGateway -Name {_quoted(change.name)} {here} -PublicIpAddress $address",
        f"($network.Subnets | Where-Object {{ $_.Name -eq {_quoted(subnet)} }}).NatGateway = $gateway",
        "$network | Set-AzVirtualNetwork",
    )


def _rule(change: AddFirewallRule | AddPolicyRule, cmdlet: str) -> str:
    to_tag = (("Protocol", "TCP"), ("DestinationAddress", change.target), ("DestinationPort", PORT))
    to_name = (("Protocol", f"Https:{PORT}"), ("TargetFqdn", change.target))
    told = to_tag if change.kind == "network" else to_name
    return _cmdlet(cmdlet, ("Name", change.rule), ("SourceAddress", *change.source), *told)


def _lines(place: Place, *lines: str) -> str:
    context = [_cmdlet("Set-AzContext", ("Subscription", place.subscription))] if place.subscription else []
    return "\n".join((*context, *lines))


def _cmdlet(cmdlet: str, *parameters: tuple[str | int, ...]) -> str:
    written = (f"-{name} {', '.join(_written(it) for it in values)}" for name, *values in parameters)
    return " ".join((cmdlet, *written))


def _written(value: str | int) -> str:
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(value: str) -> str:
    doubled = _QUOTES.sub(r"\1\1", clean(value))
    return f"'{doubled}'"
