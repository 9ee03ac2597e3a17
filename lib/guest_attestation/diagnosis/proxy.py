"""A declared forward proxy: what it makes of a direct denial, and whether the way to it is open (facts 2.3)."""

from __future__ import annotations

from dataclasses import replace

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code, Effect
from guest_attestation.diagnosis.path_hops import status_of
from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision
from guest_attestation.network.servers import way_to_proxy

_NAME = "path.proxy"
_STATUSES = {Decision.ALLOW: Status.PASS, Decision.DENY: Status.WARN, Decision.PARTIAL: Status.WARN}


def check_proxy(facts: Facts, checks: list[Check], proxy: str | None) -> list[Check]:
    """Add the check of a mandatory proxy, behind which a direct denial is no fault of its hop."""
    if proxy is None:
        return [*checks, Check(_NAME, Status.NOT_APPLICABLE, "no proxy is declared")]
    causes = [cause for check in checks for cause in check.causes if cause.code.effect is Effect.STOPS]
    if not causes:
        return [*checks, _way(facts, proxy)]
    proven = [cause for cause in causes if cause.confidence is Confidence.PROVEN]
    replaced = (proven or causes)[0]
    shown = _way(facts, proxy).summary
    summary = f"the direct path is denied, and the extension has no setting for proxy {proxy}: {replaced.summary}"
    cause = RootCause(
        Code.PROXY_REQUIRED, replaced.confidence, replaced.resource, summary, replaced.disproof,
        rule=replaced.rule, evidence=replaced.evidence,
    )  # fmt: skip
    bare = [replace(it, causes=tuple(cause for cause in it.causes if cause not in causes)) for it in checks]
    said = f"{summary}. {shown}"
    return [*bare, Check(_NAME, status_of(replaced.confidence), said, evidence=replaced.evidence, causes=(cause,))]


def _way(facts: Facts, proxy: str) -> Check:
    """Decide the way to the proxy itself, by the same rules and routes."""
    way = way_to_proxy(facts, facts.primary, proxy)
    decision = way.decision
    shown = None if decision is Decision.ALLOW else next((it for it in way.hops if it.decision is decision), None)
    words = {Decision.ALLOW: "is open", Decision.DENY: "is denied", Decision.PARTIAL: "is open only in part"}
    summary = f"the way to proxy {proxy} {words.get(decision, 'is not known')}{f': {shown.summary}' if shown else ''}"
    return Check(
        _NAME,
        _STATUSES.get(decision, Status.UNKNOWN),
        summary,
        shown.missing_permission if shown else None,
        way.assumptions,
        shown.evidence if shown else (),
    )
