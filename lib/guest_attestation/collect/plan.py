"""Which read follows from which answer: what is recorded so far decides what is asked next."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.collect.plan_firewall import firewall_reads
from guest_attestation.collect.plan_network import network_reads
from guest_attestation.collect.plan_tags import tag_reads
from guest_attestation.collect.plan_watcher import watcher_reads
from guest_attestation.collect.request import Request, request, with_pages
from guest_attestation.collect.surroundings import Surroundings, distinct, listed, surroundings_of
from guest_attestation.facts.attestation import custom_host, is_shared_endpoint
from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT, RECOMMENDATIONS
from guest_attestation.resource_id import VmId, subscription_of
from guest_attestation.snapshot.exchange import RequestKey
from guest_attestation.snapshot.reader import Snapshot

_NOT_THERE = 404


def planned(snapshot: Snapshot, vm_id: VmId) -> list[Request]:
    """List every read that what is recorded leads to, answered or not, in the order of the table of reads.

    Nothing but the VM is asked for before it has answered, and nothing more where it does not exist. The activity log
    is planned apart: it is read up to the newest of these answers.
    """
    found: dict[RequestKey, Request] = {}
    for first in _reads(snapshot, vm_id):
        for page in with_pages(snapshot, first):
            if page.key not in found or page.on_path:
                found[page.key] = page
    return sorted(found.values(), key=lambda it: it.read.number)


def vm_read(vm_id: VmId) -> Request:
    """Return the read of the VM itself."""
    return request("vm" if vm_id.scale_set_id is None else "instance", vm=vm_id.text)


def _reads(snapshot: Snapshot, vm_id: VmId) -> Iterator[Request]:
    yield vm_read(vm_id)
    if vm_id.scale_set_id is None:
        yield request("vm_extensions", vm=vm_id.text)
    else:
        yield request("scale_set", scale_set=vm_id.scale_set_id)
        yield request("scale_set_extensions", scale_set=vm_id.scale_set_id)
        yield request("instance_extensions", vm=vm_id.text)
        yield request("instance_network_interfaces", vm=vm_id.text)
    answer = snapshot.newest(vm_read(vm_id).key)
    if answer is None or answer.status == _NOT_THERE:
        return
    around = surroundings_of(snapshot, vm_id)
    yield from network_reads(snapshot, around)
    yield from firewall_reads(snapshot, around)
    yield from tag_reads(snapshot, around)
    yield from _provider_reads(snapshot, around)
    yield from _defender_reads(vm_id)
    yield from _compute_reads(snapshot, around)
    yield from _dns_reads(snapshot, around)
    yield from watcher_reads(snapshot, around)
    yield request("locations", subscription=vm_id.subscription_id)


def _provider_reads(snapshot: Snapshot, around: Surroundings) -> Iterator[Request]:
    """The region's shared provider; all of them where that one is not given, or another region's is named."""
    subscription, location = around.vm_id.subscription_id, around.location
    endpoint = around.extension.maa_endpoint if around.extension else None
    regional = request("default_provider", subscription=subscription, location=location) if location else None
    if regional is not None:
        yield regional
    answer = snapshot.newest(regional.key) if regional is not None else None
    is_refused = answer is not None and not 200 <= answer.status < 300
    if regional is None or is_refused or (endpoint is not None and is_shared_endpoint(endpoint, snapshot.cloud)):
        yield request("default_providers", subscription=subscription)
    if custom_host(endpoint, snapshot.cloud) is not None:
        yield request("attestation_providers", subscription=subscription)


def _defender_reads(vm_id: VmId) -> Iterator[Request]:
    for key in (ATTESTATION_ASSESSMENT, *RECOMMENDATIONS):
        yield request("assessment", vm=vm_id.text, key=key)
    yield request("defender_plan", subscription=vm_id.subscription_id)


def _compute_reads(snapshot: Snapshot, around: Surroundings) -> Iterator[Request]:
    subscription, vm = around.vm_id.subscription_id, around.vm
    if vm is None:
        return
    body = snapshot.answer("vm" if around.vm_id.scale_set_id is None else "instance", vm=around.vm_id.text).body
    disk = body.text("properties", "storageProfile", "osDisk", "managedDisk", "id")
    if disk is not None:
        yield request("disk", id=disk)
    if vm.location:
        yield request("skus", f"$filter=location eq '{vm.location}'", subscription=subscription)
    if vm.location and vm.os_type:
        publisher = f"Microsoft.Azure.Security.{vm.os_type.capitalize()}Attestation"
        yield request("extension_versions", subscription=subscription, location=vm.location, publisher=publisher)


def _dns_reads(snapshot: Snapshot, around: Surroundings) -> Iterator[Request]:
    """Private zones of the VM's and its networks' subscriptions; of those that may hold a provider's name, all.

    A provider of the customer's own may have a private address in a zone of a peered network's subscription.
    """
    endpoint = around.extension.maa_endpoint if around.extension else None
    host = custom_host(endpoint, snapshot.cloud)
    peered = [it.remote_virtual_network_id or "" for vnet in around.vnets for it in vnet.peerings] if host else []
    names = [snapshot.cloud.attestation_suffix, host or ""]
    near = map(subscription_of, (*around.vnet_ids, *peered))
    for subscription in distinct((around.vm_id.subscription_id, *(it for it in near if it))):
        yield request("private_dns_zones", subscription=subscription)
        for zone in listed(snapshot, "private_dns_zones", subscription=subscription):
            zone_id, name = zone.text("id"), (zone.text("name") or "").casefold()
            if zone_id is not None and any(_overlap(name, it) for it in names):
                yield request("zone_links", zone=zone_id)
                yield request("zone_records", zone=zone_id)


def _overlap(zone: str, name: str) -> bool:
    """Tell whether one of two names lies within the other."""
    one, other = f".{zone}", f".{name}"
    return bool(zone and name) and (one.endswith(other) or other.endswith(one))
