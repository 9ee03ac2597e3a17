"""The reads of service tags: those of the question, and every one that a rule or a route names (read 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guest_attestation.collect.plan_firewall import collections_of, firewalls_on_the_way
from guest_attestation.collect.request import Request, request
from guest_attestation.collect.surroundings import Surroundings, distinct, known, listed
from guest_attestation.facts.firewall_rules import NetworkRule
from guest_attestation.facts.regions import tag_region
from guest_attestation.facts.security_group import parse_effective_security_groups, parse_security_group
from guest_attestation.facts.service_tag import ATTESTATION_TAG
from guest_attestation.facts.virtual_machine import normalised_location
from guest_attestation.snapshot.reader import Snapshot

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?")
_NOT_LISTED = (
    "any",
    "internet",
    "virtualnetwork",
    "azureloadbalancer",
    "azureplatformdns",
    "azureplatformimds",
    "azureplatformlkm",
)


def tag_reads(snapshot: Snapshot, around: Surroundings) -> Iterator[Request]:
    """Yield the tags one by one, and the whole list where Azure does not give the one that matters."""
    location, subscription = around.location, around.vm_id.subscription_id
    if location is None:
        return
    regions = [location, *paired_regions(snapshot, subscription, location)]
    own = (ATTESTATION_TAG, "AzureCloud", *(f"AzureCloud.{tag_region(it)}" for it in regions))
    for tag in distinct((*own, *_named(snapshot, around))):
        yield request("service_tag", subscription=subscription, location=location, tag=tag)
    attestation = request("service_tag", subscription=subscription, location=location, tag=ATTESTATION_TAG)
    answer = snapshot.newest(attestation.key)
    if answer is not None and not 200 <= answer.status < 300:
        yield request("service_tags", subscription=subscription, location=location)


def paired_regions(snapshot: Snapshot, subscription: str, location: str) -> list[str]:
    """Return the regions that Azure pairs with a location: one, or none."""
    return [
        normalised_location(name)
        for item in listed(snapshot, "locations", subscription=subscription)
        if normalised_location(item.text("name") or "") == location
        for pair in item.items("metadata", "pairedRegion")
        if (name := pair.text("name")) is not None
    ]


def _named(snapshot: Snapshot, around: Surroundings) -> Iterator[str]:
    for term in _terms(snapshot, around):
        if _TAG.fullmatch(term) and term.casefold() not in _NOT_LISTED:
            yield term


def _terms(snapshot: Snapshot, around: Surroundings) -> Iterator[str]:
    """Yield the destinations of outbound rules, of admin rules, of routes and of firewall rules."""
    named = [*(nic.network_security_group_id for nic in around.nics)]
    group_ids = distinct([*named, *(subnet.network_security_group_id for subnet in around.subnets)])
    groups = list(known(snapshot, "security_group", group_ids, parse_security_group))
    for nic_id in around.nic_ids:
        items = list(listed(snapshot, "effective_security_groups", nic=nic_id))
        groups += parse_effective_security_groups(items, "").groups
    for group in groups:
        for rule in group.rules:
            yield from () if rule.is_inbound else rule.destination_address_prefixes
    for network in around.vnet_ids:
        for item in listed(snapshot, "effective_admin_rules", vnet=network):
            for destination in item.items("properties", "destinations"):
                yield from destination.texts("addressPrefix")
    for route in around.routes:
        yield from route.address_prefixes
    for firewall in firewalls_on_the_way(snapshot, around):
        for collection in collections_of(snapshot, firewall):
            for it in collection.rules:
                yield from it.destination_addresses if isinstance(it, NetworkRule) else ()
