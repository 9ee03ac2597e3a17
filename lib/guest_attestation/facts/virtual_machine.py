"""Facts about the VM itself: security type, generation, power, agent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guest_attestation.facts.extension import Extension, ExtensionInstanceView, parse_extension, parse_instance_view
from guest_attestation.facts.status import InstanceViewStatus
from guest_attestation.snapshot.node import Node

_WHERE = {
    "security_type": ("properties", "securityProfile", "securityType"),
    "secure_boot_enabled": ("properties", "securityProfile", "uefiSettings", "secureBootEnabled"),
    "v_tpm_enabled": ("properties", "securityProfile", "uefiSettings", "vTpmEnabled"),
    "proxy_agent": ("properties", "securityProfile", "proxyAgentSettings"),
    "vm_size": ("properties", "hardwareProfile", "vmSize"),
    "hyper_v_generation": ("properties", "instanceView", "hyperVGeneration"),
    "statuses": ("properties", "instanceView", "statuses"),
    "vm_agent": ("properties", "instanceView", "vmAgent"),
    "identity": ("identity", "type"),
    "resources": ("resources",),
}
_OF_SECURITY_PROFILE = ("security_type", "secure_boot_enabled", "v_tpm_enabled", "proxy_agent")


@dataclass(frozen=True)
class NetworkInterfaceReference:
    """A NIC that the VM names. `primary` may be absent where there is only one."""

    id: str
    primary: bool


@dataclass(frozen=True)
class VirtualMachine:
    """A VM, or an instance of a uniform scale set.

    `security_type` is None where Azure says nothing, which means Standard. `vm_agent` is None where the instance view
    has no agent; `extensions` is empty where the key `resources` is absent: no extension is installed.
    `flexible_scale_set` is the id of the scale set that a VM is a flexible member of.
    """

    id: str
    name: str
    location: str
    security_type: str | None
    secure_boot_enabled: bool | None
    v_tpm_enabled: bool | None
    proxy_agent_enabled: bool | None
    vm_size: str | None
    os_type: str | None
    hyper_v_generation: str | None
    identity_type: str | None
    flexible_scale_set: str | None
    power_state: str | None
    has_instance_view: bool
    vm_agent: tuple[InstanceViewStatus, ...] | None
    network_interfaces: tuple[NetworkInterfaceReference, ...]
    extensions: tuple[Extension, ...]
    extension_views: tuple[ExtensionInstanceView, ...]
    evidence: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_trusted_launch(self) -> bool:
        """Tell whether the security type is one whose boot can be attested."""
        return (self.security_type or "").casefold() in ("trustedlaunch", "confidentialvm")

    @property
    def is_standard(self) -> bool:
        """Tell whether this is a VM without any such type: Azure leaves Standard out (facts 1.5)."""
        return (self.security_type or "standard").casefold() == "standard"

    @property
    def is_running(self) -> bool | None:
        """Tell whether the VM runs; None where the instance view does not say."""
        return None if self.power_state is None else self.power_state == "running"


def normalised_location(location: str) -> str:
    """Azure writes one region as `eastus`, `East US` or `east us`."""
    return location.replace(" ", "").casefold()


def parse_virtual_machine(node: Node, model: Node | None = None) -> VirtualMachine:
    """Read a VM; `model` is the scale set's `virtualMachineProfile`, which serves what an instance leaves out."""
    properties = node.at("properties")
    view = properties.at("instanceView")
    security = properties.at("securityProfile")
    if security.at("securityType").value is None and model is not None:
        security = model.at("securityProfile")
    statuses = [InstanceViewStatus.parse(item) for item in view.items("statuses")]
    return VirtualMachine(
        id=node.text("id") or "",
        name=node.text("name") or "",
        location=normalised_location(node.text("location") or ""),
        security_type=security.text("securityType"),
        secure_boot_enabled=security.flag("uefiSettings", "secureBootEnabled"),
        v_tpm_enabled=security.flag("uefiSettings", "vTpmEnabled"),
        proxy_agent_enabled=security.flag("proxyAgentSettings", "enabled"),
        vm_size=properties.text("hardwareProfile", "vmSize") or node.text("sku", "name"),
        os_type=properties.text("storageProfile", "osDisk", "osType"),
        hyper_v_generation=view.text("hyperVGeneration"),
        identity_type=node.text("identity", "type"),
        flexible_scale_set=properties.text("virtualMachineScaleSet", "id"),
        power_state=_power_state(statuses),
        has_instance_view=isinstance(view.value, dict),
        vm_agent=_agent(view.at("vmAgent")),
        network_interfaces=_network_interfaces(properties.at("networkProfile")),
        extensions=tuple(parse_extension(item) for item in node.items("resources")),
        extension_views=tuple(parse_instance_view(item) for item in view.items("extensions")),
        evidence={
            **{name: node.at(*keys).evidence for name, keys in _WHERE.items()},
            **{name: security.at(*_WHERE[name][2:]).evidence for name in _OF_SECURITY_PROFILE},
        },
    )


def _power_state(statuses: Iterable[InstanceViewStatus]) -> str | None:
    """Azure itself may not know: `PowerState/unknown` says no more than none."""
    found = next((status.state for status in statuses if status.segments[0] == "powerstate"), "")
    return None if found in ("", "unknown") else found


def _agent(node: Node) -> tuple[InstanceViewStatus, ...] | None:
    if not isinstance(node.value, dict):
        return None
    return tuple(InstanceViewStatus.parse(item) for item in node.items("statuses"))


def _network_interfaces(profile: Node) -> tuple[NetworkInterfaceReference, ...]:
    """The only NIC of a VM is its primary one, whether the VM says so or not (facts 5.3)."""
    items = [(item.text("id"), item.flag("properties", "primary")) for item in profile.items("networkInterfaces")]
    return tuple(
        NetworkInterfaceReference(nic_id, bool(primary) or len(items) == 1) for nic_id, primary in items if nic_id
    )
