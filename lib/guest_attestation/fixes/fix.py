"""A fix: what to change, how wide that reaches, and the decision before and after as the model proves it."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.fixes.change import Change
from guest_attestation.network.hop import Decision, HopName


@dataclass(frozen=True)
class Fix:
    """One way to mend a hop, proved by deciding the changed facts again.

    `title` says in a line what to do; `blast_radius` what else the change touches, and who.
    """

    title: str
    hop: HopName
    resource: str
    change: Change
    blast_radius: str
    before: Decision
    after: Decision
