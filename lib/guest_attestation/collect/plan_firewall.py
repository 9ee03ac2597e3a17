"""The reads of firewalls and hubs, where a route leads to an appliance, a gateway or a hub (read 5)."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.collect.plan_network import subnet_reads
from guest_attestation.collect.request import Request, request
from guest_attestation.collect.surroundings import Surroundings, distinct, known, listed
from guest_attestation.facts.firewall import AzureFirewall, parse_firewall
from guest_attestation.facts.firewall_policy import parse_firewall_policy, parse_rule_collection_group
from guest_attestation.facts.firewall_rules import RuleCollection
from guest_attestation.facts.firewalls import appliance_addresses
from guest_attestation.facts.locate import vnet_id
from guest_attestation.facts.virtual_network import parse_virtual_network
from guest_attestation.resource_id import same_id, subscription_of
from guest_attestation.snapshot.reader import Snapshot

_GATEWAY = "virtualnetworkgateway"
_LEADING_ON = ("virtualappliance", "virtualapplianceecmp", _GATEWAY)


def firewall_reads(snapshot: Snapshot, around: Surroundings) -> Iterator[Request]:
    """Yield the peered networks, every list of firewalls near the VM, and all of those that may be on the way."""
    if not _leads_on(snapshot, around):
        return
    for it in _peered(around):
        yield request("virtual_network", on_path=False, id=it)
    for subscription in _subscriptions(around):
        yield request("firewalls", on_path=False, subscription=subscription)
    for firewall in _found(snapshot, around):
        if firewall.virtual_hub_id is not None:
            hub = firewall.virtual_hub_id
            yield request("virtual_hub", on_path=False, id=hub)
            for name in ("hub_connections", "routing_intent", "hub_route_tables"):
                yield request(name, on_path=False, hub=hub)
    for firewall in firewalls_on_the_way(snapshot, around):
        yield from _named_by(snapshot, firewall)


def firewalls_on_the_way(snapshot: Snapshot, around: Surroundings) -> list[AzureFirewall]:
    """List the firewalls with an address that a route leads to, or in a hub that the VM's network is connected to."""
    if not _leads_on(snapshot, around):
        return []
    addresses = appliance_addresses(around.routes)
    return [
        it for it in _found(snapshot, around) if addresses.intersection(it.private_ips) or _serves(snapshot, it, around)
    ]


def collections_of(snapshot: Snapshot, firewall: AzureFirewall) -> Iterator[RuleCollection]:
    """Yield a firewall's rule collections, its own and those of its policies."""
    yield from firewall.collections
    for policy_id in _policies(snapshot, firewall.firewall_policy_id):
        for item in listed(snapshot, "rule_collection_groups", policy=policy_id):
            yield from parse_rule_collection_group(item).collections


def _leads_on(snapshot: Snapshot, around: Surroundings) -> bool:
    """Where the routes in effect were refused, a network that may learn better ones may lead on as well."""
    if any(route.next_hop_type.casefold() in _LEADING_ON for route in around.routes):
        return True
    answers = [snapshot.newest(request("effective_routes", nic=it).key) for it in around.nic_ids]
    is_refused = any(answer is not None and answer.status >= 400 for answer in answers)
    return is_refused and any(vnet.route_sources for vnet in around.vnets)


def _peered(around: Surroundings) -> tuple[str, ...]:
    return distinct(it.remote_virtual_network_id for vnet in around.vnets for it in vnet.peerings)


def _subscriptions(around: Surroundings) -> tuple[str, ...]:
    return distinct((around.vm_id.subscription_id, *map(subscription_of, (*around.vnet_ids, *_peered(around)))))


def _found(snapshot: Snapshot, around: Surroundings) -> list[AzureFirewall]:
    """A gateway may stand for a hub; without one, only the firewalls at an appliance's address matter."""
    addresses = appliance_addresses(around.routes)
    may_be_hub = any(it.next_hop_type.casefold() == _GATEWAY for it in around.routes) or not addresses
    all_of_them = [
        parse_firewall(item)
        for subscription in _subscriptions(around)
        for item in listed(snapshot, "firewalls", subscription=subscription)
    ]
    return [it for it in all_of_them if addresses.intersection(it.private_ips) or (may_be_hub and it.virtual_hub_id)]


def _serves(snapshot: Snapshot, firewall: AzureFirewall, around: Surroundings) -> bool:
    if firewall.virtual_hub_id is None:
        return False
    connected = [
        item.text("properties", "remoteVirtualNetwork", "id")
        for item in listed(snapshot, "hub_connections", hub=firewall.virtual_hub_id)
    ]
    return any(same_id(it, own) for it in connected for own in around.vnet_ids)


def _named_by(snapshot: Snapshot, firewall: AzureFirewall) -> Iterator[Request]:
    """Yield a firewall's policies with what their rules name, and the way behind it."""
    for policy_id in _policies(snapshot, firewall.firewall_policy_id):
        yield request("firewall_policy", id=policy_id)
        yield request("rule_collection_groups", policy=policy_id)
    groups = (it for collection in collections_of(snapshot, firewall) for it in collection.ip_groups)
    for it in distinct(groups):
        yield request("ip_group", id=it)
    for it in firewall.public_ip_ids:
        yield request("public_ip_address", id=it)
    if firewall.subnet_id is not None:
        network = vnet_id(firewall.subnet_id)
        yield request("virtual_network", id=network)
        for vnet in known(snapshot, "virtual_network", [network], parse_virtual_network):
            subnet = vnet.subnet(firewall.subnet_id)
            yield from subnet_reads(snapshot, subnet) if subnet else ()


def _policies(snapshot: Snapshot, policy_id: str | None) -> list[str]:
    """Follow a policy to what it inherits from, as far as it was read."""
    found: list[str] = []
    while policy_id is not None and not any(same_id(policy_id, it) for it in found):
        found.append(policy_id)
        policy = next(known(snapshot, "firewall_policy", [policy_id], parse_firewall_policy), None)
        policy_id = policy.base_policy_id if policy else None
    return found
