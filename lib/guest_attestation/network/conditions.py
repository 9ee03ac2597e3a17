"""What a rule asks of traffic besides its destination: each condition holds, does not, or cannot be told."""

from __future__ import annotations

import re
from collections.abc import Iterable

Condition = tuple[bool | None, str]

ANY = ("*", "any", "all")
_PROTOCOLS = ("tcp", "udp", "icmp", "icmpv6", "esp", "ah")
_LAST_PORT = 65535
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def all_of(conditions: Iterable[Condition]) -> tuple[bool | None, list[str]]:
    """Join conditions, with the reasons: False when one excludes the traffic, None when one cannot be told."""
    results = list(conditions)
    excluded = [why for holds, why in results if holds is False]
    if excluded:
        return False, excluded
    doubts = [why for holds, why in results if holds is None]
    return (None, doubts) if doubts else (True, [])


def protocol_condition(names: tuple[str, ...], protocol: str) -> Condition:
    """Hold a rule's protocols against the one that is asked for."""
    if any(name.casefold() in (*ANY, protocol.casefold()) for name in names):
        return True, ""
    unread = [name for name in names if name.casefold() not in _PROTOCOLS]
    if unread or not names:
        return None, f"protocol {', '.join(map(repr, unread)) or 'is not given and'} cannot be read"
    return False, f"protocol {', '.join(names)} is not {protocol}"


def port_condition(ranges: tuple[str, ...], port: int) -> Condition:
    """Hold a rule's destination ports against the one that is asked for."""
    unread = [text for text in ranges if holds_port(text, port) is None]
    if any(holds_port(text, port) for text in ranges):
        return True, ""
    if unread or not ranges:
        return None, f"destination port {', '.join(unread) or 'is not given and'} cannot be read"
    return False, f"port {', '.join(ranges)} is not {port}"


def holds_port(text: str, port: int) -> bool | None:
    """Tell whether a port, a range or `*` holds a port; None for what is none of them."""
    if text.casefold() in ANY:
        return True
    bounds = _bounds(text)
    return bounds[0] <= port <= bounds[1] if bounds else None


def holds_every_port(ranges: tuple[str, ...]) -> bool:
    """Tell whether ranges hold every port between them; port 0 is no client's."""
    if any(text.casefold() in ANY for text in ranges):
        return True
    left = 1
    for low, high in sorted(bounds for text in ranges if (bounds := _bounds(text)) is not None):
        if low <= left <= high:
            left = high + 1
    return left > _LAST_PORT


def _bounds(text: str) -> tuple[int, int] | None:
    found = _PORTS.fullmatch(text)
    if found is None:
        return None
    low, high = int(found[1]), int(found[2] or found[1])
    return (low, high) if low <= high <= _LAST_PORT else None
