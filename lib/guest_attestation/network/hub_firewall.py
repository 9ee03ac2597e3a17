"""The firewall of the virtual hub that the VM's network is connected to, behind a gateway's next hop (facts 5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.locate import vnet_id
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_hub import VirtualHub
from guest_attestation.network.coverage import everything
from guest_attestation.network.question import Question
from guest_attestation.network.route_choice import holds_some
from guest_attestation.network.tags import Tags
from guest_attestation.resource_id import name_of, same_id

_HIDDEN = "{shown}: what stands behind it, such as a firewall on the premises, is not visible from here"
_GATEWAY = "virtualnetworkgateway"


@dataclass(frozen=True)
class Choice:
    """The firewall on the way, or why it is not known. `visible` is False where nothing of Azure's stands there."""

    configuration: FirewallConfiguration | None
    why_not: str = ""
    missing_permission: str | None = None
    evidence: tuple[str, ...] = ()
    visible: bool = True


def choose_behind_gateway(at: Attachment, shown: str, question: Question, tags: Tags) -> Choice:
    """Hold a gateway's next hop against the firewalls of virtual hubs; `question` asks for what is led there.

    It is one of theirs where the network is connected to its hub and learns the hub's default route, no other route to
    the gateway takes some of the traffic, and the hub itself leads what goes to the Internet to that firewall.
    """
    hidden = _HIDDEN.format(shown=shown)
    near = [(it, hub) for it in at.firewalls.at_next_hop if (hub := hub_of(at, it)) and may_be_connected(at, hub)]
    if not near:
        return _not_listed(at, shown)
    evidence = tuple(it.firewall.evidence for it, _ in near)
    if len(near) > 1:
        names = ", ".join(it.firewall.id for it, _ in near)
        why = f"{shown}, and which of several hub firewalls is on the way is not known: {names}"
        return Choice(None, why, None, evidence)
    ((configuration, hub),) = near
    connection = hub.connection_of(own_network(at))
    if connection is None:
        return unread_hub(shown, hub, hub.connections)
    of_hub = f"virtual hub {name_of(hub.id)}, to which the network is connected,"
    learned = sorted(_other_prefixes(at, question, tags))
    if learned:
        to = ", ".join(learned[:2])
        why = f"{shown} by a route to {to}, and whether {of_hub} leads that to its firewall is not known"
        return Choice(None, why, None, (*evidence, connection.evidence), visible=False)
    if connection.internet_security is not True:
        why = f"{hidden}: connection {connection.name} of {of_hub} does not take its default route"
        return Choice(None, why, None, (*evidence, connection.evidence), visible=False)
    next_hops = hub.next_hops_of(connection)
    if next_hops.value is None:
        return unread_hub(shown, hub, next_hops)
    others = [it for it in next_hops.value if not same_id(it, configuration.firewall.id)]
    if others or not next_hops.value:
        why = f"{hidden}: {of_hub} leads what goes to the Internet to {', '.join(others) or 'nothing that it shows'}"
        return Choice(None, why, None, (next_hops.evidence,), visible=False)
    return Choice(configuration)


def hub_of(at: Attachment, configuration: FirewallConfiguration) -> VirtualHub | None:
    """Return the hub that a firewall stands in."""
    hub = configuration.firewall.virtual_hub_id
    return at.firewalls.hubs[hub.casefold()] if hub else None


def own_network(at: Attachment) -> str | None:
    """Return the id of the VM's network, read or not."""
    subnet = at.ip_configuration.subnet_id if at.ip_configuration else None
    return vnet_id(subnet) if subnet else None


def unread_hub(shown: str, hub: VirtualHub, reading: Reading[Any]) -> Choice:
    """Say what of a hub was not read."""
    why = f"{shown}: whether virtual hub {name_of(hub.id)} leads the traffic there is not known: {reading.why_not}"
    return Choice(None, why, reading.missing_permission, (reading.evidence,) if reading.evidence else ())


def may_be_connected(at: Attachment, hub: VirtualHub) -> bool:
    """Tell whether the VM's network is connected to a hub, or whether that was not read."""
    return hub.connections.value is None or hub.connection_of(own_network(at)) is not None


def _not_listed(at: Attachment, shown: str) -> Choice:
    """Without a hub's firewall something else stands there, unless what was not read could show one."""
    needed: list[Reading[Any]] = [at.vnet, *at.firewalls.lists.values()]
    unread = next((it for it in needed if it.value is None), None)
    if unread is None:
        return Choice(None, _HIDDEN.format(shown=shown), visible=False)
    why = f"{shown}, and whether the firewall of a virtual hub stands behind it is not known: {unread.why_not}"
    return Choice(None, why, unread.missing_permission, (unread.evidence,) if unread.evidence else ())


def _other_prefixes(at: Attachment, question: Question, tags: Tags) -> set[str]:
    """Return what of the routes to a gateway is no default route, and takes some of what is asked."""
    table = at.route_table.value if at.route_table else None
    routes = at.effective_routes.value or (table.routes if table else ())
    leading = (it for it in routes if it.active and it.next_hop_type.casefold() == _GATEWAY)
    prefixes = {prefix for route in leading for prefix in route.address_prefixes}
    return {it for it in prefixes if it != everything(question.family) and holds_some(it, question, tags)}
