"""A customer's own provider at the end of the path: whether it can be reached, and where it stands (facts 3.3, 3.6)."""

from __future__ import annotations

import re

from guest_attestation.clouds import CLOUDS
from guest_attestation.facts.attestation import AttestationProvider
from guest_attestation.facts.custom_provider import CustomProvider
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.private_dns import names_of
from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.private_address import private_addresses, silent_zone

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")

_NO_OTHER_RECORD = "no zone of a subscription that was not asked, and no record but an A record, holds its name"
_PUBLIC = "its public access is on: Azure's answer does not say"


def custom_provider_hop(facts: Facts, provider: CustomProvider) -> Hop:
    """Decide a customer's own provider: it is denied where that is proven, and allowed where it is known and Ready."""
    fault, found = _fault(facts, provider), provider.found
    if fault is not None:
        where = f"{facts.vm_id.text}/extensions/{provider.named_by.name}"
        return _hop(Decision.DENY, fault, where, provider.named_by.evidence)
    named = f"the extension names its own provider {provider.host}"
    if found is None:
        unread = provider.listed
        why = unread.why_not or "the VM's subscription does not hold it, so that its state is not known"
        return Hop.unknown(HopName.PROVIDER, f"{named}: {why}", unread.evidence, unread.missing_permission)
    if found.has_status("Error"):
        return _hop(Decision.DENY, f"{named}, which Azure shows as {found.status}", found.id, found.evidence)
    private = private_addresses(facts, provider)
    if found.public_access_disabled and not private.value:
        return _without_public_access(facts, provider, found, private)
    doubt = _doubt(facts, provider, found, private)
    if doubt is not None:
        return Hop.unknown(HopName.PROVIDER, f"{named}: {doubt}", found.evidence)
    way = f"has a private address here ({', '.join(private.value)})" if private.value else "is public"
    assumed = () if found.public_network_access else (_PUBLIC,)
    return _hop(Decision.ALLOW, f"{named}, which is Ready and {way}", found.id, found.evidence, assumptions=assumed)


def _fault(facts: Facts, provider: CustomProvider) -> str | None:
    """Say what is wrong with the endpoint itself, None where it may well be a provider's."""
    host = provider.host
    if _HOST.fullmatch(host) is None:
        return f"the extension names the provider {provider.named_by.maa_endpoint!r}, which is no URL of a host"
    others = (it for it in CLOUDS.values() if it != facts.cloud and host.endswith(f".{it.attestation_suffix}"))
    other = next(others, None)
    return f"the extension names the provider {host} of {other.name}, not of {facts.cloud.name}" if other else None


def _doubt(
    facts: Facts, provider: CustomProvider, found: AttestationProvider, private: Reading[tuple[str, ...]]
) -> str | None:
    """Say why a provider that was found may not serve the VM, None where it does."""
    if not found.has_status("Ready"):
        return f"Azure shows it as {found.status}" if found.status else "Azure does not show its state"
    if private.value:
        return None
    if (found.public_network_access or "Enabled").casefold() != "enabled":
        return f"Azure shows its public access as {found.public_network_access}"
    zone = silent_zone(facts, provider)
    return f"zone {zone} may answer the VM for its name, and holds no address of it" if zone else None


def _without_public_access(
    facts: Facts, provider: CustomProvider, found: AttestationProvider, private: Reading[tuple[str, ...]]
) -> Hop:
    """Only a private address leads to it, and none is known."""
    disabled = f"the extension names its own provider {provider.host}, whose public access is disabled"
    if private.value is None:
        why = f"{disabled}; whether it has a private address here is not known: {private.why_not}"
        return Hop.unknown(HopName.PROVIDER, why, private.evidence, private.missing_permission)
    names = names_of(provider.host, facts.cloud)
    holding = [zone for zone in provider.zones.value or () if zone.addresses_of(names)]
    elsewhere = "".join(f"; zone {zone.name} does, but is not linked to it" for zone in holding)
    why = f"{disabled}, and no private zone linked to the VM's network gives it an address{elsewhere}"
    evidence = (found.evidence, private.evidence, *(zone.networks.evidence for zone in holding))
    return _hop(Decision.DENY, why, found.id, *evidence, assumptions=(_NO_OTHER_RECORD,))


def _hop(
    decision: Decision, summary: str, resource: str | None, *evidence: str, assumptions: tuple[str, ...] = ()
) -> Hop:
    shown = tuple(it for it in evidence if it)
    return Hop(HopName.PROVIDER, decision, summary, resource=resource or None, evidence=shown, assumptions=assumptions)
