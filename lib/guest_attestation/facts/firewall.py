"""Facts about Azure firewalls: where one stands, what it names, and the rules that it holds itself."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.firewall_rules import RuleCollection, parse_classic_collections
from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class AzureFirewall:
    """An Azure firewall, in a virtual network or in a virtual hub.

    `collections` are its own (classic) rules, which do not count where a policy is attached (facts 6.1).
    `private_ranges` are what its network rules do not translate; empty where the default serves.
    """

    id: str
    name: str
    private_ips: tuple[str, ...]
    public_ip_ids: tuple[str, ...]
    subnet_id: str | None
    virtual_hub_id: str | None
    firewall_policy_id: str | None
    provisioning_state: str
    threat_intel_mode: str
    private_ranges: tuple[str, ...]
    collections: tuple[RuleCollection, ...]
    evidence: str


def parse_firewall(node: Node) -> AzureFirewall:
    """Read an Azure firewall; a hub's has its addresses elsewhere."""
    properties = node.at("properties")
    configurations = [item.at("properties") for item in properties.items("ipConfigurations")]
    private = [it.text("privateIPAddress") for it in (*configurations, properties.at("hubIPAddresses"))]
    public = [it.text("publicIPAddress", "id") for it in configurations]
    ranges = properties.text("additionalProperties", "Network.SNAT.PrivateRanges") or ""
    return AzureFirewall(
        id=node.text("id") or "",
        name=node.text("name") or "",
        private_ips=tuple(it for it in private if it is not None),
        public_ip_ids=tuple(it for it in public if it is not None),
        subnet_id=next((it for configuration in configurations if (it := configuration.text("subnet", "id"))), None),
        virtual_hub_id=properties.text("virtualHub", "id"),
        firewall_policy_id=properties.text("firewallPolicy", "id"),
        provisioning_state=properties.text("provisioningState") or "",
        threat_intel_mode=properties.text("threatIntelMode") or "",
        private_ranges=tuple(it.strip() for it in ranges.split(",") if it.strip()),
        collections=parse_classic_collections(properties),
        evidence=node.evidence,
    )
