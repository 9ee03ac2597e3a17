"""Random routes: effective ones of a NIC, and route tables in networks that may learn more."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.scenario import VNET

Json = dict[str, Any]

_BLOCKS = [
    *(f"203.0.113.{first}/{length}" for length in range(27, 33) for first in range(0, 32, 1 << (32 - length))),
    *["203.0.113.0/26", "203.0.113.0/24", "203.0.112.0/23"] * 8,
]
_WIDE = ["0.0.0.0/0", "0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/8", "::/0"]
_TAGS = [
    "AzureAttestation",
    "azureattestation",
    "AzureAttestation.EastUS",
    "AzureCloud",
    "AzureCloud.eastus",
    "Storage",
]
_ODD_TERMS = ["203.0.113.0/33", "203.0.113.x/25", "203.0.113.x", "Broken", "Storage"]
_prefix = st.one_of(*map(st.sampled_from, (_BLOCKS, _BLOCKS, _WIDE)))
_written = st.one_of(*map(st.sampled_from, (_BLOCKS, _BLOCKS, _WIDE, _TAGS, _ODD_TERMS)))

_TO_APPLIANCE = [("VirtualAppliance", [f"10.0.0.{last}"]) for last in (8, 9)]
_OUT = [("Internet", []), ("None", []), ("VirtualNetworkGateway", []), *_TO_APPLIANCE, ("VirtualAppliance", [])]
_ODD = [
    ("VnetLocal", []),
    ("Sideways", []),
    ("VirtualApplianceEcmp", ["10.0.0.8", "10.0.0.9"]),
    ("virtualappliance", []),
]
_INSIDE = ["VnetLocal", "VNetPeering", "VNetGlobalPeering", "VirtualNetworkServiceEndpoint", "InterfaceEndpoint"]
_of_user = st.sampled_from([*_OUT * 3, *_ODD])
_state = st.sampled_from([*["Active"] * 6, "active", "Invalid"])


def _effective(source: str, state: str, prefixes: list[str], next_hop: tuple[str, list[str]]) -> Json:
    kind, addresses = next_hop
    fields = {"source": source, "state": state, "nextHopType": kind, "nextHopIpAddress": addresses}
    return {**fields, "addressPrefix": prefixes, "name": None}


def _some(prefix: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.one_of(prefix.map(lambda it: [it]), st.lists(prefix, min_size=1, max_size=3, unique=True))


_user = st.builds(_effective, st.sampled_from(["User", "USER"]), _state, _some(_written), _of_user)
_by_tag = st.builds(
    _effective, st.just("User"), st.just("Active"), st.sampled_from(_TAGS).map(lambda it: [it]), _of_user
)
_learned = st.builds(
    _effective,
    st.just("VirtualNetworkGateway"),
    _state,
    _some(_prefix),
    st.sampled_from([("VirtualNetworkGateway", []), ("VirtualNetworkGateway", []), ("VirtualAppliance", ["10.0.0.7"])]),
)
_system = st.builds(
    _effective,
    st.just("Default"),
    _state,
    _some(_prefix),
    st.sampled_from([*[(it, []) for it in _INSIDE], ("Internet", []), ("None", [])]),
)
_DEFAULT = _effective("Default", "Active", ["0.0.0.0/0"], ("Internet", []))

effective_routes = st.builds(
    lambda first, drawn: [*first, *drawn],
    st.sampled_from([[_DEFAULT]] * 5 + [[{**_DEFAULT, "state": "Invalid"}]]),
    st.lists(st.one_of(_user, _user, _by_tag, _learned, _system), max_size=5),
)
"""The effective routes of a NIC as Azure answers them."""


def _table(drawn: list[tuple[str, tuple[str, list[str]]]], *, propagation: bool) -> Json:
    routes: list[Json] = []
    for place, (prefix, (kind, addresses)) in enumerate(drawn):
        fields = {
            "addressPrefix": prefix,
            "nextHopType": kind,
            **({"nextHopIpAddress": addresses[0]} if addresses else {}),
        }
        routes.append({"name": f"route-{place}", "properties": fields})
    return {"id": "/table", "properties": {"routes": routes, "disableBgpRoutePropagation": not propagation}}


tables = st.one_of(
    st.none(),
    *[
        st.builds(
            lambda drawn, propagation: _table(drawn, propagation=propagation),
            st.lists(st.tuples(_written, st.sampled_from(_OUT)), max_size=4, unique_by=lambda it: it[0].lower()),
            st.booleans(),
        )
    ]
    * 4,
)
"""Route tables, or none; Azure takes a prefix only once."""

_SUBNETS = [["web"], ["web"], ["web", "GatewaySubnet"], ["web", "routeserversubnet"]]


def _vnet(own: list[str], peered: list[tuple[list[str], str, bool]], subnets: list[str]) -> Json:
    peerings = [
        {
            "name": f"to-{place}",
            "properties": {
                "remoteAddressSpace": {"addressPrefixes": prefixes},
                "peeringState": state,
                "useRemoteGateways": remote,
            },
        }
        for place, (prefixes, state, remote) in enumerate(peered)
    ]
    named = [{"id": f"{VNET}/subnets/{name}", "properties": {}} for name in subnets]
    space = {"addressPrefixes": ["10.0.0.0/16", *own]}
    return {"id": VNET, "properties": {"addressSpace": space, "subnets": named, "virtualNetworkPeerings": peerings}}


_few = st.sampled_from([[], [], [], ["203.0.113.0/29"], ["203.0.113.16/30", "203.0.113.1/32"]])
vnets = st.builds(
    _vnet,
    _few,
    st.lists(
        st.tuples(_few, st.sampled_from(["Connected", "Disconnected"]), st.sampled_from([False, False, True])),
        max_size=2,
    ),
    st.sampled_from(_SUBNETS),
)
"""Virtual networks that hold some of the addresses, with or without what could teach them routes."""
