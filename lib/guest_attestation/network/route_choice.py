"""Which route takes which of the destinations: the longest prefix, then the user's, a learned, the system's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from guest_attestation.facts.route import Route
from guest_attestation.network.addresses import AddressSet, union
from guest_attestation.network.coverage import Coverage
from guest_attestation.network.question import Question
from guest_attestation.network.tags import Tags

_SOURCES = {"user": 0, "virtualnetworkgateway": 1}
_LEARNED = "virtualnetworkgateway"
_INSIDE = ("vnetlocal", "vnetpeering", "vnetglobalpeering", "virtualnetworkserviceendpoint", "interfaceendpoint")
_SHORTEST = 1
_ANY_LENGTH = -129
_LONGEST = {4: 32, 6: 128}


@dataclass(frozen=True)
class Taken:
    """The destinations that one route takes; `route` is None where none does, or where that is not known."""

    route: Route | None
    addresses: AddressSet
    why: str = ""


@dataclass(frozen=True)
class _Entry:
    """What one prefix of a route holds of the destinations; the smallest rank wins (facts 5.1)."""

    rank: tuple[int, int, int]
    takes: AddressSet
    may_take: AddressSet
    route: Route
    why: str

    @property
    def next_hop(self) -> tuple[str, tuple[str, ...]]:
        """What two routes must have in common to lead the same way."""
        return self.route.next_hop_type.casefold(), self.route.next_hop_ip_addresses

    @property
    def shown(self) -> str:
        """Name a route that may take something, and say why that is not known."""
        route = self.route
        name = route.name or f"of {', '.join(route.address_prefixes[:2])}"
        return f"route {name} to {route.next_hop_type or 'an unknown place'}: {self.why}"


def choose_routes(routes: Iterable[Route], question: Question, tags: Tags) -> list[Taken]:
    """Split the destinations by the active route that takes them; what several may take is left undecided."""
    every = question.destinations
    entries = [entry for route in routes if route.active for entry in _entries(route, question, tags)]
    entries = sorted(_unambiguous(_system_first(entries, every), every), key=lambda it: it.rank)
    taken: dict[int, Taken] = {}
    undecided: list[Taken] = []
    doubts: list[_Entry] = []
    left = every
    for entry in entries:
        sure = entry.takes & left
        for doubt in doubts:
            both = doubt.may_take & sure
            if both and doubt.next_hop != entry.next_hop:
                undecided.append(Taken(None, both, doubt.shown))
                sure = sure - both
        if sure:
            known = taken.get(id(entry.route))
            together = known.addresses | sure if known else sure
            taken[id(entry.route)] = Taken(entry.route, together, entry.why)
        left = left - entry.takes
        if entry.may_take:
            doubts.append(entry)
    for doubt in doubts:
        if doubt.may_take & left:
            undecided.append(Taken(None, doubt.may_take & left, doubt.shown))
            left = left - doubt.may_take
    unrouted = [Taken(None, left, f"no route takes {question.target}")] if left else []
    return [*taken.values(), *undecided, *unrouted]


def coverage_of(route: Route, question: Question, tags: Tags) -> Coverage:
    """Say what a route's prefixes hold of the destinations."""
    return tags.cover_all(route.address_prefixes, question)


def holds_some(prefix: str, question: Question, tags: Tags) -> bool:
    """Tell whether a prefix or service tag holds, or may hold, some of the destinations."""
    cover = tags.cover(prefix, question)
    return bool(cover.takes or cover.may_take)


def is_inside(route: Route) -> bool:
    """Tell whether a route leads to the network's own addresses, or to a peered one's."""
    return route.next_hop_type.casefold() in _INSIDE


def _entries(route: Route, question: Question, tags: Tags) -> Iterator[_Entry]:
    """Rank what each prefix holds; that of a tag whose prefixes are not known may be longer than any other."""
    source = _SOURCES.get(route.source.casefold(), len(_SOURCES))
    for prefix in route.address_prefixes:
        cover = tags.cover(prefix, question)
        if not (cover.takes or cover.may_take):
            continue
        entry = _Entry((-_SHORTEST, source, 0), cover.takes, cover.may_take, route, cover.why)
        tag = tags.listed.find(prefix)
        if prefix[0].isdigit() or ":" in prefix:
            yield replace(entry, rank=(-_length(prefix, question.family), source, 0))
        elif tag is None or question.destinations.is_symbolic or cover.may_take:
            yield replace(entry, rank=(-_SHORTEST, source, _tag_order(prefix)))
            nothing, doubtful = cover.takes - cover.takes, cover.takes | cover.may_take
            why = cover.why if cover.may_take else f"how long the prefixes of {prefix} are is not known"
            yield replace(entry, rank=(_ANY_LENGTH, source, 0), takes=nothing, may_take=doubtful, why=why)
        else:
            for listed in question.destinations.touched_by(tag.address_prefixes):
                rank = (-_length(listed, question.family), source, _tag_order(prefix))
                yield replace(entry, rank=rank, takes=question.destinations.clipped((listed,)))


def _length(prefix: str, family: int) -> int:
    """Return a prefix's length; a single address has the longest."""
    length = prefix.partition("/")[2]
    return int(length) if length.isdecimal() else _LONGEST[family]


def _tag_order(name: str) -> int:
    """Of equal prefixes an explicit one wins, then a regional tag, a tag, AzureCloud.<region>, AzureCloud."""
    of_cloud, regional = name.casefold().startswith("azurecloud"), "." in name
    return 1 + 2 * of_cloud + (not regional)


def _system_first(entries: list[_Entry], every: AddressSet) -> Iterator[_Entry]:
    """A learned route never takes what a system route keeps inside, however long its prefix (facts 5.1)."""
    own = (it.takes for it in entries if is_inside(it.route) and it.route.source.casefold() not in _SOURCES)
    inside = union(every.version, own)
    for entry in entries:
        yield (
            replace(entry, takes=entry.takes - inside, may_take=entry.may_take - inside)
            if _is_learned(entry)
            else entry
        )


def _is_learned(entry: _Entry) -> bool:
    return entry.route.source.casefold() == _LEARNED


def _unambiguous(entries: Iterable[_Entry], every: AddressSet) -> Iterator[_Entry]:
    """Leave open what entries of the same rank take together to different places."""
    by_rank: dict[tuple[int, int, int], list[_Entry]] = {}
    for entry in entries:
        by_rank.setdefault(entry.rank, []).append(entry)
    for equal in by_rank.values():
        for entry in equal:
            rivals = (both for it in equal if it.next_hop != entry.next_hop for both in (it.takes, it.may_take))
            shared = entry.takes & union(every.version, rivals) if len(equal) > 1 else every.nothing
            if shared:
                why = f"{entry.why}, and so does another route of the same prefix"
                yield replace(entry, takes=entry.takes - shared, may_take=entry.may_take | shared, why=why)
            else:
                yield entry
