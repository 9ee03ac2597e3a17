"""The firewalls that a route may lead to, and what those on the way name: read only where a route leads to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guest_attestation.facts.firewall import AzureFirewall, parse_firewall
from guest_attestation.facts.firewall_policy import (
    FirewallPolicy,
    RuleCollectionGroup,
    parse_firewall_policy,
    parse_rule_collection_group,
)
from guest_attestation.facts.firewall_rules import RuleCollection
from guest_attestation.facts.follow import named
from guest_attestation.facts.ip_group import IpGroup, parse_ip_group
from guest_attestation.facts.locate import network_of, virtual_network
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route
from guest_attestation.facts.virtual_network import Subnet, VirtualNetwork
from guest_attestation.resource_id import subscription_of
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class FirewallConfiguration:
    """A firewall with everything it names. `policy` and `groups` are None where no policy is attached.

    `ip_groups` stand by their ids in lower case.
    """

    firewall: AzureFirewall
    policy: Reading[FirewallPolicy] | None
    groups: Reading[tuple[RuleCollectionGroup, ...]] | None
    ip_groups: Mapping[str, Reading[IpGroup]]
    vnet: Reading[VirtualNetwork]
    subnet: Reading[Subnet]


@dataclass(frozen=True)
class Firewalls:
    """Which firewalls there are near the VM, by subscription, and its peered networks, by id.

    `at_next_hop` are those that have an address which one of the VM's routes names. Empty where no route leads to an
    appliance: nothing is read then.
    """

    lists: Mapping[str, Reading[tuple[AzureFirewall, ...]]] = field(default_factory=dict)
    peered: Mapping[str, Reading[VirtualNetwork]] = field(default_factory=dict)
    at_next_hop: tuple[FirewallConfiguration, ...] = ()


def appliance_addresses(routes: Iterable[Route]) -> frozenset[str]:
    """Return the addresses of the virtual appliances that active routes lead to."""
    leading = (it for it in routes if it.active and it.next_hop_type.casefold().startswith("virtualappliance"))
    return frozenset(address for route in leading for address in route.next_hop_ip_addresses)


def firewalls_of(
    snapshot: Snapshot, subscription_id: str, vnet: Reading[VirtualNetwork], next_hops: frozenset[str]
) -> Firewalls:
    """Look for firewalls in the VM's subscription, and in that of its network and of each directly peered one."""
    if not next_hops:
        return Firewalls()
    peerings = vnet.value.peerings if vnet.value else ()
    remote = list(dict.fromkeys(it.remote_virtual_network_id for it in peerings if it.remote_virtual_network_id))
    subscriptions: dict[str, str] = {}
    for it in (subscription_id, *map(subscription_of, (vnet.value.id if vnet.value else "", *remote))):
        subscriptions.setdefault(it.casefold(), it)
    lists = {it: _listed(snapshot, it) for it in subscriptions.values() if it}
    found = [firewall for listed in lists.values() for firewall in listed.value or ()]
    return Firewalls(
        lists,
        {it: virtual_network(snapshot, it) for it in remote},
        tuple(_configuration(snapshot, it) for it in found if next_hops.intersection(it.private_ips)),
    )


def _listed(snapshot: Snapshot, subscription: str) -> Reading[tuple[AzureFirewall, ...]]:
    pages = snapshot.pages("firewalls", subscription=subscription)
    return Reading.of_pages(pages, lambda items: tuple(parse_firewall(item) for item in items))


def _configuration(snapshot: Snapshot, firewall: AzureFirewall) -> FirewallConfiguration:
    known = Reading(firewall, evidence=firewall.evidence)
    policy = named(snapshot, "firewall_policy", known, firewall.firewall_policy_id, parse_firewall_policy)
    groups = _groups(snapshot, firewall.firewall_policy_id) if firewall.firewall_policy_id else None
    held = (group.collections for group in groups.value or ()) if groups else iter((firewall.collections,))
    vnet, subnet = network_of(snapshot, known, firewall.subnet_id, "the firewall's answer names no subnet")
    return FirewallConfiguration(firewall, policy, groups, _ip_groups(snapshot, held), vnet, subnet)


def _groups(snapshot: Snapshot, policy_id: str) -> Reading[tuple[RuleCollectionGroup, ...]]:
    pages = snapshot.pages("rule_collection_groups", policy=policy_id)
    return Reading.of_pages(pages, lambda items: tuple(parse_rule_collection_group(item) for item in items))


def _ip_groups(snapshot: Snapshot, held: Iterable[tuple[RuleCollection, ...]]) -> dict[str, Reading[IpGroup]]:
    ids = (it for collections in held for collection in collections for it in collection.ip_groups)
    return {it.casefold(): Reading.of(snapshot.answer("ip_group", id=it), parse_ip_group) for it in dict.fromkeys(ids)}
