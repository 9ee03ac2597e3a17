"""Facts about Azure firewalls: where one stands, what it names, and the rules that it holds itself."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.firewall_rules import RuleCollection, parse_classic_collections
from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class AzureFirewall:
    """An Azure firewall, in a virtual network or in a virtual hub.

    `collections` are its own (classic) rules, which do not count where a policy is attached (facts 6.1).
    `private_ranges` are what its network rules do not translate; empty where the default serves. A hub's has its public
    addresses in its own answer (`hub_public_ips` counts them), another one names them by id. `management_subnet_id` is
    given where the firewall is managed apart, as for forced tunnelling.
    """

    id: str
    name: str
    private_ips: tuple[str, ...]
    public_ip_ids: tuple[str, ...]
    hub_public_ips: int
    subnet_id: str | None
    management_subnet_id: str | None
    virtual_hub_id: str | None
    firewall_policy_id: str | None
    provisioning_state: str
    threat_intel_mode: str
    private_ranges: tuple[str, ...]
    dns_proxy: bool
    collections: tuple[RuleCollection, ...]
    evidence: str


def parse_firewall(node: Node) -> AzureFirewall:
    """Read an Azure firewall; a hub's has its addresses elsewhere."""
    properties = node.at("properties")
    configurations = [item.at("properties") for item in properties.items("ipConfigurations")]
    private = [it.text("privateIPAddress") for it in (*configurations, properties.at("hubIPAddresses"))]
    public = [it.text("publicIPAddress", "id") for it in configurations]
    hub_public = properties.at("hubIPAddresses", "publicIPs")
    more = properties.at("additionalProperties")
    ranges = more.text("Network.SNAT.PrivateRanges") or ""
    return AzureFirewall(
        id=node.text("id") or "",
        name=node.text("name") or "",
        private_ips=tuple(it for it in private if it is not None),
        public_ip_ids=tuple(it for it in public if it is not None),
        hub_public_ips=max(len([*hub_public.items("addresses")]), hub_public.integer("count") or 0),
        subnet_id=next((it for configuration in configurations if (it := configuration.text("subnet", "id"))), None),
        management_subnet_id=properties.text("managementIpConfiguration", "properties", "subnet", "id"),
        virtual_hub_id=properties.text("virtualHub", "id"),
        firewall_policy_id=properties.text("firewallPolicy", "id"),
        provisioning_state=properties.text("provisioningState") or "",
        threat_intel_mode=properties.text("threatIntelMode") or "",
        private_ranges=tuple(it.strip() for it in ranges.split(",") if it.strip()),
        dns_proxy=(more.text("Network.DNS.EnableProxy") or "").casefold() == "true",
        collections=parse_classic_collections(properties),
        evidence=node.evidence,
    )
