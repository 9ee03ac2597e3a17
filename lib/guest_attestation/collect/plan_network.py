"""The reads of the network around a VM: interfaces, networks, and what these name (reads 2 to 4)."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.collect.request import Request, request
from guest_attestation.collect.surroundings import Surroundings, distinct, known
from guest_attestation.facts.egress import parse_nat_gateway
from guest_attestation.facts.virtual_network import Subnet
from guest_attestation.snapshot.reader import Snapshot


def network_reads(snapshot: Snapshot, around: Surroundings) -> Iterator[Request]:
    """Yield what the VM's interfaces and subnets name, and Azure's own view of them."""
    is_instance = around.vm_id.scale_set_id is not None
    for nic_id in () if is_instance else around.nic_ids:
        yield request("network_interface", id=nic_id)
        yield request("effective_security_groups", nic=nic_id)
        yield request("effective_routes", nic=nic_id)
    for vnet_id in around.vnet_ids:
        yield request("virtual_network", id=vnet_id)
        yield request("effective_admin_rules", vnet=vnet_id)
    for nic in around.nics:
        if nic.network_security_group_id:
            yield request("security_group", id=nic.network_security_group_id)
        for it in distinct(ip.public_ip_address_id for ip in nic.ip_configurations):
            yield request("public_ip_address", id=it)
        for it in distinct(pool.rsplit("/", 2)[0] for ip in nic.ip_configurations for pool in ip.backend_pools):
            yield request("load_balancer", id=it)
    for subnet in around.subnets:
        yield from subnet_reads(snapshot, subnet)


def subnet_reads(snapshot: Snapshot, subnet: Subnet) -> Iterator[Request]:
    """Yield what a subnet names, and the public addresses of its NAT gateway."""
    if subnet.network_security_group_id:
        yield request("security_group", id=subnet.network_security_group_id)
    if subnet.route_table_id:
        yield request("route_table", id=subnet.route_table_id)
    if subnet.nat_gateway_id:
        yield request("nat_gateway", id=subnet.nat_gateway_id)
        for gateway in known(snapshot, "nat_gateway", [subnet.nat_gateway_id], parse_nat_gateway):
            for it in gateway.public_ips:
                if "/publicipaddresses/" in it.casefold():  # a prefix has no read of its own
                    yield request("public_ip_address", id=it)
