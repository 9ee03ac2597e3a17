"""What an address term of a rule holds of the destinations, for certain and perhaps, and why in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guest_attestation.network.addresses import AddressSet, interval, is_public_nowhere, union
from guest_attestation.network.question import Question


@dataclass(frozen=True)
class Coverage:
    """What a term holds of the destinations, for certain and perhaps; `assumption` says what was taken for granted."""

    takes: AddressSet
    may_take: AddressSet
    why: str
    assumption: str | None = None


def takes_all(every: AddressSet, why: str) -> Coverage:
    """Hold everything."""
    return Coverage(every, every.nothing, why)


def takes_none(every: AddressSet, why: str, assumption: str | None = None) -> Coverage:
    """Hold nothing."""
    return Coverage(every.nothing, every.nothing, why, assumption)


def may_take(some: AddressSet, why: str) -> Coverage:
    """Hold nothing for certain, and perhaps some."""
    return Coverage(some.nothing, some, why)


def joined(terms: Iterable[Coverage], question: Question) -> Coverage:
    """Join what a rule's destination terms hold. Those that take something say why, else those that may, else all."""
    terms, version = list(terms), question.destinations.version
    takes = union(version, (term.takes for term in terms))
    may = union(version, (term.may_take for term in terms))
    assumption = "; ".join(dict.fromkeys(term.assumption for term in terms if term.assumption)) or None
    return Coverage(takes, may - takes, _why(terms), assumption)


def of_prefixes(term: str, prefixes: Iterable[str], question: Question) -> Coverage:
    """Hold what prefixes hold; one that cannot be read leaves it open for everything."""
    every, prefixes = question.destinations, tuple(prefixes)
    try:
        if every.is_symbolic:
            return _against_symbols(term, prefixes, question)
        takes = every.clipped(prefixes)
    except ValueError as error:
        return may_take(every, f"destination {term!r} cannot be read: {error}")
    return taking(term, takes, question)


def taking(term: str, takes: AddressSet, question: Question) -> Coverage:
    """Hold some of the destinations, and say how much of them."""
    every = question.destinations
    if not takes:
        return takes_none(every, f"destination {term} does not contain {question.target}")
    part = "" if takes == every else f"{share_of(takes, every)} of "
    return Coverage(takes, every.nothing, f"destination {term} contains {part}{question.target}")


def share_of(some: AddressSet, every: AddressSet) -> str:
    """Say how much of a set some of it is; in prefixes where fewer of them than the whole has are enough to hold it."""
    part, whole = some.prefix_count(), every.prefix_count()
    if some == every:
        return f"{part} of {whole} prefixes" if part else "all"
    return f"{part} of {whole} prefixes" if 0 < part < whole else "some"


def _against_symbols(term: str, prefixes: tuple[str, ...], question: Question) -> Coverage:
    """Without the destinations' addresses only a default route holds them all, and what is never public none."""
    every = question.destinations
    if everything(question.family) in prefixes:
        return takes_all(every, f"destination {term} contains {question.target}")
    readable = [prefix for prefix in prefixes if interval(prefix, question.family) is not None]
    if all(map(is_public_nowhere, readable)):
        return takes_none(every, f"destination {term} does not contain {question.target}")
    return may_take(
        every, f"whether destination {term} contains {question.target} is not known: its prefixes were not read"
    )


def everything(family: int) -> str:
    """Return the prefix that holds every address of an IP version."""
    return "0.0.0.0/0" if family == 4 else "::/0"


def _why(terms: list[Coverage]) -> str:
    for wanted in ([it for it in terms if it.takes], [it for it in terms if it.may_take], terms):
        if wanted:
            reasons = list(dict.fromkeys(it.why for it in wanted))
            return "; ".join(reasons[:3]) + ("; …" if len(reasons) > 3 else "")
    return ""
