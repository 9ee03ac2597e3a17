"""The firewalls that a route may lead to, and what those on the way name: read only where a route leads to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guest_attestation.facts.egress import NatGateway, parse_nat_gateway
from guest_attestation.facts.firewall import AzureFirewall, parse_firewall
from guest_attestation.facts.firewall_policy import FirewallPolicy, RuleCollectionGroup, parse_firewall_policy
from guest_attestation.facts.firewall_rules import RuleCollection
from guest_attestation.facts.follow import named
from guest_attestation.facts.ip_group import IpGroup, parse_ip_group
from guest_attestation.facts.locate import network_of, virtual_network
from guest_attestation.facts.policy_chain import ParentPolicy, parents_of, rule_collection_groups
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route, RouteTable, parse_route_table
from guest_attestation.facts.virtual_hub import VirtualHub, virtual_hub
from guest_attestation.facts.virtual_network import Subnet, VirtualNetwork
from guest_attestation.resource_id import subscription_of
from guest_attestation.snapshot.reader import Snapshot

_GATEWAY = "virtualnetworkgateway"


@dataclass(frozen=True)
class FirewallConfiguration:
    """A firewall with everything it names. `policy` and `groups` are None where no policy is attached.

    `ip_groups` stand by their ids in lower case. `parents` are what its policy inherits from, nearest first. The rest
    is the way behind it: its network, its subnet, and what that names.
    """

    firewall: AzureFirewall
    policy: Reading[FirewallPolicy] | None
    groups: Reading[tuple[RuleCollectionGroup, ...]] | None
    ip_groups: Mapping[str, Reading[IpGroup]]
    vnet: Reading[VirtualNetwork]
    subnet: Reading[Subnet]
    parents: tuple[ParentPolicy, ...] = ()
    route_table: Reading[RouteTable] | None = None
    nat_gateway: Reading[NatGateway] | None = None


@dataclass(frozen=True)
class Firewalls:
    """Which firewalls there are near the VM, by subscription, its peered networks, and virtual hubs, by id.

    `at_next_hop` are those that have an address which one of the VM's routes names, and those of virtual hubs where a
    route leads to a gateway. Empty where no route leads to an appliance or a gateway: nothing is read then. `hubs`
    stand by their ids in lower case.
    """

    lists: Mapping[str, Reading[tuple[AzureFirewall, ...]]] = field(default_factory=dict)
    peered: Mapping[str, Reading[VirtualNetwork]] = field(default_factory=dict)
    at_next_hop: tuple[FirewallConfiguration, ...] = ()
    hubs: Mapping[str, VirtualHub] = field(default_factory=dict)


def appliance_addresses(routes: Iterable[Route]) -> frozenset[str]:
    """Return the addresses of the virtual appliances that active routes lead to."""
    leading = (it for it in routes if it.active and it.next_hop_type.casefold().startswith("virtualappliance"))
    return frozenset(address for route in leading for address in route.next_hop_ip_addresses)


def firewalls_of(
    snapshot: Snapshot, subscription_id: str, vnet: Reading[VirtualNetwork], routes: Iterable[Route]
) -> Firewalls:
    """Look for firewalls in the VM's subscription, and in that of its network and of each directly peered one."""
    routes = tuple(routes)
    next_hops = appliance_addresses(routes)
    may_be_hub = any(it.active and it.next_hop_type.casefold() == _GATEWAY for it in routes)
    if not next_hops and not may_be_hub:
        return Firewalls()
    peerings = vnet.value.peerings if vnet.value else ()
    remote = list(dict.fromkeys(it.remote_virtual_network_id for it in peerings if it.remote_virtual_network_id))
    subscriptions: dict[str, str] = {}
    for it in (subscription_id, *map(subscription_of, (vnet.value.id if vnet.value else "", *remote))):
        subscriptions.setdefault(it.casefold(), it)
    lists = {it: _listed(snapshot, it) for it in subscriptions.values() if it}
    listed = [firewall for reading in lists.values() for firewall in reading.value or ()]
    found = [it for it in listed if next_hops.intersection(it.private_ips) or (may_be_hub and it.virtual_hub_id)]
    hubs = {hub.casefold(): hub for firewall in found if (hub := firewall.virtual_hub_id) is not None}
    return Firewalls(
        lists,
        {it: virtual_network(snapshot, it) for it in remote},
        tuple(_configuration(snapshot, it) for it in found),
        {key: virtual_hub(snapshot, it) for key, it in hubs.items()},
    )


def _listed(snapshot: Snapshot, subscription: str) -> Reading[tuple[AzureFirewall, ...]]:
    pages = snapshot.pages("firewalls", subscription=subscription)
    return Reading.of_pages(pages, lambda items: tuple(parse_firewall(item) for item in items))


def _configuration(snapshot: Snapshot, firewall: AzureFirewall) -> FirewallConfiguration:
    known = Reading(firewall, evidence=firewall.evidence)
    policy = named(snapshot, "firewall_policy", known, firewall.firewall_policy_id, parse_firewall_policy)
    groups = rule_collection_groups(snapshot, firewall.firewall_policy_id) if firewall.firewall_policy_id else None
    parents = parents_of(snapshot, policy)
    vnet, subnet = network_of(snapshot, known, firewall.subnet_id, "the firewall's answer names no subnet")
    in_network = firewall.subnet_id is not None
    table_id, nat_id = (subnet.value.route_table_id, subnet.value.nat_gateway_id) if subnet.value else (None, None)
    policies = (it for it in (groups, *(parent.groups for parent in parents)) if it is not None)
    held = [group.collections for reading in policies for group in reading.value or ()]
    return FirewallConfiguration(
        firewall,
        policy,
        groups,
        _ip_groups(snapshot, held if groups else [firewall.collections]),
        vnet,
        subnet,
        parents,
        named(snapshot, "route_table", subnet, table_id, parse_route_table) if in_network else None,
        named(snapshot, "nat_gateway", subnet, nat_id, parse_nat_gateway) if in_network else None,
    )


def _ip_groups(snapshot: Snapshot, held: Iterable[tuple[RuleCollection, ...]]) -> dict[str, Reading[IpGroup]]:
    ids = (it for collections in held for collection in collections for it in collection.ip_groups)
    return {it.casefold(): Reading.of(snapshot.answer("ip_group", id=it), parse_ip_group) for it in dict.fromkeys(ids)}
