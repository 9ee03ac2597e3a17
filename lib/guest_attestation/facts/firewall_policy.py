"""Facts about firewall policies and their rule collection groups."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.firewall_rules import RuleCollection, parse_policy_collections
from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class FirewallPolicy:
    """A firewall policy; its rules stand in its rule collection groups. It inherits those of `base_policy_id`."""

    id: str
    base_policy_id: str | None
    dns_proxy: bool
    explicit_proxy: bool
    threat_intel_mode: str
    intrusion_detection_mode: str
    private_ranges: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class RuleCollectionGroup:
    """A rule collection group of a policy; `provisioning_state` is "" where the answer does not say."""

    id: str
    name: str
    priority: int | None
    provisioning_state: str
    collections: tuple[RuleCollection, ...]
    evidence: str


def parse_firewall_policy(node: Node) -> FirewallPolicy:
    """Read a firewall policy."""
    properties = node.at("properties")
    return FirewallPolicy(
        id=node.text("id") or "",
        base_policy_id=properties.text("basePolicy", "id"),
        dns_proxy=bool(properties.flag("dnsSettings", "enableProxy")),
        explicit_proxy=bool(properties.flag("explicitProxy", "enableExplicitProxy")),
        threat_intel_mode=properties.text("threatIntelMode") or "",
        intrusion_detection_mode=properties.text("intrusionDetection", "mode") or "",
        private_ranges=properties.texts("snat", "privateRanges"),
        evidence=properties.evidence,
    )


def parse_rule_collection_group(node: Node) -> RuleCollectionGroup:
    """Read a rule collection group."""
    properties = node.at("properties")
    return RuleCollectionGroup(
        id=node.text("id") or "",
        name=node.text("name") or "",
        priority=properties.integer("priority"),
        provisioning_state=properties.text("provisioningState") or "",
        collections=parse_policy_collections(properties),
        evidence=properties.evidence,
    )
