"""What a rule's address term holds of the destinations: a prefix, or a service tag with its documented containment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES, AddressSet, interval, is_private
from guest_attestation.network.question import PLATFORM_TAGS, Question

_EXPANDED = ("internet", "virtualnetwork")
EVERYTHING = ("*", "any", "0.0.0.0/0")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?")


@dataclass(frozen=True)
class Coverage:
    """What a term holds of the destinations, for certain and perhaps; `assumption` says what was taken for granted."""

    takes: AddressSet
    may_take: AddressSet
    why: str
    assumption: str | None = None


@dataclass(frozen=True)
class VirtualNetworkSpace:
    """What the tag VirtualNetwork stands for: its prefixes, and whether it holds a default route (None: not known).

    `routed` are the prefixes of the user's own and of learned routes, which the tag may hold as well.
    """

    prefixes: tuple[str, ...] = ()
    has_default_route: bool | None = None
    routed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tags:
    """How terms are looked up: the listed tags, Azure's own expansion for this NIC, and the network's space."""

    listed: ServiceTags
    tag_map: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    space: VirtualNetworkSpace = VirtualNetworkSpace()

    def cover(self, term: str, question: Question) -> Coverage:
        """Say what a destination term holds of the question's destinations (facts 4.2)."""
        name, every = term.casefold(), question.destinations
        if name == question.tag.casefold():
            return _all(every, f"destination is {question.tag}")
        if question.is_platform:
            return _none(every, f"only a rule that names {question.tag} applies to it")
        if name in EVERYTHING:
            return _all(every, f"destination {term} contains {question.tag}")
        if name in PLATFORM_TAGS:
            return _none(every, f"destination {term} is the platform's own address")
        if name in _EXPANDED:
            return self._expanded(term, question)
        if re.match(r"\d|[0-9a-f]*:", name):
            return _prefixes(term, (term,), question)
        return self._service_tag(term, question)

    def cover_group(self, name: str, prefixes: tuple[str, ...], question: Question) -> Coverage:
        """Say what an IP group of a firewall holds of the question's destinations."""
        return _prefixes(f"IP group {name}", prefixes, question)

    def may_be_tag(self, term: str) -> bool:
        """Tell whether a term is, or may be, a service tag: it looks like one, and no complete list lacks it."""
        return _WORD.fullmatch(term) is not None and not (self.listed.complete and self.listed.find(term) is None)

    def _expanded(self, term: str, question: Question) -> Coverage:
        """Expand Internet and VirtualNetwork as Azure says, else from what is known of the network."""
        every, name = question.destinations, term.casefold()
        if name in self.tag_map and not (name == "internet" and every == UNKNOWN_ADDRESSES):
            return _prefixes(term, self.tag_map[name], question)
        if name == "internet":
            inside = _prefixes(term, self.space.prefixes, question).takes
            return Coverage(every - inside, every - every, f"destination Internet contains {question.tag}")
        if self.space.has_default_route:
            return _all(every, "destination VirtualNetwork holds a default route")
        if self.space.has_default_route is None:
            return _perhaps(every, "whether destination VirtualNetwork holds a default route is not known")
        own = _prefixes(term, self.space.prefixes, question)
        routed = [self.cover(it, question) for it in self.space.routed if it.casefold() not in _EXPANDED]
        may_take = own.may_take
        for cover in routed:
            may_take = may_take | cover.takes | cover.may_take
        if not may_take - own.takes:
            return own
        why = f"{own.why}; whether it holds the prefixes of the network's routes is not known"
        return replace(own, may_take=may_take - own.takes, why=why)

    def _service_tag(self, term: str, question: Question) -> Coverage:
        every, name = question.destinations, term.casefold()
        tag = self.listed.find(term)
        if tag is not None and every != UNKNOWN_ADDRESSES:
            covered = _prefixes(term, tag.address_prefixes, question)
            regional = name.startswith(f"{question.tag.casefold()}.")
            return replace(covered, assumption=_as_listed(term)) if regional else covered
        if name == "azurecloud":
            return _all(every, f"destination AzureCloud contains {question.tag}")
        if name.startswith(("azurecloud.", f"{question.tag.casefold()}.")):
            return _perhaps(every, f"the prefixes of {term} are not known")
        if not self.may_be_tag(term):
            return _perhaps(every, f"destination {term!r} is neither a prefix nor a known service tag")
        unread = question.tag if every == UNKNOWN_ADDRESSES else term
        assumed = f"service tag {term} holds no address of {question.tag}: the prefixes of {unread} are not known"
        return _none(every, f"destination {term} does not contain {question.tag}", assumed)


def joined(terms: Iterable[Coverage], question: Question) -> Coverage:
    """Join what a rule's destination terms hold. Those that take something say why, else those that may, else all."""
    every, terms = question.destinations, list(terms)
    takes = may_take = every - every
    for term in terms:
        takes, may_take = takes | term.takes, may_take | term.may_take
    assumption = "; ".join(dict.fromkeys(term.assumption for term in terms if term.assumption)) or None
    return Coverage(takes, may_take - takes, _why(terms), assumption)


def _why(terms: list[Coverage]) -> str:
    for wanted in ([it for it in terms if it.takes], [it for it in terms if it.may_take]):
        if wanted:
            return "; ".join(dict.fromkeys(it.why for it in wanted))
    return "; ".join(dict.fromkeys(it.why for it in terms[:3])) + ("; …" if len(terms) > 3 else "")


def _prefixes(term: str, prefixes: tuple[str, ...], question: Question) -> Coverage:
    every = question.destinations
    try:
        if every == UNKNOWN_ADDRESSES:
            return _against_unknown(term, prefixes, question)
        takes = every.clipped(prefixes)
    except ValueError as error:
        return _perhaps(every, f"destination {term!r} cannot be read: {error}")
    if not takes:
        return _none(every, f"destination {term} does not contain {question.tag}")
    part = "contains" if takes == every else f"contains {takes.prefix_count()} of {every.prefix_count()} prefixes of"
    return Coverage(takes, every - every, f"destination {term} {part} {question.tag}")


def _against_unknown(term: str, prefixes: tuple[str, ...], question: Question) -> Coverage:
    """Without the destinations' addresses only a default route holds them all, and only private prefixes none."""
    every = question.destinations
    if "0.0.0.0/0" in prefixes:
        return _all(every, f"destination {term} contains {question.tag}")
    if all(is_private(prefix) for prefix in prefixes if interval(prefix, 4) is not None):
        return _none(every, f"destination {term} does not contain {question.tag}")
    return _perhaps(
        every, f"whether destination {term} contains {question.tag} is not known: its prefixes were not read"
    )


def _as_listed(term: str) -> str:
    return f"{term} is taken as its listed prefixes: Microsoft does not document the tag as regional"


def _all(every: AddressSet, why: str) -> Coverage:
    return Coverage(every, every - every, why)


def _none(every: AddressSet, why: str, assumption: str | None = None) -> Coverage:
    return Coverage(every - every, every - every, why, assumption)


def _perhaps(every: AddressSet, why: str) -> Coverage:
    return Coverage(every - every, every, why)
