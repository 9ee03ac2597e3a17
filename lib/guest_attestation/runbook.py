"""The runbook: the one object that holds an incident's data and its diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from guest_attestation.diagnosis.diagnose import Diagnosis, diagnose
from guest_attestation.errors import BadInput
from guest_attestation.facts.gather import Facts, gather
from guest_attestation.facts.guest_probe import check_guest_probe
from guest_attestation.fixes.remedies import Remedies, remedies
from guest_attestation.incident import PARAMETERS, Incident, incident_from
from guest_attestation.snapshot.reader import Snapshot, open_snapshot
from guest_attestation.verdict import verdict_document

_PARTS = ("subscription_id", "resource_group", "vm_name")


@dataclass(frozen=True)
class Runbook:
    """An incident with its recorded answers, the facts in them, and what they mean."""

    incident: Incident
    snapshot: Snapshot
    facts: Facts
    diagnosis: Diagnosis

    @property
    def is_sample(self) -> bool:
        """Tell whether this is one of our own sample incidents."""
        return self.snapshot.source == "sample"

    @cached_property
    def remedies(self) -> Remedies:
        """The fixes and the plan, each proved."""
        return remedies(self.facts, self.diagnosis)

    def verdict(self) -> dict[str, Any]:
        """Return the verdict document."""
        return verdict_document(self.incident.name, self.facts, self.diagnosis, self.remedies)


def open_incident(incident: Incident) -> Runbook:
    """Read an incident's snapshot and diagnose it; raises BadInput where the snapshot cannot serve."""
    snapshot = open_snapshot(incident.snapshot)
    if incident.cloud is not None and incident.cloud != snapshot.cloud:
        raise BadInput(
            f"{incident.snapshot}: was recorded in {snapshot.cloud.name}, but the incident says {incident.cloud.name}"
        )
    if not snapshot.knows(incident.vm.text):
        held = ", ".join(snapshot.virtual_machines()) or "no VM"
        raise BadInput(f"{incident.snapshot}: holds nothing about {incident.vm.text}: it holds {held}")
    if incident.guest_probe is not None:
        check_guest_probe(incident.guest_probe)
    facts = gather(snapshot, incident.vm, incident.service_tags)
    diagnosis = diagnose(facts, incident.proxy, probed=incident.guest_probe is not None)
    return Runbook(incident, snapshot, facts, diagnosis)


def open_runbook(namespace: Mapping[str, object]) -> Runbook:
    """Open the runbook of a notebook's parameters, taken by name from its namespace.

    The parameters have defaults, the VM's three parts among them: a `vm_id` that was given wins over them. Raises
    BadInput where they cannot be used.
    """
    names = [parameter.name for parameter in PARAMETERS]
    values = {name: namespace[name] for name in names if name in namespace}
    if values.get("vm_id"):
        values = {name: value for name, value in values.items() if name not in _PARTS}
    return open_incident(incident_from(values, origin="parameters"))
