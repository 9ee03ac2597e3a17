"""Random surroundings of a VM with two NICs and four addresses, as a snapshot and for the oracle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.naive.path import UNREAD, Around, default_route, routed
from tests.naive.security_groups import Network
from tests.network.firewall_build import application_rule, collection, group, network_rule
from tests.network.strategies import group_answers, in_family, networks
from tests.network.strategies_admin import admin_rules_of_one
from tests.network.strategies_routes import effective_routes, tables
from tests.scenario import GROUP, NETWORK, NIC, NIC_NSG, SUBNET_NSG, VNET, Scenario

Json = dict[str, Any]

ADDRESSES = ("10.0.0.4", "10.0.0.9", in_family("10.0.0.4", 6), "10.0.1.4")
FIREWALL = "198.51.100.4"
OTHER_NIC = f"{NETWORK}/networkInterfaces/web-01-nic-2"
_TABLE = f"{NETWORK}/routeTables/shop-prod-routes"
_SUBSCRIPTION = "aaaaaaaa-0000-4000-8000-000000000001"

_DENY_SOME = collection("deny", 100, "Deny", network_rule("d", "203.0.113.0/29"))
_ALLOW_MOST = collection("allow", 200, "Allow", network_rule("a", "203.0.113.0/28", "203.0.113.24/29"))
_BY_NAME = collection("app", 300, "Allow", application_rule("n", "*"))
_FIREWALLS = [
    [group("g", 100, _ALLOW_MOST)],
    [group("g", 100, _DENY_SOME, _ALLOW_MOST)],
    [group("g", 100, _DENY_SOME, _BY_NAME)],
    [group("g", 100, _DENY_SOME), group("h", 100, _ALLOW_MOST)],
    [group("g", 100, _BY_NAME)],
    [],
]
_EGRESS = ["private subnet", "public address", "unread NAT gateway", "default outbound access"]


@dataclass(frozen=True)
class Drawn:
    """What is around the VM. A group of None is not there, UNREAD stands for what was refused."""

    admin: list[Json] | None
    nic_group: Json | None
    subnet_group: Json | None
    routes: list[Json] | None
    table: Json | None
    own_prefixes: list[str]
    gateway: bool
    firewall: list[Json]
    egress: str
    network: Network
    expands: bool
    pair: tuple[str, ...] | None


_group = st.one_of(*[group_answers] * 6, st.none(), st.just(UNREAD))
_to_firewall = st.sampled_from([[], [], ["0.0.0.0/0"], ["0.0.0.0/0"], ["203.0.113.0/28"], ["AzureAttestation"]])


def _with_firewall(routes: list[Json], prefixes: list[str]) -> list[Json]:
    """Let some be led to the firewall."""
    if not prefixes:
        return routes
    route = {"source": "User", "state": "Active", "nextHopType": "VirtualAppliance", "nextHopIpAddress": [FIREWALL]}
    return [*routes, {**route, "addressPrefix": prefixes, "name": "to-firewall"}]


_ANY_SOURCE_PORT = {"sourcePortRange": "*", "sourcePortRanges": ["*"]}


def _by_one_source_port(rules: list[Json]) -> list[Json]:
    """Leave one rule with restricted source ports: of several with an uncertain one among them lib knows less."""
    changed: list[Json] = []
    restricted = 0
    for rule in rules:
        properties = rule["properties"]
        ports = {properties.get("sourcePortRange", "*"), *properties.get("sourcePortRanges", ["*"])}
        restricted += not ports <= {"*", "0-65535"}
        again = restricted > 1
        changed.append({**rule, "properties": {**properties, **_ANY_SOURCE_PORT}} if again else rule)
    return changed


def _of_one_source_port(drawn_group: Json | None) -> Json | None:
    if drawn_group is None or drawn_group is UNREAD:
        return drawn_group
    rules = _by_one_source_port(drawn_group["properties"]["securityRules"])
    return {**drawn_group, "properties": {**drawn_group["properties"], "securityRules": rules}}


def _as_far_as_lib_goes(it: Drawn) -> Drawn:
    """Leave one rule with restricted source ports in every list."""
    it = replace(it, nic_group=_of_one_source_port(it.nic_group), subnet_group=_of_one_source_port(it.subnet_group))
    return replace(it, admin=_by_one_source_port(it.admin)) if it.admin else it


drawn = st.builds(
    Drawn,
    st.one_of(admin_rules_of_one, st.just([]), st.just([]), st.none()),
    _group,
    _group,
    st.one_of(*[st.builds(_with_firewall, effective_routes, _to_firewall)] * 3, st.none()),
    tables,
    st.sampled_from([[], [], [], ["203.0.113.0/29"]]),
    st.sampled_from([False, False, True]),
    st.sampled_from(_FIREWALLS),
    st.sampled_from(_EGRESS),
    networks(),
    st.booleans(),
    st.sampled_from([(), ("westus",), ("westus",), None]),
).map(_as_far_as_lib_goes)
"""What is around a VM."""


@cache
def _sample() -> Scenario:
    scenario = Scenario.sample("healthy-behind-firewall")
    for ending in ("serviceTagDetails", "effectiveNetworkSecurityGroups", "effectiveRouteTable"):
        scenario.drop(ending)
    return scenario.drop("listNetworkManagerEffectiveSecurityAdminRules").drop(NIC_NSG).drop(SUBNET_NSG).drop(_TABLE)


def in_both_families(network: Network) -> Network:
    """List every tag with its prefixes of IPv4, and with the same of IPv6."""
    tags = {name: [it for it in prefixes if "/64" not in it] for name, prefixes in network.tags.items()}
    return replace(network, tags={name: [*listed, *in_family(listed, 6)] for name, listed in tags.items()})


def recorded(it: Drawn) -> Scenario:
    """Write what was drawn as Azure answers it."""
    scenario = Scenario(deepcopy(_sample().documents))
    _record_network(scenario, it)
    _record_pair(scenario, it.pair)
    _record_tags(scenario, it)
    _record_nics(scenario, it)
    for group_id, drawn_group in ((NIC_NSG, it.nic_group), (SUBNET_NSG, it.subnet_group)):
        if drawn_group:
            scenario.read("security_group", {**drawn_group, "id": group_id}, id=group_id)
    if it.admin is not None:
        scenario.read("effective_admin_rules", {"value": it.admin}, vnet=VNET)
    if it.routes is not None:
        scenario.read("effective_routes", {"value": it.routes}, nic=NIC)
    if it.table is not None:
        scenario.read("route_table", {**it.table, "id": _TABLE}, id=_TABLE)
    if it.expands:
        entry = {"association": {"subnet": {"id": "/s"}}, "networkSecurityGroup": {"id": "/other"}}
        body = {"value": [{**entry, "effectiveSecurityRules": [], "tagMap": it.network.tag_map}]}
        scenario.read("effective_security_groups", body, nic=NIC)
    scenario.body("ruleCollectionGroups")["value"] = it.firewall
    return scenario


def around(it: Drawn, address: str, family: int) -> Around:
    """Say what is around one of the addresses: the second NIC stands in a subnet of its own, with nothing on it."""
    first = not address.startswith("10.0.1.")
    vnet = _sample_vnet(it)
    routes, table = (it.routes, it.table) if first else (None, None)
    groups = (it.nic_group, it.subnet_group) if first else (None, None)
    network = in_both_families(it.network)
    space = [*vnet["properties"]["addressSpace"]["addressPrefixes"], "198.51.100.0/26", "198.51.100.64/27"]
    network = replace(
        network,
        tag_map=network.tag_map if first and it.expands else {},
        space=space,
        default_route=default_route(routes, table, vnet, family),
        routed=routed(routes, table),
    )
    admin = [] if it.admin is None and it.expands and first else it.admin
    firewalls = {FIREWALL: it.firewall}
    return Around(admin, groups, routes, table, vnet, firewalls, _egress(it, address, family), network)


def _egress(it: Drawn, address: str, family: int) -> str:
    """Say what gives egress: the public address is the primary configuration's; the other subnet is private."""
    if address.startswith("10.0.1."):
        return "deny"
    if it.egress == "public address":
        return "allow" if address == "10.0.0.4" else "deny"
    if it.egress == "default outbound access":
        return "allow" if family == 4 else "deny"
    return "unknown" if it.egress == "unread NAT gateway" else "deny"


def _sample_vnet(it: Drawn) -> Json:
    sample: Json = _sample().body("virtualNetworks/shop-prod-vnet")
    properties = sample["properties"]
    space = {"addressPrefixes": [*properties["addressSpace"]["addressPrefixes"], *it.own_prefixes]}
    gateway = [{"id": f"{VNET}/subnets/GatewaySubnet", "properties": {}}] if it.gateway else []
    subnets = [*deepcopy(properties["subnets"]), *gateway]
    return {**sample, "properties": {**properties, "addressSpace": space, "subnets": subnets}}


def _record_network(scenario: Scenario, it: Drawn) -> None:
    vnet = _sample_vnet(it)
    subnet = vnet["properties"]["subnets"][0]["properties"]
    if it.subnet_group is None:
        del subnet["networkSecurityGroup"]
    if it.table is None:
        del subnet["routeTable"]
    if it.egress == "unread NAT gateway":
        subnet["natGateway"] = {"id": f"{NETWORK}/natGateways/lost"}
    if it.egress == "default outbound access":
        del subnet["defaultOutboundAccess"]
    scenario.document("virtualNetworks/shop-prod-vnet")["response"]["body"] = vnet


def _record_pair(scenario: Scenario, pair: tuple[str, ...] | None) -> None:
    if pair is None:
        scenario.answer("/locations", 403)
        return
    paired = [{"name": name} for name in pair]
    scenario.body("/locations")["value"] = [{"name": "eastus", "metadata": {"pairedRegion": paired}}]


def _record_tags(scenario: Scenario, it: Drawn) -> None:
    network = in_both_families(it.network)
    values = [{"name": name, "properties": {"addressPrefixes": listed}} for name, listed in network.tags.items()]
    if network.complete:
        scenario.read("service_tags", {"values": values}, subscription=_SUBSCRIPTION, location="eastus")
    else:
        body = {"value": values}
        scenario.read("service_tag", body, subscription=_SUBSCRIPTION, location="eastus", tag="Any")


def _record_nics(scenario: Scenario, it: Drawn) -> None:
    nic = scenario.body(NIC)["properties"]
    if it.nic_group is None:
        del nic["networkSecurityGroup"]
    subnets = [f"{VNET}/subnets/web"] * 3
    nic["ipConfigurations"] = list(_configurations(ADDRESSES[:3], subnets))
    if it.egress == "public address":
        nic["ipConfigurations"][0]["properties"]["publicIPAddress"] = {"id": f"{GROUP}/publicIPAddresses/own"}
    alone = list(_configurations(ADDRESSES[3:], [f"{VNET}/subnets/data"]))
    scenario.read("network_interface", {"id": OTHER_NIC, "properties": {"ipConfigurations": alone}}, id=OTHER_NIC)
    machine = scenario.body("virtualMachines/web-01")["properties"]
    machine["networkProfile"]["networkInterfaces"] = [
        {"id": NIC, "properties": {"primary": True}},
        {"id": OTHER_NIC, "properties": {"primary": False}},
    ]


def _configurations(addresses: Sequence[str], subnets: list[str]) -> Iterator[Json]:
    for place, (address, subnet) in enumerate(zip(addresses, subnets, strict=True)):
        properties = {
            "privateIPAddress": address,
            "privateIPAddressVersion": "IPv6" if ":" in address else "IPv4",
            "primary": place == 0,
            "subnet": {"id": subnet},
        }
        yield {"name": f"ipconfig{place}", "properties": properties}
