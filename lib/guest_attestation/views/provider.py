"""Tables of the attestation provider, and of what Defender for Cloud says of the VM."""

from __future__ import annotations

from guest_attestation.facts.attestation import AttestationProvider
from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT, RECOMMENDATIONS
from guest_attestation.network.provider_hop import TABLE, shared_provider_host
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look

_LOOKS = {"healthy": "pass", "unhealthy": "warn", "notapplicable": "not-applicable"}
_TITLES = {
    ATTESTATION_ASSESSMENT: "VMs guest attestation status should be healthy",
    **{key: it.title for key, it in RECOMMENDATIONS.items()},
}


def providers(runbook: Runbook) -> Table:
    """Show the provider that the extension names, if it names one of the customer's own, and the shared one.

    The last column says where an answer comes from: Azure, or a table that this project holds.
    """
    facts, rows = runbook.facts, []
    custom, shared = facts.custom_provider, facts.shared_provider
    if custom is not None:
        why_not = custom.listed.why_not or "Azure; the VM's subscription does not hold it"
        rows.append(_provider("the customer's own", custom.host, custom.found, why_not))
    host = shared_provider_host(facts)
    source = f"{TABLE}; {shared.why_not}" if host else shared.why_not
    rows.append(_provider("shared", host or "not known", shared.value, source))
    return Table(("provider", "host", "region", "status", "public access", "source"), tuple(rows))


def assessments(runbook: Runbook) -> Table:
    """Show what Defender for Cloud assessed of this VM's boot; what it holds no assessment of is left out."""
    facts, rows = runbook.facts, []
    for key, reading in {ATTESTATION_ASSESSMENT: facts.assessment, **facts.recommendations}.items():
        found = reading.value
        if found is not None:
            why = ": ".join(it for it in (found.cause, found.description) if it) or "none given"
            status = look(_LOOKS.get(found.code.casefold(), "unknown"))
            rows.append((found.display_name or _TITLES[key], status, found.code or "not shown", why))
    return Table(("assessment", "status", "Defender's word", "cause"), tuple(rows))


def _provider(kind: str, host: str, known: AttestationProvider | None, otherwise: str) -> tuple[Cell, ...]:
    if known is None:
        return (kind, host, "not known", "not known", "not known", otherwise)
    access = known.public_network_access or "not shown"
    return (kind, known.host or host, known.location, known.status or "not shown", access, "Azure")
