"""Gathering: each fact from the read that leads to it, and what is missing said with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenario import NETWORK, NIC, NIC_NSG, SUBNET_NSG, VM, VNET, Scenario

TABLE = f"{NETWORK}/routeTables/web-routes"
BALANCER = f"{NETWORK}/loadBalancers/front"
ADDRESS = f"{NETWORK}/publicIPAddresses/web-01-ip"


def healthy() -> Scenario:
    return Scenario.sample("healthy")


def subnet_of(scenario: Scenario) -> Any:
    return scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"][0]["properties"]


def ip_of(scenario: Scenario) -> Any:
    return scenario.body("networkInterfaces/web-01-nic")["properties"]["ipConfigurations"][0]["properties"]


def test_every_fact_of_the_healthy_sample_is_read() -> None:
    facts = healthy().facts()

    readings = [
        *(
            facts.vm,
            facts.extensions,
            facts.primary.nic,
            facts.primary.vnet,
            facts.primary.subnet,
            facts.primary.nic_group,
            facts.primary.subnet_group,
        ),
        *(
            facts.primary.nat_gateway,
            facts.primary.effective_groups,
            facts.primary.effective_routes,
            facts.primary.admin_rules,
        ),
        *(facts.shared_provider, facts.assessment, facts.defender_plan),
    ]
    assert all(reading is not None and reading.value is not None for reading in readings)
    assert (facts.primary.route_table, facts.primary.public_ip, facts.primary.load_balancers) == (None, None, ())
    assert facts.custom_provider is None
    assert facts.primary.ip_configuration is not None
    assert facts.primary.ip_configuration.private_ip_address == "192.0.2.4"


def test_what_nothing_names_is_none_rather_than_unknown() -> None:
    scenario = healthy()
    scenario.body("networkInterfaces/web-01-nic")["properties"]["networkSecurityGroup"] = None
    subnet_of(scenario)["networkSecurityGroup"] = None
    del subnet_of(scenario)["natGateway"]

    facts = scenario.facts()

    assert (facts.primary.nic_group, facts.primary.subnet_group, facts.primary.nat_gateway) == (None, None, None)


@pytest.mark.parametrize("status", [None, 404])
def test_what_is_named_but_was_not_read_is_unknown(status: int | None) -> None:
    scenario = healthy()
    subnet_of(scenario)["routeTable"] = {"id": TABLE}
    ip_of(scenario)["publicIPAddress"] = {"id": ADDRESS}
    ip_of(scenario)["loadBalancerBackendAddressPools"] = [
        {"id": f"{BALANCER}/backendAddressPools/one"},
        {"id": f"{BALANCER}/backendAddressPools/two"},
    ]
    if status is not None:
        for read, resource in (("route_table", TABLE), ("public_ip_address", ADDRESS), ("load_balancer", BALANCER)):
            scenario.read(read, {"error": {"code": "Gone"}}, status=status, id=resource)

    facts = scenario.facts()

    assert len(facts.primary.load_balancers) == 1
    for reading, resource in (
        (facts.primary.route_table, TABLE),
        (facts.primary.public_ip, ADDRESS),
        (facts.primary.load_balancers[0], BALANCER),
    ):
        assert reading is not None
        assert reading.value is None
        said = "not in the snapshot" if status is None else "answered 404 Gone"
        assert reading.why_not == f"{said}: GET {resource}"


def test_resources_in_another_subscription_are_followed_by_id() -> None:
    elsewhere = SUBNET_NSG.replace("000000000001", "000000000002")
    scenario = healthy()
    body = scenario.body("networkSecurityGroups/web-subnet-nsg")
    subnet_of(scenario)["networkSecurityGroup"]["id"] = elsewhere
    scenario.read("security_group", {**body, "id": elsewhere}, id=elsewhere)

    group = scenario.facts().primary.subnet_group

    assert group is not None
    assert group.value is not None
    assert group.value.id == elsewhere


@pytest.mark.parametrize("ending", ["web-01-nic-nsg", "web-subnet-nsg"])
def test_a_group_that_was_not_read_is_served_by_its_entry_in_the_effective_rules(ending: str) -> None:
    facts = healthy().drop(f"networkSecurityGroups/{ending}").facts()

    group = facts.primary.nic_group if ending == "web-01-nic-nsg" else facts.primary.subnet_group

    assert group is not None
    assert group.value is not None
    assert group.value.id == (NIC_NSG if ending == "web-01-nic-nsg" else SUBNET_NSG)
    assert "effectiveNetworkSecurityGroups" in group.evidence


def test_the_extensions_list_wins_and_the_vms_own_resources_serve_without_it() -> None:
    scenario = Scenario.sample("extension-failed")
    scenario.body("web-01/extensions")["value"] = []
    assert scenario.facts().extensions.value == ()

    extensions = scenario.drop("web-01/extensions").facts().extensions

    assert extensions.value is not None
    assert len(extensions.value) == 2
    assert extensions.evidence.endswith("#/response/body/resources")


def test_without_either_list_both_reasons_are_said() -> None:
    facts = healthy().answer("web-01/extensions", 403).drop("virtualMachines/web-01").facts()

    assert facts.extensions.value is None
    assert "refused (403)" in facts.extensions.why_not
    assert f"not in the snapshot: GET {VM}?$expand=instanceView" in facts.extensions.why_not
    assert facts.extensions.missing_permission == "Microsoft.Compute/virtualMachines/extensions/read"


@pytest.mark.parametrize(
    ("ending", "lost"),
    [
        ("virtualMachines/web-01", ["vm", "nic", "vnet", "subnet", "nic_group", "nat_gateway", "effective_routes"]),
        ("networkInterfaces/web-01-nic", ["nic", "vnet", "subnet", "subnet_group", "admin_rules"]),
        ("virtualNetworks/shop-prod-vnet", ["vnet", "subnet", "subnet_group", "nat_gateway", "route_table"]),
    ],
)
def test_what_a_missing_answer_leads_to_is_unknown_for_the_same_reason(ending: str, lost: list[str]) -> None:
    for scenario, said in (
        (healthy().drop(ending), "not in the snapshot: GET "),
        (healthy().answer(ending, 403), "refused"),
    ):
        facts = scenario.drop("/effectiveNetworkSecurityGroups").facts()

        for name in lost:
            reading = facts.vm if name == "vm" else getattr(facts.primary, name)
            assert reading is not None, name
            assert reading.value is None, name
            assert said in reading.why_not, name


def test_a_vm_without_a_primary_nic_is_said() -> None:
    scenario = healthy()
    profile = scenario.body("virtualMachines/web-01")["properties"]["networkProfile"]
    profile["networkInterfaces"] = [{"id": NIC}, {"id": f"{NIC}2"}]

    facts = scenario.facts()

    assert facts.primary.nic.why_not == "the VM's answer names no primary network interface"
    assert facts.primary.effective_routes.why_not == facts.primary.nic.why_not


def test_a_subnet_that_its_network_does_not_hold_is_said() -> None:
    scenario = healthy()
    ip_of(scenario)["subnet"]["id"] = f"{VNET}/subnets/gone"

    facts = scenario.facts()

    assert facts.primary.vnet.value is not None
    assert facts.primary.subnet.why_not == f"the virtual network's answer does not hold {VNET}/subnets/gone"


def test_a_nic_without_an_ipv4_subnet_is_said() -> None:
    scenario = healthy()
    del ip_of(scenario)["subnet"]

    facts = scenario.facts()

    expected = "the network interface names no subnet for its primary IPv4 address"
    assert {facts.primary.vnet.why_not, facts.primary.subnet.why_not, facts.primary.admin_rules.why_not} == {expected}


def test_a_missing_second_page_leaves_the_effective_groups_unknown() -> None:
    scenario = healthy()
    scenario.body("/effectiveNetworkSecurityGroups")["nextLink"] = f"https://management.azure.com{NIC}/next"

    assert scenario.facts().primary.effective_groups.value is None
