"""Facts about IP groups: the addresses that firewall rules name by an id."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class IpGroup:
    """An IP group: prefixes, single addresses and ranges, as written."""

    id: str
    ip_addresses: tuple[str, ...]
    evidence: str


def parse_ip_group(node: Node) -> IpGroup:
    """Read an IP group."""
    return IpGroup(node.text("id") or "", node.texts("properties", "ipAddresses"), node.evidence)
