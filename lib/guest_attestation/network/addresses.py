"""Exact sets of IP addresses: sorted, disjoint intervals of whole numbers."""

from __future__ import annotations

import re
import socket
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

Interval = tuple[int, int]

_BITS = {4: 32, 6: 128}
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


@dataclass(frozen=True)
class AddressSet:
    """A set of addresses of one IP version, as sorted disjoint intervals, both ends included.

    Version 0 is for a set whose addresses are not known: it is whole or empty, never split.
    """

    version: int
    intervals: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, prefixes: Iterable[str], version: int) -> AddressSet:
        """Make the set of CIDR blocks, single addresses and ranges; those of the other version are left out.

        Raises ValueError for what is none of them.
        """
        return cls(version, _merged(it for text in prefixes if (it := interval(text, version)) is not None))

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(self.version, _merged(it for span in other.intervals for it in self._overlaps(span)))

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(self.version, _merged((*self.intervals, *other.intervals)))

    def __sub__(self, other: AddressSet) -> AddressSet:
        left: list[Interval] = []
        for start, end in self.intervals:
            for low, high in other._overlaps((start, end)):
                if start < low:
                    left.append((start, low - 1))
                start = high + 1
            if start <= end:
                left.append((start, end))
        return AddressSet(self.version, tuple(left))

    def clipped(self, prefixes: Iterable[str]) -> AddressSet:
        """Return what prefixes hold of this set, without building a set of them all.

        Raises ValueError for what is no prefix, address or range.
        """
        spans = (span for text in prefixes if (span := interval(text, self.version)) is not None)
        return AddressSet(self.version, _merged(it for span in spans for it in self._overlaps(span)))

    def prefix_count(self) -> int:
        """Count the CIDR blocks of the minimal cover; 0 where addresses are not known."""
        return sum(_blocks(start, end) for start, end in self.intervals) if self.version else 0

    def _overlaps(self, span: Interval) -> Iterable[Interval]:
        start, end = span
        place = bisect_left(self.intervals, (start, start))
        if place and self.intervals[place - 1][1] >= start:
            place -= 1
        while place < len(self.intervals) and self.intervals[place][0] <= end:
            low, high = self.intervals[place]
            yield max(low, start), min(high, end)
            place += 1


UNKNOWN_ADDRESSES = AddressSet(0, ((0, 0),))
"""A set that is known to exist, but not its addresses."""


def interval(text: str, version: int) -> Interval | None:
    """Read a CIDR block, an address or a range; None where it is of the other IP version.

    Raises ValueError where it is none of them.
    """
    first, dash, last = text.partition("-")
    if dash:
        low, high = _single(first.strip()), _single(last.strip())
        if low[0] != high[0]:
            raise ValueError(f"range {text!r} mixes IP versions")
        if low[1] > high[1]:
            raise ValueError(f"range {text!r} ends before it starts")
        return (low[1], high[1]) if low[0] == version else None
    address, slash, length = text.partition("/")
    written, number = _single(address)
    bits = _BITS[written]
    size = bits - _prefix_length(length, bits) if slash else 0
    if written != version:
        return None
    start = number >> size << size
    return start, start + (1 << size) - 1


def is_private(text: str) -> bool:
    """Tell whether a prefix lies within the private ranges (RFC 1918, RFC 6598); raises ValueError for no prefix."""
    span = interval(text, 4)
    if span is None:
        return False
    return any(low <= span[0] and span[1] <= high for low, high in _PRIVATE_INTERVALS)


def _single(address: str) -> tuple[int, int]:
    """Read one address: its IP version and its number."""
    version = 6 if ":" in address else 4
    try:
        packed = socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, address)
    except OSError:
        raise ValueError(f"{address!r} is no IPv{version} address") from None
    return version, int.from_bytes(packed, "big")


def _prefix_length(text: str, bits: int) -> int:
    if not re.fullmatch("[0-9]{1,3}", text) or int(text) > bits:
        raise ValueError(f"/{text} is no prefix length")
    return int(text)


def _merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1] + 1:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _blocks(start: int, end: int) -> int:
    """Count the blocks of an interval: each is the largest that starts there, is aligned, and does not pass the end."""
    count = 0
    while start <= end:
        room = (end - start + 1).bit_length() - 1
        aligned = (start & -start).bit_length() - 1 if start else room
        start += 1 << min(room, aligned)
        count += 1
    return count


_PRIVATE_INTERVALS = tuple(span for text in _PRIVATE if (span := interval(text, 4)) is not None)
