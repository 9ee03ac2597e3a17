"""One change in the five forms in which people make changes: none of them is ever run from here."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.fixes.az import az
from guest_attestation.fixes.bicep import bicep
from guest_attestation.fixes.change import Change
from guest_attestation.fixes.portal import portal_steps
from guest_attestation.fixes.powershell import powershell
from guest_attestation.fixes.terraform import terraform


@dataclass(frozen=True)
class Texts:
    """The same change as portal steps, as commands, and as templates."""

    portal: tuple[str, ...]
    az: str
    powershell: str
    bicep: str
    terraform: str


def texts_of(change: Change) -> Texts:
    """Write a change down in every form."""
    return Texts(portal_steps(change), az(change), powershell(change), bicep(change), terraform(change))
