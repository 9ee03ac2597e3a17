"""Attestation endpoints and providers: the shared provider of a region, or a customer's own (facts 3.1, 3.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from guest_attestation.clouds import Cloud
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_machine import VirtualMachine, normalised_location
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class AttestationProvider:
    """A provider as Azure shows it; `status` is Ready, NotReady or Error.

    `public_network_access` is None where Azure does not say: api-versions before 2021-06-01 never do. With a private
    endpoint its name is an alias of one in the zone for those.
    """

    id: str
    name: str
    location: str
    attest_uri: str
    status: str
    trust_model: str
    public_network_access: str | None
    has_private_endpoint: bool
    evidence: str

    @property
    def host(self) -> str:
        """The host of `attest_uri`, "" where the answer has none."""
        return endpoint_host(self.attest_uri)

    def has_status(self, *statuses: str) -> bool:
        """Tell whether the status is one of these, in any letter case."""
        return self.status.casefold() in [status.casefold() for status in statuses]

    @property
    def public_access_disabled(self) -> bool:
        """Tell whether only a private endpoint reaches it."""
        return (self.public_network_access or "").casefold() == "disabled"


def parse_provider(node: Node) -> AttestationProvider:
    """Read a provider; its location is a display name in any letter case, as `UK South`."""
    properties = node.at("properties")
    return AttestationProvider(
        id=node.text("id") or "",
        name=node.text("name") or "",
        location=normalised_location(node.text("location") or ""),
        attest_uri=properties.text("attestUri") or "",
        status=properties.text("status") or "",
        trust_model=properties.text("trustModel") or "",
        public_network_access=properties.text("publicNetworkAccess"),
        has_private_endpoint=any(properties.items("privateEndpointConnections")),
        evidence=properties.evidence,
    )


def shared_provider_of(
    snapshot: Snapshot, subscription: str, vm: Reading[VirtualMachine], endpoint: str | None
) -> Reading[AttestationProvider]:
    """Read the shared provider of the VM's region, or another region's where the extension names that one.

    Azure shows the region's own; a list of all of them serves where that was not read, and for another region's.
    """
    if vm.value is None:
        return Reading.below(vm, "")
    host = endpoint_host(endpoint) if endpoint and is_shared_endpoint(endpoint, snapshot.cloud) else None
    location = vm.value.location
    answer = snapshot.answer("default_provider", subscription=subscription, location=location)
    regional = Reading.of(answer, parse_provider)
    if regional.value is not None and host in (None, regional.value.host):
        return regional
    listed = _listed(snapshot, "default_providers", subscription)
    wanted = (it for it in listed.value or () if (it.host == host if host else it.location == location))
    found = next(wanted, None)
    if found is not None:
        return Reading(found, evidence=found.evidence)
    missing: Reading[AttestationProvider] = Reading.below(
        listed, f"Azure lists no shared provider {host or f'of {location}'}"
    )
    return missing if regional.value is not None else regional.without(missing)


def attestation_providers_of(snapshot: Snapshot, subscription: str) -> Reading[tuple[AttestationProvider, ...]]:
    """Read the customer's own providers in a subscription."""
    return _listed(snapshot, "attestation_providers", subscription)


def custom_host(endpoint: str | None, cloud: Cloud) -> str | None:
    """Return the host of a customer's own provider, None where the extension uses a region's shared one."""
    if endpoint is None or is_shared_endpoint(endpoint, cloud):
        return None
    return endpoint_host(endpoint) or endpoint


def endpoint_host(endpoint: str) -> str:
    """Return the host of a `maaEndpoint`, whether written as a URL or as a bare name."""
    try:
        return (urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_shared_endpoint(endpoint: str, cloud: Cloud) -> bool:
    """Tell a region's shared provider, `shared<abbr>.<abbr>.<suffix>`, from a customer's own (facts 3.1)."""
    return is_shared_host(endpoint_host(endpoint), cloud.attestation_suffix)


def is_shared_host(host: str, suffix: str) -> bool:
    """Tell the host of a region's shared provider by its form."""
    return re.fullmatch(rf"shared([a-z0-9]+)\.\1\.{re.escape(suffix)}", host) is not None


def _listed(snapshot: Snapshot, read_name: str, subscription: str) -> Reading[tuple[AttestationProvider, ...]]:
    pages = snapshot.pages(read_name, subscription=subscription)
    return Reading.of_pages(pages, lambda items: tuple(parse_provider(item) for item in items))
