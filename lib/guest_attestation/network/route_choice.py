"""Which route takes traffic: the longest prefix, then the user's own before a learned one before the system's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from guest_attestation.facts.route import Route
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES, AddressSet
from guest_attestation.network.question import Question
from guest_attestation.network.tags import Tags

_SOURCES = {"user": 0, "virtualnetworkgateway": 1}


@dataclass(frozen=True)
class _Entry:
    """What one prefix of a route holds of the destinations.

    `length` is None of a service tag whose prefixes are not known: they are longer than a default route's.
    """

    length: int | None
    addresses: AddressSet
    route: Route
    is_tag: bool = False

    @property
    def rank(self) -> tuple[int, int, bool]:
        """The smallest wins; at the same length an explicit prefix comes before a service tag's (facts 5.1)."""
        length = 1 if self.length is None else self.length
        return -length, _SOURCES.get(self.route.source.casefold(), len(_SOURCES)), self.is_tag


def taking(routes: Iterable[Route], question: Question, tags: Tags) -> Iterator[Route]:
    """Yield the active routes that take, or may take, some of the destinations."""
    for route in routes:
        if route.active and any(holds_some(prefix, question, tags) for prefix in route.address_prefixes):
            yield route


def holds_some(prefix: str, question: Question, tags: Tags) -> bool:
    """Tell whether a prefix or service tag holds, or may hold, some of the destinations."""
    cover = tags.cover(prefix, question)
    return bool(cover.takes or cover.may_take)


def sole_taker(routes: Iterable[Route], question: Question, tags: Tags) -> Route | None:
    """Return the one route that takes every destination; None where several share them, or where it cannot be told."""
    entries: list[_Entry] = []
    for route in taking(routes, question, tags):
        for prefix in route.address_prefixes:
            cover = tags.cover(prefix, question)
            if cover.may_take:
                return None
            entries += _entries(route, prefix, cover.takes, question, tags)
    specific = {entry.route for entry in entries if entry.length != 0}
    if len(specific) > 1 and any(entry.length is None for entry in entries):
        return None
    left, takers = question.destinations, set[Route]()
    for _, equal in groupby(sorted(entries, key=lambda entry: entry.rank), key=lambda entry: entry.rank):
        before = left
        for entry in equal:
            if before & entry.addresses:
                takers.add(entry.route)
            left = left - entry.addresses
    return takers.pop() if len(takers) == 1 and not left else None


def _entries(route: Route, prefix: str, takes: AddressSet, question: Question, tags: Tags) -> Iterator[_Entry]:
    if prefix[0].isdigit():
        yield _Entry(int(prefix.partition("/")[2] or 32), takes, route)
        return
    tag = tags.listed.find(prefix)
    if tag is None or question.destinations == UNKNOWN_ADDRESSES:
        yield _Entry(None, takes, route, is_tag=True)
        return
    for listed in tag.address_prefixes:
        part = question.destinations.clipped((listed,))
        if part:
            yield _Entry(int(listed.partition("/")[2] or 32), part, route, is_tag=True)
