"""The hops of the path as checks: a denial gives its code, as sure as what was observed lets it be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code, Effect
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
    """Check every hop on the way to the provider, and what a declared proxy makes of a direct denial."""
    hops = [hop for hop in path.hops if hop.hop is not HopName.PROVIDER]
    return _behind_proxy([_hop_check(facts, hop, weighing) for hop in hops], proxy)


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
        return Check(name, status_of(confidence), summary, evidence=denied.evidence, causes=(cause,))
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


def undenied(hop: Hop) -> Check:
    """Make the check of a hop that does not deny."""
    status = _STATUSES[hop.decision]
    return Check(f"path.{hop.hop}", status, hop.summary, hop.missing_permission, hop.assumptions, hop.evidence)


def status_of(confidence: Confidence) -> Status:
    """Return how a check ends that gives a cause of that confidence: only what is proven fails."""
    return Status.FAIL if confidence is Confidence.PROVEN else Status.WARN


def _hop_check(facts: Facts, hop: Hop, weighing: Weighing) -> Check:
    if not hop.visible:
        return replace(undenied(hop), causes=(_not_visible(facts, hop),))
    if hop.decision is not Decision.DENY:
        return undenied(hop)
    confidence = weighing.confidence(hop)
    cause = RootCause(
        DENIAL_CODES[hop.hop],
        confidence,
        hop.resource or facts.vm_id.text,
        hop.summary,
        f"{_disproof(hop)}, or {hop.rule or 'that'} was changed after {facts.captured_at:%Y-%m-%d %H:%M} UTC",
        rule=hop.rule,
        evidence=hop.evidence,
    )
    status = status_of(confidence)
    return Check(f"path.{hop.hop}", status, hop.summary, None, hop.assumptions, hop.evidence, (cause,))


def _disproof(hop: Hop) -> str:
    if hop.hop is HopName.ROUTE:
        return f"the next hop of {f'route {hop.rule}' if hop.rule else 'the route'} takes the traffic on"
    if hop.rule is None:
        return "a rule allows TCP 443 to AzureAttestation"
    before = "a lower priority number" if hop.hop is not HopName.FIREWALL else "in the order in which they are tried"
    return f"a rule that allows TCP 443 to AzureAttestation stands before {hop.rule} ({before})"


def _not_visible(facts: Facts, hop: Hop) -> RootCause:
    """What stands at the next hop is not Azure's to show: whoever runs it must say what it does to the traffic."""
    return RootCause(
        Code.NEXT_HOP_NOT_VISIBLE,
        Confidence.PROVEN,
        facts.vm_id.text,
        hop.summary,
        "an Azure firewall with that address is found in this network, in a peered one, or in its virtual hub",
        evidence=hop.evidence,
    )


def _behind_proxy(checks: list[Check], proxy: str | None) -> list[Check]:
    """Behind a mandatory proxy a direct denial is no fault of its hop (facts 2.3)."""
    name = "path.proxy"
    if proxy is None:
        return [*checks, Check(name, Status.NOT_APPLICABLE, "no proxy is declared")]
    causes = [cause for check in checks for cause in check.causes if cause.code.effect is Effect.STOPS]
    if not causes:
        return [*checks, Check(name, Status.UNKNOWN, f"this version does not decide the path to proxy {proxy} yet")]
    proven = [cause for cause in causes if cause.confidence is Confidence.PROVEN]
    replaced = (proven or causes)[0]
    summary = f"the direct path is denied, and the extension has no setting for proxy {proxy}: {replaced.summary}"
    cause = RootCause(
        Code.PROXY_REQUIRED, replaced.confidence, replaced.resource, summary, replaced.disproof,
        rule=replaced.rule, evidence=replaced.evidence,
    )  # fmt: skip
    bare = [replace(it, causes=tuple(cause for cause in it.causes if cause not in causes)) for it in checks]
    return [*bare, Check(name, status_of(replaced.confidence), summary, evidence=replaced.evidence, causes=(cause,))]
