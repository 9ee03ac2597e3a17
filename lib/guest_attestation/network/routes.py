"""Where routes lead the traffic: to the Internet, an appliance, a gateway, inside, or nowhere (facts 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.route import Route
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision, Hop, HopName, Part, TraceLine
from guest_attestation.network.question import Question
from guest_attestation.network.route_choice import Taken, choose_routes, coverage_of, is_inside
from guest_attestation.network.route_sources import COMPUTED, InForce, routes_in_force
from guest_attestation.network.summary import part_that_shows, unread_prefixes
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import decide

INTERNET, APPLIANCE, GATEWAY, INSIDE = "internet", "virtualappliance", "virtualnetworkgateway", "vnetlocal"
_KINDS = {
    "internet": INTERNET,
    "virtualappliance": APPLIANCE,
    "virtualapplianceecmp": APPLIANCE,
    "virtualnetworkgateway": GATEWAY,
    "hypernetgateway": GATEWAY,
    "none": "none",
}


@dataclass(frozen=True)
class Leg:
    """Where a part of the destinations is led: `kind` is one of the constants, `address` an appliance's."""

    kind: str
    address: str | None
    addresses: AddressSet
    shown: str


def route_hop(at: Attachment, question: Question, tags: Tags) -> tuple[Hop, tuple[Leg, ...]]:
    """Decide where each destination is led: by the effective routes, else by what can be computed."""
    in_force = routes_in_force(at)
    if in_force.routes is None:
        hop = Hop.unknown(HopName.ROUTE, in_force.why_not, in_force.evidence, in_force.missing_permission)
        return hop, ()
    chosen = choose_routes(in_force.routes, question, tags)
    found = [_led(it, at, in_force, question) for it in chosen]
    parts = tuple(part for part, _ in found)
    decision = decide(parts, question.tiers)
    shown = part_that_shows(decision, parts, question)
    route = next((it.route for it, (part, _) in zip(chosen, found, strict=True) if part is shown), None)
    taking = [it.route for it in chosen if it.route is not None]
    others = [leg.shown for part, leg in found if leg is not None and part is not shown]
    summary = [
        shown.why if shown else f"routes lead {question.text} on",
        *(others if decision is Decision.ALLOW else ()),
    ]
    table = _table_of(route, at)
    hop = Hop(
        HopName.ROUTE,
        decision,
        "; ".join(dict.fromkeys(summary)),
        resource=table,
        rule=shown.rule if shown else None,
        parts=parts,
        trace=tuple(_trace(in_force, taking, at, question, tags)),
        evidence=tuple(dict.fromkeys(it for it in (*(part.evidence for part in parts), in_force.evidence) if it))[:8],
        assumptions=tuple(dict.fromkeys(_assumptions(in_force, taking, question, tags))),
        missing_permission=in_force.missing_permission if decision is Decision.UNKNOWN else None,
        written_with=(at.vnet.value.id,) if table is None and at.vnet.value else (),
    )
    return hop, _joined(leg for _, leg in found if leg is not None)


def _led(taken: Taken, at: Attachment, in_force: InForce, question: Question) -> tuple[Part, Leg | None]:
    """Say where a route leads what it takes: on, nowhere, or to what is not known."""
    route = taken.route
    if route is None:
        return Part(Decision.UNKNOWN, taken.addresses, None, in_force.evidence, taken.why), None
    name = name_in(route, at)
    shown = f"route {name}" if name else f"the {_whose(route)} route to {', '.join(route.address_prefixes[:2])}"
    part = Part(Decision.ALLOW, taken.addresses, name, route.evidence)
    if in_force.better_may_be_learned and route.source.casefold() == "default" and not is_inside(route):
        return replace(part, decision=Decision.UNKNOWN, why=in_force.better_may_be_learned), None
    kind = INSIDE if is_inside(route) else _KINDS.get(route.next_hop_type.casefold())
    leads, addresses = _leads(kind, route, question), route.next_hop_ip_addresses
    if kind == "none" or (kind == APPLIANCE and not addresses):
        return replace(part, decision=Decision.DENY, why=f"{shown} {leads}"), None
    if kind is None or (kind == APPLIANCE and len(addresses) > 1) or (kind == INSIDE and question.is_attestation):
        return replace(part, decision=Decision.UNKNOWN, why=f"{shown} {leads}"), None
    address = addresses[0] if kind == APPLIANCE else None
    return replace(part, why=f"{shown} {leads}"), Leg(kind, address, taken.addresses, f"{shown} {leads}")


def _leads(kind: str | None, route: Route, question: Question) -> str:
    addresses = route.next_hop_ip_addresses
    if kind == INTERNET:
        return f"leads {question.target} to the Internet"
    if kind == GATEWAY:
        return f"leads {question.target} to the virtual network gateway"
    if kind == "none":
        return f"drops {question.text}: its next hop is None"
    if kind == INSIDE:
        return f"keeps {question.target} within the network"
    if kind == APPLIANCE and not addresses:
        return "leads to a virtual appliance without an address, so that the traffic is dropped"
    if kind == APPLIANCE and len(addresses) > 1:
        return f"leads to any of several virtual appliances ({', '.join(addresses)})"
    if kind == APPLIANCE:
        return f"leads to the virtual appliance at {addresses[0]}"
    return f"has the next hop {route.next_hop_type or 'that is not given'!r}, which this tool does not know"


def name_in(route: Route, at: Attachment) -> str | None:
    """Name a route; Azure may leave the name of a table's own out of the effective routes."""
    table = at.route_table.value if at.route_table else None
    if route.name or table is None or not _is_own(route):
        return route.name
    return next((own.name for own in table.routes if set(own.address_prefixes) & set(route.address_prefixes)), None)


def _table_of(route: Route | None, at: Attachment) -> str | None:
    subnet = at.subnet.value
    return subnet.route_table_id if subnet and route is not None and _is_own(route) else None


def _trace(
    in_force: InForce, taking: list[Route], at: Attachment, question: Question, tags: Tags
) -> Iterator[TraceLine]:
    """Say of every route why it takes the traffic, or why not; one without a name is shown by what it says."""
    for route in in_force.routes or ():
        label = name_in(route, at) or f"{_whose(route)} {', '.join(route.address_prefixes[:2])} → {route.next_hop_type}"
        if not route.active:
            yield TraceLine(label, None, False, "not in force: Azure shows its state as Invalid")
            continue
        cover = coverage_of(route, question, tags)
        matched = any(route is it for it in taking)
        better = "; a better route takes it" if cover.takes and not matched else ""
        yield TraceLine(label, None, matched, f"{cover.why}{better}")


def _whose(route: Route) -> str:
    return {"user": "user's", "virtualnetworkgateway": "learned"}.get(route.source.casefold(), "system's")


def _is_own(route: Route) -> bool:
    return route.source.casefold() == "user"


def _assumptions(in_force: InForce, taking: list[Route], question: Question, tags: Tags) -> Iterator[str]:
    if in_force.computed:
        yield COMPUTED
    if in_force.sources and any(_is_own(route) for route in taking):
        yield f"no better route is learned from {', '.join(in_force.sources)}"
    active = (route for route in in_force.routes or () if route.active)
    yield from (it for route in active if (it := coverage_of(route, question, tags).assumption))
    yield from unread_prefixes(question)


def _joined(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """Join what several routes lead to the same place."""
    joined: dict[tuple[str, str | None], Leg] = {}
    for leg in legs:
        key = (leg.kind, leg.address)
        known = joined.get(key)
        joined[key] = replace(known, addresses=known.addresses | leg.addresses) if known else leg
    return tuple(joined.values())
