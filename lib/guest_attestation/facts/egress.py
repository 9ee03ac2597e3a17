"""Facts about what gives a VM an outbound address: NAT gateways, public addresses, load balancers."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class NatGateway:
    """A NAT gateway; one that names neither a public address nor a prefix gives no egress."""

    id: str
    public_ips: tuple[str, ...]
    public_ips_v6: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class PublicIpAddress:
    """A public address; `ip_address` is None while none is allocated."""

    id: str
    ip_address: str | None
    evidence: str


@dataclass(frozen=True)
class OutboundRule:
    """A load balancer's rule that gives backend pools a public address; `protocol` is Tcp, Udp or All."""

    name: str
    backend_pool_ids: tuple[str, ...]
    protocol: str


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer and what gives its pools a public address.

    That are its outbound rules, and its load balancing rules on a public frontend without `disableOutboundSnat`
    (facts 5.3).
    """

    id: str
    sku: str
    outbound_rules: tuple[OutboundRule, ...]
    load_balancing_rules: tuple[OutboundRule, ...]
    evidence: str


def parse_nat_gateway(node: Node) -> NatGateway:
    """Read a NAT gateway; what only later api-versions know stands in lists of its own (IPv6)."""
    properties = node.at("properties")
    return NatGateway(
        id=node.text("id") or "",
        public_ips=properties.ids("publicIpAddresses") + properties.ids("publicIpPrefixes"),
        public_ips_v6=properties.ids("publicIpAddressesV6") + properties.ids("publicIpPrefixesV6"),
        evidence=properties.evidence,
    )


def parse_public_ip_address(node: Node) -> PublicIpAddress:
    """Read a public IP address."""
    return PublicIpAddress(node.text("id") or "", node.text("properties", "ipAddress"), node.evidence)


def parse_load_balancer(node: Node) -> LoadBalancer:
    """Read the rules of a load balancer that may give egress."""
    properties = node.at("properties")
    public = {
        (item.text("id") or "").casefold()
        for item in properties.items("frontendIPConfigurations")
        if item.text("properties", "publicIPAddress", "id") or item.text("properties", "publicIPPrefix", "id")
    }
    balancing = (
        _rule(item)
        for item in properties.items("loadBalancingRules")
        if not item.flag("properties", "disableOutboundSnat")
        and (item.text("properties", "frontendIPConfiguration", "id") or "").casefold() in public
    )
    return LoadBalancer(
        id=node.text("id") or "",
        sku=node.text("sku", "name") or "Basic",
        outbound_rules=tuple(_rule(item) for item in properties.items("outboundRules")),
        load_balancing_rules=tuple(balancing),
        evidence=node.evidence,
    )


def _rule(node: Node) -> OutboundRule:
    properties = node.at("properties")
    pool = properties.text("backendAddressPool", "id")
    pools = (*((pool,) if pool else ()), *properties.ids("backendAddressPools"))
    return OutboundRule(node.text("name") or "", tuple(dict.fromkeys(pools)), properties.text("protocol") or "")
