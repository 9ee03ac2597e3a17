"""What the VM must reach: the attestation service's addresses in tiers, or the private address of a provider."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.attestation import endpoint_host
from guest_attestation.facts.custom_provider import CustomProvider
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.regions import pair_of, shared_host, shared_region
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.private_address import private_addresses
from guest_attestation.network.provider_hop import shared_provider_host
from guest_attestation.network.question import Question, attestation_question
from guest_attestation.network.tiers import Tier, TierName, attestation_tiers, only_home

_NO_PAIR: Reading[tuple[str, ...]] = Reading(())


@dataclass(frozen=True)
class Target:
    """What is asked of the network, and the hosts that the tiers are known by; `why_not` where it is not known.

    Then `question` asks for every address of the service, which says what stands on the way, but decides nothing.
    """

    question: Question
    hosts: dict[TierName, str]
    undecided: Reading[str] | None = None


def target_of(facts: Facts, at: Attachment) -> Target:
    """Ask for the provider that the extension uses (design 5, "Provider"): shared, or the customer's own."""
    if facts.custom_provider is not None:
        return _of_custom(facts, at, facts.custom_provider)
    region = _shared_region(facts)
    pair = pair_of(region, facts.locations) if region else Reading.below(facts.vm, "the provider's region is not known")
    hosts = {TierName.HOME: shared_provider_host(facts)}
    if pair.value:
        hosts[TierName.PAIR] = shared_host(pair.value[0], facts.cloud)
    known = {name: host for name, host in hosts.items() if host is not None}
    return Target(_asked(at, attestation_tiers(facts.service_tags, at.family, region, pair)), known)


def _of_custom(facts: Facts, at: Attachment, provider: CustomProvider) -> Target:
    """A public provider stands among its region's addresses; one with a private address is reached there alone."""
    found, private = provider.found, private_addresses(facts, provider)
    region = found.location if found is not None else None
    tiers = attestation_tiers(facts.service_tags, at.family, region, _NO_PAIR)
    home = tuple(tier for tier in tiers if tier.name is TierName.HOME)
    hosts, named = {TierName.HOME: provider.host}, f"the extension names its own provider {provider.host}"
    if private.value:
        try:
            addresses = AddressSet.of(private.value, at.family)
        except ValueError as error:
            why = f"{named}, whose private address cannot be read: {error}"
            return Target(_asked(at, home), hosts, Reading(None, why, evidence=private.evidence))
        if addresses:
            ip = at.ip_configuration
            groups = ip.application_security_groups if ip else ()
            question = Question("Tcp", 443, at.address, groups, provider.host, only_home(addresses), at.family)
            return Target(question, hosts)
        return Target(_asked(at, home), hosts, Reading(None, f"{named}, which has no IPv{at.family} address here"))
    if private.value is None:
        why = f"{named}: whether it has a private address here is not known: {private.why_not}"
        return Target(_asked(at, home), hosts, Reading(None, why, private.missing_permission, private.evidence))
    if found is None:
        unread = provider.listed
        why = f"{named}, and where it stands is not known: {unread.why_not or 'the subscription does not hold it'}"
        return Target(_asked(at, home), hosts, Reading(None, why, unread.missing_permission, unread.evidence))
    if found.public_access_disabled:
        return Target(_asked(at, home), hosts, Reading(None, f"{named}, and no address of it leads anywhere from here"))
    return Target(_asked(at, home), hosts)


def _asked(at: Attachment, tiers: tuple[Tier, ...]) -> Question:
    groups = at.ip_configuration.application_security_groups if at.ip_configuration else ()
    return attestation_question(tiers, at.address, groups, at.family)


def _shared_region(facts: Facts) -> str | None:
    """Return the region of the shared provider: the VM's own, or that of another that the extension names."""
    own = facts.vm.value.location if facts.vm.value else None
    if facts.provider_endpoint is None:
        return own
    host = endpoint_host(facts.provider_endpoint)
    known = facts.shared_provider.value
    if known is not None and known.host == host:
        return known.location
    if own is not None and shared_host(own, facts.cloud) == host:
        return own
    return shared_region(host, facts.cloud)
