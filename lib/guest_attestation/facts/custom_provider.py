"""A customer's own attestation provider that the extension names, and what may give it a private address."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.attestation import AttestationProvider, attestation_providers_of, custom_host
from guest_attestation.facts.extension import Extension
from guest_attestation.facts.private_dns import PrivateZone, private_zones_of, zone_subscriptions
from guest_attestation.facts.reading import Reading
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class CustomProvider:
    """A provider of the customer's own: who names it, the providers of the VM's subscription, zones for its name.

    `asked` are the subscriptions that were asked for zones.
    """

    named_by: Extension
    host: str
    listed: Reading[tuple[AttestationProvider, ...]]
    zones: Reading[tuple[PrivateZone, ...]]
    asked: tuple[str, ...]

    @property
    def found(self) -> AttestationProvider | None:
        """The provider itself, None where the subscription does not hold it or its list was not read."""
        return next((it for it in self.listed.value or () if it.host == self.host), None)


def custom_provider_of(snapshot: Snapshot, subscription: str, extension: Extension | None) -> CustomProvider | None:
    """Read what is known of the provider that the extension names, None where a region's shared one serves."""
    host = custom_host(extension.maa_endpoint, snapshot.cloud) if extension else None
    if extension is None or host is None:
        return None
    listed = attestation_providers_of(snapshot, subscription)
    asked = zone_subscriptions(snapshot, subscription)
    return CustomProvider(extension, host, listed, private_zones_of(snapshot, asked, host, snapshot.cloud), asked)
