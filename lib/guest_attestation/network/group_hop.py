"""One NSG as a hop: its decision, the rule that makes it, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import SecurityGroup
from guest_attestation.network.admin_rules import Lift
from guest_attestation.network.hop import Decision, Hop, HopName, Part
from guest_attestation.network.question import Question
from guest_attestation.network.security_groups import walk
from guest_attestation.network.summary import part_that_shows, summary_of, unread_prefixes
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import decide

_FROM_EFFECTIVE = "the NSG itself was not read: its entry in the effective rules serves instead"
_LIFT_UNREAD = "no security admin rule with AlwaysAllow lifts this NSG: whether there are any is not known"
_LIFTED = "a security admin rule with AlwaysAllow delivers it past the NSG"


def group_hop(name: HopName, group: Reading[SecurityGroup] | None, question: Question, tags: Tags, lift: Lift) -> Hop:
    """Decide one NSG; where there is none, or all is delivered past it, there is nothing to decide (facts 4.1, 4.5)."""
    if group is None:
        return Hop(name, Decision.NOT_APPLICABLE, "no NSG is associated")
    if lift.lifted and not question.destinations - lift.lifted:
        return Hop(name, Decision.NOT_APPLICABLE, f"the NSG is skipped: {_LIFTED}")
    if group.value is None:
        return _unread(name, group, question, lift)
    walked = walk(group.value, question.within(question.destinations - lift.lifted), tags)
    parts = tuple(_held_against(walked.parts, lift))
    decision = decide(parts, question.tiers)
    shown = part_that_shows(decision, parts, question)
    return Hop(
        name,
        decision,
        summary_of(decision, parts, question),
        resource=group.value.id,
        rule=shown.rule if shown else None,
        parts=parts,
        trace=walked.trace,
        evidence=tuple(dict.fromkeys(part.evidence for part in walked.parts if part.evidence)),
        assumptions=(
            *walked.assumptions,
            *unread_prefixes(question),
            *((_FROM_EFFECTIVE,) if group.value.effective else ()),
            *((_LIFT_UNREAD,) if lift.unread else ()),
        ),
        lift_assumed=lift.unread,
    )


def _unread(name: HopName, group: Reading[SecurityGroup], question: Question, lift: Lift) -> Hop:
    """An NSG that was not read leaves open what is not delivered past it."""
    hop = Hop.unknown(name, f"NSG: {group.why_not}", group.evidence, group.missing_permission)
    parts = (Part(Decision.UNKNOWN, question.destinations - lift.lifted, None, group.evidence, hop.summary),)
    if decide(parts, question.tiers) is Decision.UNKNOWN:
        return replace(hop, parts=parts)
    summary = f"{hop.summary}; {question.text} is allowed where it matters: {_LIFTED}"
    return replace(hop, decision=Decision.ALLOW, summary=summary, parts=parts, missing_permission=None)


def _held_against(parts: tuple[Part, ...], lift: Lift) -> Iterator[Part]:
    """What is delivered past the NSG is allowed here; a denial of what may be is not certain."""
    if lift.lifted:
        yield Part(Decision.ALLOW, lift.lifted, None, "", _LIFTED)
    for part in parts:
        doubtful = part.addresses & lift.may_be_lifted if part.decision is not Decision.ALLOW else None
        if not doubtful:
            yield part
            continue
        why = f"{part.why}; whether {_LIFTED} is not known"
        yield replace(part, decision=Decision.UNKNOWN, addresses=doubtful, why=why)
        if part.addresses - doubtful:
            yield replace(part, addresses=part.addresses - doubtful)
