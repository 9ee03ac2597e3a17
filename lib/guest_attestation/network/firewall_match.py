"""What a firewall's rule takes of the destinations, in the order in which the firewall tries its rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from guest_attestation.facts.firewall_rules import ApplicationRule, NetworkRule
from guest_attestation.network.conditions import all_of
from guest_attestation.network.coverage import Coverage
from guest_attestation.network.firewall_application import held_application_rule
from guest_attestation.network.firewall_network import held_network_rule
from guest_attestation.network.firewall_order import PlacedRule, tied
from guest_attestation.network.firewall_terms import Held, Terms
from guest_attestation.network.first_match import Match
from guest_attestation.network.hop import Decision

_DECISIONS = {"allow": Decision.ALLOW, "deny": Decision.DENY}


@dataclass(frozen=True)
class RuleMatch:
    """A rule with what it takes; `match.rule` is the rule's label. `missing_permission` is what it lacks to be sure."""

    placed: PlacedRule
    match: Match
    missing_permission: str | None = None
    assumption: str | None = None


def rule_matches(rules: Iterable[PlacedRule], terms: Terms) -> list[RuleMatch]:
    """Hold every rule against the question; where two are tied and disagree, neither is sure of what both take."""
    matches = [_match(placed, terms) for placed in rules]
    return [replace(it, match=_untied(it, matches)) for it in matches]


def _match(placed: PlacedRule, terms: Terms) -> RuleMatch:
    nothing = terms.question.destinations - terms.question.destinations
    action = placed.place.action
    decision = _DECISIONS.get(action.casefold(), Decision.UNKNOWN)
    held = _held(placed, terms)
    cover = held.cover
    certain, reasons = all_of(held.conditions)
    bare = Match(placed.label, placed.place.priority, decision, nothing, nothing, "", placed.rule.evidence)
    if certain is False:
        return RuleMatch(placed, replace(bare, why=reasons[0]))
    doubts = [*_doubts_of_place(placed, decision), *reasons]
    if held.caveat and decision is Decision.ALLOW and (cover.takes or cover.may_take):
        cover, decision = replace(cover, why=f"{cover.why}; {held.caveat}"), Decision.UNKNOWN
    if doubts:
        cover = Coverage(nothing, cover.takes | cover.may_take, f"{doubts[0]}; {cover.why}", cover.assumption)
    match = replace(bare, decision=decision, takes=cover.takes, may_take=cover.may_take, why=cover.why)
    missing = next((it.missing_permission for it in held.unread if it.missing_permission), None)
    return RuleMatch(placed, match, missing if cover.may_take else None, cover.assumption)


def _held(placed: PlacedRule, terms: Terms) -> Held:
    rule = placed.rule
    if isinstance(rule, NetworkRule):
        return held_network_rule(rule, terms)
    if isinstance(rule, ApplicationRule):
        return held_application_rule(rule, terms)
    every = terms.question.destinations
    return Held((), Coverage(every.nothing, every, f"this version does not know rules of type {rule.rule_type}"))


def _doubts_of_place(placed: PlacedRule, decision: Decision) -> Iterator[str]:
    place = placed.place
    if decision is Decision.UNKNOWN:
        yield f"action {place.action!r} is neither Allow nor Deny"
    if place.priority is None or (place.group is not None and place.group_priority is None):
        yield "its collection or group has no priority, so its place is not known"


def _untied(one: RuleMatch, matches: Iterable[RuleMatch]) -> Match:
    """Make uncertain what a rule takes together with one that is tied with it and decides otherwise."""
    match = one.match
    rivals = [it for it in matches if it.match.decision is not match.decision and tied(one.placed, it.placed)]
    for rival in rivals:
        shared = match.takes & (rival.match.takes | rival.match.may_take)
        if shared:
            why = f"{match.why}; {rival.placed.place.text} has the same priority and decides otherwise"
            match = replace(match, takes=match.takes - shared, may_take=match.may_take | shared, why=why)
    return match
