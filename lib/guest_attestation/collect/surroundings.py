"""What is known so far of a VM and of the network around it: what a plan goes by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from guest_attestation.facts.extension import Extension, guest_attestation_of
from guest_attestation.facts.locate import machine, vnet_id
from guest_attestation.facts.network_interface import NetworkInterface, parse_network_interface
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route, RouteTable, parse_effective_route, parse_route_table
from guest_attestation.facts.virtual_machine import VirtualMachine
from guest_attestation.facts.virtual_network import Subnet, VirtualNetwork, parse_virtual_network
from guest_attestation.resource_id import VmId
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

T = TypeVar("T")


@dataclass(frozen=True)
class Surroundings:
    """The parts that were read; what was not is missing. Ids are there as soon as something names them."""

    vm_id: VmId
    vm: VirtualMachine | None
    extension: Extension | None
    nic_ids: tuple[str, ...]
    nics: tuple[NetworkInterface, ...]
    vnet_ids: tuple[str, ...]
    vnets: tuple[VirtualNetwork, ...]
    subnets: tuple[Subnet, ...]
    tables: tuple[RouteTable, ...]
    effective_routes: tuple[Route, ...]

    @property
    def location(self) -> str | None:
        """Where the VM is."""
        return (self.vm.location or None) if self.vm else None

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that may take the VM's traffic: those in effect and those of its subnets' tables."""
        active = tuple(route for route in self.effective_routes if route.active)
        return active + tuple(route for table in self.tables for route in table.routes)


def surroundings_of(snapshot: Snapshot, vm_id: VmId) -> Surroundings:
    """Collect what is recorded around a VM."""
    vm, extensions = machine(snapshot, vm_id)
    nic_ids = tuple(nic.id for nic in vm.value.network_interfaces) if vm.value else ()
    nics = tuple(_nics(snapshot, vm_id, nic_ids))
    subnet_ids = distinct(ip.subnet_id for nic in nics for ip in nic.ip_configurations)
    vnet_ids = distinct(vnet_id(it) for it in subnet_ids)
    vnets = tuple(known(snapshot, "virtual_network", vnet_ids, parse_virtual_network))
    subnets = tuple(subnet for vnet in vnets for it in subnet_ids if (subnet := vnet.subnet(it)) is not None)
    return Surroundings(
        vm_id=vm_id,
        vm=vm.value,
        extension=guest_attestation_of(extensions.value or ()),
        nic_ids=nic_ids,
        nics=nics,
        vnet_ids=vnet_ids,
        vnets=vnets,
        subnets=subnets,
        tables=tuple(known(snapshot, "route_table", distinct(it.route_table_id for it in subnets), parse_route_table)),
        effective_routes=tuple(
            parse_effective_route(item) for it in nic_ids for item in listed(snapshot, "effective_routes", nic=it)
        ),
    )


def known(snapshot: Snapshot, read_name: str, ids: Iterable[str], parse: Callable[[Node], T]) -> Iterator[T]:
    """Read those of some resources that were recorded."""
    readings = (Reading.of(snapshot.answer(read_name, id=it), parse) for it in ids)
    return (reading.value for reading in readings if reading.value is not None)


def listed(snapshot: Snapshot, read_name: str, **values: str) -> Iterator[Node]:
    """Yield the elements of a list, as far as its pages were recorded."""
    for page in snapshot.pages(read_name, **values):
        if page.ok:
            yield from page.body.items("value")


def distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Leave out None, and what was there before in any letter case."""
    found: dict[str, str] = {}
    for text in texts:
        if text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())


def _nics(snapshot: Snapshot, vm_id: VmId, nic_ids: tuple[str, ...]) -> Iterator[NetworkInterface]:
    """A scale-set instance's interfaces stand in a list."""
    if vm_id.scale_set_id is None:
        return known(snapshot, "network_interface", nic_ids, parse_network_interface)
    return map(parse_network_interface, listed(snapshot, "instance_network_interfaces", vm=vm_id.text))
