"""An instance of a uniform scale set, made of a sample's VM: Azure answers for it at other places."""

from __future__ import annotations

import copy
from typing import Any

from guest_attestation.resource_id import parse_vm_id
from tests.scenario import GROUP, Scenario

SCALE_SET = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/front"
INSTANCE = f"{SCALE_SET}/virtualMachines/3"
INSTANCE_NIC = f"{INSTANCE}/networkInterfaces/front-nic"


def instance_of(sample: str) -> Scenario:
    """Make the scenario of `front_3`: the instance without its security profile, which the model has."""
    scenario = Scenario.sample(sample)
    vm: dict[str, Any] = copy.deepcopy(scenario.body("virtualMachines/web-01"))
    extensions: dict[str, Any] = copy.deepcopy(scenario.body("web-01/extensions"))
    nic: dict[str, Any] = copy.deepcopy(scenario.body("networkInterfaces/web-01-nic"))
    for ending in (
        *("virtualMachines/web-01", "web-01/extensions", "networkInterfaces/web-01-nic"),
        *("/effectiveNetworkSecurityGroups", "/effectiveRouteTable"),
    ):
        scenario.drop(ending)
    profile = vm["properties"].pop("securityProfile")
    vm.update(id=INSTANCE, name="front_3", instanceId="3", type=f"{vm['type']}ScaleSets/virtualMachines")
    vm["properties"]["networkProfile"]["networkInterfaces"][0]["id"] = INSTANCE_NIC
    nic.update(id=INSTANCE_NIC, name="front-nic")
    model = {"id": SCALE_SET, "properties": {"virtualMachineProfile": {"securityProfile": profile}}}
    scenario.vm = parse_vm_id(INSTANCE)
    scenario.read("instance", vm, vm=INSTANCE)
    scenario.read("instance_extensions", extensions, vm=INSTANCE)
    scenario.read("instance_network_interfaces", {"value": [nic]}, vm=INSTANCE)
    return scenario.read("scale_set", model, scale_set=SCALE_SET)
