"""Traffic to the platform's own addresses, which NSGs pass unless a rule names the platform's tag (facts 4.4)."""

from __future__ import annotations

from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import SecurityGroup
from guest_attestation.network.admin_rules import admin_rules_hop
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import Question, platform_question
from guest_attestation.network.security_groups import walk
from guest_attestation.network.tags import Tags


def platform_hops(facts: Facts, tags: Tags, tag: str, protocol: str, port: int) -> tuple[Hop, Hop]:
    """Decide what the NIC's and the subnet's NSG do to one of the platform's tags."""
    ip = facts.ip_configuration
    source, groups = (ip.private_ip_address, ip.application_security_groups) if ip else (None, ())
    question = platform_question(tag, protocol, port, source, groups)
    conditional = admin_rules_hop(facts).decision is Decision.UNKNOWN
    return (
        _hop(HopName.NIC_NSG, facts.nic_group, question, tags, conditional=conditional),
        _hop(HopName.SUBNET_NSG, facts.subnet_group, question, tags, conditional=conditional),
    )


def _hop(
    name: HopName, group: Reading[SecurityGroup] | None, question: Question, tags: Tags, *, conditional: bool
) -> Hop:
    if group is None:
        return Hop(name, Decision.NOT_APPLICABLE, "no NSG is associated")
    if group.value is None:
        return Hop(name, Decision.UNKNOWN, f"NSG: {group.why_not}", missing_permission=group.missing_permission)
    walked = walk(group.value, question, tags)
    part = next((part for part in walked.parts if part.rule is not None), None)
    if part is None or part.decision is Decision.ALLOW:
        return Hop(
            name, Decision.ALLOW, f"no rule denies {question.tag}", group.value.id, evidence=(group.value.evidence,)
        )
    summary = (
        f"rule {part.rule} denies {question.tag}" if part.decision is Decision.DENY else f"{question.tag}: {part.why}"
    )
    return Hop(
        name, part.decision, summary, group.value.id, part.rule, evidence=(part.evidence,), conditional=conditional
    )
