"""A second opinion on NSGs: one packet, rule after rule, from the JSON that Azure answers. It shares no code with lib.

What is not known is tried both ways: a world says of every uncertain rule whether it matches, and of every rule without
a priority where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import product
from typing import Any, Literal

Json = Mapping[str, Any]
Address = IPv4Address | IPv6Address
Matching = Literal["yes", "no", "some", "maybe"]
"""Whether a rule matches a packet; some: only from some source ports, maybe: that hangs on what is not known."""

_ANYTHING = ("*", "any", "all")
_OTHER_PROTOCOLS = ("tcp", "udp", "icmp", "icmpv6", "esp", "ah")
_PLATFORM = ("azureplatformdns", "azureplatformimds", "azureplatformlkm", "azureloadbalancer")
_PRIVATE = [ip_network(it) for it in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]


@dataclass(frozen=True)
class Network:
    """What is known around the VM: listed tags, Azure's own expansions, the network's prefixes and default route.

    `routed` are the prefixes of its own and of learned routes: VirtualNetwork may hold them too.
    """

    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    complete: bool = False
    tag_map: Mapping[str, Sequence[str]] = field(default_factory=dict)
    space: Sequence[str] = ()
    default_route: bool | None = False
    routed: Sequence[str] = ()

    def listed(self, name: str) -> Sequence[str] | None:
        """Look a tag's prefixes up, in any letter case."""
        return next((prefixes for tag, prefixes in self.tags.items() if tag.lower() == name.lower()), None)

    def expanded(self, name: str) -> Sequence[str] | None:
        """Look up what Azure says that a tag stands for."""
        return next((prefixes for tag, prefixes in self.tag_map.items() if tag.lower() == name.lower()), None)


@dataclass(frozen=True)
class Packet:
    """One packet to an attestation address. Where `source` is None, the VM's groups are not known either."""

    destination: Address
    source: str | None = "10.0.0.4"
    groups: frozenset[str] = frozenset()
    protocol: str = "Tcp"
    port: int = 443


@dataclass(frozen=True)
class Candidate:
    """A rule, and whether it matches a packet: one that cannot be read only may. `placed`: its priority is known."""

    name: str
    access: str
    matching: Matching
    placed: bool


def members(network: Network, tag: str, family: int) -> set[Address]:
    """List every address of a tag, one by one."""
    listed = [_network(it) for it in network.listed(tag) or () if (":" in it) == (family == 6) and "-" not in it]
    ranges = [it.split("-") for it in network.listed(tag) or () if (":" in it) == (family == 6) and "-" in it]
    spans = [(int(it.network_address), int(it.broadcast_address)) for it in listed]
    spans += [(int(ip_address(low)), int(ip_address(high))) for low, high in ranges]
    address = IPv4Address if family == 4 else IPv6Address
    return {address(number) for low, high in spans for number in range(low, high + 1)}


def verdict(group: Json | None, packet: Packet, network: Network) -> str:
    """Say allow or deny where every world does, else unknown; without a group everything is allowed."""
    if group is None:
        return "allow"
    answers = {answer for world in worlds(candidates(group, packet, network)) for answer in world}
    return answers.pop() if answers in ({"allow"}, {"deny"}) else "unknown"


def pair_verdict(nic: Json | None, subnet: Json | None, packet: Packet, network: Network) -> str:
    """Outbound, the NIC's group and then the subnet's must both allow."""
    answers = {verdict(nic, packet, network), verdict(subnet, packet, network)}
    if "deny" in answers:
        return "deny"
    return "unknown" if "unknown" in answers else "allow"


def candidates(group: Json, packet: Packet, network: Network) -> tuple[Candidate, ...]:
    """Hold every rule that is not inbound against a packet, by priority; those without one come last."""
    properties = group["properties"]
    rules = [*properties.get("securityRules", ()), *properties.get("defaultSecurityRules", ())]
    found: list[tuple[int, Candidate]] = []
    for rule in rules:
        fields = rule["properties"]
        direction = fields.get("direction", "").lower()
        if direction == "inbound":
            continue
        priority = fields.get("priority")
        access = fields["access"].lower()
        matching = rule_matches(fields, packet, network)
        readable = direction == "outbound" and access in ("allow", "deny") and priority is not None
        if matching != "no" and not readable:
            matching = "maybe"
        candidate = Candidate(rule["name"], access, matching, priority is not None)
        found.append((priority if priority is not None else 100_000, candidate))
    return tuple(candidate for _, candidate in sorted(found, key=lambda it: it[0]))


@cache
def worlds(rules: tuple[Candidate, ...]) -> frozenset[frozenset[str]]:
    """Return what each world answers; one that answers several ways lets the source port decide."""
    answers: set[frozenset[str]] = set()
    for order in _orders(rules):
        uncertain = [rule for rule in order if rule.matching == "maybe"]
        for truth in product((True, False), repeat=len(uncertain)):
            matching = {rule.name for rule, holds in zip(uncertain, truth, strict=True) if holds}
            answers.add(frozenset(_answers_by_source_port(order, matching)))
    return frozenset(answers)


def first_certain(rules: Iterable[Candidate]) -> Candidate | None:
    """Return the rule that decides where no uncertain one matches."""
    return next((rule for rule in rules if rule.matching == "yes"), None)


def rule_matches(rule: Json, packet: Packet, network: Network) -> Matching:
    """Compare all that a rule says with a packet."""
    checks = [
        _protocol_matches(rule.get("protocol", ""), packet),
        _any_of(_port_holds(it, packet.port) for it in _values(rule, "destinationPortRange")),
        _source_matches(rule, packet, network),
        _destination_matches(rule, packet, network),
    ]
    if False in checks:
        return "no"
    return "maybe" if None in checks else _source_port_matches(_values(rule, "sourcePortRange"))


def _source_port_matches(texts: list[str]) -> Matching:
    if not texts or any(text.lower() in (*_ANYTHING, "0-65535", "1-65535") for text in texts):
        return "yes"
    return "maybe" if any(_port_holds(text, 1) is None for text in texts) else "some"


def _orders(rules: tuple[Candidate, ...]) -> Iterator[list[Candidate]]:
    placed = [rule for rule in rules if rule.placed]
    unplaced = [rule for rule in rules if not rule.placed]
    for places in product(range(len(placed) + 1), repeat=len(unplaced)):
        order = list(placed)
        for place, rule in zip(places, unplaced, strict=True):
            order.insert(place, rule)
        yield order


def _answers_by_source_port(order: list[Candidate], matching: set[str]) -> Iterator[str]:
    """Go down the rules: one that takes only some source ports answers for those, and the search goes on."""
    for rule in order:
        if rule.matching == "yes" or rule.name in matching:
            yield rule.access
            return
        if rule.matching == "some":
            yield rule.access
    yield "nothing"


def _values(rule: Json, singular: str) -> list[str]:
    one, many = rule.get(singular), rule.get(f"{singular}es" if singular.endswith("Prefix") else f"{singular}s")
    return [*([one] if one else []), *(many or [])]


def _groups(rule: Json, key: str) -> list[str]:
    return [item["id"] for item in rule.get(key) or []]


def _any_of(answers: Iterable[bool | None]) -> bool | None:
    """One that holds is enough; nothing to hold against means that it is not known."""
    found = list(answers)
    if True in found:
        return True
    return None if None in found or not found else False


def _protocol_matches(name: str, packet: Packet) -> bool | None:
    if name.lower() in (*_ANYTHING, packet.protocol.lower()):
        return True
    return False if name.lower() in _OTHER_PROTOCOLS else None


def _port_holds(text: str, port: int) -> bool | None:
    if text.lower() in _ANYTHING:
        return True
    bounds = text.split("-")
    if len(bounds) > 2 or not all(re.fullmatch("[0-9]{1,5}", it) for it in bounds):
        return None
    low, high = int(bounds[0]), int(bounds[-1])
    return port in range(low, high + 1) if low <= high else None


def _source_matches(rule: Json, packet: Packet, network: Network) -> bool | None:
    groups = _groups(rule, "sourceApplicationSecurityGroups")
    known = packet.source is not None
    mine = {group.lower() for group in packet.groups}
    return _any_of(
        [
            *(group.lower() in mine if known else None for group in groups),
            *(_source_holds(term, packet, network) for term in _values(rule, "sourceAddressPrefix")),
        ]
    )


def _source_holds(term: str, packet: Packet, network: Network) -> bool | None:
    """A tag other than these few holds no private address, if it is a tag at all."""
    name = term.lower()
    if name in ("*", "any", "virtualnetwork", "0.0.0.0/0" if packet.destination.version == 4 else "::/0"):
        return True
    if name == "internet" or name in _PLATFORM:
        return False
    if packet.source is None:
        return None
    address = ip_address(packet.source)
    if not _is_tag(term):
        return within(address, [term])
    listed = network.listed(term)
    if listed is not None:
        return within(address, listed)
    private = any(address in block for block in _PRIVATE)
    return False if private and not network.complete else None


def _destination_matches(rule: Json, packet: Packet, network: Network) -> bool | None:
    terms = _values(rule, "destinationAddressPrefix")
    if not terms and _groups(rule, "destinationApplicationSecurityGroups"):
        return False
    return _any_of(_destination_holds(term, packet.destination, network) for term in terms)


def _destination_holds(term: str, address: Address, network: Network) -> bool | None:
    name = term.lower()
    if name in ("*", "any"):
        return True
    if name in _PLATFORM:
        return False
    expanded = network.expanded(name)
    if name == "internet":
        inside = within(address, network.space if expanded is None else expanded)
        return not inside if expanded is None else inside
    if name == "virtualnetwork":
        if expanded is not None:
            return within(address, expanded)
        if network.default_route is None or network.default_route or within(address, network.space):
            return network.default_route is not None or None
        return None if any(_destination_holds(it, address, network) is not False for it in network.routed) else False
    return _tag_holds(name, address, network) if _is_tag(term) else within(address, [term])


def _tag_holds(name: str, address: Address, network: Network) -> bool | None:
    """A tag that is not listed: AzureCloud holds Azure's addresses, its regions some, others are taken to hold none."""
    listed = network.listed(name)
    if listed is not None:
        return within(address, listed)
    if name == "azurecloud":
        return True
    if name.startswith(("azurecloud.", "azureattestation.")) or network.complete:
        return None
    return False


def _is_tag(term: str) -> bool:
    return re.fullmatch(r"[A-Za-z]\w*(\.\w+)?", term) is not None


def within(address: Address, prefixes: Sequence[str]) -> bool | None:
    """Look into each prefix; None where one of them cannot be read."""
    answers = [_prefix_holds(prefix, address) for prefix in prefixes]
    return None if None in answers else True in answers


@cache
def _prefix_holds(prefix: str, address: Address) -> bool | None:
    try:
        first, dash, last = prefix.partition("-")
        if dash:
            low, high = ip_address(first), ip_address(last)
            if int(low) > int(high):
                return None
            return low.version == high.version == address.version and int(low) <= int(address) <= int(high)
        return address in _network(prefix)
    except ValueError:
        return None


@cache
def _network(prefix: str) -> IPv4Network | IPv6Network:
    return ip_network(prefix, strict=False)
