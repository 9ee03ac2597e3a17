"""Network security groups: which outbound rule takes which part of what is asked."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.security_group import SecurityGroup, SecurityRule
from guest_attestation.network.addresses import AddressSet, is_private
from guest_attestation.network.conditions import ANY, Condition, all_of, holds_port, port_condition, protocol_condition
from guest_attestation.network.first_match import Match, first_match
from guest_attestation.network.hop import Decision, Part, TraceLine
from guest_attestation.network.question import PLATFORM_TAGS, Question
from guest_attestation.network.tags import EVERYTHING, Coverage, Tags, joined

_DECISIONS = {"allow": Decision.ALLOW, "deny": Decision.DENY}


@dataclass(frozen=True)
class Walk:
    """How a group's rules split the destinations, and what had to be assumed on the way."""

    parts: tuple[Part, ...]
    trace: tuple[TraceLine, ...]
    assumptions: tuple[str, ...]


def walk(group: SecurityGroup, question: Question, tags: Tags) -> Walk:
    """Walk a group's outbound rules by priority, default rules included: the first that matches decides (facts 4.1)."""
    rules = sorted((rule for rule in group.rules if not rule.is_inbound), key=lambda rule: rule.priority or 0)
    assumptions: dict[str, None] = {}
    matches = [_match(rule, question, tags, assumptions) for rule in rules]
    if question.is_platform:
        matches.append(_platform_passes(group, question))
    parts, trace = first_match(matches, question.destinations)
    return Walk(tuple(parts), tuple(trace), tuple(assumptions))


def _platform_passes(group: SecurityGroup, question: Question) -> Match:
    """What no rule names passes: an exemption of the platform, not a rule of the group."""
    nothing = question.destinations - question.destinations
    why = f"no rule names {question.tag}"
    return Match(None, None, Decision.ALLOW, question.destinations, nothing, why, group.evidence)


def _match(rule: SecurityRule, question: Question, tags: Tags, assumptions: dict[str, None]) -> Match:
    """Hold one rule against the question, field by field; what cannot be read makes it uncertain, never skipped."""
    every = question.destinations
    nothing = every - every
    decision = _DECISIONS.get(rule.access.casefold(), Decision.UNKNOWN)
    certain, reasons = _fields(rule, question, tags)
    if certain is False:
        return Match(rule.name, rule.priority, decision, nothing, nothing, reasons[0], rule.evidence)
    coverage = _destination(rule, question, tags)
    if coverage.assumption:
        assumptions[coverage.assumption] = None
    if decision is Decision.UNKNOWN:
        certain, reasons = None, [f"access {rule.access!r} is neither Allow nor Deny", *reasons]
    if rule.direction.casefold() != "outbound":
        certain, reasons = None, [f"direction {rule.direction!r} is neither Inbound nor Outbound", *reasons]
    if rule.priority is None:
        certain, reasons = None, ["it has no priority, so its place is not known", *reasons]
    restricted = certain is True and not _any_source_port(rule)
    if certain is None or restricted:
        reason = reasons[0] if certain is None else "its source ports are restricted: it takes only some connections"
        both = coverage.takes | coverage.may_take
        why = f"{reason}; {coverage.why}"
        sometimes = restricted and not coverage.may_take
        return Match(rule.name, rule.priority, decision, nothing, both, why, rule.evidence, sometimes=sometimes)
    return Match(rule.name, rule.priority, decision, coverage.takes, coverage.may_take, coverage.why, rule.evidence)


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
    return not rule.source_port_ranges or any(
        text.casefold() in (*ANY, "0-65535", "1-65535") for text in rule.source_port_ranges
    )


def _source(rule: SecurityRule, question: Question, tags: Tags) -> Condition:
    """A source matches by address, tag, or application security group of the NIC's ipConfiguration."""
    groups = {group.casefold() for group in question.source_groups}
    if any(group.casefold() in groups for group in rule.source_application_security_groups):
        return True, ""
    answers = [_source_term(term, question, tags) for term in rule.source_address_prefixes]
    if True in answers:
        return True, ""
    shown = ", ".join(rule.source_address_prefixes) or "application security group"
    if None in answers or not (rule.source_address_prefixes or rule.source_application_security_groups):
        return None, f"whether source {shown} holds the VM's address is not known"
    if question.source is None and rule.source_application_security_groups:
        return None, "whether the VM is in the source's application security group is not known"
    return False, f"source {shown} does not hold {question.source}"


def _source_term(term: str, question: Question, tags: Tags) -> bool | None:
    name = term.casefold()
    if name in EVERYTHING or name == "virtualnetwork":
        return True
    if name == "internet" or name in PLATFORM_TAGS:
        return False
    if question.source is None:
        return None
    tag = tags.listed.find(term)
    try:
        own = AddressSet.of((question.source,), 4)
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
    nothing = every - every
    terms = [tags.cover(term, question) for term in rule.destination_address_prefixes]
    if terms:
        return joined(terms, question)
    if rule.destination_application_security_groups:
        return Coverage(nothing, nothing, f"destination application security group does not contain {question.tag}")
    return Coverage(nothing, every, "its destination is not given")
