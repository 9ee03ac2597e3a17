"""What a hop says of itself in a line: the part that shows its decision, and the rule that made it."""

from __future__ import annotations

from collections.abc import Iterable

from guest_attestation.network.coverage import share_of
from guest_attestation.network.hop import Decision, Part
from guest_attestation.network.question import Question
from guest_attestation.network.tiers import TierName

_NO_PREFIXES = "the IPv{family} prefixes of {target} are not known: only the documented containment of tags is used"
_WHERE = {TierName.HOME: "in the provider's own region", TierName.PAIR: "in the region that it fails over to"}
_SHOWS = {
    Decision.UNKNOWN: (Decision.UNKNOWN, Decision.PARTIAL, Decision.DENY),
    Decision.PARTIAL: (Decision.DENY, Decision.PARTIAL),
}


def part_that_shows(decision: Decision, parts: Iterable[Part], question: Question) -> Part | None:
    """Choose the part that shows a decision: of the home tier first, then of its pair; None where no part does."""
    parts = tuple(parts)
    for tier in question.tiers:
        inside = [part for part in parts if part.speaks_of(tier.name) and part.addresses & tier.addresses]
        for wanted in _SHOWS.get(decision, (decision,)):
            shown = next((part for part in inside if part.decision is wanted), None)
            if shown is not None:
                return shown
    return None


def summary_of(decision: Decision, parts: Iterable[Part], question: Question) -> str:
    """Say in a line what rules do to what is asked, and which of them."""
    parts = tuple(parts)
    shown = part_that_shows(decision, parts, question)
    if shown is None:
        return f"{question.text} is allowed"
    who = f"rule {shown.rule}" if shown.rule else "the platform" if question.is_platform else None
    if decision is Decision.ALLOW:
        allowed = f"{who} allows {question.text}" if who else f"{question.text} is allowed"
        return f"{allowed}: {shown.why}{_elsewhere(parts, question)}"
    if decision is Decision.DENY:
        return f"{who} denies {question.text}: {shown.why}"
    if decision is Decision.PARTIAL:
        verb = "denies some" if shown.decision is Decision.DENY else "takes only some"
        return f"{who} {verb} of {question.text}{where_of(shown, question)}: {shown.why}"
    return f"{question.text} is not decided: {shown.why}"


def where_of(shown: Part, question: Question) -> str:
    """Say in which tier a part stands, where that is known."""
    tier = next(it for it in question.tiers if shown.speaks_of(it.name) and shown.addresses & it.addresses)
    if not tier.exact or tier.name not in _WHERE or len(question.tiers) == 1:
        return ""
    share = share_of(shown.addresses & tier.addresses, tier.addresses)
    return f" ({'' if share == 'all' else f'{share} '}{_WHERE[tier.name]})"


def unread_prefixes(question: Question) -> tuple[str, ...]:
    """Say that the destinations stand for themselves, where their addresses are not known."""
    if not question.destinations.is_symbolic or question.is_platform:
        return ()
    return (_NO_PREFIXES.format(family=question.family, target=question.target),)


def _elsewhere(parts: tuple[Part, ...], question: Question) -> str:
    """Note what is denied of other regions: an allowed path does not need them."""
    other = (
        part
        for tier in question.tiers
        if tier.name is TierName.OTHER
        for part in parts
        if part.addresses & tier.addresses
    )
    names = dict.fromkeys(part.rule for part in other if part.decision is Decision.DENY and part.rule)
    return f"; rule {', '.join(names)} denies some of other regions" if names else ""
