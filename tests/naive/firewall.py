"""A second opinion on firewall policies: one packet, rule after rule, from the JSON that Azure answers.

It shares no code with lib. What is not known is tried every way: an order for groups or collections with the same
priority, and for every rule that may match whether it does. A tier has a name; that of the rest is not known, and may
be any below the service's suffix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import groupby, permutations, product
from types import MappingProxyType
from typing import Any

Json = Mapping[str, Any]
Address = IPv4Address | IPv6Address
_NOT_READ: list[Json] = [{"rules": []}]


@dataclass(frozen=True)
class _Packet:
    """One packet, and what IP groups stand for."""

    address: Address
    source: Address
    host: str | None
    ip_groups: Mapping[str, Sequence[str] | None]


def verdicts(
    groups: Sequence[Json],
    address: Address,
    source: str,
    host: str | None,
    *,
    parents: Sequence[Sequence[Json] | None] = (),
    ip_groups: Mapping[str, Sequence[str] | None] = MappingProxyType({}),
) -> set[str]:
    """Return every verdict that one packet to TCP 443 may get: allow, deny, or both.

    `parents` are the groups of the policies that are inherited, nearest first, None of one that was not read; of an IP
    group that was not read, None too.
    """
    packet = _Packet(address, ip_address(source), host, ip_groups)
    return {it for ordered in _orders([*reversed(parents), groups]) for it in _outcomes(ordered, packet)}


def _orders(levels: Sequence[Sequence[Json] | None]) -> Iterator[list[Json]]:
    """Yield the collections in every order that the priorities leave open, a parent's before its child's."""
    for chosen in product(*([_NOT_READ] if groups is None else _of_policy(groups) for groups in levels)):
        yield [collection for collections in chosen for collection in collections]


def _of_policy(groups: Sequence[Json]) -> Iterator[list[Json]]:
    for ordered in _sorted(groups, lambda group: group["properties"]["priority"]):
        choices = [list(_sorted(it["properties"]["ruleCollections"], lambda one: one["priority"])) for it in ordered]
        for chosen in product(*choices):
            yield [collection for collections in chosen for collection in collections]


def _sorted(items: Sequence[Json], priority: Any) -> Iterator[list[Json]]:
    equal = [list(found) for _, found in groupby(sorted(items, key=priority), key=priority)]
    for chosen in product(*(permutations(it) for it in equal)):
        yield [item for found in chosen for item in found]


def _outcomes(collections: list[Json], packet: _Packet) -> set[str]:
    """Follow the rules of networks, then those of applications; one that may match ends the search or does not."""
    found: set[str] = set()
    for kind in ("NetworkRule", "ApplicationRule"):
        for collection in collections:
            if collection is _NOT_READ[0]:
                return found | {"allow", "deny"}
            for rule in collection["rules"]:
                matches = _matches(rule, packet) if rule["ruleType"] == kind else False
                if matches is not False:
                    found.add(collection["action"]["type"].lower())
                if matches is True:
                    return found
    return found | {"deny"}


def _matches(rule: Json, packet: _Packet) -> bool | None:
    source = _held(rule, "source", packet.source, packet)
    if source is False:
        return False
    if rule["ruleType"] == "NetworkRule":
        if rule["ipProtocols"] == ["UDP"] or "443" not in rule["destinationPorts"]:
            return False
        held = _held(rule, "destination", packet.address, packet)
        target = None if held is False and rule.get("destinationFqdns") else held
    else:
        if {"protocolType": "Https", "port": 443} not in rule["protocols"]:
            return False
        answers = [_names(it, packet.host) for it in rule["targetFqdns"]]
        target = True if True in answers else None if None in answers or rule.get("fqdnTags") else False
    return False if target is False else None if None in (source, target) else True


def _held(rule: Json, side: str, address: Any, packet: _Packet) -> bool | None:
    """Tell whether a side of a rule holds an address, None where that hangs on an IP group that was not read."""
    if any(_inside(address, it) for it in rule[f"{side}Addresses"]):
        return True
    groups = [packet.ip_groups[it] for it in rule.get(f"{side}IpGroups", [])]
    if any(_inside(address, it) for group in groups for it in group or ()):
        return True
    return None if None in groups else False


def _names(target: str, host: str | None) -> bool | None:
    """Tell whether a target holds the host, or where that is not known every name that it may be."""
    if host is not None:
        return re.fullmatch(re.escape(target).replace(r"\*", ".*"), host) is not None
    if target in ("*", "*.attest.azure.net"):
        return True
    return None if target.endswith(".attest.azure.net") else False


def _inside(address: Any, prefix: str) -> bool:
    first, dash, last = prefix.partition("-")
    if dash:
        return bool(ip_address(first) <= address <= ip_address(last))
    return prefix == "*" or address in ip_network(prefix)
