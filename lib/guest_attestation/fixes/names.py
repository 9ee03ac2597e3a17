"""Where the resource of a fix stands, and what every text of a fix says of its rule.

Names are untrusted, and a fix is pasted into a shell: control and direction characters, which no name in Azure holds,
are taken out here; each language quotes the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.fixes.change import ATTESTATION_PORT
from guest_attestation.resource_id import resource_group_of, subscription_of
from guest_attestation.text import clean

PORT = str(ATTESTATION_PORT)


@dataclass(frozen=True)
class Place:
    """A resource by its names: subscription, resource group, and its own after those of its parents."""

    id: str
    subscription: str
    group: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[-1]


def place_of(resource_id: str, depth: int = 1) -> Place:
    """Take an id apart into `depth` names."""
    text = clean(resource_id)
    names = text.split("/")[8::2]
    padded = (*names, *[""] * depth)[:depth]
    return Place(text, subscription_of(text), resource_group_of(text), padded)


def is_tag(destination: str) -> bool:
    """Tell a service tag from an address or prefix."""
    return not destination[:1].isdigit() and ":" not in destination
