"""Where routes lead the traffic: out by the system's default route, to a virtual appliance, or nowhere (facts 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guest_attestation.facts.gather import Facts
from guest_attestation.facts.route import Route
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision, Hop, HopName, TraceLine
from guest_attestation.network.question import Question
from guest_attestation.network.route_choice import holds_some, sole_taker, taking
from guest_attestation.network.tags import Tags, joined

_TO_INTERNET = "the system's default route leads to the Internet"
_COMPUTED = "routes were computed from the route table: Azure's effective routes are not known"


def route_hop(facts: Facts, question: Question, tags: Tags) -> Hop:
    """Decide from the effective routes, else from the subnet's table where no better route can be learned."""
    effective = facts.effective_routes.value
    if effective:
        others = [route for route in taking(effective, question, tags) if not _is_system_default(route)]
        if others:
            return _by_one_route(facts, effective, question, tags) or _undecided(others)
        if _left_over(effective, question, tags):
            why = "no effective route leads on to every address of the attestation service"
            return Hop.unknown(HopName.ROUTE, why, facts.effective_routes.evidence)
        return Hop(
            HopName.ROUTE,
            Decision.ALLOW,
            _TO_INTERNET,
            evidence=(facts.effective_routes.evidence,),
            assumptions=_assumed(effective, question, tags),
        )
    return _computed(facts, question, tags)


def default_route_in_network(facts: Facts) -> bool | None:
    """Tell whether the tag VirtualNetwork holds a default route: one of the table's, or a learned one (facts 4.2)."""
    effective = facts.effective_routes.value
    if effective:
        learned = (route for route in effective if route.active and not _is_system_default(route))
        return any("0.0.0.0/0" in route.address_prefixes for route in learned)
    table = facts.route_table
    if table is not None and table.value is None:
        return None
    own = table.value.routes if table is not None and table.value is not None else ()
    if any("0.0.0.0/0" in route.address_prefixes for route in own):
        return True
    return False if _route_sources(facts) == () else None


def routed_prefixes(facts: Facts) -> tuple[str, ...]:
    """Return the prefixes of the user's own and of learned routes, which VirtualNetwork may hold too (facts 4.2)."""
    effective = facts.effective_routes.value
    table = facts.route_table
    own = table.value.routes if table is not None and table.value is not None else ()
    routes = (route for route in effective or own if route.active and route.source.casefold() != "default")
    return tuple(prefix for route in routes for prefix in route.address_prefixes)


def _computed(facts: Facts, question: Question, tags: Tags) -> Hop:
    table = facts.route_table
    if table is not None and table.value is None:
        return Hop.unknown(HopName.ROUTE, f"route table: {table.why_not}", table.evidence, table.missing_permission)
    own = table.value.routes if table is not None and table.value is not None else ()
    others = list(taking(own, question, tags))
    inside = [prefix for prefix in tags.space.prefixes if holds_some(prefix, question, tags)]
    sources = _route_sources(facts)
    if others:
        learned = (f"no better route is learned from {', '.join(sources)}",) if sources else ()
        decided = None if inside else _by_one_route(facts, own, question, tags, (_COMPUTED, *learned))
        return decided or _undecided(others)
    if inside:
        why = f"the network's own address space ({', '.join(inside)}) takes, or may take, some of the traffic"
        return Hop.unknown(HopName.ROUTE, why, facts.vnet.evidence)
    if sources is None:
        return Hop.unknown(
            HopName.ROUTE, f"virtual network: {facts.vnet.why_not}", facts.vnet.evidence, facts.vnet.missing_permission
        )
    effective = facts.effective_routes
    if sources:
        why = (
            f"a better route may be learned from {', '.join(sources)}; effective routes: {effective.why_not or 'empty'}"
        )
        return Hop.unknown(HopName.ROUTE, why, facts.vnet.evidence, effective.missing_permission)
    return Hop(
        HopName.ROUTE,
        Decision.ALLOW,
        _TO_INTERNET,
        evidence=(facts.subnet.evidence,),
        assumptions=(_COMPUTED, *_assumed(own, question, tags)),
    )


def _by_one_route(
    facts: Facts, routes: tuple[Route, ...], question: Question, tags: Tags, assumptions: tuple[str, ...] = ()
) -> Hop | None:
    """Decide where one route takes everything to an appliance, or drops it; None for any other case."""
    route = sole_taker(routes, question, tags)
    if route is None or route.next_hop_type.casefold() not in ("virtualappliance", "none"):
        return None
    appliance = route.next_hop_type.casefold() == "virtualappliance"
    addresses = route.next_hop_ip_addresses if appliance else ()
    if len(addresses) > 1:
        return None
    name = _name_of(route, facts)
    shown = f"route {name}" if name else f"the route to {', '.join(route.address_prefixes)}"
    if addresses:
        summary = f"{shown} leads to the virtual appliance at {addresses[0]}"
    elif appliance:
        summary = f"{shown} leads to a virtual appliance without an address, so that the traffic is dropped"
    else:
        summary = f"{shown} drops {question.protocol.upper()} {question.port} to {question.tag}: its next hop is None"
    subnet = facts.subnet.value
    return Hop(
        HopName.ROUTE,
        Decision.ALLOW if addresses else Decision.DENY,
        summary,
        resource=subnet.route_table_id if subnet and _is_own(route) else None,
        rule=name,
        trace=tuple(_trace(routes, route, facts, question, tags)),
        evidence=(route.evidence,),
        assumptions=(*assumptions, *_assumed(routes, question, tags)),
        next_hop=addresses[0] if addresses else None,
    )


def _name_of(route: Route, facts: Facts) -> str | None:
    """Name a route; Azure may leave the name of a table's own out of the effective routes."""
    table = facts.route_table.value if facts.route_table else None
    if route.name or table is None or not _is_own(route):
        return route.name
    return next((own.name for own in table.routes if set(own.address_prefixes) & set(route.address_prefixes)), None)


def _trace(routes: Iterable[Route], sole: Route, facts: Facts, question: Question, tags: Tags) -> Iterator[TraceLine]:
    """Say of every active route that has a name why it takes the traffic, or why not."""
    for route in routes:
        name = _name_of(route, facts)
        if name and route.active:
            cover = joined([tags.cover(prefix, question) for prefix in route.address_prefixes], question)
            better = "; a better route takes it" if cover.takes and route != sole else ""
            yield TraceLine(name, None, route == sole, f"{cover.why}{better}")


def _is_own(route: Route) -> bool:
    return route.source.casefold() == "user"


def _route_sources(facts: Facts) -> tuple[str, ...] | None:
    """Name what could teach a better route; None where the network was not read."""
    table = facts.route_table
    if table is not None and table.value is not None and table.value.disable_bgp_route_propagation:
        return ()
    return facts.vnet.value.route_sources if facts.vnet.value else None


def _left_over(routes: Iterable[Route], question: Question, tags: Tags) -> AddressSet:
    """Return the destinations that no active system default takes."""
    left = question.destinations
    for route in taking(routes, question, tags):
        for prefix in route.address_prefixes:
            left = left - tags.cover(prefix, question).takes
    return left


def _assumed(routes: Iterable[Route], question: Question, tags: Tags) -> tuple[str, ...]:
    """Return what had to be assumed of the tags that active routes name."""
    prefixes = (prefix for route in routes if route.active for prefix in route.address_prefixes)
    assumed = (tags.cover(prefix, question).assumption for prefix in prefixes)
    return tuple(dict.fromkeys(it for it in assumed if it))


def _is_system_default(route: Route) -> bool:
    return route.source.casefold() == "default" and route.next_hop_type.casefold() == "internet"


def _undecided(routes: list[Route]) -> Hop:
    shown = "; ".join(
        f"{route.name or ', '.join(route.address_prefixes)} to {route.next_hop_type}" for route in routes[:3]
    )
    why = f"routes other than the system's default (may) take the traffic ({shown}): this version does not decide them"
    return Hop.unknown(HopName.ROUTE, why, routes[0].evidence)
