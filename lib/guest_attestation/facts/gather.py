"""Everything that a snapshot says about one VM, gathered once: what the decisions are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guest_attestation.clouds import Cloud
from guest_attestation.facts.activity import ActivityLog, activity_log_of
from guest_attestation.facts.admin_rule import AdminRule, parse_admin_rule
from guest_attestation.facts.attestation import AttestationProvider, shared_provider_of
from guest_attestation.facts.custom_provider import CustomProvider, custom_provider_of
from guest_attestation.facts.defender import RECOMMENDATIONS, Assessment, DefenderPlan, assessment_of, plan_of
from guest_attestation.facts.egress import (
    LoadBalancer,
    NatGateway,
    PublicIpAddress,
    parse_load_balancer,
    parse_nat_gateway,
    parse_public_ip_address,
)
from guest_attestation.facts.extension import Extension, guest_attestation_of
from guest_attestation.facts.firewalls import Firewalls, appliance_addresses, firewalls_of
from guest_attestation.facts.follow import named, or_effective
from guest_attestation.facts.locate import machine, primary_nic, primary_nic_id, vnet_and_subnet, vnet_id
from guest_attestation.facts.network_interface import PLATFORM_RESOLVER, IpConfiguration, NetworkInterface
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route, RouteTable, parse_effective_route, parse_route_table
from guest_attestation.facts.security_group import (
    EffectiveSecurityGroups,
    SecurityGroup,
    parse_effective_security_groups,
    parse_security_group,
)
from guest_attestation.facts.service_tag import ServiceTags, service_tags_of
from guest_attestation.facts.virtual_machine import VirtualMachine
from guest_attestation.facts.virtual_network import Subnet, VirtualNetwork
from guest_attestation.resource_id import VmId
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class Facts:
    """What is known of one VM. A reading of None says that nothing names such a resource: there is none to read."""

    vm_id: VmId
    cloud: Cloud
    captured_at: datetime
    vm: Reading[VirtualMachine]
    extensions: Reading[tuple[Extension, ...]]
    nic: Reading[NetworkInterface]
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
    service_tags: ServiceTags
    shared_provider: Reading[AttestationProvider]
    custom_provider: CustomProvider | None
    assessment: Reading[Assessment]
    recommendations: Mapping[str, Reading[Assessment]]
    defender_plan: Reading[DefenderPlan]
    activity: ActivityLog

    @property
    def ip_configuration(self) -> IpConfiguration | None:
        """The primary IPv4 ipConfiguration of the primary NIC: the one that decides."""
        return self.nic.value.primary_ipv4 if self.nic.value else None

    @property
    def custom_dns_servers(self) -> Reading[tuple[str, ...]]:
        """The DNS servers in force that are not Azure's own: the NIC's, else the network's (facts 5.3)."""
        if self.nic.value is None:
            return Reading.below(self.nic, "")
        servers, source = self.nic.value.dns_servers, self.nic.evidence
        if not servers:
            if self.vnet.value is None:
                return Reading.below(self.vnet, "")
            servers, source = self.vnet.value.dns_servers, self.vnet.evidence
        return Reading(tuple(server for server in servers if server != PLATFORM_RESOLVER), evidence=source)

    @property
    def guest_attestation(self) -> Extension | None:
        """The Guest Attestation extension, None where it is not installed or was not read."""
        return guest_attestation_of(self.extensions.value or ())

    @property
    def provider_endpoint(self) -> str | None:
        """The attestation provider that the extension names, None where it chooses one."""
        return self.guest_attestation.maa_endpoint if self.guest_attestation else None


def gather(snapshot: Snapshot, vm_id: VmId, service_tag_file: Path | None = None) -> Facts:
    """Gather the facts of one VM from a snapshot; raises BadInput where the service tag file is none."""
    vm, extensions = machine(snapshot, vm_id)
    nic_id = primary_nic_id(vm)
    nic = primary_nic(snapshot, vm_id, vm, nic_id)
    ip = nic.value.primary_ipv4 if nic.value else None
    vnet, subnet = vnet_and_subnet(snapshot, nic, ip)
    effective = _effective_groups(snapshot, nic_id, vm)
    nic_group_id = nic.value.network_security_group_id if nic.value else None
    subnet_group_id = subnet.value.network_security_group_id if subnet.value else None
    nic_group = named(snapshot, "security_group", nic, nic_group_id, parse_security_group)
    subnet_group = named(snapshot, "security_group", subnet, subnet_group_id, parse_security_group)
    table_id, nat_id = (subnet.value.route_table_id, subnet.value.nat_gateway_id) if subnet.value else (None, None)
    public_ip_id = ip.public_ip_address_id if ip else None
    extension, subscription = guest_attestation_of(extensions.value or ()), vm_id.subscription_id
    endpoint = extension.maa_endpoint if extension else None
    table = named(snapshot, "route_table", subnet, table_id, parse_route_table)
    effective_routes = _effective_routes(snapshot, nic_id, vm)
    routes = effective_routes.value or (table.value.routes if table and table.value else ())
    return Facts(
        vm_id=vm_id,
        cloud=snapshot.cloud,
        captured_at=snapshot.captured_at,
        vm=vm,
        extensions=extensions,
        nic=nic,
        vnet=vnet,
        subnet=subnet,
        nic_group=or_effective(nic_group, effective, nic_group_id, "networkInterface"),
        subnet_group=or_effective(subnet_group, effective, subnet_group_id, "subnet"),
        route_table=table,
        nat_gateway=named(snapshot, "nat_gateway", subnet, nat_id, parse_nat_gateway),
        public_ip=named(snapshot, "public_ip_address", nic, public_ip_id, parse_public_ip_address),
        load_balancers=_load_balancers(snapshot, ip),
        effective_groups=effective,
        effective_routes=effective_routes,
        firewalls=firewalls_of(snapshot, vm_id.subscription_id, vnet, appliance_addresses(routes)),
        admin_rules=_admin_rules(snapshot, nic, ip),
        service_tags=service_tags_of(snapshot, service_tag_file),
        shared_provider=shared_provider_of(snapshot, subscription, vm, endpoint),
        custom_provider=custom_provider_of(snapshot, subscription, extension),
        assessment=assessment_of(snapshot, vm_id.text),
        recommendations={key: assessment_of(snapshot, vm_id.text, key) for key in RECOMMENDATIONS},
        defender_plan=plan_of(snapshot, subscription),
        activity=activity_log_of(snapshot),
    )


def _load_balancers(snapshot: Snapshot, ip: IpConfiguration | None) -> tuple[Reading[LoadBalancer], ...]:
    """Read each load balancer that holds one of the NIC's backend pools."""
    ids = dict.fromkeys(pool.rsplit("/", 2)[0] for pool in (ip.backend_pools if ip else ()))
    return tuple(Reading.of(snapshot.answer("load_balancer", id=it), parse_load_balancer) for it in ids)


def _effective_groups(
    snapshot: Snapshot, nic_id: str | None, vm: Reading[VirtualMachine]
) -> Reading[EffectiveSecurityGroups]:
    if nic_id is None:
        return Reading.below(vm, "the VM's answer names no primary network interface")
    pages = snapshot.pages("effective_security_groups", nic=nic_id)
    evidence = pages[0].body.evidence
    return Reading.of_pages(pages, lambda items: parse_effective_security_groups(items, evidence))


def _effective_routes(
    snapshot: Snapshot, nic_id: str | None, vm: Reading[VirtualMachine]
) -> Reading[tuple[Route, ...]]:
    if nic_id is None:
        return Reading.below(vm, "the VM's answer names no primary network interface")
    pages = snapshot.pages("effective_routes", nic=nic_id)
    return Reading.of_pages(pages, lambda items: tuple(parse_effective_route(item) for item in items))


def _admin_rules(
    snapshot: Snapshot, nic: Reading[NetworkInterface], ip: IpConfiguration | None
) -> Reading[tuple[AdminRule, ...]]:
    if ip is None or ip.subnet_id is None:
        return Reading.below(nic, "the network interface names no subnet for its primary IPv4 address")
    pages = snapshot.pages("effective_admin_rules", vnet=vnet_id(ip.subnet_id))
    return Reading.of_pages(pages, lambda items: tuple(parse_admin_rule(item) for item in items))
