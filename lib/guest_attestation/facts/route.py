"""Facts about routes: those of a route table, and those that Azure applies to a NIC."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class Route:
    """A route. `source` is User for a table's own; `address_prefixes` may hold service tags."""

    name: str | None
    source: str
    active: bool
    address_prefixes: tuple[str, ...]
    next_hop_type: str
    next_hop_ip_addresses: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class RouteTable:
    """A subnet's route table."""

    id: str
    routes: tuple[Route, ...]
    disable_bgp_route_propagation: bool
    evidence: str


def parse_route_table(node: Node) -> RouteTable:
    """Read a route table."""
    properties = node.at("properties")
    return RouteTable(
        id=node.text("id") or "",
        routes=tuple(_user_route(item) for item in properties.items("routes")),
        disable_bgp_route_propagation=bool(properties.flag("disableBgpRoutePropagation")),
        evidence=properties.evidence,
    )


def parse_effective_route(node: Node) -> Route:
    """Read an entry of the effective routes; live values go beyond the documented enumerations (facts 4.6)."""
    return Route(
        name=node.text("name"),
        source=node.text("source") or "Unknown",
        active=(node.text("state") or "Active").casefold() == "active",
        address_prefixes=node.texts("addressPrefix") + node.texts("destinationServiceTags"),
        next_hop_type=node.text("nextHopType") or "",
        next_hop_ip_addresses=node.texts("nextHopIpAddress"),
        evidence=node.evidence,
    )


def _user_route(node: Node) -> Route:
    properties = node.at("properties")
    return Route(
        name=node.text("name"),
        source="User",
        active=True,
        address_prefixes=properties.texts("addressPrefix"),
        next_hop_type=properties.text("nextHopType") or "",
        next_hop_ip_addresses=properties.texts("nextHopIpAddress"),
        evidence=node.evidence,
    )
