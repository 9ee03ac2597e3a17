"""Everything that a snapshot says about one VM, gathered once: what the decisions are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from guest_attestation.clouds import Cloud
from guest_attestation.facts.activity import ActivityLog, activity_log_of
from guest_attestation.facts.admin_rule import AdminRule, parse_admin_rule
from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT, Assessment, parse_assessment
from guest_attestation.facts.egress import (
    LoadBalancer,
    NatGateway,
    PublicIpAddress,
    parse_load_balancer,
    parse_nat_gateway,
    parse_public_ip_address,
)
from guest_attestation.facts.extension import Extension, parse_extension
from guest_attestation.facts.network_interface import IpConfiguration, NetworkInterface, parse_network_interface
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route, RouteTable, parse_effective_route, parse_route_table
from guest_attestation.facts.security_group import (
    EffectiveSecurityGroups,
    SecurityGroup,
    parse_effective_security_groups,
    parse_security_group,
)
from guest_attestation.facts.service_tag import ServiceTags, service_tags_of
from guest_attestation.facts.virtual_machine import VirtualMachine, parse_virtual_machine
from guest_attestation.facts.virtual_network import Subnet, VirtualNetwork, parse_virtual_network
from guest_attestation.resource_id import VmId, same_id
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

P = TypeVar("P")
T = TypeVar("T")


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
    admin_rules: Reading[tuple[AdminRule, ...]]
    service_tags: ServiceTags
    assessment: Reading[Assessment]
    activity: ActivityLog

    @property
    def ip_configuration(self) -> IpConfiguration | None:
        """The primary IPv4 ipConfiguration of the primary NIC: the one that decides."""
        return self.nic.value.primary_ipv4 if self.nic.value else None


def gather(snapshot: Snapshot, vm_id: VmId, service_tag_file: Path | None = None) -> Facts:
    """Gather the facts of one VM from a snapshot; raises BadInput where the service tag file is none."""
    vm, extensions = _machine(snapshot, vm_id)
    nic_id = _primary_nic_id(vm)
    nic = _primary_nic(snapshot, vm_id, vm, nic_id)
    ip = nic.value.primary_ipv4 if nic.value else None
    vnet, subnet = _vnet_and_subnet(snapshot, nic, ip)
    effective = _effective_groups(snapshot, nic_id, vm)
    nic_group = _named(snapshot, "security_group", nic, lambda it: it.network_security_group_id, parse_security_group)
    subnet_group = _named(
        snapshot, "security_group", subnet, lambda it: it.network_security_group_id, parse_security_group
    )
    return Facts(
        vm_id=vm_id,
        cloud=snapshot.cloud,
        captured_at=snapshot.captured_at,
        vm=vm,
        extensions=extensions,
        nic=nic,
        vnet=vnet,
        subnet=subnet,
        nic_group=_or_effective(nic_group, effective, nic.value.network_security_group_id if nic.value else None),
        subnet_group=_or_effective(
            subnet_group, effective, subnet.value.network_security_group_id if subnet.value else None
        ),
        route_table=_named(snapshot, "route_table", subnet, lambda it: it.route_table_id, parse_route_table),
        nat_gateway=_named(snapshot, "nat_gateway", subnet, lambda it: it.nat_gateway_id, parse_nat_gateway),
        public_ip=_named(
            snapshot,
            "public_ip_address",
            nic,
            lambda _: ip.public_ip_address_id if ip else None,
            parse_public_ip_address,
        ),
        load_balancers=_load_balancers(snapshot, ip),
        effective_groups=effective,
        effective_routes=_effective_routes(snapshot, nic_id, vm),
        admin_rules=_admin_rules(snapshot, nic, ip),
        service_tags=service_tags_of(snapshot, service_tag_file),
        assessment=Reading.of(
            snapshot.answer("assessment", vm=vm_id.text, key=ATTESTATION_ASSESSMENT), parse_assessment
        ),
        activity=activity_log_of(snapshot),
    )


def _machine(snapshot: Snapshot, vm_id: VmId) -> tuple[Reading[VirtualMachine], Reading[tuple[Extension, ...]]]:
    """Read the VM and its extensions; without `/extensions` the VM's own `resources[]` show what is installed."""
    if vm_id.scale_set_id is None:
        vm = Reading.of(snapshot.answer("vm", vm=vm_id.text), parse_virtual_machine)
        pages = snapshot.pages("vm_extensions", vm=vm_id.text)
    else:
        model = snapshot.answer("scale_set", scale_set=vm_id.scale_set_id).body.at(
            "properties", "virtualMachineProfile"
        )
        vm = Reading.of(snapshot.answer("instance", vm=vm_id.text), lambda node: parse_virtual_machine(node, model))
        pages = snapshot.pages("instance_extensions", vm=vm_id.text)
    extensions = Reading.of_pages(pages, lambda items: tuple(parse_extension(item) for item in items))
    if extensions.value is None:
        own = Reading(vm.value.extensions, evidence=vm.value.evidence["resources"]) if vm.value else None
        extensions = own or extensions.without(vm)
    return vm, extensions


def _primary_nic_id(vm: Reading[VirtualMachine]) -> str | None:
    nics = vm.value.network_interfaces if vm.value else ()
    return next((nic.id for nic in nics if nic.primary), None)


def _primary_nic(
    snapshot: Snapshot, vm_id: VmId, vm: Reading[VirtualMachine], nic_id: str | None
) -> Reading[NetworkInterface]:
    if nic_id is None:
        return _unknown(vm, "the VM's answer names no primary network interface")
    if vm_id.scale_set_id is None:
        return Reading.of(snapshot.answer("network_interface", id=nic_id), parse_network_interface)
    listed = Reading.of_pages(
        snapshot.pages("instance_network_interfaces", vm=vm_id.text),
        lambda items: tuple(parse_network_interface(item) for item in items),
    )
    nic = next((nic for nic in listed.value or () if same_id(nic.id, nic_id)), None)
    if nic is None:
        return _unknown(listed, f"the scale set's list does not hold {nic_id}")
    return Reading(nic, evidence=nic.evidence)


def _vnet_and_subnet(
    snapshot: Snapshot, nic: Reading[NetworkInterface], ip: IpConfiguration | None
) -> tuple[Reading[VirtualNetwork], Reading[Subnet]]:
    subnet_id = ip.subnet_id if ip else None
    if subnet_id is None:
        why = "the network interface names no subnet for its primary IPv4 address"
        return _unknown(nic, why), _unknown(nic, why)
    vnet = Reading.of(snapshot.answer("virtual_network", id=_vnet_id(subnet_id)), parse_virtual_network)
    subnet = vnet.value.subnet(subnet_id) if vnet.value else None
    if subnet is None:
        return vnet, _unknown(vnet, f"the virtual network's answer does not hold {subnet_id}")
    return vnet, Reading(subnet, evidence=subnet.evidence)


def _vnet_id(subnet_id: str) -> str:
    return subnet_id.rsplit("/", 2)[0]


def _named(
    snapshot: Snapshot,
    read_name: str,
    parent: Reading[P],
    id_of: Callable[[P], str | None],
    parse: Callable[[Node], T],
) -> Reading[T] | None:
    """Read a resource that another one names: None where that one is known and names none."""
    if parent.value is None:
        return _unknown(parent, "")
    resource_id = id_of(parent.value)
    return None if resource_id is None else Reading.of(snapshot.answer(read_name, id=resource_id), parse)


def _or_effective(
    group: Reading[SecurityGroup] | None, effective: Reading[EffectiveSecurityGroups], group_id: str | None
) -> Reading[SecurityGroup] | None:
    """A group that was not read is served by its entry in the effective rules."""
    if group is None or group.value is not None or group_id is None:
        return group
    if effective.value is None:
        return group.without(effective)
    entry = next((entry for entry in effective.value.groups if same_id(entry.id, group_id)), None)
    return group if entry is None else Reading(entry, evidence=entry.evidence)


def _load_balancers(snapshot: Snapshot, ip: IpConfiguration | None) -> tuple[Reading[LoadBalancer], ...]:
    """Read each load balancer that holds one of the NIC's backend pools."""
    ids = dict.fromkeys(pool.rsplit("/", 2)[0] for pool in (ip.backend_pools if ip else ()))
    return tuple(Reading.of(snapshot.answer("load_balancer", id=it), parse_load_balancer) for it in ids)


def _effective_groups(
    snapshot: Snapshot, nic_id: str | None, vm: Reading[VirtualMachine]
) -> Reading[EffectiveSecurityGroups]:
    if nic_id is None:
        return _unknown(vm, "the VM's answer names no primary network interface")
    answer = snapshot.answer("effective_security_groups", nic=nic_id)
    return Reading.of(answer, lambda node: parse_effective_security_groups(list(node.items("value")), node.evidence))


def _effective_routes(
    snapshot: Snapshot, nic_id: str | None, vm: Reading[VirtualMachine]
) -> Reading[tuple[Route, ...]]:
    if nic_id is None:
        return _unknown(vm, "the VM's answer names no primary network interface")
    pages = snapshot.pages("effective_routes", nic=nic_id)
    return Reading.of_pages(pages, lambda items: tuple(parse_effective_route(item) for item in items))


def _admin_rules(
    snapshot: Snapshot, nic: Reading[NetworkInterface], ip: IpConfiguration | None
) -> Reading[tuple[AdminRule, ...]]:
    if ip is None or ip.subnet_id is None:
        return _unknown(nic, "the network interface names no subnet for its primary IPv4 address")
    pages = snapshot.pages("effective_admin_rules", vnet=_vnet_id(ip.subnet_id))
    return Reading.of_pages(pages, lambda items: tuple(parse_admin_rule(item) for item in items))


def _unknown(parent: Reading[P], why_not: str) -> Reading[T]:
    """Nothing can be read below a parent that is unknown itself, or that does not lead on."""
    if parent.value is None:
        return Reading(None, parent.why_not, parent.missing_permission, parent.evidence)
    return Reading(None, why_not, evidence=parent.evidence)
