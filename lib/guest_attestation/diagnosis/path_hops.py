"""The hops of the path as checks: a denial gives its code, as sure as what was observed lets it be."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.observed import Observed
from guest_attestation.diagnosis.weighing import Weighing
from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import Path

DENIAL_CODES = {
    HopName.ADMIN_RULES: Code.ADMIN_RULE_DENIES,
    HopName.NIC_NSG: Code.NSG_DENIES,
    HopName.SUBNET_NSG: Code.NSG_DENIES,
    HopName.ROUTE: Code.ROUTE_DROPS,
    HopName.FIREWALL: Code.FIREWALL_DENIES,
    HopName.EGRESS: Code.NO_EGRESS,
}
_STATUSES = {
    Decision.ALLOW: Status.PASS,
    Decision.PARTIAL: Status.WARN,
    Decision.UNKNOWN: Status.UNKNOWN,
    Decision.NOT_APPLICABLE: Status.NOT_APPLICABLE,
}
_IMDS_NUMBERS = {-29, -31, -32}


def check_path(facts: Facts, path: Path, weighing: Weighing, proxy: str | None) -> list[Check]:
    """Check every hop of the deciding flow, and what a declared proxy makes of a direct denial."""
    return _behind_proxy([_hop_check(facts, hop, weighing) for hop in path.hops], proxy)


def check_imds(hops: Iterable[Hop], observed: Observed) -> Check:
    """Check that no rule names the instance metadata service in a denial (facts 4.4)."""
    named = {number for failure in observed.failures for number in failure.numbers}
    confidence = Confidence.PROVEN if named & _IMDS_NUMBERS else Confidence.SUSPECTED
    passed = "no NSG rule denies the instance metadata service"
    harm = "the attestation key's certificate cannot be renewed"
    return platform_check("path.imds", Code.IMDS_BLOCKED, hops, passed, harm, lambda _: confidence)


def platform_check(
    name: str,
    code: Code,
    hops: Iterable[Hop],
    passed: str,
    harm: str,
    confidence_of: Callable[[Hop], Confidence],
) -> Check:
    """Make a check of what the NSGs do to one of the platform's own addresses."""
    hops = list(hops)
    denied = next((hop for hop in hops if hop.decision is Decision.DENY), None)
    if denied is not None:
        summary = f"{denied.summary}; {harm}"
        disproof = f"rule {denied.rule} is gone, or stands behind one that allows the same"
        confidence = confidence_of(denied)
        cause = RootCause(
            code, confidence, denied.resource or "", summary, disproof, rule=denied.rule, evidence=denied.evidence
        )
        return Check(name, _status_of(confidence), summary, evidence=denied.evidence, causes=(cause,))
    unknown = next((hop for hop in hops if hop.decision in (Decision.UNKNOWN, Decision.PARTIAL)), None)
    if unknown is not None:
        return Check(name, Status.UNKNOWN, unknown.summary, unknown.missing_permission, evidence=unknown.evidence)
    return Check(name, Status.PASS, passed, evidence=tuple(it for hop in hops for it in hop.evidence))


def suspicion(facts: Facts, check: Check, hop: Hop) -> RootCause:
    """Name what an undecided hop may do, for an extension that fails while nothing else is proven."""
    return RootCause(
        DENIAL_CODES[hop.hop],
        Confidence.SUSPECTED,
        hop.resource or facts.vm_id.text,
        f"the extension fails, and this hop is not decided: {check.summary}",
        f"what was not read shows that {hop.hop} lets TCP 443 to AzureAttestation through",
        evidence=check.evidence,
    )


def _hop_check(facts: Facts, hop: Hop, weighing: Weighing) -> Check:
    name = f"path.{hop.hop}"
    if hop.decision is not Decision.DENY:
        return Check(name, _STATUSES[hop.decision], hop.summary, hop.missing_permission, hop.assumptions, hop.evidence)
    confidence = weighing.confidence(hop)
    cause = RootCause(
        DENIAL_CODES[hop.hop],
        confidence,
        hop.resource or facts.vm_id.text,
        hop.summary,
        f"a rule that allows TCP 443 to AzureAttestation stands before {hop.rule} (a lower priority number),"
        f" or {hop.rule} was changed after {facts.captured_at:%Y-%m-%d %H:%M} UTC",
        rule=hop.rule,
        evidence=hop.evidence,
    )
    return Check(name, _status_of(confidence), hop.summary, None, hop.assumptions, hop.evidence, (cause,))


def _behind_proxy(checks: list[Check], proxy: str | None) -> list[Check]:
    """Behind a mandatory proxy a direct denial is no fault of its hop (facts 2.3)."""
    name = "path.proxy"
    if proxy is None:
        return [*checks, Check(name, Status.NOT_APPLICABLE, "no proxy is declared")]
    causes = [cause for check in checks for cause in check.causes]
    if not causes:
        return [*checks, Check(name, Status.UNKNOWN, f"this version does not decide the path to proxy {proxy} yet")]
    proven = [cause for cause in causes if cause.confidence is Confidence.PROVEN]
    replaced = (proven or causes)[0]
    summary = f"the direct path is denied, and the extension has no setting for proxy {proxy}: {replaced.summary}"
    cause = RootCause(
        Code.PROXY_REQUIRED, replaced.confidence, replaced.resource, summary, replaced.disproof,
        rule=replaced.rule, evidence=replaced.evidence,
    )  # fmt: skip
    bare = [Check(it.id, it.status, it.summary, it.missing_permission, it.assumptions, it.evidence) for it in checks]
    return [*bare, Check(name, _status_of(replaced.confidence), summary, evidence=replaced.evidence, causes=(cause,))]


def _status_of(confidence: Confidence) -> Status:
    return Status.FAIL if confidence is Confidence.PROVEN else Status.WARN
