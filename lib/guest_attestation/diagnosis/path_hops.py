"""The hops of the path as checks: a denial gives its code, as sure as what was observed lets it be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

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
_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS, Status.NOT_APPLICABLE)
_IMDS_NUMBERS = {-29, -31, -32}


def check_path(facts: Facts, path: Path, weighing: Weighing) -> list[Check]:
    """Check every hop on the way to the provider; hops that only together deny everything each deny (design 5)."""
    denying = set(denying_hops(path))
    return [
        _joined([_hop_check(facts, hop, weighing, denies=hop in denying) for hop in path.of(name)])
        for name in DENIAL_CODES
    ]


def denying_hops(path: Path) -> tuple[Hop, ...]:
    """Return the hops that deny: each all of home, or together what none denies alone."""
    hops = [hop for hop in path.hops if hop.hop is not HopName.PROVIDER]
    alone = tuple(hop for hop in hops if hop.decision is Decision.DENY)
    if alone or path.network_decision is not Decision.DENY:
        return alone
    home = path.question.tiers[0]
    return tuple(
        hop
        for hop in hops
        if any(
            it.decision is Decision.DENY and it.speaks_of(home.name) and it.addresses & home.addresses
            for it in hop.parts
        )
    )


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


def suspicion(facts: Facts, check: Check, hop: Hop) -> RootCause | None:
    """Name what a hop may do that is undecided or partial, for an extension that fails while nothing else is proven."""
    if hop.decision not in (Decision.UNKNOWN, Decision.PARTIAL) or hop.ends_tls:
        return None
    narrow = hop.decision is Decision.PARTIAL
    not_decided = "lets only some of the traffic through" if narrow else "is not decided"
    return RootCause(
        Code.ALLOW_LIST_TOO_NARROW if narrow else DENIAL_CODES[hop.hop],
        Confidence.SUSPECTED,
        hop.resource or facts.vm_id.text,
        f"the extension fails, and this hop {not_decided}: {check.summary}",
        f"what was not read shows that {hop.hop} lets TCP 443 to AzureAttestation through",
        rule=hop.rule if narrow else None,
        evidence=check.evidence,
    )


def undenied(hop: Hop) -> Check:
    """Make the check of a hop that does not deny."""
    status = _STATUSES[hop.decision]
    return Check(f"path.{hop.hop}", status, hop.summary, hop.missing_permission, hop.assumptions, hop.evidence)


def status_of(confidence: Confidence) -> Status:
    """Return how a check ends that gives a cause of that confidence: only what is proven fails."""
    return Status.FAIL if confidence is Confidence.PROVEN else Status.WARN


def _hop_check(facts: Facts, hop: Hop, weighing: Weighing, *, denies: bool) -> Check:
    if not hop.visible:
        return replace(undenied(hop), causes=(_not_visible(facts, hop),))
    if hop.ends_tls:
        return replace(undenied(hop), status=Status.WARN, causes=(_tls_inspection(facts, hop),))
    if hop.decision is Decision.PARTIAL and not denies:
        return replace(undenied(hop), causes=(_too_narrow(facts, hop),))
    if not denies:
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


def _joined(checks: list[Check]) -> Check:
    """Make one check of the entries of a hop: the worst gives its status, and all of them speak."""
    if len(checks) == 1:
        return checks[0]
    worst = min(checks, key=lambda it: _WORST_FIRST.index(it.status))
    return replace(
        worst,
        summary="; ".join(dict.fromkeys(it.summary for it in checks)),
        missing_permission=next((it.missing_permission for it in checks if it.status is worst.status), None),
        assumptions=tuple(dict.fromkeys(it for check in checks for it in check.assumptions)),
        evidence=tuple(dict.fromkeys(it for check in checks for it in check.evidence)),
        causes=tuple(cause for check in checks for cause in check.causes),
    )


def _too_narrow(facts: Facts, hop: Hop) -> RootCause:
    """Attestation may work today and fail tomorrow: the service's addresses change, and it fails over to a pair."""
    return RootCause(
        Code.ALLOW_LIST_TOO_NARROW,
        Confidence.PROVEN,
        hop.resource or facts.vm_id.text,
        hop.summary,
        f"{hop.hop} lets TCP 443 to all of AzureAttestation in the provider's region and in its pair through",
        rule=hop.rule,
        evidence=hop.evidence,
    )


def _tls_inspection(facts: Facts, hop: Hop) -> RootCause:
    """Whether the guest trusts the firewall's certificate authority is not Azure's to show (facts 6.4)."""
    return RootCause(
        Code.TLS_INSPECTION,
        Confidence.SUSPECTED,
        hop.resource or facts.vm_id.text,
        hop.summary,
        "from inside the VM, the certificate of the attestation host is Microsoft's or DigiCert's own, or the guest"
        " trusts the firewall's",
        rule=hop.rule,
        evidence=hop.evidence,
    )


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
