"""What Defender for Cloud says: whether its plan is on, and how it sees the boot of this VM (facts 8)."""

from __future__ import annotations

from guest_attestation.diagnosis.check import Check, Status, unread
from guest_attestation.facts.defender import EXTENSION_ASSESSMENTS, RECOMMENDATIONS, Assessment, applies_to
from guest_attestation.facts.gather import Facts

_COUNTS_AS_ABSENT = " (the extension is installed: one that failed counts as not installed there)"
_PLAN_OFF = "Defender for Servers is off in this subscription"


def check_defender(facts: Facts) -> list[Check]:
    """Check plan, attestation status and the other recommendations; all of them only support."""
    return [_plan(facts), _attestation_status(facts), _recommendations(facts)]


def _plan(facts: Facts) -> Check:
    name, plan = "defender.plan", facts.defender_plan.value
    if plan is None:
        return unread(name, facts.defender_plan)
    evidence = (plan.evidence,)
    if plan.is_off:
        summary = f"{_PLAN_OFF} (Free): Defender for Cloud does not watch the boot of its VMs"
        return Check(name, Status.NOT_APPLICABLE, summary, evidence=evidence)
    shown = " ".join(it for it in (plan.pricing_tier, plan.sub_plan) if it)
    if plan.pricing_tier.casefold() != "standard":
        return Check(name, Status.UNKNOWN, f"the plan's tier is {shown or 'not shown'}", evidence=evidence)
    return Check(name, Status.PASS, f"Defender for Servers is on ({shown})", evidence=evidence)


def _attestation_status(facts: Facts) -> Check:
    name, found = "defender.attestation-status", facts.assessment.value
    if _plan_is_off(facts):
        return Check(name, Status.NOT_APPLICABLE, _PLAN_OFF, evidence=(facts.defender_plan.evidence,))
    if found is None:
        return unread(name, facts.assessment)
    evidence = (found.evidence,)
    if found.has_code("Healthy"):
        return Check(name, Status.PASS, "Defender sees the boot as Healthy", evidence=evidence)
    if found.has_code("Unhealthy"):
        why = _why(found) or ", cause not shown"
        summary = f"Defender sees the boot as Unhealthy{why}: on this alone do not open the network"
        return Check(name, Status.WARN, summary, evidence=evidence)
    if found.has_code("NotApplicable"):
        return Check(name, Status.NOT_APPLICABLE, f"Defender did not assess the boot{_why(found)}", evidence=evidence)
    return Check(name, Status.UNKNOWN, f"the assessment's status is {found.code or 'not shown'}", evidence=evidence)


def _recommendations(facts: Facts) -> Check:
    """Name what is unhealthy; without that, a pass has read every one that this operating system is given."""
    name, vm = "defender.recommendations", facts.vm.value
    read = {key: it.value for key, it in facts.recommendations.items() if it.value is not None and it.value.code}
    unhealthy = {key: it for key, it in read.items() if it.has_code("Unhealthy")}
    if unhealthy:
        named = "; ".join(it.display_name or RECOMMENDATIONS[key].title for key, it in unhealthy.items())
        installed = facts.guest_attestation is not None and any(key in unhealthy for key in EXTENSION_ASSESSMENTS)
        summary = f"Defender recommends: {named}{_COUNTS_AS_ABSENT if installed else ''}"
        return Check(name, Status.WARN, summary, evidence=tuple(it.evidence for it in unhealthy.values()))
    if not read and _plan_is_off(facts):
        return Check(name, Status.NOT_APPLICABLE, _PLAN_OFF, evidence=(facts.defender_plan.evidence,))
    evidence = tuple(it.evidence for it in read.values())
    if vm is None:
        return unread(name, facts.vm)
    wanted = [key for key in facts.recommendations if applies_to(key, vm.os_type)]
    missing = [facts.recommendations[key] for key in wanted if key not in read]
    if missing:
        first = next((it for it in missing if it.missing_permission), missing[0])
        why = first.why_not or "an assessment shows no status"
        summary = f"{len(missing)} of {len(wanted)} recommendations are not known: {why}"
        return Check(name, Status.UNKNOWN, summary, first.missing_permission, evidence=evidence)
    return Check(name, Status.PASS, f"none of the {len(read)} recommendations is unhealthy", evidence=evidence)


def _plan_is_off(facts: Facts) -> bool:
    return facts.defender_plan.value is not None and facts.defender_plan.value.is_off


def _why(assessment: Assessment) -> str:
    shown = ": ".join(it for it in (assessment.cause, assessment.description) if it)
    return f" ({shown})" if shown else ""
