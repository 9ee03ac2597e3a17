"""Which routes are in force: Azure's effective ones, else the table's and the system's, and what may be learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.route import Route
from guest_attestation.network.coverage import everything

COMPUTED = "routes were computed from the route table: Azure's effective routes are not known"
_DROPPED = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
_DEFAULTS = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class InForce:
    """The routes that decide; None where they are not known. `computed` where they are not Azure's own answer.

    `better_may_be_learned` says, where the system's own routes might not be the best, from what a better one may come.
    `sources` are what could teach the network routes at all.
    """

    routes: tuple[Route, ...] | None
    evidence: str
    why_not: str = ""
    missing_permission: str | None = None
    computed: bool = False
    better_may_be_learned: str = ""
    sources: tuple[str, ...] = ()


def routes_in_force(at: Attachment) -> InForce:
    """Take the effective routes, else compute them from the subnet's table and the network (design 5, "Routes")."""
    effective = at.effective_routes
    if effective.value:
        return InForce(effective.value, effective.evidence)
    table = at.route_table
    if table is not None and table.value is None:
        return InForce(None, table.evidence, f"route table: {table.why_not}", table.missing_permission)
    own = table.value.routes if table is not None and table.value is not None else ()
    sources = _route_sources(at)
    learned = ""
    missing = effective.missing_permission
    if sources is None:
        learned = f"a better route may be learned: virtual network: {at.vnet.why_not}"
        missing = at.vnet.missing_permission or missing
    elif sources:
        learned = (
            f"a better route may be learned from {', '.join(sources)}; effective routes: {effective.why_not or 'empty'}"
        )
    evidence = table.evidence if table is not None else at.subnet.evidence
    routes = (*own, *_of_the_system(at))
    return InForce(routes, evidence, "", missing, True, learned, sources or ())


def default_route_in_network(at: Attachment) -> bool | None:
    """Tell whether the tag VirtualNetwork holds a default route: one of the table's, or a learned one (facts 4.2)."""
    effective, default = at.effective_routes.value, everything(at.family)
    if effective:
        return any(default in it.address_prefixes for it in effective if it.active and not _is_system_default(it))
    table = at.route_table
    if table is not None and table.value is None:
        return None
    own = table.value.routes if table is not None and table.value is not None else ()
    if any(default in route.address_prefixes for route in own):
        return True
    return False if _route_sources(at) == () else None


def routed_prefixes(at: Attachment) -> tuple[str, ...]:
    """Return the prefixes of the user's own and of learned routes, which VirtualNetwork may hold too (facts 4.2)."""
    effective, table = at.effective_routes.value, at.route_table
    own = table.value.routes if table is not None and table.value is not None else ()
    routes = (route for route in effective or own if route.active and route.source.casefold() != "default")
    return tuple(prefix for route in routes for prefix in route.address_prefixes)


def _route_sources(at: Attachment) -> tuple[str, ...] | None:
    """Name what could teach a better route; None where the network was not read."""
    table = at.route_table
    if table is not None and table.value is not None and table.value.disable_bgp_route_propagation:
        return ()
    return at.vnet.value.route_sources if at.vnet.value else None


def _of_the_system(at: Attachment) -> Iterator[Route]:
    """Yield what the system adds: the network's own space, peered ones, private ranges dropped, the default route."""
    vnet, evidence = at.vnet.value, at.vnet.evidence
    if vnet is not None:
        yield _system(vnet.address_prefixes, "VnetLocal", evidence)
        for peering in vnet.peerings:
            if peering.peering_state.casefold() == "connected":
                yield _system(peering.remote_address_prefixes, "VNetPeering", evidence)
    yield _system(_DROPPED, "None", evidence)
    yield _system(_DEFAULTS, "Internet", evidence)


def _system(prefixes: tuple[str, ...], next_hop_type: str, evidence: str) -> Route:
    return Route(None, "Default", True, prefixes, next_hop_type, (), evidence)


def _is_system_default(route: Route) -> bool:
    return route.source.casefold() == "default" and route.next_hop_type.casefold() == "internet"
