"""Random NSGs and networks around them, small enough that rules meet, odd enough that some cannot be read.

Nearly everything is drawn from a list made beforehand: that takes a tenth of the time that nested strategies take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from guest_attestation.network.tags import Tags, VirtualNetworkSpace
from tests.naive.security_groups import Network
from tests.network.build import DEFAULT_RULES, tags_listed
from tests.scenario import outbound_rule

T = TypeVar("T")

GROUPS = ("/asg/web", "/asg/data")

_SINGLES = [f"203.0.113.{last}" for last in range(32)]
_BLOCKS = [f"{address}/{length}" for address in _SINGLES for length in range(26, 33)]
_RANGES = [f"{low}-{high}" for place, low in enumerate(_SINGLES) for high in _SINGLES[place:]]
_ELSEWHERE = ["10.0.0.0/8", "198.51.100.0/24", "203.0.112.0/23", "2001:db8:100::/40", "2001:db8:100::7", "::/0"]
_UNREADABLE = [
    "203.0.113.0/33",
    "203.0.113.x",
    "203.0.113.9-203.0.113.4",
    "203.0.113.1-203.0.113.2-203.0.113.3",
    "no tag!",
]
_TAGS = (
    *("AzureAttestation.EastUS", "AzureCloud", "AzureCloud.eastus", "AzureCloud.westus", "AzureCloud.norwaye"),
    *("Storage", "AzureMonitor", "Broken"),
)
_REGIONAL = [
    *([], [], ["AzureCloud.eastus"], ["AzureCloud.eastus", "AzureCloud.westus"]),
    *(["AzureCloud.eastus", "AzureAttestation.EastUS"], ["AzureCloud", "AzureAttestation.EastUS"]),
]


def _in_odd_case(texts: Iterable[str]) -> list[str]:
    return [change(text) for text in texts for change in (str, str, str.upper, str.lower, str.swapcase)]


_WHOLE = _in_odd_case(["*", "Any", "0.0.0.0/0", "Internet", "VirtualNetwork", "AzureAttestation"])
_NAMED = _in_odd_case([*_TAGS, "Sql", "AzureCloud.westus", "AzureAttestation.WestUS", "AzurePlatformDNS"])
_prefix = st.one_of(*map(st.sampled_from, (_BLOCKS, _RANGES, _SINGLES, _ELSEWHERE)))
_prefixes = st.lists(_prefix, min_size=1, max_size=3)
_term = st.one_of(_prefix, *map(st.sampled_from, (_WHOLE, _NAMED, _UNREADABLE)))


def _written(name: str, values: list[str]) -> Iterator[dict[str, Any]]:
    """Write values as Azure may: in the singular field, the plural one, or both as effective answers do."""
    plural = f"{name}es" if name.endswith("Prefix") else f"{name}s"
    if not values:
        yield {}
        return
    yield {plural: values}
    yield {name: values[0], plural: values}
    if len(values) == 1:
        yield {name: values[0], plural: []}


def _fields(name: str, often: list[list[str]], rarely: list[list[str]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is common four times out of five."""
    common, rare = ([it for values in lists for it in _written(name, values)] for lists in (often, rarely))
    weight = max(1, 4 * len(rare) // len(common))
    return st.sampled_from(common * weight + rare)


def _by_group(side: str) -> list[dict[str, Any]]:
    ids = [["/asg/web"], ["/ASG/Data"], ["/asg/other"], ["/asg/other", "/asg/WEB"]]
    return [{f"{side}ApplicationSecurityGroups": [{"id": it} for it in some]} for some in ids]


_source = st.one_of(
    _fields(
        "sourceAddressPrefix",
        [["*"], ["VirtualNetwork"], ["10.0.0.4"], ["10.0.0.0/24"], ["0.0.0.0/0"]],
        [
            *([it] for it in _in_odd_case(["virtualnetwork", "Internet", "AzureLoadBalancer", "Storage", "Sql"])),
            ["10.0.1.0/24"],
            ["10.0.1.0/24", "10.0.0.1-10.0.0.9"],
            ["192.0.2.0/24", "203.0.113.0/24"],
            ["10.0.0.x"],
            ["Sql", "10.0.0.4"],
        ],
    ),
    _fields("sourceAddressPrefix", [["*"]], [["10.0.0.0/8"]]),
    st.sampled_from([*_by_group("source"), {}]),
)
_destination = st.one_of(
    st.lists(_term, min_size=1, max_size=3).map(lambda terms: {"destinationAddressPrefixes": terms}),
    _term.map(lambda term: {"destinationAddressPrefix": term, "destinationAddressPrefixes": []}),
    _term.map(lambda term: {"destinationAddressPrefix": term, "destinationAddressPrefixes": [term]}),
    st.sampled_from([*_by_group("destination"), {}]),
)
_ports = _fields(
    "destinationPortRange",
    [["443"], ["*"], ["443-443"], ["80", "443"], ["400-500"], ["0-65535"]],
    [["80"], ["1-442"], ["444-65535", "80"], ["https"], ["80", "443-"], ["500-400"], ["70000-443"], []],
)
_source_ports = _fields(
    "sourcePortRange", [["*"], ["0-65535"]], [["1024-65535"], ["5000", "6000"], ["high"], [], ["high", "*"]]
)
_protocol = st.sampled_from([*["Tcp", "tcp", "TCP", "*", "All"] * 4, "Udp", "udp", "ICMP", "Esp", "Sctp", ""])
_access = st.sampled_from([*["Allow", "Deny"] * 5, "ALLOW", "deny", "DENY", "Audit"])
_direction = st.sampled_from([*["Outbound"] * 12, "outbound", "OUTBOUND", "Inbound", "INBOUND", "Sideways"])
_priority = st.sampled_from([*range(100, 112), None])
_rule = st.tuples(_priority, _source, _source_ports, _destination, _ports, _protocol, _access, _direction)


def _group(drawn: list[tuple[Any, ...]], *, with_defaults: bool) -> dict[str, Any]:
    rules: list[dict[str, Any]] = []
    for place, (priority, source, source_ports, destination, ports, protocol, access, direction) in enumerate(drawn):
        fields = {**source, **source_ports, **destination, **ports}
        fields |= {"protocol": protocol, "access": access, "direction": direction}
        fields |= {} if priority is None else {"priority": priority}
        rules.append({"name": f"rule-{place}", "properties": fields})
    defaults = list(DEFAULT_RULES) if with_defaults else []
    return {"id": "/nsg", "properties": {"securityRules": rules, "defaultSecurityRules": defaults}}


group_answers: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda drawn, defaults: _group(drawn, with_defaults=defaults),
    st.lists(_rule, min_size=1, max_size=6, unique_by=lambda rule: rule[0]),
    st.sampled_from([True] * 9 + [False]),
)
"""NSGs as Azure answers them: priorities are unique, and the default rules nearly always there."""


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw which tags are listed and with which prefixes, what Azure expands, and the network's own space."""
    own = draw(st.lists(st.sampled_from(_BLOCKS + _SINGLES), min_size=1, max_size=4))
    drawn = [*draw(st.sampled_from(_REGIONAL)), *draw(st.lists(st.sampled_from(_TAGS), unique=True, max_size=4))]
    tags = {name: draw(st.one_of(_prefixes, _prefixes, st.just(own), st.just(own[:1]))) for name in drawn}
    tags["AzureAttestation"] = [*own, "2001:db8:100::/64"]
    if "Broken" in tags:
        tags["Broken"] = [*tags["Broken"], "x.x.x.x"]
    default_route = draw(st.sampled_from([False, True, None]))
    # What VirtualNetwork holds without a default route matters only where that is known.
    space = [
        "10.0.0.0/16",
        *(draw(st.lists(st.sampled_from(_BLOCKS), max_size=1)) if default_route is not None else []),
    ]
    expanded: dict[str, list[str]] = {}
    if draw(st.booleans()):
        expanded["VirtualNetwork"] = draw(st.one_of(_prefixes, st.just(["0.0.0.0/0"])))
        expanded["Internet"] = draw(st.one_of(_prefixes, st.just([])))
    return Network(tags, draw(st.booleans()), expanded, space, default_route)


sources = st.sampled_from(["10.0.0.4", "10.0.0.4", "192.0.2.4", None])
"""The VM's address: private, public as in a network with public prefixes, or not known."""

memberships = st.sampled_from([(), (GROUPS[0],), (GROUPS[1],), GROUPS])
"""The application security groups that the VM is in."""

families = st.sampled_from([4, 4, 6])
"""The IP version that is asked for."""

_OURS = re.compile(r"((?:10\.\d+|192\.0|203\.0)\.\d+\.\d+)(?:/(\d+))?")
_SWAPPED = {"0.0.0.0/0": "::/0", "::/0": "0.0.0.0/0", "2001:db8:100::/64": "198.51.100.0/24"}


def in_family(value: T, family: int) -> T:
    """Write what was drawn in the IP version that is asked for: every IPv4 address stands for an IPv6 one."""
    if family == 4:
        return value
    changed: Any = value
    if isinstance(value, str):
        changed = _SWAPPED.get(value) or _OURS.sub(_as_ipv6, value)
    elif isinstance(value, dict):
        changed = {name: in_family(it, family) for name, it in value.items()}
    elif isinstance(value, list | tuple):
        changed = type(value)(in_family(it, family) for it in value)
    elif isinstance(value, Network):
        space = in_family(value.space, family)
        tags, tag_map = in_family(value.tags, family), in_family(value.tag_map, family)
        changed = replace(value, tags=tags, tag_map=tag_map, space=space)
    result: T = changed
    return result


def _as_ipv6(found: re.Match[str]) -> str:
    address, length = found.groups()
    return f"2001:db8:4::{address}" + (f"/{96 + int(length)}" if length else "")


def tags_of_network(network: Network) -> Tags:
    """Give the lib what the oracle's network says."""
    return Tags(
        tags_listed({name: tuple(prefixes) for name, prefixes in network.tags.items()}, complete=network.complete),
        {name.casefold(): tuple(prefixes) for name, prefixes in network.tag_map.items()},
        VirtualNetworkSpace(tuple(network.space), network.default_route),
    )


_symbol = st.one_of(
    st.sampled_from(_in_odd_case(["*", "Internet", "AzureCloud", "AzureAttestation", "0.0.0.0/0"])),
    st.sampled_from(_in_odd_case(["VirtualNetwork", "Storage", "AzureCloud.eastus", "AzureAttestation.EastUS"])),
    st.sampled_from(["10.0.0.0/8", "10.0.0.4", "192.168.1.0/24", "100.64.0.0/10", "172.16.5.0/24", "AzurePlatformDNS"]),
    _prefix,
)


def _symbolic_group(drawn: list[tuple[str, list[str]]]) -> dict[str, Any]:
    rules = [
        outbound_rule(f"rule-{place}", 100 + place, access, "", destinationAddressPrefixes=terms)
        for place, (access, terms) in enumerate(drawn)
    ]
    return {"id": "/nsg", "properties": {"securityRules": rules, "defaultSecurityRules": list(DEFAULT_RULES)}}


symbolic_groups = st.lists(
    st.tuples(st.sampled_from(["Allow", "Deny"]), st.lists(_symbol, min_size=1, max_size=2)), max_size=4
).map(_symbolic_group)
"""NSGs of plain rules, whose destinations are what documented containment speaks of."""
