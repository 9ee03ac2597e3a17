"""Where routes lead the traffic: the plain case, that only the system's default route takes it (facts 5.1)."""

from __future__ import annotations

from collections.abc import Iterable

from guest_attestation.facts.gather import Facts
from guest_attestation.facts.route import Route
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import Question
from guest_attestation.network.tags import Tags

_TO_INTERNET = "the system's default route leads to the Internet"


def route_hop(facts: Facts, question: Question, tags: Tags) -> Hop:
    """Decide from the effective routes, else from the subnet's table where no better route can be learned."""
    effective = facts.effective_routes.value
    if effective:
        others = [route for route in _taking(effective, question, tags) if not _is_system_default(route)]
        if others:
            return Hop.unknown(HopName.ROUTE, _leads_elsewhere(others), others[0].evidence)
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


def _computed(facts: Facts, question: Question, tags: Tags) -> Hop:
    table = facts.route_table
    if table is not None and table.value is None:
        return Hop.unknown(HopName.ROUTE, f"route table: {table.why_not}", table.evidence, table.missing_permission)
    own = table.value.routes if table is not None and table.value is not None else ()
    others = list(_taking(own, question, tags))
    if others:
        return Hop.unknown(HopName.ROUTE, _leads_elsewhere(others), others[0].evidence)
    sources = _route_sources(facts)
    inside = [prefix for prefix in tags.space.prefixes if _holds(prefix, question, tags)]
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
        assumptions=(
            "routes were computed from the route table: Azure's effective routes are not known",
            *_assumed(own, question, tags),
        ),
    )


def _route_sources(facts: Facts) -> tuple[str, ...] | None:
    """Name what could teach a better route; None where the network was not read."""
    table = facts.route_table
    if table is not None and table.value is not None and table.value.disable_bgp_route_propagation:
        return ()
    return facts.vnet.value.route_sources if facts.vnet.value else None


def _taking(routes: Iterable[Route], question: Question, tags: Tags) -> Iterable[Route]:
    """Yield the active routes that take, or may take, some of the destinations."""
    for route in routes:
        if route.active and any(_holds(prefix, question, tags) for prefix in route.address_prefixes):
            yield route


def _holds(prefix: str, question: Question, tags: Tags) -> bool:
    cover = tags.cover(prefix, question)
    return bool(cover.takes or cover.may_take)


def _left_over(routes: Iterable[Route], question: Question, tags: Tags) -> AddressSet:
    """Return the destinations that no active system default takes."""
    left = question.destinations
    for route in _taking(routes, question, tags):
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


def _leads_elsewhere(routes: list[Route]) -> str:
    shown = "; ".join(
        f"{route.name or ', '.join(route.address_prefixes)} to {route.next_hop_type}" for route in routes[:3]
    )
    return f"routes other than the system's default (may) take the traffic ({shown}): this version does not decide them"
