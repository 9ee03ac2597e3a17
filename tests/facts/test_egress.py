"""NAT gateways, public addresses and load balancers."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.egress import parse_load_balancer, parse_nat_gateway, parse_public_ip_address
from guest_attestation.snapshot.node import Node
from tests.scenario import NETWORK, Scenario


def test_the_samples_nat_gateway_names_its_public_address() -> None:
    gateway = parse_nat_gateway(Node(Scenario.sample("healthy").body("natGateways/shop-prod-nat"), "f.json#/b"))

    assert gateway.id == f"{NETWORK}/natGateways/shop-prod-nat"
    assert gateway.public_ips == (f"{NETWORK}/publicIPAddresses/shop-prod-nat-ip",)


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"publicIpAddresses": [{"id": "/a"}], "publicIpPrefixes": [{"id": "/p"}]}, ("/a", "/p")),
        ({"publicIpPrefixes": [{"id": "/p"}]}, ("/p",)),
        ({"publicIpAddresses": [], "publicIpPrefixes": []}, ()),
        ({"publicIpAddresses": None}, ()),
        ({"publicIpAddresses": [{}, {"id": None}]}, ()),
        ({}, ()),
    ],
)
def test_a_nat_gateway_names_addresses_prefixes_or_nothing(properties: Any, named: tuple[str, ...]) -> None:
    assert parse_nat_gateway(Node({"id": "/nat", "properties": properties}, "")).public_ips == named


def test_the_samples_public_address_is_read() -> None:
    body = Scenario.sample("healthy").body("publicIPAddresses/shop-prod-nat-ip")

    address = parse_public_ip_address(Node(body, "f.json#/b"))

    assert (address.id, address.ip_address) == (body["id"], body["properties"]["ipAddress"])


def test_a_public_address_that_is_not_allocated_has_none() -> None:
    assert parse_public_ip_address(Node({"id": "/p", "properties": {}}, "")).ip_address is None


def test_a_load_balancers_outbound_rules_name_their_pool() -> None:
    rules = [{"name": "out", "properties": {"backendAddressPool": {"id": "/pool"}}}, {"name": "bare"}]

    balancer = parse_load_balancer(Node({"id": "/lb", "properties": {"outboundRules": rules}}, ""))

    assert balancer.id == "/lb"
    assert [(it.name, it.backend_pool_ids) for it in balancer.outbound_rules] == [("out", ("/pool",)), ("bare", ())]


PUBLIC = {"id": "/lb/front/public", "properties": {"publicIPAddress": {"id": "/ip"}}}
PREFIX = {"id": "/lb/front/prefix", "properties": {"publicIPPrefix": {"id": "/prefix"}}}
INTERNAL = {"id": "/lb/front/internal", "properties": {"privateIPAddress": "10.0.0.9"}}


def _balancing(front: str | None, **more: Any) -> list[tuple[str, tuple[str, ...], str]]:
    rule = {
        "name": "in",
        "properties": {
            "protocol": "Tcp",
            "backendAddressPool": {"id": "/pool"},
            "frontendIPConfiguration": {"id": front} if front else None,
            **more,
        },
    }
    properties = {"frontendIPConfigurations": [PUBLIC, PREFIX, INTERNAL], "loadBalancingRules": [rule]}
    balancer = parse_load_balancer(Node({"id": "/lb", "properties": properties}, ""))
    return [(it.name, it.backend_pool_ids, it.protocol) for it in balancer.load_balancing_rules]


@pytest.mark.parametrize("front", ["/lb/front/public", "/LB/front/PUBLIC", "/lb/front/prefix"])
@pytest.mark.parametrize("off", [None, False])
def test_a_rule_on_a_public_frontend_may_give_egress_unless_it_says_not_to(front: str, off: bool | None) -> None:
    """Facts 5.3."""
    assert _balancing(front, disableOutboundSnat=off) == [("in", ("/pool",), "Tcp")]
    assert _balancing(front, disableOutboundSnat=True) == []


@pytest.mark.parametrize("front", ["/lb/front/internal", "/lb/front/other", None])
def test_a_rule_on_no_public_frontend_gives_none(front: str | None) -> None:
    assert _balancing(front) == []


def test_a_rule_may_name_several_pools() -> None:
    pools = [{"id": "/pool"}, {"id": "/more"}]
    assert _balancing("/lb/front/public", backendAddressPools=pools) == [("in", ("/pool", "/more"), "Tcp")]


@pytest.mark.parametrize(("sku", "found"), [({"name": "Standard"}, "Standard"), ({}, "Basic"), (None, "Basic")])
def test_a_load_balancer_that_names_no_sku_is_basic(sku: Any, found: str) -> None:
    assert parse_load_balancer(Node({"sku": sku, "properties": {}}, "")).sku == found


def test_a_nat_gateways_ipv6_addresses_stand_apart() -> None:
    properties = {"publicIpAddressesV6": [{"id": "/a6"}], "publicIpPrefixesV6": [{"id": "/p6"}]}
    gateway = parse_nat_gateway(Node({"id": "/nat", "properties": properties}, ""))
    assert (gateway.public_ips, gateway.public_ips_v6) == ((), ("/a6", "/p6"))


@pytest.mark.parametrize("rules", [{}, {"outboundRules": None}, {"outboundRules": "x"}], ids=repr)
def test_a_load_balancer_without_outbound_rules_has_none(rules: dict[str, Any]) -> None:
    assert parse_load_balancer(Node({"properties": rules}, "")).outbound_rules == ()
