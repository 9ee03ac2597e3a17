"""A second opinion on firewall policies: one packet, rule after rule, from the JSON that Azure answers.

It shares no code with lib. What is not known is tried every way: an order for groups or collections with the same
priority, and for every rule that may match whether it does. A tier has a name; that of the rest is not known, and may
be any below the service's suffix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import groupby, permutations, product
from typing import Any

Json = Mapping[str, Any]
Address = IPv4Address | IPv6Address


def verdicts(groups: Sequence[Json], address: Address, source: str, host: str | None) -> set[str]:
    """Return every verdict that one packet to TCP 443 may get: allow, deny, or both."""
    return {it for ordered in _orders(groups) for it in _outcomes(ordered, address, source, host)}


def _orders(groups: Sequence[Json]) -> Iterator[list[Json]]:
    """Yield the collections in every order that the priorities leave open."""
    for ordered in _sorted(groups, lambda group: group["properties"]["priority"]):
        choices = [list(_sorted(it["properties"]["ruleCollections"], lambda one: one["priority"])) for it in ordered]
        for chosen in product(*choices):
            yield [collection for collections in chosen for collection in collections]


def _sorted(items: Sequence[Json], priority: Any) -> Iterator[list[Json]]:
    equal = [list(found) for _, found in groupby(sorted(items, key=priority), key=priority)]
    for chosen in product(*(permutations(it) for it in equal)):
        yield [item for found in chosen for item in found]


def _outcomes(collections: list[Json], address: Address, source: str, host: str | None) -> set[str]:
    """Follow the rules of networks, then those of applications; one that may match ends the search or does not."""
    found: set[str] = set()
    for kind in ("NetworkRule", "ApplicationRule"):
        for collection in collections:
            for rule in collection["rules"]:
                matches = _matches(rule, address, source, host) if rule["ruleType"] == kind else False
                if matches is not False:
                    found.add(collection["action"]["type"].lower())
                if matches is True:
                    return found
    return found | {"deny"}


def _matches(rule: Json, address: Address, source: str, host: str | None) -> bool | None:
    if not any(_inside(ip_address(source), it) for it in rule["sourceAddresses"]):
        return False
    if rule["ruleType"] == "NetworkRule":
        if rule["ipProtocols"] == ["UDP"] or "443" not in rule["destinationPorts"]:
            return False
        if any(_inside(address, it) for it in rule["destinationAddresses"]):
            return True
        return None if rule.get("destinationFqdns") else False
    if {"protocolType": "Https", "port": 443} not in rule["protocols"]:
        return False
    answers = [_names(it, host) for it in rule["targetFqdns"]]
    if True in answers:
        return True
    return None if None in answers or rule.get("fqdnTags") else False


def _names(target: str, host: str | None) -> bool | None:
    """Tell whether a target holds the host, or where that is not known every name that it may be."""
    if host is not None:
        return re.fullmatch(re.escape(target).replace(r"\*", ".*"), host) is not None
    if target in ("*", "*.attest.azure.net"):
        return True
    return None if target.endswith(".attest.azure.net") else False


def _inside(address: Any, prefix: str) -> bool:
    return prefix == "*" or address in ip_network(prefix)
