"""How a rule's address terms are looked up: prefixes, and tags with their documented containment (facts 4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from guest_attestation.facts.regions import tag_region
from guest_attestation.facts.service_tag import ATTESTATION_TAG, ServiceTags
from guest_attestation.network.addresses import union
from guest_attestation.network.coverage import (
    Coverage,
    everything,
    joined,
    may_take,
    of_prefixes,
    takes_all,
    takes_none,
    taking,
)
from guest_attestation.network.question import PLATFORM_TAGS, Question

EVERYTHING = ("*", "any")

_FEW = 3
_EXPANDED = ("internet", "virtualnetwork")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?")
_PREFIX = re.compile(r"\d|[0-9a-f]*:", re.IGNORECASE)
_OTHER_TAG = "service tag {tag} holds no address of {target}: the prefixes of {unread} are not known"
_REGIONAL = "{tag} is taken as its listed prefixes: Microsoft does not document the tag as regional"


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
        """Say what a destination term holds of the question's destinations."""
        name, every = term.casefold(), question.destinations
        if name == question.target.casefold():
            return takes_all(every, f"destination is {question.target}")
        if question.is_platform:
            return takes_none(every, f"only a rule that names {question.target} applies to it")
        if name in EVERYTHING or name == everything(question.family):
            return takes_all(every, f"destination {term} contains {question.target}")
        if name in PLATFORM_TAGS:
            return takes_none(every, f"destination {term} is the platform's own address")
        if name == "virtualnetwork":
            return self._virtual_network(term, question)
        if name == "internet":
            return self._internet(term, question)
        if _PREFIX.match(term):
            return of_prefixes(term, (term,), question)
        return self._service_tag(term, question)

    def cover_all(self, terms: Iterable[str], question: Question) -> Coverage:
        """Say what a rule's destination terms hold together, looking only at the prefixes that hold some."""
        terms = tuple(terms)
        if len(terms) > _FEW and not question.destinations.is_symbolic and not question.is_platform:
            touching = _touching(terms, question)
            if not touching:
                shown = ", ".join(terms[:_FEW])
                return takes_none(question.destinations, f"destination {shown}, … does not contain {question.target}")
            terms = tuple(touching)
        return joined((self.cover(term, question) for term in terms), question)

    def cover_group(self, name: str, prefixes: tuple[str, ...], question: Question) -> Coverage:
        """Say what an IP group of a firewall holds of the question's destinations."""
        return of_prefixes(f"IP group {name}", prefixes, question)

    def may_be_tag(self, term: str) -> bool:
        """Tell whether a term is, or may be, a service tag: it looks like one, and no complete list lacks it."""
        return _WORD.fullmatch(term) is not None and not (self.listed.complete and self.listed.find(term) is None)

    def _internet(self, term: str, question: Question) -> Coverage:
        """Internet is what lies outside the network: as Azure expands it, else what its own prefixes do not hold."""
        every = question.destinations
        if "internet" in self.tag_map and not every.is_symbolic:
            return of_prefixes(term, self.tag_map["internet"], question)
        inside = of_prefixes(term, self.space.prefixes, question).takes
        if question.is_attestation or not (every - inside):
            return taking(term, every - inside, question)
        network = self._virtual_network(term, question)
        outside = every - network.takes - network.may_take
        return Coverage(outside, network.may_take, f"destination {term} is what lies outside the network")

    def _virtual_network(self, term: str, question: Question) -> Coverage:
        every = question.destinations
        if "virtualnetwork" in self.tag_map:
            return of_prefixes(term, self.tag_map["virtualnetwork"], question)
        if self.space.has_default_route:
            return takes_all(every, f"destination {term} holds a default route")
        if self.space.has_default_route is None:
            return may_take(every, f"whether destination {term} holds a default route is not known")
        own = of_prefixes(term, self.space.prefixes, question)
        routed = [self.cover(it, question) for it in self.space.routed if it.casefold() not in _EXPANDED]
        may = union(every.version, (own.may_take, *(it for cover in routed for it in (cover.takes, cover.may_take))))
        if not may - own.takes:
            return own
        why = f"{own.why}; whether it holds the prefixes of the network's routes is not known"
        return replace(own, may_take=may - own.takes, why=why)

    def _service_tag(self, term: str, question: Question) -> Coverage:
        every, name, of_attestation = question.destinations, term.casefold(), f"{ATTESTATION_TAG.casefold()}."
        tag = self.listed.find(term)
        if tag is not None and not every.is_symbolic:
            covered = of_prefixes(term, tag.address_prefixes, question)
            return (
                replace(covered, assumption=_REGIONAL.format(tag=term)) if name.startswith(of_attestation) else covered
            )
        if not question.is_attestation:
            return may_take(every, f"the prefixes of {term} are not known")
        if name == "azurecloud":
            return takes_all(every, f"destination AzureCloud contains {question.target}")
        if name.startswith("azurecloud."):
            return _of_region(term, question)
        if name.startswith(of_attestation):
            return may_take(every, f"the prefixes of {term} are not known")
        if not self.may_be_tag(term):
            return may_take(every, f"destination {term!r} is neither a prefix nor a known service tag")
        unread = question.target if every.is_symbolic else term
        assumed = _OTHER_TAG.format(tag=term, target=question.target, unread=unread)
        return takes_none(every, f"destination {term} does not contain {question.target}", assumed)


def _touching(terms: tuple[str, ...], question: Question) -> list[str]:
    """Leave out prefixes that hold nothing; tags stay, and where a prefix cannot be read everything does."""
    every = question.destinations
    try:
        return every.touched_by(terms)
    except ValueError:
        prefixes = [term for term in terms if _PREFIX.match(term)]
    try:
        return [*(term for term in terms if not _PREFIX.match(term)), *every.touched_by(prefixes)]
    except ValueError:
        return list(terms)


def _of_region(term: str, question: Question) -> Coverage:
    """AzureCloud.<region> holds what stands in that region, and nothing of another region that is known."""
    every, region = question.destinations, term.casefold().partition(".")[2]
    if not every.is_symbolic:
        return may_take(every, f"the prefixes of {term} are not known")
    known = [tier for tier in question.tiers if tier.region is not None]
    here = [tier.addresses for tier in known if tag_region(tier.region or "") == region]
    if here:
        return Coverage(union(0, here), every.nothing, f"destination {term} contains what stands in its region")
    elsewhere = union(0, (tier.addresses for tier in known))
    return may_take(every - elsewhere, f"which prefixes of {question.target} {term} holds is not known")
