"""What is asked of the network: may this VM reach these destinations on this port?"""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.service_tag import ATTESTATION_TAG, ServiceTags
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES, AddressSet


@dataclass(frozen=True)
class Question:
    """Traffic from one address of the VM to a service tag's addresses.

    `source` is None where the VM's address is not known. `destinations` is `UNKNOWN_ADDRESSES` where the tag's
    prefixes are not known.
    """

    protocol: str
    port: int
    source: str | None
    source_groups: tuple[str, ...]
    tag: str
    destinations: AddressSet


def attestation_question(source: str | None, source_groups: tuple[str, ...], tags: ServiceTags) -> Question:
    """TCP 443 to every IPv4 prefix of the service tag AzureAttestation (facts 3.5, 9.2)."""
    tag = tags.find(ATTESTATION_TAG)
    listed = AddressSet.of(tag.address_prefixes, 4) if tag else AddressSet(4)
    return Question("Tcp", 443, source, source_groups, ATTESTATION_TAG, listed or UNKNOWN_ADDRESSES)


def platform_question(tag: str, protocol: str, port: int, source: str | None, groups: tuple[str, ...]) -> Question:
    """Traffic to an address of the platform, which only rules that name its tag can stop (facts 4.4)."""
    return Question(protocol, port, source, groups, tag, UNKNOWN_ADDRESSES)
