"""The attestation provider as a check: an outage is suspected, an endpoint that cannot serve is proven (facts 3)."""

from __future__ import annotations

from dataclasses import replace

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.path_hops import status_of, undenied
from guest_attestation.diagnosis.weighing import Weighing
from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision, Hop

_RECOVERED = "a later answer of Azure shows the shared provider Ready, or the provider answers from elsewhere meanwhile"
_REACHED = "{host}/.well-known/openid-configuration answers from within the VM's network"


def check_provider(facts: Facts, hop: Hop, weighing: Weighing) -> Check:
    """Check the end of the path.

    That Azure shows a shared provider as not Ready does not show what the VM meets: an outage is suspected, never
    proven. A customer's own provider is suspected where the list that was read does not hold it, or as NotReady.
    """
    custom = facts.custom_provider
    if hop.decision is Decision.DENY:
        code = Code.PROVIDER_OUTAGE if custom is None else Code.CUSTOM_PROVIDER_UNREACHABLE
        confidence = Confidence.SUSPECTED if custom is None else weighing.confidence(hop)
        cause = _cause(facts, code, confidence, hop)
        return Check("path.provider", status_of(confidence), hop.summary, None, hop.assumptions, hop.evidence, (cause,))
    check = undenied(hop)
    if check.status is not Status.UNKNOWN or custom is None or custom.listed.value is None:
        return check
    if custom.found is not None and not custom.found.has_status("NotReady"):
        return check
    cause = _cause(facts, Code.CUSTOM_PROVIDER_UNREACHABLE, Confidence.SUSPECTED, hop)
    return replace(check, causes=(cause,))


def _cause(facts: Facts, code: Code, confidence: Confidence, hop: Hop) -> RootCause:
    custom = facts.custom_provider
    disproof = _RECOVERED if custom is None else _REACHED.format(host=custom.host)
    return RootCause(code, confidence, hop.resource or facts.vm_id.text, hop.summary, disproof, evidence=hop.evidence)
