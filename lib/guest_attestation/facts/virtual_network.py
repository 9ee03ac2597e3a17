"""Facts about virtual networks, their subnets and peerings."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.resource_id import same_id
from guest_attestation.snapshot.node import Node

_GATEWAY_SUBNETS = ("gatewaysubnet", "routeserversubnet")


@dataclass(frozen=True)
class Subnet:
    """A subnet and what it names. `default_outbound_access` is None where Azure says nothing: the older default."""

    id: str
    address_prefixes: tuple[str, ...]
    network_security_group_id: str | None
    route_table_id: str | None
    nat_gateway_id: str | None
    default_outbound_access: bool | None
    evidence: str


@dataclass(frozen=True)
class Peering:
    """A peering, which works where its state is Connected; with `use_remote_gateways` its routes are learned."""

    name: str
    remote_virtual_network_id: str | None
    remote_address_prefixes: tuple[str, ...]
    use_remote_gateways: bool
    peering_state: str


@dataclass(frozen=True)
class VirtualNetwork:
    """A virtual network. `dns_servers` is empty where Azure's own resolver serves."""

    id: str
    address_prefixes: tuple[str, ...]
    dns_servers: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    peerings: tuple[Peering, ...]
    evidence: str

    def subnet(self, subnet_id: str | None) -> Subnet | None:
        """Find a subnet by its id, in any letter case."""
        return next((subnet for subnet in self.subnets if same_id(subnet.id, subnet_id)), None)

    @property
    def route_sources(self) -> tuple[str, ...]:
        """Name what could teach this network a better route: its gateway, route server, or a peering's gateway."""
        own = tuple(
            name for subnet in self.subnets if (name := subnet.id.rsplit("/", 1)[-1]).casefold() in _GATEWAY_SUBNETS
        )
        return own + tuple(f"peering {peering.name}" for peering in self.peerings if peering.use_remote_gateways)


def parse_virtual_network(node: Node) -> VirtualNetwork:
    """Read a virtual network."""
    properties = node.at("properties")
    return VirtualNetwork(
        id=node.text("id") or "",
        address_prefixes=properties.texts("addressSpace", "addressPrefixes"),
        dns_servers=properties.texts("dhcpOptions", "dnsServers"),
        subnets=tuple(_subnet(item) for item in properties.items("subnets")),
        peerings=tuple(_peering(item) for item in properties.items("virtualNetworkPeerings")),
        evidence=node.evidence,
    )


def _subnet(node: Node) -> Subnet:
    properties = node.at("properties")
    return Subnet(
        id=node.text("id") or "",
        address_prefixes=properties.texts("addressPrefixes") or properties.texts("addressPrefix"),
        network_security_group_id=properties.text("networkSecurityGroup", "id"),
        route_table_id=properties.text("routeTable", "id"),
        nat_gateway_id=properties.text("natGateway", "id"),
        default_outbound_access=properties.flag("defaultOutboundAccess"),
        evidence=node.evidence,
    )


def _peering(node: Node) -> Peering:
    properties = node.at("properties")
    return Peering(
        name=node.text("name") or "",
        remote_virtual_network_id=properties.text("remoteVirtualNetwork", "id"),
        remote_address_prefixes=properties.texts("remoteAddressSpace", "addressPrefixes"),
        use_remote_gateways=bool(properties.flag("useRemoteGateways")),
        peering_state=properties.text("peeringState") or "Connected",
    )
