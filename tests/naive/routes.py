"""A second opinion on routes: where one packet is led, from the JSON that Azure answers. It shares no code with lib.

What is not known is tried every way: a prefix that cannot be read, and those of a tag that is not listed, may hold the
packet or not, and be of any length; a route may be learned that wins over the system's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.naive.security_groups import Address, Network, within

Json = Mapping[str, Any]
Place = tuple[str, str]
"""Where a route leads: `internet`, `gateway`, `appliance` with its address, `dropped` and by what, or `not known`."""

NOT_KNOWN: Place = ("not known", "")
_INSIDE = ("vnetlocal", "vnetpeering", "vnetglobalpeering", "virtualnetworkserviceendpoint", "interfaceendpoint")
_OUT = {"internet": "internet", "virtualnetworkgateway": "gateway", "hypernetgateway": "gateway"}
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
_SOURCES = {"user": 2, "virtualnetworkgateway": 1}
_ANY_LENGTH = 129


@dataclass(frozen=True)
class _Entry:
    """A prefix that holds the packet: the greatest rank wins. Of an `open` one it is not known whether it does."""

    rank: tuple[int, int, int]
    place: Place
    source: str
    inside: bool
    open: bool = False


def places(routes: Sequence[Json], address: Address, network: Network, *, learned: bool = False) -> set[Place]:
    """Return everywhere that a packet may be led; `learned`: what the system's own routes take, a better one may."""
    entries = [it for route in routes for it in _entries(route, address, network)]
    if any(it.inside and it.source == "default" and not it.open for it in entries):
        entries = [it for it in entries if it.source != "virtualnetworkgateway"]
    certain = [it for it in entries if not it.open]
    best = max((it.rank for it in certain), default=None)
    first = [it for it in certain if it.rank == best]
    found = {it.place for it in first if not it.open}
    if not first or (learned and any(it.source == "default" and not it.inside for it in first)):
        found.add(NOT_KNOWN)
    found |= {it.place for it in entries if it.open and (best is None or it.rank >= best)}
    return found


def effective(value: Sequence[Json]) -> Iterator[Json]:
    """Yield the routes in force of an answer for a NIC."""
    yield from (it for it in value if it["state"].lower() == "active")


def computed(table: Json | None, vnet: Json) -> Iterator[Json]:
    """Yield a table's routes and the system's own."""
    for route in table["properties"]["routes"] if table else ():
        fields = route["properties"]
        hops = [fields["nextHopIpAddress"]] if fields.get("nextHopIpAddress") else []
        yield _route("User", [fields["addressPrefix"]], fields["nextHopType"], hops)
    yield _route("Default", vnet["properties"]["addressSpace"]["addressPrefixes"], "VnetLocal", [])
    for peering in vnet["properties"].get("virtualNetworkPeerings", ()):
        fields = peering["properties"]
        if fields.get("peeringState", "Connected") == "Connected":
            yield _route("Default", fields["remoteAddressSpace"]["addressPrefixes"], "VNetPeering", [])
    yield _route("Default", list(_PRIVATE), "None", [])
    yield _route("Default", ["0.0.0.0/0", "::/0"], "Internet", [])


def may_learn(table: Json | None, vnet: Json) -> bool:
    """Tell whether something could teach the subnet a better route."""
    if table and table["properties"].get("disableBgpRoutePropagation"):
        return False
    subnets = [it["id"].rsplit("/", 1)[-1].lower() for it in vnet["properties"]["subnets"]]
    peerings = vnet["properties"].get("virtualNetworkPeerings", ())
    remote = any(it["properties"].get("useRemoteGateways") for it in peerings)
    return remote or "gatewaysubnet" in subnets or "routeserversubnet" in subnets


def _route(source: str, prefixes: Sequence[str], next_hop: str, addresses: Sequence[str]) -> Json:
    return {"source": source, "addressPrefix": prefixes, "nextHopType": next_hop, "nextHopIpAddress": addresses}


def _entries(route: Json, address: Address, network: Network) -> Iterator[_Entry]:
    kind, source = route["nextHopType"].lower(), route["source"].lower()
    place, inside = _place(kind, route["nextHopIpAddress"]), kind in _INSIDE
    of_source = _SOURCES.get(source, 0)
    for prefix in (*route["addressPrefix"], *route.get("destinationServiceTags", ())):
        for length, precise, holds in _lengths(prefix, address, network):
            if holds is not False:
                yield _Entry((length, of_source, precise), place, source, inside, open=holds is None)


def _lengths(term: str, address: Address, network: Network) -> Iterator[tuple[int, int, bool | None]]:
    """Yield the length of what holds the packet, how precise the term is, and whether it does."""
    if not re.match("[A-Za-z]", term):
        yield _length(term, address), 4, within(address, [term])
        return
    regional, of_cloud = "." in term, term.lower().startswith("azurecloud")
    precise = (3 if regional else 2) if not of_cloud else (1 if regional else 0)
    listed = network.listed(term)
    if listed is None:
        certain = term.lower() in ("azurecloud", "azureattestation")
        if certain or term.lower().startswith(("azurecloud.", "azureattestation.")) or network.complete:
            yield _ANY_LENGTH, 4, None
        if certain:
            yield 1, precise, True
    elif within(address, listed) is None:
        yield _ANY_LENGTH, 4, None
    else:
        yield from ((_length(it, address), precise, within(address, [it])) for it in listed)


def _length(prefix: str, address: Address) -> int:
    """Return a prefix's length; a single address has the longest, what cannot be read any."""
    length = prefix.partition("/")[2]
    if not length:
        return address.max_prefixlen if within(address, [prefix]) is not None else _ANY_LENGTH
    return int(length) if int(length) <= address.max_prefixlen else _ANY_LENGTH


def _place(kind: str, addresses: Sequence[str]) -> Place:
    if kind == "none" or (kind == "virtualappliance" and not addresses):
        return "dropped", kind
    if kind == "virtualappliance" and len(addresses) == 1:
        return "appliance", addresses[0]
    return (_OUT[kind], "") if kind in _OUT else NOT_KNOWN
