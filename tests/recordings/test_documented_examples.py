"""The documented examples that carry facts of our reads, wrapped as answers.

Those of effective rules and routes, service tags and scale sets stand with the recordings of the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.hop import HopName
from tests.recordings.moved import SUBNET, VM, VNET, in_network, with_group
from tests.recordings.recorded import (
    ATTESTATION_ASSESSMENT,
    SUBSCRIPTION,
    Excerpt,
    body_of,
    causes,
    documented,
    statuses,
)

GROUP = f"{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.Network"
DOCUMENTED_VM = f"{SUBSCRIPTION}/resourceGroups/myResourceGroup/providers/Microsoft.Compute/virtualMachines/myVM"


def vm(name: str) -> Any:
    return documented(f"compute-2021-03-01/{name}", subscription="{subscription-id}")


def test_the_documented_vm_is_plain_and_has_another_extension(excerpt: Excerpt) -> None:
    excerpt.answered("vm", vm("GetVirtualMachine.json"), vm=DOCUMENTED_VM)
    facts = excerpt.facts(DOCUMENTED_VM)

    assert facts.vm.value is not None
    assert (facts.vm.value.id, facts.vm.value.location) == (DOCUMENTED_VM, "westus")
    assert facts.vm.value.vm_size == "Standard_DS3_v2"
    assert [(it.name, it.handler) for it in facts.extensions.value or ()] == [
        ("CustomScriptExtension-DSC", "Microsoft.Compute.CustomScriptExtension")
    ]
    assert causes(excerpt.diagnose(DOCUMENTED_VM)) == [
        ("not-trusted-launch", "proven"),
        ("extension-not-installed", "proven"),
    ]


def test_the_documented_instance_view_put_into_the_documented_vm(excerpt: Excerpt) -> None:
    body = vm("GetVirtualMachine.json")
    body["properties"]["instanceView"] = vm("GetVirtualMachineInstanceView.json")
    excerpt.answered("vm", body, vm=DOCUMENTED_VM)

    facts = excerpt.facts(DOCUMENTED_VM).vm.value

    assert facts is not None
    assert (facts.power_state, facts.hyper_v_generation) == ("running", "V1")
    assert [(view.name, view.handler, view.type_handler_version) for view in facts.extension_views] == [
        ("IaaSAntiMalware-ext0", "Microsoft.Azure.Security.IaaSAntimalware", "1.5.5.9")
    ]
    diagnosis = excerpt.diagnose(DOCUMENTED_VM)
    assert causes(diagnosis) == [
        ("generation-1", "proven"),
        ("not-trusted-launch", "proven"),
        ("extension-not-installed", "proven"),
    ]
    assert statuses(diagnosis, "prerequisites.agent", "prerequisites.other-extensions") == {
        "prerequisites.agent": "pass",
        "prerequisites.other-extensions": "pass",
    }


def test_the_documented_vm_level_instance_view_is_no_read_of_ours(excerpt: Excerpt) -> None:
    document = {
        "request": {"method": "GET", "url": f"https://management.azure.com{DOCUMENTED_VM}/instanceView?api-version=1"},
        "response": {"status": 200, "headers": {}, "body": vm("GetVirtualMachineInstanceView.json")},
    }

    diagnosis = excerpt.put(document, "view.json").diagnose(DOCUMENTED_VM)

    assert set(statuses(diagnosis, "prerequisites", "extension").values()) == {"unknown"}


def test_facts_of_the_documented_network_interface(excerpt: Excerpt) -> None:
    nic = documented("network-2021-02-01/NetworkInterfaceGet")
    body = vm("GetVirtualMachine.json")
    body["properties"]["networkProfile"]["networkInterfaces"][0]["id"] = nic["id"].upper()
    excerpt.answered("vm", body, vm=DOCUMENTED_VM).answered("network_interface", nic, id=nic["id"])

    facts = excerpt.facts(DOCUMENTED_VM)

    assert facts.primary.nic.value is not None
    assert facts.primary.nic.value.id == f"{GROUP}/networkInterfaces/test-nic"
    assert facts.primary.nic.value.network_security_group_id == f"{GROUP}/networkSecurityGroups/nsg"
    assert facts.primary.nic.value.dns_servers == ()
    ip = facts.primary.ip_configuration
    assert ip is not None
    assert (ip.name, ip.private_ip_address, ip.primary) == ("ipconfig1", "172.20.2.4", True)
    assert ip.subnet_id == f"{GROUP}/virtualNetworks/rg1-vnet/subnets/default"
    assert ip.public_ip_address_id == f"{GROUP}/publicIPAddresses/test-ip"


@pytest.mark.parametrize(
    ("name", "place", "group", "rules"),
    [
        ("NetworkSecurityGroupGet", None, "testnsg", 7),
        ("NetworkSecurityGroupList", 0, "nsg1", 6),
        ("NetworkSecurityGroupList", 1, "nsg3", 6),
        ("NetworkSecurityGroupListAll", 0, "nsg1", 6),
        ("NetworkSecurityGroupListAll", 1, "nsg3", 6),
    ],
)
def test_a_documented_group_allows_attestation_by_its_default_rule(
    excerpt: Excerpt, name: str, place: int | None, group: str, rules: int
) -> None:
    body = documented(f"network-2021-02-01/{name}.json")
    body = body if place is None else body["value"][place]
    with_group(excerpt, body["id"]).answered("security_group", body, id=body["id"])

    facts = excerpt.facts(VM)

    assert facts.primary.nic_group is not None
    assert facts.primary.nic_group.value is not None
    assert facts.primary.nic_group.value.id.endswith(f"/networkSecurityGroups/{group}")
    assert len(facts.primary.nic_group.value.rules) == rules
    for tags in (excerpt.prefixes, None):
        hop = excerpt.diagnose(VM, tags).path.of(HopName.NIC_NSG)[0]
        assert (hop.decision, hop.rule) == ("allow", "AllowInternetOutBound")


@pytest.mark.parametrize("name", ["NetworkSecurityGroupRuleGet", "DefaultSecurityRuleGet"])
def test_a_documented_inbound_rule_alone_in_a_group_leaves_attestation_undecided(excerpt: Excerpt, name: str) -> None:
    group = body_of("nsg/nsg.024")
    group["properties"].update(securityRules=[documented(f"network-2021-02-01/{name}.json")], defaultSecurityRules=[])
    with_group(excerpt, group["id"]).answered("security_group", group, id=group["id"])

    assert excerpt.diagnose(VM, excerpt.prefixes).path.of(HopName.NIC_NSG)[0].decision == "unknown"


def test_facts_of_the_documented_network(excerpt: Excerpt) -> None:
    vnet = documented("network-2021-02-01/VirtualNetworkGet")
    with_group(excerpt, None).answered("virtual_network", vnet, id=VNET)

    facts = excerpt.facts(VM).primary.vnet.value

    assert facts is not None
    assert facts.id == f"{GROUP}/virtualNetworks/test-vnet"
    assert facts.address_prefixes == ("10.0.0.0/16",)
    assert facts.dns_servers == ()
    assert facts.peerings == ()
    assert [(subnet.id, subnet.address_prefixes) for subnet in facts.subnets] == [
        (f"{GROUP}/virtualNetworks/test-vnet/subnets/subnet1", ("10.0.1.0/24",))
    ]
    assert excerpt.facts(VM).primary.subnet.value is None


@pytest.mark.parametrize(("name", "subscription"), [("SubnetGet.json", "subid"), ("SubnetGetWithDelegation", "subId")])
def test_a_documented_subnet_put_into_the_recorded_network(excerpt: Excerpt, name: str, subscription: str) -> None:
    subnet = documented(f"network-2021-02-01/{name}", subscription=subscription)
    subnet["id"] = SUBNET.upper()

    def with_subnet(vnet: dict[str, Any]) -> None:
        vnet["properties"]["subnets"] = [subnet]

    facts = in_network(excerpt).changed("nsg/vnetnsg.007", with_subnet).facts(VM)

    assert facts.primary.subnet.value is not None
    assert facts.primary.subnet.value.address_prefixes == ("10.0.0.0/16",)
    assert facts.primary.subnet.value.network_security_group_id is None
    assert facts.primary.subnet_group is None


@pytest.mark.parametrize(
    ("name", "place", "propagation_off", "routes"),
    [
        ("RouteTableGet", None, False, 1),
        ("RouteTableList", 0, True, 1),
        ("RouteTableList", 1, True, 0),
        ("RouteTableListAll", 0, False, 1),
        ("RouteTableListAll", 1, False, 0),
    ],
)
def test_facts_of_a_documented_route_table(
    excerpt: Excerpt, name: str, place: int | None, propagation_off: bool, routes: int
) -> None:
    body = documented(f"network-2021-02-01/{name}.json")
    body = body if place is None else body["value"][place]
    in_network(excerpt, routeTable=body["id"]).answered("route_table", body, id=body["id"])

    facts = excerpt.facts(VM)

    assert facts.primary.route_table is not None
    assert facts.primary.route_table.value is not None
    assert facts.primary.route_table.value.disable_bgp_route_propagation == propagation_off
    assert [(it.name, it.address_prefixes, it.next_hop_type) for it in facts.primary.route_table.value.routes] == [
        ("route1", ("10.0.3.0/24",), "VirtualNetworkGateway")
    ][:routes]
    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.route").status == "pass"


@pytest.mark.parametrize("name", ["GetAssessment_example", "GetAssessmentWithExpand_example"])
def test_facts_of_a_documented_assessment(excerpt: Excerpt, name: str) -> None:
    body = documented(f"security-2020-01-01/{name}")
    with_group(excerpt, None).answered("assessment", body, vm=VM, key=ATTESTATION_ASSESSMENT)

    assessment = excerpt.facts(VM).assessment.value

    assert assessment is not None
    assert assessment.code == "NotApplicable"
    assert excerpt.evidence(assessment.evidence)["code"] == "NotApplicable"
    assert excerpt.diagnose(VM).check("extension.reporting").status == "unknown"


def admin_rules(name: str) -> Any:
    return documented(f"network-manager-preview/{name}", subscription="subId")


def test_a_documented_inbound_admin_rule_leaves_nothing_to_decide(excerpt: Excerpt) -> None:
    rules = [admin_rules("NetworkManagerAdminRulesList")["value"][0], admin_rules("NetworkManagerDefaultAdminRuleGet")]
    for rule in rules:
        del rule["name"]
    in_network(excerpt).answered("effective_admin_rules", {"value": rules}, vnet=VNET)

    found = excerpt.facts(VM).primary.admin_rules.value

    assert found is not None
    rules_found = [it.rule for it in found]
    assert [(it.name, it.priority, it.direction, it.access, it.protocol) for it in rules_found] == [
        ("SampleAdminRule", 1, "Inbound", "Deny", "Tcp"),
        ("SampleDefaultAdminRule", 1, "Inbound", "Deny", "Tcp"),
    ]
    assert excerpt.diagnose(VM).check("path.admin-rules").status == "not-applicable"


def test_a_documented_admin_rule_turned_outbound_is_never_passed_over(excerpt: Excerpt) -> None:
    body = admin_rules("NetworkManagerAdminRulesList")
    del body["nextLink"]
    body["value"][0]["properties"].update(direction="Outbound", destinationPortRanges=["443"])
    in_network(excerpt).answered("effective_admin_rules", body, vnet=VNET)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.admin-rules")

    assert check.status not in ("pass", "not-applicable")
    assert "SampleAdminRule" in check.summary


def test_admin_rules_whose_next_page_is_missing_are_unknown(excerpt: Excerpt) -> None:
    in_network(excerpt)
    excerpt.answered("effective_admin_rules", admin_rules("NetworkManagerAdminRulesList"), vnet=VNET)

    assert excerpt.facts(VM).primary.admin_rules.value is None
    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.admin-rules").status == "unknown"


def test_the_recorded_empty_answer_of_a_network_manager_shows_that_there_are_no_admin_rules(excerpt: Excerpt) -> None:
    in_network(excerpt).asked("network-manager/list_queries.007", "effective_admin_rules", vnet=VNET)

    assert excerpt.facts(VM).primary.admin_rules.value == ()
    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.admin-rules").status == "not-applicable"
