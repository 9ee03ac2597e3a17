"""What Defender for Cloud says of a VM: its assessments, and whether its plan is on (facts 8.1, 8.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guest_attestation.facts.reading import Reading
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

ATTESTATION_ASSESSMENT = "b7604066-ed76-45f9-a5c1-c97e4812dc55"
"""«Guest attestation status should be healthy» (Microsoft, Defender recommendations reference)."""


@dataclass(frozen=True)
class Recommendation:
    """A recommendation about the boot of a VM; `os_type` is None where it is given on Windows and Linux alike."""

    title: str
    os_type: str | None = None


EXTENSION_ASSESSMENTS = ("874b14bd-b49e-495a-88c6-46acb89b0a33", "e94a7421-fc27-7a4d-e9ba-2ba01384cacd")
"""Whether the extension is installed, on Windows and on Linux: one that failed counts as absent there (facts 8.2)."""

RECOMMENDATIONS: Mapping[str, Recommendation] = {
    "874b14bd-b49e-495a-88c6-46acb89b0a33": Recommendation(
        "Guest Attestation extension should be installed on supported Windows VMs", "Windows"
    ),
    "e94a7421-fc27-7a4d-e9ba-2ba01384cacd": Recommendation(
        "Guest Attestation extension should be installed on supported Linux VMs", "Linux"
    ),
    "69ad830b-d98c-b1cf-2158-9d69d38c7093": Recommendation(
        "Secure Boot should be enabled on supported Windows VMs", "Windows"
    ),
    "861bbc73-0a55-8d1d-efc6-e92d9e1176e0": Recommendation("vTPM should be enabled on supported VMs"),
    "0396b18c-41aa-489c-affd-4ee5d1714a59": Recommendation("Linux VMs should use Secure Boot", "Linux"),
    "ad50b498-f90c-451f-886f-d0a169cc5002": Recommendation(
        "Linux VMs should use only signed and trusted boot components", "Linux"
    ),
    "e2f798b8-621a-4d46-99d7-1310e09eba26": Recommendation(
        "Linux VMs should enforce kernel module signature validation", "Linux"
    ),
}
"""The other recommendations about the boot of a VM, by assessment key; those about scale sets are not among them."""


@dataclass(frozen=True)
class Assessment:
    """An assessment of one VM; `code` is Healthy, Unhealthy or NotApplicable."""

    code: str
    evidence: str
    display_name: str = ""
    cause: str = ""
    description: str = ""

    def has_code(self, code: str) -> bool:
        """Compare the code in any letter case."""
        return self.code.casefold() == code.casefold()


@dataclass(frozen=True)
class DefenderPlan:
    """The plan for servers of a subscription; `pricing_tier` is Standard (on) or Free (off)."""

    pricing_tier: str
    sub_plan: str
    evidence: str

    @property
    def is_off(self) -> bool:
        """Tell whether the plan is off."""
        return self.pricing_tier.casefold() == "free"


def applies_to(key: str, os_type: str | None) -> bool:
    """Tell whether a recommendation is given on that operating system; where that is not known, any may be."""
    wanted = RECOMMENDATIONS[key].os_type
    return wanted is None or os_type is None or wanted.casefold() == os_type.casefold()


def parse_assessment(node: Node) -> Assessment:
    """Read an assessment."""
    status = node.at("properties", "status")
    return Assessment(
        code=status.text("code") or "",
        evidence=status.evidence,
        display_name=node.text("properties", "displayName") or "",
        cause=status.text("cause") or "",
        description=status.text("description") or "",
    )


def parse_plan(node: Node) -> DefenderPlan:
    """Read a plan of Microsoft.Security/pricings."""
    properties = node.at("properties")
    return DefenderPlan(
        properties.text("pricingTier") or "", properties.text("subPlan") or "", properties.at("pricingTier").evidence
    )


def assessment_of(snapshot: Snapshot, vm_id: str, key: str = ATTESTATION_ASSESSMENT) -> Reading[Assessment]:
    """Read one assessment of a VM."""
    return Reading.of(snapshot.answer("assessment", vm=vm_id, key=key), parse_assessment)


def plan_of(snapshot: Snapshot, subscription: str) -> Reading[DefenderPlan]:
    """Read the plan for servers of a subscription."""
    return Reading.of(snapshot.answer("defender_plan", subscription=subscription), parse_plan)
