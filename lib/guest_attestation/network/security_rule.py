"""One security rule, of an NSG or of a network manager, held against what is asked: what it takes, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guest_attestation.facts.security_group import SecurityRule
from guest_attestation.network.addresses import AddressSet, is_private
from guest_attestation.network.conditions import (
    Condition,
    all_of,
    holds_every_port,
    holds_port,
    port_condition,
    protocol_condition,
)
from guest_attestation.network.coverage import Coverage, everything, takes_none
from guest_attestation.network.first_match import Match
from guest_attestation.network.hop import Decision
from guest_attestation.network.question import PLATFORM_TAGS, Question
from guest_attestation.network.tags import EVERYTHING, Tags

NSG_ACCESS: Mapping[str, Decision] = {"allow": Decision.ALLOW, "deny": Decision.DENY}


@dataclass(frozen=True)
class HeldRule:
    """What a rule takes, and what had to be assumed of its terms."""

    match: Match
    assumption: str | None = None


def hold(rule: SecurityRule, question: Question, tags: Tags, access: Mapping[str, Decision] = NSG_ACCESS) -> HeldRule:
    """Hold one rule against the question, field by field; what cannot be read makes it uncertain, never skipped."""
    nothing = question.destinations.nothing
    decision = access.get(rule.access.casefold(), Decision.UNKNOWN)
    certain, reasons = _fields(rule, question, tags)
    if certain is False:
        return HeldRule(Match(rule.name, rule.priority, decision, nothing, nothing, reasons[0], rule.evidence))
    coverage = _destination(rule, question, tags)
    reasons = [*_doubts(rule, decision), *reasons]
    restricted = not _any_source_port(rule)
    if reasons or restricted:
        reason = reasons[0] if reasons else "its source ports are restricted: it takes only some connections"
        both = coverage.takes | coverage.may_take
        why = f"{reason}; {coverage.why}"
        sometimes = not reasons and not coverage.may_take
        match = Match(rule.name, rule.priority, decision, nothing, both, why, rule.evidence, sometimes=sometimes)
    else:
        match = Match(
            rule.name, rule.priority, decision, coverage.takes, coverage.may_take, coverage.why, rule.evidence
        )
    return HeldRule(match, coverage.assumption)


def _doubts(rule: SecurityRule, decision: Decision) -> list[str]:
    """Say what keeps a rule from being placed, or from being understood."""
    doubts: list[str] = []
    if rule.priority is None:
        doubts.append("it has no priority, so its place is not known")
    if rule.direction.casefold() != "outbound":
        doubts.append(f"direction {rule.direction!r} is neither Inbound nor Outbound")
    if decision is Decision.UNKNOWN:
        doubts.append(f"access {rule.access!r} is neither Allow nor Deny")
    return doubts


def _fields(rule: SecurityRule, question: Question, tags: Tags) -> tuple[bool | None, list[str]]:
    """Compare protocol, port and source: False when one excludes the question, None when one cannot be told."""
    return all_of(
        [
            protocol_condition((rule.protocol,), question.protocol),
            port_condition(rule.destination_port_ranges, question.port),
            _source(rule, question, tags),
            _source_ports_read(rule),
        ]
    )


def _source_ports_read(rule: SecurityRule) -> Condition:
    unread = [text for text in rule.source_port_ranges if holds_port(text, 0) is None]
    if unread and not _any_source_port(rule):
        return None, f"source port {', '.join(unread)} cannot be read"
    return True, ""


def _any_source_port(rule: SecurityRule) -> bool:
    return not rule.source_port_ranges or holds_every_port(rule.source_port_ranges)


def _source(rule: SecurityRule, question: Question, tags: Tags) -> Condition:
    """A source matches by address, tag, or application security group of the NIC's ipConfiguration."""
    groups = {group.casefold() for group in question.source_groups}
    if any(group.casefold() in groups for group in rule.source_application_security_groups):
        return True, ""
    answers = {_source_term(term, question, tags) for term in rule.source_address_prefixes}
    if True in answers:
        return True, ""
    shown = ", ".join(rule.source_address_prefixes[:3]) or "application security group"
    if None in answers or not (rule.source_address_prefixes or rule.source_application_security_groups):
        return None, f"whether source {shown} holds the VM's address is not known"
    if question.source is None and rule.source_application_security_groups:
        return None, "whether the VM is in the source's application security group is not known"
    return False, f"source {shown} does not hold {question.source}"


def _source_term(term: str, question: Question, tags: Tags) -> bool | None:
    name = term.casefold()
    if name in EVERYTHING or name in ("virtualnetwork", everything(question.family)):
        return True
    if name == "internet" or name in PLATFORM_TAGS:
        return False
    if question.source is None:
        return None
    tag = tags.listed.find(term)
    try:
        own = AddressSet.of((question.source,), question.family)
        if term[0].isdigit() or ":" in term:
            return bool(own.clipped((term,)))
        if tag is not None:
            return bool(own.clipped(tag.address_prefixes))
        return False if is_private(question.source) and tags.may_be_tag(term) else None
    except ValueError:
        return None


def _destination(rule: SecurityRule, question: Question, tags: Tags) -> Coverage:
    """Join the coverage of every destination term; application security groups hold only own addresses."""
    every = question.destinations
    if rule.destination_address_prefixes:
        return tags.cover_all(rule.destination_address_prefixes, question)
    if rule.destination_application_security_groups and question.is_attestation:
        return takes_none(every, f"destination application security group does not contain {question.target}")
    return Coverage(every.nothing, every, "what its destination holds is not known")
