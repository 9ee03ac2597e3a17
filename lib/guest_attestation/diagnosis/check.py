"""A check with what it found, and the root causes that it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from guest_attestation.diagnosis.codes import Code, Effect
from guest_attestation.facts.reading import Reading

T = TypeVar("T")


class Status(StrEnum):
    """How a check ended. Unknown is not fail: what could not be read proves nothing."""

    PASS = "pass"  # noqa: S105 - a status, no password
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class Confidence(StrEnum):
    """How sure a root cause is."""

    PROVEN = "proven"
    SUSPECTED = "suspected"


REQUIRED = frozenset(
    {
        "prerequisites.security-type",
        "prerequisites.secure-boot",
        "prerequisites.vtpm",
        "prerequisites.generation",
        "prerequisites.size",
        "prerequisites.power-state",
        "prerequisites.agent",
        "extension.installed",
        "extension.state",
        "extension.reporting",
        "path.admin-rules",
        "path.nic-nsg",
        "path.subnet-nsg",
        "path.route",
        "path.firewall",
        "path.egress",
        "path.provider",
        "dns.servers",
    }
)
"""The checks that a `pass` must have read; all others only support."""


@dataclass(frozen=True)
class RootCause:
    """A root cause with the rule that decides, what would disprove it, and where the evidence stands."""

    code: Code
    confidence: Confidence
    resource: str
    summary: str
    disproof: str
    rule: str | None = None
    evidence: tuple[str, ...] = ()

    @property
    def stops_attestation(self) -> bool:
        """Tell whether this is proven to stop attestation."""
        return self.confidence is Confidence.PROVEN and self.code.effect is Effect.STOPS


@dataclass(frozen=True)
class Check:
    """One question that the runbook asks, and its answer in a line."""

    id: str
    status: Status
    summary: str
    missing_permission: str | None = None
    assumptions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    causes: tuple[RootCause, ...] = ()

    @property
    def required(self) -> bool:
        """Tell whether a `pass` must know this."""
        return self.id in REQUIRED


def unread(check_id: str, reading: Reading[T]) -> Check:
    """A check whose fact is not known: unknown, with what was missing."""
    evidence = (reading.evidence,) if reading.evidence else ()
    return Check(check_id, Status.UNKNOWN, reading.why_not, reading.missing_permission, evidence=evidence)
