"""Network security groups: which outbound rule takes which part of what is asked."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.security_group import SecurityGroup
from guest_attestation.network.first_match import Match, first_match
from guest_attestation.network.hop import Decision, Part, TraceLine
from guest_attestation.network.question import Question
from guest_attestation.network.security_rule import hold
from guest_attestation.network.tags import Tags


@dataclass(frozen=True)
class Walk:
    """How a group's rules split the destinations, and what had to be assumed on the way."""

    parts: tuple[Part, ...]
    trace: tuple[TraceLine, ...]
    assumptions: tuple[str, ...]


def walk(group: SecurityGroup, question: Question, tags: Tags) -> Walk:
    """Walk a group's outbound rules by priority, default rules included: the first that matches decides (facts 4.1)."""
    rules = sorted((rule for rule in group.rules if not rule.is_inbound), key=lambda rule: rule.priority or 0)
    held = [hold(rule, question, tags) for rule in rules]
    matches = [it.match for it in held]
    if question.is_platform:
        matches.append(_platform_passes(group, question))
    parts, trace = first_match(matches, question.destinations)
    reached = [it for it, line in zip(held, trace, strict=True) if line.reached and it.assumption]
    return Walk(tuple(parts), tuple(trace), tuple(dict.fromkeys(it.assumption for it in reached if it.assumption)))


def _platform_passes(group: SecurityGroup, question: Question) -> Match:
    """What no rule names passes: an exemption of the platform, not a rule of the group."""
    nothing = question.destinations.nothing
    why = f"no rule names {question.target}"
    return Match(None, None, Decision.ALLOW, question.destinations, nothing, why, group.evidence)
