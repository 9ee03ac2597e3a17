"""The first output of every notebook: which incident and which VM this is about."""

from __future__ import annotations

from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Text, look


def title(runbook: Runbook) -> Text:
    """Name incident and VM, and say so where it is a sample."""
    name = runbook.incident.name
    sample = "SAMPLE incident, everything in it is made up: " if runbook.is_sample else "Incident: "
    where = f"{runbook.snapshot.cloud.name}, recorded {runbook.snapshot.captured_at:%Y-%m-%d %H:%M} UTC"
    return Text(((f"{sample}{name}", True), (f"VM: {runbook.incident.vm.text}", True), (where, False)))


def verdict(runbook: Runbook) -> Text:
    """Say the verdict, and its first root cause."""
    diagnosis = runbook.diagnosis
    first = diagnosis.root_causes[0] if diagnosis.root_causes else None
    word = look(diagnosis.verdict).text.upper()
    if first is None:
        return Text(((word, True), ("No root cause was found in what could be read.", False)))
    return Text(((f"{word}: {first.code} ({first.confidence})", True), (f"{first.summary}.", False)))
