"""Where one address of the VM stands in the network, and what filters, routes and translates its traffic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guest_attestation.facts.admin_rule import AdminRule, parse_admin_rule
from guest_attestation.facts.egress import (
    LoadBalancer,
    NatGateway,
    PublicIpAddress,
    parse_load_balancer,
    parse_nat_gateway,
    parse_public_ip_address,
)
from guest_attestation.facts.firewalls import Firewalls, firewalls_of
from guest_attestation.facts.follow import named, or_effective
from guest_attestation.facts.locate import interface, primary_nic_id, vnet_and_subnet, vnet_id
from guest_attestation.facts.network_interface import PLATFORM_RESOLVER, IpConfiguration, NetworkInterface
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route, RouteTable, parse_effective_route, parse_route_table
from guest_attestation.facts.security_group import (
    EffectiveSecurityGroups,
    SecurityGroup,
    parse_effective_security_groups,
    parse_security_group,
)
from guest_attestation.facts.virtual_machine import VirtualMachine
from guest_attestation.facts.virtual_network import Subnet, VirtualNetwork
from guest_attestation.resource_id import VmId
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class Attachment:
    """One ipConfiguration of a NIC. A group, table, gateway or public address that is None is known not to be there.

    `nic_id` and `ip_configuration` are None where they are not known.
    """

    nic_id: str | None
    nic: Reading[NetworkInterface]
    ip_configuration: IpConfiguration | None
    vnet: Reading[VirtualNetwork]
    subnet: Reading[Subnet]
    nic_group: Reading[SecurityGroup] | None
    subnet_group: Reading[SecurityGroup] | None
    route_table: Reading[RouteTable] | None
    nat_gateway: Reading[NatGateway] | None
    public_ip: Reading[PublicIpAddress] | None
    load_balancers: tuple[Reading[LoadBalancer], ...]
    effective_groups: Reading[EffectiveSecurityGroups]
    effective_routes: Reading[tuple[Route, ...]]
    firewalls: Firewalls
    admin_rules: Reading[tuple[AdminRule, ...]]

    @property
    def address(self) -> str | None:
        """The private address, None where it is not known."""
        return self.ip_configuration.private_ip_address if self.ip_configuration else None

    @property
    def family(self) -> int:
        """The IP version: 4 or 6."""
        ip = self.ip_configuration
        return 6 if ip is not None and ip.private_ip_address_version.casefold() == "ipv6" else 4

    @property
    def dns_servers(self) -> Reading[tuple[str, ...]]:
        """The DNS servers in force: the NIC's, else the network's, else Azure's own resolver (facts 5.3)."""
        if self.nic.value is None:
            return Reading.below(self.nic, "")
        if self.nic.value.dns_servers:
            return Reading(self.nic.value.dns_servers, evidence=self.nic.evidence)
        if self.vnet.value is None:
            return Reading.below(self.vnet, "")
        return Reading(self.vnet.value.dns_servers or (PLATFORM_RESOLVER,), evidence=self.vnet.evidence)

    @property
    def custom_dns_servers(self) -> Reading[tuple[str, ...]]:
        """Those of the DNS servers in force that are not Azure's own."""
        servers = self.dns_servers
        if servers.value is None:
            return servers
        custom = tuple(server for server in servers.value if server != PLATFORM_RESOLVER)
        return Reading(custom, evidence=servers.evidence)


def primary_attachment(snapshot: Snapshot, vm_id: VmId, vm: Reading[VirtualMachine]) -> Attachment:
    """Read where the primary IPv4 address of the primary NIC stands: the one that decides (facts 9.2, rule 6)."""
    nic_id = primary_nic_id(vm)
    nic = interface(snapshot, vm_id, vm, nic_id)
    return _attachment(snapshot, vm_id, nic_id, nic, nic.value.primary_ipv4 if nic.value else None)


def other_attachments(snapshot: Snapshot, vm_id: VmId, vm: Reading[VirtualMachine]) -> Iterator[Attachment]:
    """Read where every other address of the VM stands: other NICs, other ipConfigurations, IPv6 (design 5)."""
    primary = primary_nic_id(vm)
    for it in vm.value.network_interfaces if vm.value else ():
        nic = interface(snapshot, vm_id, vm, it.id)
        deciding = nic.value.primary_ipv4 if nic.value and it.id == primary else None
        for ip in nic.value.ip_configurations if nic.value else ():
            if ip is not deciding:
                yield _attachment(snapshot, vm_id, it.id, nic, ip)


def _attachment(
    snapshot: Snapshot, vm_id: VmId, nic_id: str | None, nic: Reading[NetworkInterface], ip: IpConfiguration | None
) -> Attachment:
    vnet, subnet = vnet_and_subnet(snapshot, nic, ip)
    effective = _effective_groups(snapshot, nic_id, nic)
    routes = _effective_routes(snapshot, nic_id, nic)
    nic_group_id = nic.value.network_security_group_id if nic.value else None
    subnet_group_id = subnet.value.network_security_group_id if subnet.value else None
    nic_group = named(snapshot, "security_group", nic, nic_group_id, parse_security_group)
    subnet_group = named(snapshot, "security_group", subnet, subnet_group_id, parse_security_group)
    table_id, nat_id = (subnet.value.route_table_id, subnet.value.nat_gateway_id) if subnet.value else (None, None)
    table = named(snapshot, "route_table", subnet, table_id, parse_route_table)
    in_force = routes.value or (table.value.routes if table and table.value else ())
    public_ip_id = ip.public_ip_address_id if ip else None
    return Attachment(
        nic_id=nic_id,
        nic=nic,
        ip_configuration=ip,
        vnet=vnet,
        subnet=subnet,
        nic_group=or_effective(nic_group, effective, nic_group_id, "networkInterface"),
        subnet_group=or_effective(subnet_group, effective, subnet_group_id, "subnet"),
        route_table=table,
        nat_gateway=named(snapshot, "nat_gateway", subnet, nat_id, parse_nat_gateway),
        public_ip=named(snapshot, "public_ip_address", nic, public_ip_id, parse_public_ip_address),
        load_balancers=_load_balancers(snapshot, ip),
        effective_groups=effective,
        effective_routes=routes,
        firewalls=firewalls_of(snapshot, vm_id.subscription_id, vnet, in_force),
        admin_rules=_admin_rules(snapshot, nic, ip),
    )


def _load_balancers(snapshot: Snapshot, ip: IpConfiguration | None) -> tuple[Reading[LoadBalancer], ...]:
    """Read each load balancer that holds one of the NIC's backend pools."""
    ids = dict.fromkeys(pool.rsplit("/", 2)[0] for pool in (ip.backend_pools if ip else ()))
    return tuple(Reading.of(snapshot.answer("load_balancer", id=it), parse_load_balancer) for it in ids)


def _effective_groups(
    snapshot: Snapshot, nic_id: str | None, nic: Reading[NetworkInterface]
) -> Reading[EffectiveSecurityGroups]:
    if nic_id is None:
        return Reading.below(nic, "")
    pages = snapshot.pages("effective_security_groups", nic=nic_id)
    evidence = pages[0].body.evidence
    return Reading.of_pages(pages, lambda items: parse_effective_security_groups(items, evidence))


def _effective_routes(
    snapshot: Snapshot, nic_id: str | None, nic: Reading[NetworkInterface]
) -> Reading[tuple[Route, ...]]:
    if nic_id is None:
        return Reading.below(nic, "")
    pages = snapshot.pages("effective_routes", nic=nic_id)
    return Reading.of_pages(pages, lambda items: tuple(parse_effective_route(item) for item in items))


def _admin_rules(
    snapshot: Snapshot, nic: Reading[NetworkInterface], ip: IpConfiguration | None
) -> Reading[tuple[AdminRule, ...]]:
    if ip is None or ip.subnet_id is None:
        return Reading.below(nic, "the network interface names no subnet for its primary IPv4 address")
    pages = snapshot.pages("effective_admin_rules", vnet=vnet_id(ip.subnet_id))
    return Reading.of_pages(pages, lambda items: tuple(parse_admin_rule(item) for item in items))
