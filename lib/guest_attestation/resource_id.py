"""Azure resource ids: kept as Azure wrote them, compared in any letter case."""

import re
from dataclasses import dataclass

from guest_attestation.errors import BadInput

_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NAME = r"[^/\s?#%\\\x00-\x1f\x7f]+"  # what would end a URL's path, or change it, is no name
_VM_ID = re.compile(
    rf"/subscriptions/(?P<subscription>{_GUID})/resourceGroups/(?P<group>{_NAME})/providers/Microsoft\.Compute"
    rf"/(?:virtualMachines/(?P<vm>{_NAME})"
    rf"|virtualMachineScaleSets/(?P<scale_set>{_NAME})/virtualMachines/(?P<instance>\d+))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class VmId:
    """The id of a virtual machine, or of an instance of a uniform scale set (`scale_set_id` is set)."""

    text: str
    subscription_id: str
    resource_group: str
    name: str
    scale_set_id: str | None = None


def parse_vm_id(text: str) -> VmId:
    """Take a VM's id apart; raises BadInput where the text is no id of a VM or scale-set instance."""
    text = text.strip().rstrip("/")
    match = _VM_ID.fullmatch(text)
    if match is None:
        raise BadInput(
            f"{text!r} is not the id of a VM: expected /subscriptions/<guid>/resourceGroups/<group>"
            "/providers/Microsoft.Compute/virtualMachines/<name>"
        )
    scale_set, instance = match["scale_set"], match["instance"]
    return VmId(
        text=text,
        subscription_id=match["subscription"],
        resource_group=match["group"],
        name=match["vm"] or f"{scale_set}_{instance}",
        scale_set_id=text.rsplit("/", 2)[0] if scale_set else None,
    )


def vm_id_of(subscription_id: str, resource_group: str, vm_name: str) -> VmId:
    """Build a VM's id from its three parts; raises BadInput where they make none."""
    return parse_vm_id(
        f"/subscriptions/{subscription_id}/resourceGroups/{resource_group}"
        f"/providers/Microsoft.Compute/virtualMachines/{vm_name}"
    )


def same_id(one: str | None, other: str | None) -> bool:
    """Tell whether two ids name one resource: Azure changes their letter case at will."""
    return one is not None and other is not None and one.casefold() == other.casefold()


def subscription_of(resource_id: str) -> str:
    """Return the subscription id within a resource id, "" where there is none."""
    parts = resource_id.split("/")
    return parts[2] if len(parts) > 2 and parts[1].casefold() == "subscriptions" else ""


def name_of(resource_id: str) -> str:
    """Return the last segment of a resource id: the resource's own name."""
    return resource_id.rsplit("/", 1)[-1]


def resource_group_of(resource_id: str) -> str:
    """Return the name of the resource group within a resource id, "" where there is none."""
    parts = resource_id.split("/")
    return parts[4] if len(parts) > 4 and parts[3].casefold() == "resourcegroups" else ""
