"""One NSG as a hop: its decision, the rule that makes it, and what that rests on."""

from __future__ import annotations

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import SecurityGroup
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES
from guest_attestation.network.hop import Decision, Hop, HopName, Lift, Part, deciding_part, decision_of
from guest_attestation.network.question import Question
from guest_attestation.network.security_groups import walk
from guest_attestation.network.tags import Tags

_NO_PREFIXES = "the IPv4 prefixes of {tag} are not known: only the documented containment of tags is used"
_FROM_EFFECTIVE = "the NSG itself was not read: its entry in the effective rules serves instead"
_LIFTS = {
    Lift.NO: (),
    Lift.UNREAD: ("no security admin rule with AlwaysAllow lifts this NSG: whether there are any is not known",),
    Lift.LISTED: ("no security admin rule lifts this NSG: one may, and this version does not decide them yet",),
}


def group_hop(name: HopName, group: Reading[SecurityGroup] | None, question: Question, tags: Tags, lift: Lift) -> Hop:
    """Decide one NSG; where there is none, there is nothing to decide (facts 4.1)."""
    if group is None:
        return Hop(name, Decision.NOT_APPLICABLE, "no NSG is associated")
    if group.value is None:
        return Hop.unknown(name, f"NSG: {group.why_not}", group.evidence, group.missing_permission)
    walked = walk(group.value, question, tags)
    decision = decision_of(walked.parts)
    deciding = deciding_part(decision, walked.parts)
    unlisted = question.destinations == UNKNOWN_ADDRESSES and not question.is_platform
    return Hop(
        name,
        decision,
        _summary(decision, deciding, walked.parts, question),
        resource=group.value.id,
        rule=deciding.rule if deciding else None,
        parts=walked.parts,
        trace=walked.trace,
        evidence=tuple(dict.fromkeys(part.evidence for part in walked.parts if part.evidence)),
        assumptions=(
            *walked.assumptions,
            *((_NO_PREFIXES.format(tag=question.tag),) if unlisted else ()),
            *((_FROM_EFFECTIVE,) if group.value.effective else ()),
            *_LIFTS[lift],
        ),
        lift=lift,
    )


def _summary(decision: Decision, deciding: Part | None, parts: tuple[Part, ...], question: Question) -> str:
    asked = f"{question.protocol.upper()} {question.port} to {question.tag}"
    if deciding is not None and decision in (Decision.ALLOW, Decision.DENY):
        verb = "allows" if decision is Decision.ALLOW else "denies"
        who = f"rule {deciding.rule}" if deciding.rule else "the platform"
        return f"{who} {verb} {asked}: {deciding.why}"
    if {part.decision for part in parts} == {Decision.ALLOW, Decision.DENY}:
        allowed = next(part for part in parts if part.decision is Decision.ALLOW)
        denied = next(part for part in parts if part.decision is Decision.DENY)
        return (
            f"only some of {asked} is allowed: rule {allowed.rule} allows {allowed.addresses.prefix_count()} prefixes,"
            f" rule {denied.rule} denies {denied.addresses.prefix_count()}"
        )
    return f"{asked} is not decided: {deciding.why if deciding else 'no rule takes it'}"
