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
    assert [(it.name, it.backend_pool_id) for it in balancer.outbound_rules] == [("out", "/pool"), ("bare", None)]


@pytest.mark.parametrize("rules", [{}, {"outboundRules": None}, {"outboundRules": "x"}], ids=repr)
def test_a_load_balancer_without_outbound_rules_has_none(rules: dict[str, Any]) -> None:
    assert parse_load_balancer(Node({"properties": rules}, "")).outbound_rules == ()
