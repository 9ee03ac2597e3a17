"""What is asked of the network: may this address of the VM reach these destinations on this port?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from guest_attestation.facts.service_tag import ATTESTATION_TAG
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.tiers import Tier, only_home

PLATFORM_TAGS = ("azureplatformdns", "azureplatformimds", "azureplatformlkm", "azureloadbalancer")


@dataclass(frozen=True)
class Question:
    """Traffic from one address of the VM to destinations in tiers.

    `source` is None where the VM's address is not known; `family` is 4 or 6. `target` names the destinations: a service
    tag, or what else stands at those addresses.
    """

    protocol: str
    port: int
    source: str | None
    source_groups: tuple[str, ...]
    target: str
    tiers: tuple[Tier, ...]
    family: int = 4

    @cached_property
    def destinations(self) -> AddressSet:
        """Everything that is asked for; symbols where the addresses are not known."""
        every = AddressSet(self.tiers[0].addresses.version)
        for tier in self.tiers:
            every = every | tier.addresses
        return every

    @property
    def is_platform(self) -> bool:
        """Tell whether the platform's own address is meant, which passes unless a rule names its tag (facts 4.4)."""
        return self.target.casefold() in PLATFORM_TAGS

    @property
    def is_attestation(self) -> bool:
        """Tell whether the addresses of the attestation service's tag are meant."""
        return self.target == ATTESTATION_TAG

    @property
    def text(self) -> str:
        """Say what is asked for."""
        return f"{self.protocol.upper()} {self.port} to {self.target}"

    def within(self, addresses: AddressSet) -> Question:
        """Ask for some of the destinations only."""
        tiers = tuple(replace(tier, addresses=tier.addresses & addresses) for tier in self.tiers)
        return replace(self, tiers=tiers)


def attestation_question(
    tiers: tuple[Tier, ...], source: str | None, groups: tuple[str, ...] = (), family: int = 4
) -> Question:
    """TCP 443 to the attestation service (facts 3.5, 9.2)."""
    return Question("Tcp", 443, source, groups, ATTESTATION_TAG, tiers, family)


def platform_question(tag: str, protocol: str, port: int, source: str | None, groups: tuple[str, ...]) -> Question:
    """Traffic to an address of the platform, which only rules that name its tag can stop (facts 4.4)."""
    return Question(protocol, port, source, groups, tag, only_home(symbol(0)))
