"""Collections, or groups, that share a priority: which of them comes first is not known (facts 6.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from guest_attestation.network.addresses import AddressSet, union
from guest_attestation.network.firewall_match import RuleMatch
from guest_attestation.network.firewall_order import PlacedRule
from guest_attestation.network.hop import Decision

_Sides = Mapping[Any, list[RuleMatch]]


def without_ties(matches: list[RuleMatch]) -> list[RuleMatch]:
    """Where rules are tied and disagree, neither is sure of what both take."""
    contested = dict[str, tuple[AddressSet, str]]()
    for sides in _tied(matches):
        for label, shared, rival in _contested(sides):
            before, first = contested.get(label, (shared.nothing, rival))
            contested[label] = before | shared, first
    return [_unsure(it, *contested[it.match.rule or ""]) if it.match.rule in contested else it for it in matches]


def _tied(matches: list[RuleMatch]) -> Iterator[_Sides]:
    """Yield what is tied: groups of one policy with one priority, then collections of one group, or of one firewall."""
    groups: dict[Any, dict[Any, list[RuleMatch]]] = defaultdict(lambda: defaultdict(list))
    collections: dict[Any, dict[Any, list[RuleMatch]]] = defaultdict(lambda: defaultdict(list))
    for it in matches:
        if isinstance(it.placed, PlacedRule) and (it.match.takes or it.match.may_take):
            place, level = it.placed.place, it.placed.level
            groups[place.kind, level, place.group_priority][place.resource].append(it)
            collections[place.kind, level, place.resource, place.priority][place].append(it)
    yield from (sides for found in (groups, collections) for sides in found.values() if len(sides) > 1)


def _contested(sides: _Sides) -> Iterator[tuple[str, AddressSet, str]]:
    """Yield the label of every rule, what it takes together with another side that decides otherwise, and which."""
    decisions = {it.match.decision for side in sides.values() for it in side}
    if len(decisions) == 1:
        return
    for decision in decisions:
        held = _of_others([_held(side, decision) for side in sides.values()])
        for side, others in zip(sides.values(), held, strict=True):
            for it in side:
                shared = it.match.takes & others if it.match.decision is decision else it.match.takes.nothing
                if shared:
                    yield it.match.rule or "", shared, _rival(side, sides, decision)


def _held(side: Iterable[RuleMatch], decision: Decision) -> AddressSet:
    """Return what a side takes, or may take, to decide otherwise."""
    matches = [it.match for it in side]
    otherwise = [it for it in matches if it.decision is not decision]
    return union(matches[0].takes.version, (some for it in otherwise for some in (it.takes, it.may_take)))


def _of_others(sides: list[AddressSet]) -> list[AddressSet]:
    """Return for each side what all the others hold together, in one sweep from either end."""
    nothing = sides[0].nothing
    before = [nothing, *accumulate(sides, AddressSet.__or__)]
    after = [nothing, *accumulate(reversed(sides), AddressSet.__or__)]
    last = len(sides) - 1
    return [before[place] | after[last - place] for place in range(len(sides))]


def _rival(own: list[RuleMatch], sides: _Sides, decision: Decision) -> str:
    others = (it for side in sides.values() if side is not own for it in side if it.match.decision is not decision)
    placed = next(others).placed
    return placed.place.text if isinstance(placed, PlacedRule) else placed.label


def _unsure(it: RuleMatch, shared: AddressSet, rival: str) -> RuleMatch:
    match = it.match
    why = f"{match.why}; {rival} has the same priority and decides otherwise"
    return replace(it, match=replace(match, takes=match.takes - shared, may_take=match.may_take | shared, why=why))
