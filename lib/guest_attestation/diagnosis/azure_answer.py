"""Azure's own answer beside ours: a disagreement warns, and what cannot be compared is said (design 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guest_attestation.diagnosis.check import Check, Status, unread
from guest_attestation.facts.gather import Facts
from guest_attestation.network.azure_answer import azure_comparisons
from guest_attestation.network.azure_flow import Comparison, Outcome
from guest_attestation.network.path import Path

_NAME = "path.azure-answer"
_COMPARED = (Outcome.AGREES, Outcome.DIFFERS, Outcome.NOTE)
_IN_SHORT = {
    Outcome.AGREES: "agree",
    Outcome.DIFFERS: "differ",
    Outcome.NOTE: "only noted",
    Outcome.NOT_COMPARED: "not compared",
    Outcome.UNREAD: "not known",
}
_NOT_FOR_INSTANCES = "next hop knows no scale sets"


def check_azure_answer(facts: Facts, path: Path) -> list[Check]:
    """Make the supporting checks of Azure's own answer: Network Watcher's in short and in full, and effective rules."""
    found = azure_comparisons(facts, path)
    rules = _check(facts, "path.azure-rules", found.rules)
    if facts.vm_id.scale_set_id is not None and not found.route:
        route = Check("path.azure-route", Status.NOT_APPLICABLE, _NOT_FOR_INSTANCES)
    else:
        route = _check(facts, "path.azure-route", found.route)
    short = _in_short(rules, route, (*found.rules, *found.route))
    return [short, rules, route, _effective(path, found.effective)]


def _check(facts: Facts, name: str, found: tuple[Comparison, ...]) -> Check:
    """Azure's answer never decides: beside what we do not know, or asked at another time, it is a note."""
    watchers = facts.azure_answers.watchers
    if not found:
        if watchers.value is None:
            return unread(name, watchers)
        return Check(name, Status.NOT_APPLICABLE, "no Network Watcher is in the VM's region")
    return _of(name, found)


def _effective(path: Path, found: tuple[Comparison, ...]) -> Check:
    name, effective = "path.azure-effective-rules", path.at.effective_groups
    if effective.value is None:
        return unread(name, effective)
    if not found:
        return Check(
            name, Status.NOT_APPLICABLE, "no NSG was read as it is configured, to hold effective rules against"
        )
    return _of(name, found)


def _of(name: str, found: tuple[Comparison, ...]) -> Check:
    status = _status(found)
    missing = (it.missing_permission for it in found if it.missing_permission and status is Status.UNKNOWN)
    evidence = tuple(dict.fromkeys(it.evidence for it in found if it.evidence))
    return Check(name, status, "; ".join(map(_sentence, found)), next(missing, None), evidence=evidence)


def _in_short(rules: Check, route: Check, found: tuple[Comparison, ...]) -> Check:
    """Count what came of it; where nothing could be compared, say what the more telling of both says."""
    evidence = tuple(dict.fromkeys((*rules.evidence, *route.evidence)))
    if not any(it.outcome in _COMPARED for it in found):
        silent = route if rules.status is Status.NOT_APPLICABLE else rules
        return replace(silent, id=_NAME, evidence=evidence)
    counts = [(sum(it.outcome is outcome for it in found), words) for outcome, words in _IN_SHORT.items()]
    shown = ", ".join(f"{count} {words}" for count, words in counts if count)
    return Check(_NAME, _status(found), f"Azure's own answers beside this diagnosis: {shown}", evidence=evidence)


def _status(found: Iterable[Comparison]) -> Status:
    outcomes = {it.outcome for it in found}
    if Outcome.DIFFERS in outcomes:
        return Status.WARN
    return Status.PASS if outcomes.intersection(_COMPARED) else Status.UNKNOWN


def _sentence(it: Comparison) -> str:
    asked = f"{it.asked} ({it.about})" if it.about else it.asked
    why = f": {it.why}" if it.why else ""
    if it.outcome not in _COMPARED:
        return f"{asked} is {it.outcome}{why}"
    verb = {Outcome.NOTE: "is only noted"}.get(it.outcome, str(it.outcome))
    return f"{asked} {verb}{why}: Azure says {it.azure}, this diagnosis {it.ours}"
