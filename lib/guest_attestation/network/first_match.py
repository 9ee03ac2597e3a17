"""The first rule that matches decides: for a whole set of destinations at once, and where matching is uncertain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision, Part, TraceLine

NOT_REACHED = "not reached: rules before it decide everything"


@dataclass(frozen=True)
class Match:
    """What a rule takes of the destinations.

    `takes` is certain; `may_take` is what it takes only if something unknown is so, or only for some of the traffic
    (`sometimes`, for rules with restricted source ports). `why` says it in words. `rule` is None for what decides
    without being a rule: it leaves no trace.
    """

    rule: str | None
    priority: int | None
    decision: Decision
    takes: AddressSet
    may_take: AddressSet
    why: str
    evidence: str
    sometimes: bool = False


@dataclass(frozen=True)
class _Piece:
    """Destinations that no rule has taken for certain, with the rules that may have taken them."""

    addresses: AddressSet
    doubts: tuple[Match, ...] = ()


def first_match(matches: Iterable[Match], destinations: AddressSet) -> tuple[list[Part], list[TraceLine]]:
    """Walk rules in order of priority and split the destinations by the rule that takes them.

    An uncertain rule does not end the search: if the rules after it decide its part alike, that stands. Otherwise the
    part is unknown, or partial where the rule is known to take some of the traffic.
    """
    open_pieces = [_Piece(destinations)]
    parts: list[Part] = []
    lines: list[tuple[Match, TraceLine]] = []
    for match in matches:
        reached = bool(open_pieces)
        taken, open_pieces, doubted = _split(match, open_pieces)
        if match.rule is not None:
            hidden = () if taken or doubted else _blockers(match, parts)
            why = _reason(match, taken, doubted=doubted, reached=reached)
            line = TraceLine(match.rule, match.priority, False, why, reached=reached, shadowed_by=hidden)
            lines.append((match, line))
        parts += taken
    parts = _joined([*parts, *(_undecided(piece) for piece in open_pieces)])
    deciding = {(part.rule, part.evidence) for part in parts}
    return parts, [
        replace(line, matched=True) if (match.rule, match.evidence) in deciding else line for match, line in lines
    ]


def _blockers(match: Match, before: list[Part]) -> tuple[str, ...]:
    """Name the rules that deny all that a rule would allow: it is shadowed by them."""
    if match.decision is not Decision.ALLOW or not match.takes:
        return ()
    taken = [part for part in before if part.addresses & match.takes]
    if any(part.decision is not Decision.DENY for part in taken):
        return ()
    return tuple(dict.fromkeys(part.rule for part in taken if part.rule is not None))


def _reason(match: Match, taken: list[Part], *, doubted: bool, reached: bool) -> str:
    """Say in words how a rule took part: it decides, would decide, or takes nothing."""
    overridden = [part for part in taken if part.rule != match.rule]
    if overridden and len(overridden) == len(taken):
        return f"would {match.decision} what rule {overridden[0].rule} may take before it: {match.why}"
    if taken or doubted:
        return match.why
    if not reached:
        return NOT_REACHED
    return f"takes nothing that is left: {match.why}" if match.takes or match.may_take else match.why


def _split(match: Match, pieces: list[_Piece]) -> tuple[list[Part], list[_Piece], bool]:
    parts: list[Part] = []
    left: list[_Piece] = []
    doubted = False
    for piece in pieces:
        taken = piece.addresses & match.takes
        if taken:
            parts.append(_decided(match, taken, piece.doubts))
        rest = piece.addresses - match.takes
        doubtful = rest & match.may_take
        if doubtful:
            left.append(_Piece(doubtful, (*piece.doubts, match)))
            doubted = True
        certain = rest - match.may_take
        if certain:
            left.append(_Piece(certain, piece.doubts))
    return parts, left, doubted


def _decided(match: Match, taken: AddressSet, doubts: tuple[Match, ...]) -> Part:
    other = [doubt for doubt in doubts if doubt.decision != match.decision]
    if not other:
        return Part(match.decision, taken, match.rule, match.evidence, match.why)
    before = doubts[: doubts.index(other[0])]
    decision = Decision.PARTIAL if all(doubt.sometimes for doubt in (*before, *other)) else Decision.UNKNOWN
    return Part(decision, taken, other[0].rule, other[0].evidence, f"rule {other[0].rule}: {other[0].why}")


def _undecided(piece: _Piece) -> Part:
    doubt = piece.doubts[0] if piece.doubts else None
    why = f"rule {doubt.rule}: {doubt.why}" if doubt else "no rule decides: the default rules are not in the answer"
    rule, evidence = (doubt.rule, doubt.evidence) if doubt else (None, "")
    return Part(Decision.UNKNOWN, piece.addresses, rule, evidence, why)


def _joined(parts: list[Part]) -> list[Part]:
    """Join the parts that one rule decides alike."""
    joined: dict[tuple[Decision, str | None, str], Part] = {}
    for part in parts:
        key = (part.decision, part.rule, part.evidence)
        known = joined.get(key)
        addresses = part.addresses if known is None else known.addresses | part.addresses
        joined[key] = Part(part.decision, addresses, part.rule, part.evidence, part.why)
    return list(joined.values())
