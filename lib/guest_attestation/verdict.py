"""The verdict document: one diagnosis in the form that commands, notebooks and other tools share (format 1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from guest_attestation.diagnosis.check import Check, RootCause, Status
from guest_attestation.diagnosis.diagnose import Diagnosis
from guest_attestation.errors import ExitCode
from guest_attestation.facts.gather import Facts
from guest_attestation.fixes.fix import Fix
from guest_attestation.fixes.propose import Plan
from guest_attestation.fixes.remedies import Remedies, remedies
from guest_attestation.network.hop import Hop, Part
from guest_attestation.network.path import Path
from guest_attestation.network.question import Question
from guest_attestation.network.tiers import Tier

FORMAT = 1

_EXIT_CODES = {Status.PASS: ExitCode.PASS, Status.FAIL: ExitCode.FAIL}


def verdict_document(
    incident: str, facts: Facts, diagnosis: Diagnosis, offered: Remedies | None = None
) -> dict[str, Any]:
    """Lay a diagnosis out as verdict.json has it. Nothing in it depends on when or where it is made.

    `offered` are the fixes, where they were already proposed.
    """
    offered = offered or remedies(facts, diagnosis)
    return {
        "format": FORMAT,
        "incident": incident,
        "vm": facts.vm.value.id if facts.vm.value and facts.vm.value.id else facts.vm_id.text,
        "captured_at": facts.captured_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verdict": diagnosis.verdict,
        "root_causes": [
            _root_cause(cause, rank, offered.of(cause)) for rank, cause in enumerate(diagnosis.root_causes, start=1)
        ],
        "plan": _plan(offered.plan),
        "checks": [_check(check) for check in diagnosis.checks],
        "path": [_hop(hop, diagnosis.path.question) for hop in diagnosis.path.hops],
        "other_paths": [_other_path(path) for path in diagnosis.other_paths],
    }


def verdict_text(document: dict[str, Any]) -> str:
    """Write a verdict document as text: the same bytes on every machine."""
    return json.dumps(document, indent=2) + "\n"


def exit_code(verdict: Status) -> ExitCode:
    """Return the exit code that goes with a verdict: warn and unknown share one."""
    return _EXIT_CODES.get(verdict, ExitCode.UNDECIDED)


def _root_cause(cause: RootCause, rank: int, fixes: Iterable[Fix]) -> dict[str, Any]:
    return {
        "code": cause.code,
        "rank": rank,
        "confidence": cause.confidence,
        "resource": cause.resource,
        "rule": cause.rule,
        "summary": cause.summary,
        "disproof": cause.disproof,
        "evidence": list(cause.evidence),
        "fixes": [_fix(fix) for fix in fixes],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    from guest_attestation.fixes.texts import texts_of

    texts = texts_of(fix.change)
    return {
        "title": fix.title,
        "portal": list(texts.portal),
        "az": texts.az,
        "powershell": texts.powershell,
        "bicep": texts.bicep,
        "terraform": texts.terraform,
        "blast_radius": fix.blast_radius,
        "proof": {"before": fix.before, "after": fix.after},
    }


def _plan(plan: Plan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    return {"steps": [fix.title for fix in plan.fixes], "proof": {"before": plan.before, "after": plan.after}}


def _check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "status": check.status,
        "required": check.required,
        "summary": check.summary,
        "missing_permission": check.missing_permission,
        "assumptions": list(check.assumptions),
        "evidence": list(check.evidence),
    }


def _other_path(path: Path) -> dict[str, Any]:
    return {
        "nic": path.at.nic_id,
        "source": path.at.address,
        "family": f"IPv{path.at.family}",
        "decision": path.decision,
        "path": [_hop(hop, path.question) for hop in path.hops],
    }


def _hop(hop: Hop, question: Question) -> dict[str, Any]:
    return {
        "hop": hop.hop,
        "resource": hop.resource,
        "decision": hop.decision,
        "rule": hop.rule,
        "parts": [
            _part(part, tier)
            for tier in question.tiers
            for part in hop.parts
            if part.speaks_of(tier.name) and part.addresses & tier.addresses
        ],
        "trace": [
            {"rule": line.rule, "priority": line.priority, "matched": line.matched, "why": line.text}
            for line in hop.trace
        ],
    }


def _part(part: Part, tier: Tier) -> dict[str, Any]:
    """Lay out what of a tier is in a part; where names decide, addresses are not counted."""
    return {
        "tier": tier.name,
        "decision": part.decision,
        "rule": part.rule,
        "prefixes": 0 if part.names else (part.addresses & tier.addresses).prefix_count(),
        "names": list(part.names),
    }
