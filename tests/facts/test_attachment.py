"""Where each address of the VM stands: the primary one that decides, and the others (facts 9.2, rule 6)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.network_interface import PLATFORM_RESOLVER
from tests.scenario import NETWORK, NIC, SUBNET_NSG, VM, VNET, Scenario

SECOND = f"{NETWORK}/networkInterfaces/web-01-second"
BACK = f"{VNET}/subnets/back"
BACK_NSG = f"{NETWORK}/networkSecurityGroups/back-nsg"
VNET_ENDING, NIC_ENDING = "virtualNetworks/shop-prod-vnet", "networkInterfaces/web-01-nic"


def healthy() -> Scenario:
    return Scenario.sample("healthy")


def _ips(scenario: Scenario) -> list[Any]:
    found: list[Any] = scenario.body(NIC_ENDING)["properties"]["ipConfigurations"]
    return found


def _with_ip(scenario: Scenario, name: str, **properties: Any) -> Scenario:
    """Give the primary NIC another ipConfiguration, like its first but for these."""
    ips = _ips(scenario)
    ips[0]["properties"]["primary"] = True
    other = copy.deepcopy(ips[0])
    other["name"] = name
    other["properties"] |= {"primary": False, **properties}
    ips.append(other)
    return scenario


def _with_nic(scenario: Scenario, *, read: bool = True) -> Scenario:
    """Give the VM a second NIC, in another subnet with an NSG of its own."""
    nic = copy.deepcopy(scenario.body(NIC_ENDING))
    nic["id"], nic["name"] = SECOND, "web-01-second"
    nic["properties"].pop("networkSecurityGroup", None)
    nic["properties"]["ipConfigurations"][0]["properties"] |= {
        "privateIPAddress": "192.0.2.40",
        "subnet": {"id": BACK},
    }
    nics = scenario.body("virtualMachines/web-01")["properties"]["networkProfile"]["networkInterfaces"]
    nics[0]["properties"] = {"primary": True}
    nics.append({"id": SECOND, "properties": {"primary": False}})
    subnet = {"id": BACK, "name": "back", "properties": {"networkSecurityGroup": {"id": BACK_NSG}}}
    scenario.body(VNET_ENDING)["properties"]["subnets"].append(subnet)
    scenario.read("security_group", {"id": BACK_NSG, "properties": {"securityRules": []}}, id=BACK_NSG)
    return scenario.read("network_interface", nic, id=SECOND) if read else scenario


def _shown(others: tuple[Attachment, ...]) -> list[tuple[str | None, str | None, int]]:
    return [(it.nic_id, it.address, it.family) for it in others]


def test_the_samples_vm_has_one_address_alone() -> None:
    facts = healthy().facts()
    assert (facts.primary.nic_id, facts.primary.address, facts.primary.family) == (NIC, "192.0.2.4", 4)
    assert facts.others == ()


def test_another_ip_configuration_of_the_primary_nic_is_another_address() -> None:
    facts = _with_ip(healthy(), "second", privateIPAddress="192.0.2.5").facts()
    assert facts.primary.address == "192.0.2.4"
    assert _shown(facts.others) == [(NIC, "192.0.2.5", 4)]


def test_the_primary_ipv4_address_decides_wherever_it_stands_in_the_list() -> None:
    scenario = _with_ip(healthy(), "second", privateIPAddress="192.0.2.5")
    _ips(scenario).reverse()
    facts = scenario.facts()
    assert facts.primary.address == "192.0.2.4"
    assert _shown(facts.others) == [(NIC, "192.0.2.5", 4)]


@pytest.mark.parametrize("version", ["IPv6", "ipv6"])
def test_an_ipv6_address_is_another_even_where_it_is_called_primary(version: str) -> None:
    more = {"privateIPAddress": "2001:db8::4", "privateIPAddressVersion": version, "primary": True}
    facts = _with_ip(healthy(), "six", **more).facts()
    assert facts.primary.address == "192.0.2.4"
    assert _shown(facts.others) == [(NIC, "2001:db8::4", 6)]


def test_another_nic_stands_in_its_own_subnet_behind_its_own_group() -> None:
    (other,) = _with_nic(healthy()).facts().others
    assert (other.nic_id, other.address) == (SECOND, "192.0.2.40")
    assert other.nic_group is None
    assert other.subnet.value is not None
    assert other.subnet.value.id == BACK
    assert other.subnet_group is not None
    assert other.subnet_group.value is not None
    assert other.subnet_group.value.id == BACK_NSG
    assert "not in the snapshot" in other.effective_routes.why_not
    assert other.admin_rules.value == ()


def test_another_nic_that_was_not_read_gives_no_address() -> None:
    facts = _with_nic(healthy(), read=False).facts()
    assert facts.primary.address == "192.0.2.4"
    assert facts.others == ()


def test_without_the_vm_no_address_is_known() -> None:
    facts = healthy().drop("virtualMachines/web-01").facts()
    assert (facts.primary.nic_id, facts.primary.address, facts.primary.family) == (None, None, 4)
    assert facts.others == ()
    for reading in (facts.primary.effective_groups, facts.primary.effective_routes, facts.primary.admin_rules):
        assert f"GET {VM}" in reading.why_not


def test_a_primary_nic_with_ipv6_alone_has_no_address_that_decides() -> None:
    scenario = healthy()
    _ips(scenario)[0]["properties"] |= {"privateIPAddressVersion": "IPv6", "privateIPAddress": "2001:db8::4"}
    facts = scenario.facts()
    assert (facts.primary.address, facts.primary.ip_configuration) == (None, None)
    assert _shown(facts.others) == [(NIC, "2001:db8::4", 6)]


def test_each_load_balancer_of_an_ip_configurations_pools_is_read_once() -> None:
    scenario = healthy()
    balancers = [f"{NETWORK}/loadBalancers/{name}" for name in ("one", "two")]
    pools = [{"id": f"{it}/backendAddressPools/{pool}"} for it in balancers for pool in ("a", "b")]
    _ips(scenario)[0]["properties"]["loadBalancerBackendAddressPools"] = pools
    scenario.read("load_balancer", {"id": balancers[1], "properties": {}}, id=balancers[1])
    one, two = scenario.facts().primary.load_balancers
    assert one.value is None
    assert two.value is not None
    assert two.value.id == balancers[1]


# DNS servers in force (facts 5.3).


def _dns(scenario: Scenario, nic: list[str], vnet: list[str]) -> Attachment:
    scenario.body(NIC_ENDING)["properties"]["dnsSettings"] = {"dnsServers": nic}
    scenario.body(VNET_ENDING)["properties"]["dhcpOptions"] = {"dnsServers": vnet}
    return scenario.facts().primary


@pytest.mark.parametrize(
    ("nic", "vnet", "servers", "custom"),
    [
        ([], [], (PLATFORM_RESOLVER,), ()),
        ([], ["10.0.0.9"], ("10.0.0.9",), ("10.0.0.9",)),
        (["10.0.0.8"], ["10.0.0.9"], ("10.0.0.8",), ("10.0.0.8",)),
        (["AzureProvidedDNS"], ["10.0.0.9"], (PLATFORM_RESOLVER,), ()),
        ([], ["10.0.0.9", PLATFORM_RESOLVER], ("10.0.0.9", PLATFORM_RESOLVER), ("10.0.0.9",)),
    ],
)
def test_the_nics_dns_servers_win_then_the_networks_then_azures_own(
    nic: list[str], vnet: list[str], servers: tuple[str, ...], custom: tuple[str, ...]
) -> None:
    primary = _dns(healthy(), nic, vnet)
    assert primary.dns_servers.value == servers
    assert primary.custom_dns_servers.value == custom
    assert primary.dns_servers.evidence == primary.custom_dns_servers.evidence != ""


def test_dns_servers_are_not_known_without_the_nic_or_the_network_that_would_name_them() -> None:
    for ending in (NIC_ENDING, VNET_ENDING):
        primary = healthy().answer(ending, 403).facts().primary
        for reading in (primary.dns_servers, primary.custom_dns_servers):
            assert reading.value is None
            assert "refused" in reading.why_not
    scenario = healthy()
    scenario.body(NIC_ENDING)["properties"]["dnsSettings"] = {"dnsServers": ["10.0.0.8"]}
    assert scenario.drop(VNET_ENDING).facts().primary.dns_servers.value == ("10.0.0.8",)


def test_a_subnet_names_the_group_and_the_table_that_serve_its_addresses() -> None:
    primary = healthy().facts().primary
    assert primary.subnet_group is not None
    assert primary.subnet_group.value is not None
    assert primary.subnet_group.value.id == SUBNET_NSG
