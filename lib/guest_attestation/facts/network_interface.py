"""Facts about network interfaces and their ipConfigurations."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.snapshot.node import Node

PLATFORM_RESOLVER = "168.63.129.16"


@dataclass(frozen=True)
class IpConfiguration:
    """One address of a NIC. `private_ip_address_version` is IPv4 where Azure leaves it out."""

    name: str
    private_ip_address: str | None
    private_ip_address_version: str
    primary: bool
    subnet_id: str | None
    public_ip_address_id: str | None
    application_security_groups: tuple[str, ...]
    backend_pools: tuple[str, ...]


@dataclass(frozen=True)
class NetworkInterface:
    """A network interface. `dns_servers` is empty where the VNet's apply; AzureProvidedDNS stands there as address."""

    id: str
    network_security_group_id: str | None
    ip_configurations: tuple[IpConfiguration, ...]
    dns_servers: tuple[str, ...]
    evidence: str

    @property
    def primary_ipv4(self) -> IpConfiguration | None:
        """The ipConfiguration that decides: the primary IPv4 one."""
        return next(
            (ip for ip in self.ip_configurations if ip.primary and ip.private_ip_address_version.casefold() == "ipv4"),
            None,
        )


def parse_network_interface(node: Node) -> NetworkInterface:
    """Read a NIC."""
    properties = node.at("properties")
    items = list(properties.items("ipConfigurations"))
    dns = properties.at("dnsSettings")
    return NetworkInterface(
        id=node.text("id") or "",
        network_security_group_id=properties.text("networkSecurityGroup", "id"),
        ip_configurations=tuple(_ip_configuration(item, alone=len(items) == 1) for item in items),
        dns_servers=tuple(
            PLATFORM_RESOLVER if server.casefold() == "azureprovideddns" else server
            for server in dns.texts("dnsServers") or dns.texts("appliedDnsServers")
        ),
        evidence=node.evidence,
    )


def _ip_configuration(node: Node, *, alone: bool) -> IpConfiguration:
    properties = node.at("properties")
    return IpConfiguration(
        name=node.text("name") or "",
        private_ip_address=properties.text("privateIPAddress"),
        private_ip_address_version=properties.text("privateIPAddressVersion") or "IPv4",
        primary=bool(properties.flag("primary")) or alone,
        subnet_id=properties.text("subnet", "id"),
        public_ip_address_id=properties.text("publicIPAddress", "id"),
        application_security_groups=properties.ids("applicationSecurityGroups"),
        backend_pools=properties.ids("loadBalancerBackendAddressPools"),
    )
