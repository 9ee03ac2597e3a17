"""Where the VM is: its own answer, its extensions, its primary network interface, and the network around it."""

from __future__ import annotations

from typing import TypeVar

from guest_attestation.facts.extension import Extension, parse_extension
from guest_attestation.facts.follow import with_id
from guest_attestation.facts.network_interface import IpConfiguration, NetworkInterface, parse_network_interface
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_machine import VirtualMachine, parse_virtual_machine
from guest_attestation.facts.virtual_network import Subnet, VirtualNetwork, parse_virtual_network
from guest_attestation.resource_id import VmId, same_id
from guest_attestation.snapshot.answer import Answer
from guest_attestation.snapshot.reader import Snapshot

P = TypeVar("P")


def machine(snapshot: Snapshot, vm_id: VmId) -> tuple[Reading[VirtualMachine], Reading[tuple[Extension, ...]]]:
    """Read the VM and its extensions; without `/extensions` the VM's own `resources[]` show what is installed."""
    if vm_id.scale_set_id is None:
        answer = snapshot.answer("vm", vm=vm_id.text)
        vm = Reading.of(answer, lambda node: parse_virtual_machine(with_id(node, vm_id.text)))
        pages = snapshot.pages("vm_extensions", vm=vm_id.text)
    else:
        answer = snapshot.answer("instance", vm=vm_id.text)
        vm = _instance(answer, snapshot.answer("scale_set", scale_set=vm_id.scale_set_id), vm_id)
        pages = snapshot.pages("instance_extensions", vm=vm_id.text)
    extensions = Reading.of_pages(pages, lambda items: tuple(parse_extension(item) for item in items))
    if extensions.value is None:
        own = Reading.of(answer, lambda node: tuple(parse_extension(item) for item in node.items("resources")))
        place = answer.body.at("resources").evidence
        extensions = extensions.without(vm) if own.value is None else Reading(own.value, evidence=place)
    return vm, extensions


def primary_nic_id(vm: Reading[VirtualMachine]) -> str | None:
    """Return the id of the VM's primary network interface, None where it names none or was not read."""
    nics = vm.value.network_interfaces if vm.value else ()
    return next((nic.id for nic in nics if nic.primary), None)


def interface(
    snapshot: Snapshot, vm_id: VmId, vm: Reading[VirtualMachine], nic_id: str | None
) -> Reading[NetworkInterface]:
    """Read a network interface, None for a primary one that is not known; a scale-set instance's stands in a list."""
    if nic_id is None:
        return Reading.below(vm, "the VM's answer names no primary network interface")
    if vm_id.scale_set_id is None:
        return Reading.of(snapshot.answer("network_interface", id=nic_id), parse_network_interface)
    listed = Reading.of_pages(
        snapshot.pages("instance_network_interfaces", vm=vm_id.text),
        lambda items: tuple(parse_network_interface(item) for item in items),
    )
    nic = next((nic for nic in listed.value or () if same_id(nic.id, nic_id)), None)
    if nic is None:
        return Reading.below(listed, f"the scale set's list does not hold {nic_id}")
    return Reading(nic, evidence=nic.evidence)


def vnet_and_subnet(
    snapshot: Snapshot, nic: Reading[NetworkInterface], ip: IpConfiguration | None
) -> tuple[Reading[VirtualNetwork], Reading[Subnet]]:
    """Read the network of an ipConfiguration, and find its subnet there."""
    why_not = "the network interface names no subnet for its primary IPv4 address"
    return network_of(snapshot, nic, ip.subnet_id if ip else None, why_not)


def network_of(
    snapshot: Snapshot, parent: Reading[P], subnet_id: str | None, why_not: str
) -> tuple[Reading[VirtualNetwork], Reading[Subnet]]:
    """Read the network of a subnet that a resource names, and find the subnet there; `why_not` where it names none."""
    if subnet_id is None:
        return Reading.below(parent, why_not), Reading.below(parent, why_not)
    vnet = virtual_network(snapshot, vnet_id(subnet_id))
    subnet = vnet.value.subnet(subnet_id) if vnet.value else None
    if subnet is None:
        return vnet, Reading.below(vnet, f"the virtual network's answer does not hold {subnet_id}")
    return vnet, Reading(subnet, evidence=subnet.evidence)


def virtual_network(snapshot: Snapshot, resource_id: str) -> Reading[VirtualNetwork]:
    """Read a virtual network."""
    return Reading.of(snapshot.answer("virtual_network", id=resource_id), parse_virtual_network)


def vnet_id(subnet_id: str) -> str:
    """Return the id of the network that a subnet belongs to."""
    return subnet_id.rsplit("/", 2)[0]


def _instance(answer: Answer, scale_set: Answer, vm_id: VmId) -> Reading[VirtualMachine]:
    """Read an instance; the scale set's model serves what it leaves out, so that without both nothing is sure."""
    security_type = answer.body.at("properties", "securityProfile", "securityType").value
    if answer.ok and not scale_set.ok and security_type is None:
        return Reading.unread(scale_set)
    model = scale_set.body.at("properties", "virtualMachineProfile")
    return Reading.of(answer, lambda node: parse_virtual_machine(with_id(node, vm_id.text), model))
