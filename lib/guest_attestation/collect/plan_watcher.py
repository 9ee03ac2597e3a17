"""The reads of Network Watcher: Azure's own verdict, where there is one in the VM's region (read 12)."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from guest_attestation.collect.request import Request, request
from guest_attestation.collect.surroundings import Surroundings, listed
from guest_attestation.facts.network_interface import IpConfiguration
from guest_attestation.facts.regions import tag_region
from guest_attestation.facts.service_tag import ATTESTATION_TAG, service_tags_of
from guest_attestation.facts.virtual_machine import normalised_location
from guest_attestation.resource_id import same_id
from guest_attestation.snapshot.reader import Snapshot


def watcher_reads(snapshot: Snapshot, around: Surroundings) -> Iterator[Request]:
    """Yield the list of network watchers, and the three questions to the one of the VM's region.

    The questions wait for the service tags, of which they need an address.
    """
    subscription, location = around.vm_id.subscription_id, around.location
    yield request("network_watchers", on_path=False, subscription=subscription)
    if location is None or not _tags_answered(snapshot, around, location):
        return
    primary = next((it.id for it in (around.vm.network_interfaces if around.vm else ()) if it.primary), None)
    found = ((nic.id, nic.primary_ipv4) for nic in around.nics if same_id(nic.id, primary))
    nic_id, ip = next(found, ("", None))
    for item in listed(snapshot, "network_watchers", subscription=subscription):
        watcher = item.text("id")
        if watcher is not None and ip is not None and normalised_location(item.text("location") or "") == location:
            yield from _questions(snapshot, around, watcher, location, nic_id, ip)


def _questions(
    snapshot: Snapshot, around: Surroundings, watcher: str, location: str, nic_id: str, ip: IpConfiguration
) -> Iterator[Request]:
    """IP flow verify and next hop know no scale sets, and one address only (facts 4.6)."""
    vm, is_instance, source = around.vm_id.text, around.vm_id.scale_set_id is not None, ip.private_ip_address
    if source is None:
        return
    profile = {
        "direction": "Outbound",
        "protocol": "TCP",
        "source": source,
        "destination": ATTESTATION_TAG,
        "destinationPort": "443",
    }
    body = {"targetResourceId": nic_id if is_instance else vm, "verbosityLevel": "Full", "profiles": [profile]}
    yield request("network_configuration_diagnostic", body=body, on_path=False, watcher=watcher)
    address = _attestation_address(snapshot, location)
    if address is None or is_instance:
        return
    flow = {
        "targetResourceId": vm,
        "targetNicResourceId": nic_id,
        "direction": "Outbound",
        "protocol": "TCP",
        "localIPAddress": source,
        "localPort": "50000",
        "remoteIPAddress": address,
        "remotePort": "443",
    }
    yield request("ip_flow_verify", body=flow, on_path=False, watcher=watcher)
    hop = {
        "targetResourceId": vm,
        "targetNicResourceId": nic_id,
        "sourceIPAddress": source,
        "destinationIPAddress": address,
    }
    yield request("next_hop", body=hop, on_path=False, watcher=watcher)


def _tags_answered(snapshot: Snapshot, around: Surroundings, location: str) -> bool:
    wanted = (ATTESTATION_TAG, f"AzureCloud.{tag_region(location)}")
    requests = (
        request("service_tag", subscription=around.vm_id.subscription_id, location=location, tag=it) for it in wanted
    )
    return all(snapshot.newest(it.key) is not None for it in requests)


def _attestation_address(snapshot: Snapshot, location: str) -> str | None:
    """Return an address of the attestation service in the VM's region, else anywhere."""
    tags = service_tags_of(snapshot, None)
    attestation, region = tags.find(ATTESTATION_TAG), tags.find(f"AzureCloud.{tag_region(location)}")
    if attestation is None:
        return None
    return _first_within(attestation.address_prefixes, region.address_prefixes if region else ())


@lru_cache(maxsize=8)
def _first_within(prefixes: tuple[str, ...], region: tuple[str, ...]) -> str | None:
    """Return the first IPv4 address of the prefixes that lies in the region, else the first of all."""
    networks = [network for it in prefixes if (network := _ipv4(it)) is not None]
    starts = sorted((int(it[0]), int(it[-1])) for text in region if (it := _ipv4(text)) is not None)
    for network in networks:
        place = bisect_right(starts, (int(network[0]), 1 << 32)) - 1
        if place >= 0 and int(network[-1]) <= starts[place][1]:
            return str(network[0])
    return str(networks[0][0]) if networks else None


def _ipv4(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None
