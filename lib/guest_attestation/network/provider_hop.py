"""The end of the path: the shared provider of a region, or a customer's own, and whether it serves (facts 3)."""

from __future__ import annotations

from guest_attestation.facts.attestation import endpoint_host
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.regions import is_tabled, shared_host
from guest_attestation.network.custom_provider import custom_provider_hop
from guest_attestation.network.hop import Decision, Hop, HopName

TABLE = "the table of Microsoft's azure-guest-attestation-sdk (2026-07)"


def provider_hop(facts: Facts) -> Hop:
    """Decide whether the provider that the extension uses serves; the network on the way to it is not asked here."""
    if facts.custom_provider is not None:
        return custom_provider_hop(facts, facts.custom_provider)
    provider, host = facts.shared_provider, shared_provider_host(facts)
    known = provider.value
    if known is None:
        return _from_table(facts, host)
    shown = f"shared provider {host or known.name}"
    if known.has_status("NotReady", "Error"):
        return _hop(Decision.DENY, f"Azure shows the {shown} as {known.status}", known.id, known.evidence)
    if known.has_status("Ready"):
        return _hop(Decision.ALLOW, f"{shown} is Ready", known.id, known.evidence)
    return Hop.unknown(HopName.PROVIDER, f"Azure does not show whether {shown} is Ready", known.evidence)


def shared_provider_host(facts: Facts) -> str | None:
    """Return the host of the shared provider: of the region, or of another that the extension names.

    Azure's answer has it, else the table; None where neither does.
    """
    known, vm = facts.shared_provider.value, facts.vm.value
    if known is not None:
        return known.host or None
    if facts.provider_endpoint is None or facts.custom_provider is not None:
        return shared_host(vm.location, facts.cloud) if vm else None
    named = endpoint_host(facts.provider_endpoint)
    return named if is_tabled(named, facts.cloud) else None


def _from_table(facts: Facts, host: str | None) -> Hop:
    unread = facts.shared_provider
    if host is None:
        why = f"shared provider: {unread.why_not}"
        return Hop.unknown(HopName.PROVIDER, why, unread.evidence, unread.missing_permission)
    assumed = f"{host} is the shared provider's name, and it is Ready: the name is from {TABLE}, not from Azure"
    return _hop(Decision.ALLOW, f"shared provider {host}: {unread.why_not}", "", facts.vm.evidence, assumed)


def _hop(decision: Decision, summary: str, resource: str, evidence: str, *assumptions: str) -> Hop:
    return Hop(
        HopName.PROVIDER,
        decision,
        summary,
        resource=resource or None,
        evidence=(evidence,) if evidence else (),
        assumptions=assumptions,
    )
