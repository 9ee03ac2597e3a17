"""Everything that a snapshot says about one VM, gathered once: what the decisions are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guest_attestation.clouds import Cloud
from guest_attestation.facts.activity import ActivityLog, activity_log_of
from guest_attestation.facts.attachment import Attachment, other_attachments, primary_attachment
from guest_attestation.facts.attestation import AttestationProvider, shared_provider_of
from guest_attestation.facts.azure_answer import AzureAnswers, azure_answers_of
from guest_attestation.facts.custom_provider import CustomProvider, custom_provider_of
from guest_attestation.facts.defender import RECOMMENDATIONS, Assessment, DefenderPlan, assessment_of, plan_of
from guest_attestation.facts.extension import Extension, guest_attestation_of
from guest_attestation.facts.locate import machine
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.regions import PairedRegions, paired_regions_of
from guest_attestation.facts.service_tag import ServiceTags, service_tags_of
from guest_attestation.facts.virtual_machine import VirtualMachine
from guest_attestation.resource_id import VmId
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class Facts:
    """What is known of one VM. The primary IPv4 address of its primary NIC decides; `others` are shown beside it."""

    vm_id: VmId
    cloud: Cloud
    captured_at: datetime
    vm: Reading[VirtualMachine]
    extensions: Reading[tuple[Extension, ...]]
    primary: Attachment
    others: tuple[Attachment, ...]
    locations: Reading[PairedRegions]
    service_tags: ServiceTags
    shared_provider: Reading[AttestationProvider]
    custom_provider: CustomProvider | None
    assessment: Reading[Assessment]
    recommendations: Mapping[str, Reading[Assessment]]
    defender_plan: Reading[DefenderPlan]
    activity: ActivityLog
    azure_answers: AzureAnswers

    @property
    def guest_attestation(self) -> Extension | None:
        """The Guest Attestation extension, None where it is not installed or was not read."""
        return guest_attestation_of(self.extensions.value or ())

    @property
    def provider_endpoint(self) -> str | None:
        """The attestation provider that the extension names, None where it chooses one."""
        return self.guest_attestation.maa_endpoint if self.guest_attestation else None


def gather(snapshot: Snapshot, vm_id: VmId, service_tag_file: Path | None = None) -> Facts:
    """Gather the facts of one VM from a snapshot; raises BadInput where the service tag file is none."""
    vm, extensions = machine(snapshot, vm_id)
    extension, subscription = guest_attestation_of(extensions.value or ()), vm_id.subscription_id
    endpoint = extension.maa_endpoint if extension else None
    return Facts(
        vm_id=vm_id,
        cloud=snapshot.cloud,
        captured_at=snapshot.captured_at,
        vm=vm,
        extensions=extensions,
        primary=primary_attachment(snapshot, vm_id, vm),
        others=tuple(other_attachments(snapshot, vm_id, vm)),
        locations=paired_regions_of(snapshot, subscription),
        service_tags=service_tags_of(snapshot, service_tag_file),
        shared_provider=shared_provider_of(snapshot, subscription, vm, endpoint),
        custom_provider=custom_provider_of(snapshot, subscription, extension),
        assessment=assessment_of(snapshot, vm_id.text),
        recommendations={key: assessment_of(snapshot, vm_id.text, key) for key in RECOMMENDATIONS},
        defender_plan=plan_of(snapshot, subscription),
        activity=activity_log_of(snapshot),
        azure_answers=azure_answers_of(snapshot, vm_id, vm),
    )
