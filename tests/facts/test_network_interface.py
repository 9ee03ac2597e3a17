"""Network interfaces: which address decides, and which DNS servers are the NIC's own."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.network_interface import NetworkInterface, parse_network_interface
from guest_attestation.snapshot.node import Node
from tests.scenario import NIC, NIC_NSG, Scenario


def parsed(**properties: Any) -> NetworkInterface:
    return parse_network_interface(Node({"properties": properties}, "f.json#/b"))


def test_the_samples_nic_is_read() -> None:
    nic = parse_network_interface(Node(Scenario.sample("healthy").body("networkInterfaces/web-01-nic"), "f.json#/b"))

    assert (nic.id, nic.network_security_group_id, nic.dns_servers) == (NIC, NIC_NSG, ())
    ip = nic.primary_ipv4
    assert ip is not None
    assert (ip.name, ip.private_ip_address, ip.public_ip_address_id) == ("ipconfig1", "192.0.2.4", None)
    assert (ip.application_security_groups, ip.backend_pools) == ((), ())
    assert ip.subnet_id is not None
    assert ip.subnet_id.endswith("/virtualNetworks/shop-prod-vnet/subnets/web")


def ip(name: str, **properties: Any) -> dict[str, Any]:
    return {"name": name, "properties": properties}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([ip("a")], "a", id="alone"),
        pytest.param([ip("a", primary=False)], "a", id="alone, said not to be"),
        pytest.param([ip("a", primary=False), ip("b", primary=True)], "b", id="second"),
        pytest.param(
            [ip("six", privateIPAddressVersion="IPv6", primary=True), ip("four", primary=True)], "four", id="IPv6 first"
        ),
        pytest.param([ip("a", privateIPAddressVersion="ipv4")], "a", id="odd letter case"),
        pytest.param([ip("a", privateIPAddressVersion=None)], "a", id="null version"),
        pytest.param([ip("six", privateIPAddressVersion="IPv6")], None, id="only IPv6"),
        pytest.param([ip("a"), ip("b")], None, id="none says"),
        pytest.param([], None, id="none"),
    ],
)
def test_the_primary_ipv4_address_decides(items: list[Any], expected: str | None) -> None:
    found = parsed(ipConfigurations=items).primary_ipv4

    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({"dnsServers": ["192.0.2.53"], "appliedDnsServers": ["192.0.2.99"]}, ("192.0.2.53",), id="own"),
        pytest.param({"dnsServers": [], "appliedDnsServers": ["192.0.2.99"]}, ("192.0.2.99",), id="applied"),
        pytest.param({"dnsServers": None, "appliedDnsServers": ["192.0.2.99"]}, ("192.0.2.99",), id="null own"),
        pytest.param({"dnsServers": ["192.0.2.53", "192.0.2.54"]}, ("192.0.2.53", "192.0.2.54"), id="two"),
        pytest.param({"dnsServers": ["AzureProvidedDNS"]}, ("168.63.129.16",), id="Azure's own by its word"),
        pytest.param({"dnsServers": [], "appliedDnsServers": []}, (), id="the network's"),
        pytest.param({}, (), id="empty"),
        pytest.param(None, (), id="null"),
    ],
)
def test_the_nics_own_dns_servers_come_before_those_applied_to_it(settings: object, expected: tuple[str, ...]) -> None:
    assert parsed(dnsSettings=settings).dns_servers == expected


def test_a_nic_that_asks_for_azures_resolver_has_no_custom_one() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["dhcpOptions"]["dnsServers"] = ["192.0.2.53"]
    assert "192.0.2.53" in scenario.diagnose().check("dns.servers").summary

    scenario.body("networkInterfaces/web-01-nic")["properties"]["dnsSettings"]["dnsServers"] = ["AzureProvidedDNS"]

    own = scenario.diagnose().check("dns.servers")
    assert (own.status, own.assumptions) == ("pass", ())


def test_groups_and_pools_are_those_of_the_address() -> None:
    item = ip(
        "a",
        applicationSecurityGroups=[{"id": "/asg/1"}, {}, {"id": "/asg/2"}],
        loadBalancerBackendAddressPools=[{"id": "/pool"}],
        publicIPAddress={"id": "/pip"},
    )

    found = parsed(ipConfigurations=[item]).primary_ipv4

    assert found is not None
    assert found.application_security_groups == ("/asg/1", "/asg/2")
    assert (found.backend_pools, found.public_ip_address_id) == (("/pool",), "/pip")


@pytest.mark.parametrize("group", [None, {}, "x"], ids=repr)
def test_a_nic_without_a_group_names_none(group: object) -> None:
    assert parsed(networkSecurityGroup=group).network_security_group_id is None
