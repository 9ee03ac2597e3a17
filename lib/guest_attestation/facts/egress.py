"""Facts about what gives a VM an outbound address: NAT gateways, public addresses, load balancers."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class NatGateway:
    """A NAT gateway; one that names neither a public address nor a prefix gives no egress."""

    id: str
    public_ips: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class PublicIpAddress:
    """A public address; `ip_address` is None while none is allocated."""

    id: str
    ip_address: str | None
    evidence: str


@dataclass(frozen=True)
class OutboundRule:
    """A load balancer's outbound rule for one backend pool; `protocol` is Tcp, Udp or All."""

    name: str
    backend_pool_id: str | None
    protocol: str


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer and the outbound rules that give its pools a public address."""

    id: str
    sku: str
    outbound_rules: tuple[OutboundRule, ...]
    evidence: str


def parse_nat_gateway(node: Node) -> NatGateway:
    """Read a NAT gateway; later api-versions add IPv6 lists, which do not matter for IPv4."""
    properties = node.at("properties")
    return NatGateway(
        id=node.text("id") or "",
        public_ips=properties.ids("publicIpAddresses") + properties.ids("publicIpPrefixes"),
        evidence=properties.evidence,
    )


def parse_public_ip_address(node: Node) -> PublicIpAddress:
    """Read a public IP address."""
    return PublicIpAddress(node.text("id") or "", node.text("properties", "ipAddress"), node.evidence)


def parse_load_balancer(node: Node) -> LoadBalancer:
    """Read a load balancer's outbound rules."""
    return LoadBalancer(
        id=node.text("id") or "",
        sku=node.text("sku", "name") or "Basic",
        outbound_rules=tuple(
            OutboundRule(
                name=item.text("name") or "",
                backend_pool_id=item.text("properties", "backendAddressPool", "id"),
                protocol=item.text("properties", "protocol") or "",
            )
            for item in node.items("properties", "outboundRules")
        ),
        evidence=node.evidence,
    )
