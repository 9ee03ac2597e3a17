"""Whether a provider's name has a private address in the VM's network, by the zones linked to it (facts 3.6)."""

from __future__ import annotations

from guest_attestation.facts.custom_provider import CustomProvider
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.locate import vnet_id
from guest_attestation.facts.private_dns import names_of
from guest_attestation.facts.reading import Reading
from guest_attestation.resource_id import same_id, subscription_of


def private_addresses(facts: Facts, provider: CustomProvider) -> Reading[tuple[str, ...]]:
    """Return what the linked zones give the provider's name: nothing where none holds it, else what is not known.

    Azure's own resolver asks those zones; what custom DNS servers answer is not known. A hub's zones are often linked.
    """
    subnet_id = facts.primary.ip_configuration.subnet_id if facts.primary.ip_configuration else None
    if provider.zones.value is None:
        return Reading.below(provider.zones, "")
    if facts.primary.custom_dns_servers.value != ():
        shown = ", ".join(facts.primary.custom_dns_servers.value or ())
        return Reading.below(facts.primary.custom_dns_servers, f"what the custom DNS servers in force ({shown}) answer")
    if subnet_id is None:
        return Reading.below(facts.primary.nic, "the network interface names no subnet for its primary IPv4 address")
    names, network = names_of(provider.host, facts.cloud), vnet_id(subnet_id)
    found: list[str] = []
    for zone in provider.zones.value:
        addresses = zone.addresses_of(names)
        linked = zone.networks.value
        if linked is not None and not any(same_id(it, network) for it in linked):
            continue
        if zone.records.value is None:
            return Reading.below(zone.records, "")
        if addresses and linked is None:
            return Reading.below(zone.networks, "")
        found += addresses
    if found:
        return Reading(tuple(found), evidence=provider.zones.evidence)
    return _none_elsewhere(facts, provider)


def silent_zone(facts: Facts, provider: CustomProvider) -> str | None:
    """Return a zone that may be linked to the VM's network, answers for the name and holds no address: it hides it."""
    subnet_id = facts.primary.ip_configuration.subnet_id if facts.primary.ip_configuration else None
    if subnet_id is None or provider.found is None:
        return None
    every, network = names_of(provider.host, facts.cloud), vnet_id(subnet_id)
    asked = every if provider.found.has_private_endpoint else (provider.host,)
    for zone in provider.zones.value or ():
        linked = zone.networks.value
        if linked is not None and not any(same_id(it, network) for it in linked):
            continue
        if any(map(zone.answers_for, asked)) and not zone.addresses_of(every):
            return zone.name
    return None


def _none_elsewhere(facts: Facts, provider: CustomProvider) -> Reading[tuple[str, ...]]:
    """Nothing was found: that counts once the subscriptions of the network and of its peered ones were all asked.

    They do not matter to a provider that is public and shows no private endpoint.
    """
    found, vnet, asked = provider.found, facts.primary.vnet.value, {it.casefold() for it in provider.asked}
    if found is not None and not (found.public_access_disabled or found.has_private_endpoint):
        return Reading((), evidence=provider.zones.evidence)
    if vnet is None:
        return Reading.below(facts.primary.vnet, "")
    near = (vnet.id, *(it.remote_virtual_network_id or "" for it in vnet.peerings))
    unasked = [it for it in dict.fromkeys(map(subscription_of, near)) if it and it.casefold() not in asked]
    if unasked:
        why = (
            f"the private zones of subscription {', '.join(unasked)} were not read, and a network near the VM is there"
        )
        return Reading.below(provider.zones, why)
    return Reading((), evidence=provider.zones.evidence)
