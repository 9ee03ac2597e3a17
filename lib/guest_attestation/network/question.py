"""What is asked of the network: may this VM reach these destinations on this port?"""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.service_tag import ATTESTATION_TAG, ServiceTags
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES, AddressSet

PLATFORM_TAGS = ("azureplatformdns", "azureplatformimds", "azureplatformlkm", "azureloadbalancer")


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

    @property
    def is_platform(self) -> bool:
        """Tell whether the platform's own address is meant, which passes unless a rule names its tag (facts 4.4)."""
        return self.tag.casefold() in PLATFORM_TAGS


def attestation_question(source: str | None, source_groups: tuple[str, ...], tags: ServiceTags) -> Question:
    """TCP 443 to every IPv4 prefix of the service tag AzureAttestation (facts 3.5, 9.2).

    A list that cannot be read as a whole counts as not known.
    """
    tag = tags.find(ATTESTATION_TAG)
    try:
        listed = AddressSet.of(tag.address_prefixes, 4) if tag else AddressSet(4)
    except ValueError:
        listed = AddressSet(4)
    return Question("Tcp", 443, source, source_groups, ATTESTATION_TAG, listed or UNKNOWN_ADDRESSES)


def platform_question(tag: str, protocol: str, port: int, source: str | None, groups: tuple[str, ...]) -> Question:
    """Traffic to an address of the platform, which only rules that name its tag can stop (facts 4.4)."""
    return Question(protocol, port, source, groups, tag, UNKNOWN_ADDRESSES)
