"""The VM vm000002 in a network that was recorded elsewhere.

No recording holds a VM together with its NSG and its VNet. Here the VM's answer is as recorded; its NIC's answer names
the recorded VNet and NSG, and has an address there; the VNet's answer names a recorded route table. Nothing else is
changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.recordings.recorded import SUBSCRIPTION, Document, Excerpt, attested_vm

VM = attested_vm("vm000002")
ADDRESS = "20.0.0.4"
VNET_GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_vnet_with_subnet_nsg_test000001/providers/Microsoft.Network"
VNET = f"{VNET_GROUP}/virtualNetworks/vnet1"
SUBNET = f"{VNET}/subnets/subnet1"
SUBNET_GROUP = f"{VNET_GROUP}/networkSecurityGroups/nsg"
NSG_GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_test_nsg000001/providers/Microsoft.Network"
NIC_GROUP = f"{NSG_GROUP}/networkSecurityGroups/test-nsg1"
ROUTE_TABLE = (
    f"{SUBSCRIPTION}/resourceGroups/cli_test_route_table000001/providers/Microsoft.Network"
    "/routeTables/cli-test-route-table"
)
PUBLIC_IP = (
    f"{SUBSCRIPTION}/resourceGroups/cli_test_guest_attestation_extension_and_msi000001"
    "/providers/Microsoft.Network/publicIPAddresses/vm000002PublicIP"
)


def into(subnet: str, group: str | None) -> Callable[[Document], None]:
    """Change a NIC's answer: it sits in that subnet, and has that NSG or none."""

    def change(nic: Document) -> None:
        ip = nic["properties"]["ipConfigurations"][0]["properties"]
        ip.update(privateIPAddress=ADDRESS, subnet={"id": subnet})
        del nic["properties"]["networkSecurityGroup"]
        if group is not None:
            nic["properties"]["networkSecurityGroup"] = {"id": group}

    return change


def naming(**references: str) -> Callable[[Document], None]:
    """Change a VNet's answer: its subnet names these resources as well."""

    def change(vnet: Document) -> None:
        subnet = vnet["properties"]["subnets"][0]["properties"]
        subnet.update({name: {"id": resource_id} for name, resource_id in references.items()})

    return change


def with_group(excerpt: Excerpt, group: str | None) -> Excerpt:
    """The VM and its NIC with that NSG; what is recorded of the NSG is the test's own matter."""
    return excerpt.copy("guest-attestation/ga.021").changed("guest-attestation/ga.022", into(SUBNET, group))


def in_network(excerpt: Excerpt, **references: str) -> Excerpt:
    """The VM in the recorded network, both NSGs read; `references` are what the subnet names besides."""
    with_group(excerpt, NIC_GROUP).copy("nsg/nsg.011", "nsg/vnetnsg.003")
    return excerpt.changed("nsg/vnetnsg.007", naming(**references))


def outbound(rule: Document, **changes: Any) -> Document:
    """Turn a recorded rule outbound, with whatever else is to be different."""
    properties = {**rule["properties"], "direction": "Outbound", **changes}
    return {**rule, "properties": properties}
