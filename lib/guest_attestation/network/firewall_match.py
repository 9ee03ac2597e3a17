"""What a firewall's rule takes of the destinations, in the order in which the firewall tries its rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from guest_attestation.facts.firewall_rules import ApplicationRule, NetworkRule
from guest_attestation.network.conditions import all_of
from guest_attestation.network.coverage import Coverage
from guest_attestation.network.firewall_application import held_application_rule
from guest_attestation.network.firewall_network import held_network_rule
from guest_attestation.network.firewall_order import Gap, PlacedRule
from guest_attestation.network.firewall_terms import Held, Terms
from guest_attestation.network.first_match import Match
from guest_attestation.network.hop import Decision

_DECISIONS = {"allow": Decision.ALLOW, "deny": Decision.DENY}
_BY_PROXY = "its policy is an explicit proxy, for which only application rules count"


@dataclass(frozen=True)
class RuleMatch:
    """A rule, or rules that were not read, with what it takes; `match.rule` is its label.

    `missing_permission` is what it lacks to be sure. `ends_tls` of one that would allow it, but inspects TLS.
    """

    placed: PlacedRule | Gap
    match: Match
    missing_permission: str | None = None
    assumption: str | None = None
    ends_tls: bool = False


def rule_matches(rules: Iterable[PlacedRule | Gap], terms: Terms) -> list[RuleMatch]:
    """Hold rules against the question, each apart from the others."""
    return [_of_gap(it, terms) if isinstance(it, Gap) else _match(it, terms) for it in rules]


def _of_gap(gap: Gap, terms: Terms) -> RuleMatch:
    every = terms.question.destinations
    match = Match(gap.label, None, Decision.UNKNOWN, every.nothing, every, gap.why, gap.evidence)
    return RuleMatch(gap, match, gap.missing_permission)


def _match(placed: PlacedRule, terms: Terms) -> RuleMatch:
    nothing = terms.question.destinations.nothing
    action = placed.place.action
    decision = _DECISIONS.get(action.casefold(), Decision.UNKNOWN)
    held = _held(placed, terms)
    cover = held.cover
    certain, reasons = all_of(held.conditions)
    label, priority, evidence = placed.label, placed.place.priority, placed.rule.evidence
    if certain is False:
        return RuleMatch(placed, Match(label, priority, decision, nothing, nothing, reasons[0], evidence))
    doubts = [*_doubts_of_place(placed, decision, terms), *reasons]
    ends_tls = bool(held.caveat) and decision is Decision.ALLOW and bool(cover.takes or cover.may_take)
    if ends_tls:
        cover, decision = replace(cover, why=f"{cover.why}; {held.caveat}"), Decision.UNKNOWN
    if doubts:
        cover = Coverage(nothing, cover.takes | cover.may_take, f"{doubts[0]}; {cover.why}", cover.assumption)
    match = Match(label, priority, decision, cover.takes, cover.may_take, cover.why, evidence)
    missing = next((it.missing_permission for it in held.unread if it.missing_permission), None)
    return RuleMatch(placed, match, missing if cover.may_take else None, cover.assumption, ends_tls)


def _held(placed: PlacedRule, terms: Terms) -> Held:
    rule = placed.rule
    if isinstance(rule, NetworkRule):
        return held_network_rule(rule, terms)
    if isinstance(rule, ApplicationRule):
        return held_application_rule(rule, terms)
    every = terms.question.destinations
    return Held((), Coverage(every.nothing, every, f"this version does not know rules of type {rule.rule_type}"))


def _doubts_of_place(placed: PlacedRule, decision: Decision, terms: Terms) -> Iterator[str]:
    """Say why a rule may not count, or not here; traffic through an explicit proxy passes network rules by."""
    place = placed.place
    if decision is Decision.UNKNOWN:
        yield f"action {place.action!r} is neither Allow nor Deny"
    if place.priority is None or (place.group is not None and place.group_priority is None):
        yield "its collection or group has no priority, so its place is not known"
    if terms.explicit_proxy and place.kind == "network":
        yield _BY_PROXY
