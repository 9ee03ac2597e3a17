"""Which firewall has the address that a route leads to (design 5, "Which firewall")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.locate import vnet_id
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_network import Peering
from guest_attestation.network.hub_firewall import Choice, hub_of, may_be_connected, own_network, unread_hub
from guest_attestation.resource_id import same_id


def choose_firewall(at: Attachment, next_hop: str) -> Choice:
    """Choose the firewall with that private address in the VM's network, a peered one, or its virtual hub."""
    found = [it for it in at.firewalls.at_next_hop if next_hop in it.firewall.private_ips and _is_near(at, it)]
    evidence = tuple(it.firewall.evidence for it in found)
    if len(found) > 1:
        names = ", ".join(it.firewall.id for it in found)
        why = f"several firewalls have the address {next_hop}, and which of them is on the way is not known: {names}"
        return Choice(None, why, evidence=evidence)
    if found:
        firewall = found[0].firewall
        hub = hub_of(at, found[0])
        if hub is not None and hub.connections.value is None:
            return unread_hub(f"firewall {firewall.name} has the address {next_hop}", hub, hub.connections)
        peering = _peering(at, found[0])
        if peering is not None and peering.peering_state.casefold() != "connected":
            state = f"the peering {peering.name} with its network is {peering.peering_state}"
            why = f"firewall {firewall.name} has the address {next_hop}, but {state}"
            return Choice(None, why, evidence=(*evidence, at.vnet.evidence))
        return Choice(found[0])
    unread = list(_unread(at))
    if unread:
        missing = unread[0]
        for other in unread[1:]:
            missing = missing.without(other)
        none = f"no firewall that is known to be near has the address {next_hop}"
        why = f"{none}, and not everything near could be read: {missing.why_not}"
        return Choice(None, why, missing.missing_permission, (missing.evidence,) if missing.evidence else ())
    why = (
        f"no Azure firewall in this network, or in one that is peered with it, has the address {next_hop}: what stands"
        f" there, such as another vendor's appliance, is not visible from here{_stopped(at)}"
    )
    looked_at = tuple(it.evidence for it in at.firewalls.lists.values())
    return Choice(None, why, evidence=looked_at, visible=False)


def _stopped(at: Attachment) -> str:
    """Name the firewalls without any address: one that was stopped gives its address up, and routes lead nowhere."""
    listed = (it for reading in at.firewalls.lists.values() for it in reading.value or ())
    names = [it.name for it in listed if not it.private_ips]
    if not names:
        return ""
    return f"; firewall {', '.join(names)} has no address at all, as one that was stopped: see whether it stood there"


def _is_near(at: Attachment, configuration: FirewallConfiguration) -> bool:
    hub = hub_of(at, configuration)
    if hub is not None:
        return may_be_connected(at, hub)
    return same_id(_network_of(configuration), own_network(at)) or _peering(at, configuration) is not None


def _peering(at: Attachment, configuration: FirewallConfiguration) -> Peering | None:
    peerings = at.vnet.value.peerings if at.vnet.value else ()
    place = _network_of(configuration)
    return next((it for it in peerings if same_id(place, it.remote_virtual_network_id)), None)


def _network_of(configuration: FirewallConfiguration) -> str | None:
    subnet = configuration.firewall.subnet_id
    return vnet_id(subnet) if subnet else None


def _unread(at: Attachment) -> Iterator[Reading[Any]]:
    """Yield what was not read and could hold, or lead to, the firewall."""
    if at.vnet.value is None:
        yield at.vnet
    near: list[Reading[Any]] = [*at.firewalls.lists.values(), *at.firewalls.peered.values()]
    yield from (reading for reading in near if reading.value is None)
