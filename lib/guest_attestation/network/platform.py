"""Traffic to the platform's own addresses, which NSGs pass unless a rule names the platform's tag (facts 4.4)."""

from __future__ import annotations

from guest_attestation.facts.gather import Facts
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Hop, HopName
from guest_attestation.network.path import Path
from guest_attestation.network.question import platform_question


def resolver_hops(facts: Facts, path: Path) -> tuple[Hop, ...]:
    """Decide what the NSGs do to Azure's own resolver."""
    return _hops(facts, path, "AzurePlatformDNS", "Udp", 53)


def metadata_hops(facts: Facts, path: Path) -> tuple[Hop, ...]:
    """Decide what the NSGs do to the instance metadata service."""
    return _hops(facts, path, "AzurePlatformIMDS", "Tcp", 80)


def _hops(facts: Facts, path: Path, tag: str, protocol: str, port: int) -> tuple[Hop, ...]:
    question = platform_question(tag, protocol, port, path.question.source, path.question.source_groups)
    return (
        group_hop(HopName.NIC_NSG, facts.nic_group, question, path.tags, path.lift),
        group_hop(HopName.SUBNET_NSG, facts.subnet_group, question, path.tags, path.lift),
    )
