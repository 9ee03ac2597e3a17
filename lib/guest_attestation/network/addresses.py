"""Exact sets of IP addresses: sorted, disjoint intervals of whole numbers."""

from __future__ import annotations

import socket
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import itemgetter

Interval = tuple[int, int]

_BITS = {4: 32, 6: 128}
_LENGTHS = {str(length): length for length in range(129)}
_MANY, _MANY_HALVES = 8, 4096
_ADDRESS, _LENGTH = itemgetter(slice(None, -3)), itemgetter(slice(-3, None))
_OF_A_16TH = frozenset(f"/{length}" for length in range(16, 33))
_PRIVATE_4 = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
_RESERVED_4 = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "168.63.129.16")
_RESERVED_6 = ("::/8", "fc00::/7", "fe80::/10", "ff00::/8")


@dataclass(frozen=True)
class AddressSet:
    """A set of addresses of one IP version, as sorted disjoint intervals, both ends included.

    Version 0 is for symbols: each number stands for addresses that are known to exist, but not which they are.
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

    @property
    def is_symbolic(self) -> bool:
        """Tell whether the addresses themselves are not known."""
        return self.version == 0

    @property
    def nothing(self) -> AddressSet:
        """The empty set of the same version."""
        return AddressSet(self.version)

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(self.version, _merged(it for span in other.intervals for it in self._overlaps(span)))

    def __or__(self, other: AddressSet) -> AddressSet:
        if not (self.intervals and other.intervals):
            return self if self.intervals else other
        return AddressSet(self.version, _merged((*self.intervals, *other.intervals)))

    def __sub__(self, other: AddressSet) -> AddressSet:
        if not other.intervals:
            return self
        mine, left, place = list(self.intervals), [], 0
        for low, high in other.intervals:
            touched = bisect_left(self._ends, low, place)
            left += mine[place:touched]
            place = touched
            while place < len(mine) and mine[place][0] <= high:
                start, end = mine[place]
                if start < low:
                    left.append((start, low - 1))
                if end > high:
                    mine[place] = (high + 1, end)
                    break
                place += 1
        return AddressSet(self.version, (*left, *mine[place:]))

    def clipped(self, prefixes: Iterable[str]) -> AddressSet:
        """Return what prefixes hold of this set, without building a set of them all.

        Raises ValueError for what is no prefix, address or range.
        """
        spans = [span for _, span in self._hits(prefixes)]
        return AddressSet(self.version, _merged(it for span in spans for it in self._overlaps(span)))

    def touched_by(self, prefixes: Iterable[str]) -> list[str]:
        """Return the prefixes that hold some of this set; raises ValueError for what is none."""
        return [text for text, _ in self._hits(prefixes)]

    def _hits(self, prefixes: Iterable[str]) -> Iterator[tuple[str, Interval]]:
        version, ends, intervals = self.version, self._ends, self.intervals
        for text in self._candidates([*prefixes]):
            span = interval(text, version)
            if span is not None:
                place = bisect_left(ends, span[0])
                if place < len(ends) and intervals[place][0] <= span[1]:
                    yield text, span

    def _candidates(self, prefixes: list[str]) -> list[str]:
        """Leave out IPv4 blocks of another /16 than any of this set: cheaper, and each is read all the same."""
        if self.version != 4 or len(prefixes) < _MANY or self._high_halves is None:
            return prefixes
        others: list[str] = []
        blocks = prefixes
        if not _OF_A_16TH.issuperset(map(_LENGTH, prefixes)):
            others = [text for text in prefixes if _LENGTH(text) not in _OF_A_16TH]
            blocks = [text for text in prefixes if _LENGTH(text) in _OF_A_16TH]
        try:
            packed = b"".join(map(socket.inet_pton, repeat(socket.AF_INET), map(_ADDRESS, blocks)))
        except (OSError, ValueError):
            return prefixes
        halves = struct.unpack(">" + "Hxx" * len(blocks), packed)
        return others + [text for text, half in zip(blocks, halves, strict=True) if half in self._high_halves]

    @cached_property
    def _high_halves(self) -> frozenset[int] | None:
        """The first 16 bits of every IPv4 address here; None where they are too many to help."""
        if sum((end >> 16) - (start >> 16) for start, end in self.intervals) > _MANY_HALVES:
            return None
        return frozenset(half for start, end in self.intervals for half in range(start >> 16, (end >> 16) + 1))

    def first_address(self) -> str:
        """Return the first address as text; of a set that is not empty, and no symbol."""
        family = socket.AF_INET if self.version == 4 else socket.AF_INET6
        return socket.inet_ntop(family, self.intervals[0][0].to_bytes(_BITS[self.version] // 8, "big"))

    def prefix_count(self) -> int:
        """Count the CIDR blocks of the minimal cover; 0 where addresses are not known."""
        return sum(_blocks(start, end) for start, end in self.intervals) if self.version else 0

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end in self.intervals]

    def _overlaps(self, span: Interval) -> Iterable[Interval]:
        start, end = span
        for place in range(bisect_left(self._ends, start), len(self.intervals)):
            low, high = self.intervals[place]
            if low > end:
                return
            yield max(low, start), min(high, end)


def union(version: int, sets: Iterable[AddressSet]) -> AddressSet:
    """Join sets of one version."""
    return AddressSet(version, _merged(span for it in sets for span in it.intervals))


def symbol(number: int) -> AddressSet:
    """Make a set that is known to exist, but not its addresses."""
    return AddressSet(0, ((number, number),))


def interval(text: str, version: int) -> Interval | None:
    """Read a CIDR block, an address or a range; None where it is of the other IP version.

    Raises ValueError where it is none of them.
    """
    address, slash, length = text.partition("/")
    if "-" in address:
        return _range(text, version)
    written = 6 if ":" in address else 4
    number = _number(address, written)
    bits = _BITS[written]
    prefix_length = _LENGTHS.get(length, bits + 1) if slash else bits
    if prefix_length > bits:
        raise ValueError(f"/{length} is no prefix length")
    if written != version:
        return None
    size = bits - prefix_length
    start = number >> size << size
    return start, start + (1 << size) - 1


def is_private(text: str) -> bool:
    """Tell whether a prefix lies within the private ranges (RFC 1918, RFC 6598); raises ValueError for no prefix."""
    return _within(text, _PRIVATE)


def is_public_nowhere(text: str) -> bool:
    """Tell whether no public service can stand within a prefix: those ranges, and what RFC 6890 keeps for other uses.

    The platform's own address 168.63.129.16 counts as such (facts 4.4). Documentation ranges do not: samples use them.
    Raises ValueError for no prefix.
    """
    return _within(text, _NOT_PUBLIC)


def _within(text: str, ranges: Mapping[int, tuple[Interval, ...]]) -> bool:
    read = ((interval(text, version), spans) for version, spans in ranges.items())
    return any(low <= span[0] and span[1] <= high for span, spans in read if span is not None for low, high in spans)


def _range(text: str, version: int) -> Interval | None:
    first, _, last = (part.strip() for part in text.partition("-"))
    versions = [6 if ":" in part else 4 for part in (first, last)]
    low, high = (_number(part, of) for part, of in zip((first, last), versions, strict=True))
    if versions[0] != versions[1]:
        raise ValueError(f"range {text!r} mixes IP versions")
    if low > high:
        raise ValueError(f"range {text!r} ends before it starts")
    return (low, high) if versions[0] == version else None


def _number(address: str, version: int) -> int:
    try:
        packed = socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, address)
    except (OSError, ValueError):
        raise ValueError(f"{address!r} is no IPv{version} address") from None
    return int.from_bytes(packed, "big")


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


def _spans(prefixes: Iterable[str], version: int) -> tuple[Interval, ...]:
    return tuple(span for text in prefixes if (span := interval(text, version)) is not None)


_PRIVATE = {4: _spans(_PRIVATE_4, 4), 6: ()}
_NOT_PUBLIC = {4: _PRIVATE[4] + _spans(_RESERVED_4, 4), 6: _spans(_RESERVED_6, 6)}
