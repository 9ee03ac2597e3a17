"""Facts about virtual hubs: which networks are connected, and where one leads traffic to the Internet (facts 5.3)."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.reading import Reading
from guest_attestation.resource_id import same_id
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

_INTERNET = ("internet", "0.0.0.0/0")


@dataclass(frozen=True)
class HubConnection:
    """A network's connection to a hub; with `internet_security` the network learns the hub's default route.

    `route_table_id` is the hub's route table that the connection goes by.
    """

    name: str
    virtual_network_id: str | None
    internet_security: bool | None
    route_table_id: str | None
    evidence: str


@dataclass(frozen=True)
class HubRoutes:
    """Where a hub leads traffic to the Internet: by its routing intent (`id` None), or by a route table of its."""

    id: str | None
    next_hops: tuple[str, ...]


@dataclass(frozen=True)
class VirtualHub:
    """A virtual hub, as far as it leads traffic from its networks to the Internet."""

    id: str
    connections: Reading[tuple[HubConnection, ...]]
    routing_intent: Reading[tuple[HubRoutes, ...]]
    route_tables: Reading[tuple[HubRoutes, ...]]

    def connection_of(self, virtual_network_id: str | None) -> HubConnection | None:
        """Find the connection of a network, None where the hub has none."""
        listed = self.connections.value or ()
        return next((it for it in listed if same_id(it.virtual_network_id, virtual_network_id)), None)

    def next_hops_of(self, connection: HubConnection) -> Reading[tuple[str, ...]]:
        """Say where the hub leads a network's traffic to the Internet: its routing intent comes before route tables."""
        if self.routing_intent.value is None:
            return Reading.below(self.routing_intent, "")
        intended = tuple(it for routes in self.routing_intent.value for it in routes.next_hops)
        if intended or self.route_tables.value is None:
            known = Reading(intended, evidence=self.routing_intent.evidence)
            return known if intended else Reading.below(self.route_tables, "")
        named = connection.route_table_id
        tables = [it for it in self.route_tables.value if named is None or same_id(it.id, named)]
        return Reading(tuple(it for table in tables for it in table.next_hops), evidence=self.route_tables.evidence)


def virtual_hub(snapshot: Snapshot, hub_id: str) -> VirtualHub:
    """Read what a hub does."""
    return VirtualHub(
        hub_id,
        Reading.of_pages(snapshot.pages("hub_connections", hub=hub_id), lambda items: tuple(map(_connection, items))),
        Reading.of_pages(snapshot.pages("routing_intent", hub=hub_id), lambda items: tuple(map(_intent, items))),
        Reading.of_pages(snapshot.pages("hub_route_tables", hub=hub_id), lambda items: tuple(map(_table, items))),
    )


def _connection(node: Node) -> HubConnection:
    properties = node.at("properties")
    return HubConnection(
        name=node.text("name") or "",
        virtual_network_id=properties.text("remoteVirtualNetwork", "id"),
        internet_security=properties.flag("enableInternetSecurity"),
        route_table_id=properties.text("routingConfiguration", "associatedRouteTable", "id"),
        evidence=node.evidence,
    )


def _intent(node: Node) -> HubRoutes:
    return HubRoutes(None, _to_internet(node, "routingPolicies"))


def _table(node: Node) -> HubRoutes:
    return HubRoutes(node.text("id"), _to_internet(node, "routes"))


def _to_internet(node: Node, key: str) -> tuple[str, ...]:
    listed = node.items("properties", key)
    leading = (it for it in listed if any(to.casefold() in _INTERNET for to in it.texts("destinations")))
    return tuple(it.text("nextHop") or "what is not given" for it in leading)
