"""Answers of every family of facts, with any JSON at any of their places."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

from hypothesis import strategies as st

from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT
from tests.facts.scale_set import instance_of
from tests.scenario import NETWORK, SUBSCRIPTION, VM, Scenario

TABLE = f"{NETWORK}/routeTables/web-routes"
BALANCER = f"{NETWORK}/loadBalancers/front"
ADDRESS = f"{NETWORK}/publicIPAddresses/web-01-ip"
ARM = "https://management.azure.com"
LOG = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
WINDOW = "eventTimestamp ge '2026-11-06T00:00:00Z' and eventTimestamp le '2026-11-20T09:30:00Z'"

KEYS = st.sampled_from(
    ["id", "name", "properties", "value", "values", "nextLink", "skipToken", "status", "code", "time"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        ["https://[bad", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0.0.0.0/0", "::/0", VM]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)

Place = tuple[str, tuple[str | int, ...]]


@cache
def every_family() -> dict[str, Scenario]:
    """A VM, a scale-set instance, a VM behind either kind of firewall, one with a provider of the customer's own.

    Their answers hold every family of facts.
    """
    vm = Scenario.sample("nsg-denies-attestation")
    subnet = vm.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"][0]["properties"]
    subnet["routeTable"] = {"id": TABLE}
    ip = vm.body("networkInterfaces/web-01-nic")["properties"]["ipConfigurations"][0]["properties"]
    ip["publicIPAddress"] = {"id": ADDRESS}
    ip["loadBalancerBackendAddressPools"] = [{"id": f"{BALANCER}/backendAddressPools/one"}]
    peering = {"name": "hub", "properties": {"useRemoteGateways": True, "remoteAddressSpace": {"addressPrefixes": []}}}
    vm.body("virtualNetworks/shop-prod-vnet")["properties"]["virtualNetworkPeerings"] = [peering]
    route = {"name": "r", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}}
    rule = {"name": "out", "properties": {"backendAddressPool": {"id": f"{BALANCER}/backendAddressPools/one"}}}
    vm.read("route_table", {"id": TABLE, "properties": {"routes": [route]}}, id=TABLE)
    vm.read("public_ip_address", {"id": ADDRESS, "properties": {"ipAddress": "203.0.113.1"}}, id=ADDRESS)
    vm.read("load_balancer", {"id": BALANCER, "properties": {"outboundRules": [rule]}}, id=BALANCER)
    status = {"properties": {"status": {"code": "Unhealthy", "cause": "x"}}}
    vm.read("assessment", status, vm=VM, key=ATTESTATION_ASSESSMENT)
    vm.body("EffectiveSecurityAdminRules")["value"] = [{"id": "/rules/a", "properties": {"direction": "Outbound"}}]
    event = {
        "operationName": {"value": "x/write"},
        "status": {"value": "Succeeded"},
        "eventTimestamp": "2026-11-19T10:00:00Z",
        "resourceId": VM,
    }
    vm.add("GET", f"{LOG}?$filter={WINDOW} and resourceGroupName eq 'shop-prod-rg'", {"value": [event]})
    tag = {"name": "Sql", "properties": {"addressPrefixes": ["203.0.113.8/30"]}}
    vm.add("GET", f"{SUBSCRIPTION}/providers/Microsoft.Network/locations/eastus/serviceTags", {"values": [tag]})
    for document in vm.documents.values():
        document["response"]["body"].setdefault("nextLink", None)
    failed = {file: it for file, it in vm.documents.items() if "virtualMachines/" in file}
    policy = Scenario.sample("healthy-behind-firewall")
    policy.documents |= failed
    return {
        "vm": vm,
        "instance": instance_of("nsg-denies-attestation"),
        "classic firewall": Scenario.sample("firewall-denies-attestation"),
        "firewall policy": policy,
        "custom provider": Scenario.sample("custom-provider-unreachable"),
    }


KINDS = ("vm", "instance", "classic firewall", "firewall policy", "custom provider")


@cache
def places(kind: str) -> list[Place]:
    """Every place in every body, the bodies themselves included."""
    documents = every_family()[kind].documents
    return [(file, path) for file, it in documents.items() for path in _below(it["response"]["body"], ())]


def _below(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    yield path
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _below(item, (*path, key))


def with_json_at(kind: str, chosen: list[tuple[Place, object]]) -> Scenario:
    """Copy the scenario with some of its places holding other JSON; a place that went with another is left."""
    scenario = every_family()[kind]
    changed = Scenario(dict(scenario.documents), vm=scenario.vm)
    for (file, path), value in chosen:
        changed.documents[file] = document = copy.deepcopy(changed.documents[file])
        target: Any = document["response"]
        *way, last = ("body", *path)
        with suppress(LookupError, TypeError):
            for key in way:
                target = target[key]
            target[last] = value
    return changed


def changes(kind: str) -> st.SearchStrategy[list[tuple[Place, object]]]:
    """Other JSON at one to three places."""
    return st.lists(st.tuples(st.sampled_from(places(kind)), JSON), min_size=1, max_size=3)
