"""What Defender for Cloud says of a VM."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.snapshot.node import Node

ATTESTATION_ASSESSMENT = "b7604066-ed76-45f9-a5c1-c97e4812dc55"
"""«Guest attestation status should be healthy» (Microsoft, Defender recommendations reference)."""


@dataclass(frozen=True)
class Assessment:
    """An assessment of one VM; `code` is Healthy, Unhealthy or NotApplicable."""

    code: str
    evidence: str


def parse_assessment(node: Node) -> Assessment:
    """Read an assessment."""
    status = node.at("properties", "status")
    return Assessment(status.text("code") or "", status.evidence)
