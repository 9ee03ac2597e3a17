"""Traffic to the platform's own addresses, which NSGs pass unless a rule names the platform's tag (facts 4.4)."""

from __future__ import annotations

from guest_attestation.facts.attachment import Attachment
from guest_attestation.network.admin_rules import admin_rules_hop
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import platform_question
from guest_attestation.network.tags import Tags


def resolver_hops(at: Attachment, tags: Tags) -> tuple[Hop, ...]:
    """Decide what rules do to Azure's own resolver."""
    return _hops(at, tags, "AzurePlatformDNS", "Udp", 53)


def metadata_hops(at: Attachment, tags: Tags) -> tuple[Hop, ...]:
    """Decide what rules do to the instance metadata service."""
    return _hops(at, tags, "AzurePlatformIMDS", "Tcp", 80)


def _hops(at: Attachment, tags: Tags, tag: str, protocol: str, port: int) -> tuple[Hop, ...]:
    """Admin rules are shown only where one denies, or may: that none was read is said on the path."""
    groups = at.ip_configuration.application_security_groups if at.ip_configuration else ()
    question = platform_question(tag, protocol, port, at.address, groups)
    admin, lift = admin_rules_hop(at, question, tags)
    return (
        *((admin,) if any(part.decision is not Decision.ALLOW for part in admin.parts) else ()),
        group_hop(HopName.NIC_NSG, at.nic_group, question, tags, lift),
        group_hop(HopName.SUBNET_NSG, at.subnet_group, question, tags, lift),
    )
