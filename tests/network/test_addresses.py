from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guest_attestation.network.addresses import AddressSet, interval, is_private, is_public_nowhere, symbol, union

SIZE = 48
# A window of addresses each: in the middle, and at both ends of the address space, where off-by-one errors show.
WINDOWS = {
    4: [int(IPv4Address("203.0.113.24")), 0, 2**32 - SIZE],
    6: [int(IPv6Address("2001:db8::ffe0")), 0, 2**128 - SIZE],
}

windows = st.sampled_from([(version, base) for version, bases in WINDOWS.items() for base in bases])
members = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, 9)).map(
        lambda it: set(range(it[0], min(it[0] + it[1] + 1, SIZE)))
    ),
    max_size=6,
).map(lambda sets: set().union(*sets))


def _address(number: int, version: int) -> IPv4Address | IPv6Address:
    return IPv4Address(number) if version == 4 else IPv6Address(number)


def _text(number: int, version: int) -> str:
    return str(_address(number, version))


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of neighbouring numbers."""
    ordered = sorted(numbers)
    starts = [it for it in ordered if it - 1 not in set(ordered)]
    ends = [it for it in ordered if it + 1 not in set(ordered)]
    return list(zip(starts, ends, strict=True))


def _blocks(numbers: Iterable[int], version: int) -> list[str]:
    """Write numbers as their minimal cover of CIDR blocks, as the standard library finds it."""
    blocks: list[str] = []
    for low, high in _runs(numbers):
        if version == 4:
            blocks += map(str, summarize_address_range(IPv4Address(low), IPv4Address(high)))
        else:
            blocks += map(str, summarize_address_range(IPv6Address(low), IPv6Address(high)))
    return blocks


def _ranges(numbers: Iterable[int], version: int) -> list[str]:
    return [f"{_text(low, version)}-{_text(high, version)}" for low, high in _runs(numbers)]


def _set(numbers: set[int], version: int, base: int) -> AddressSet:
    return AddressSet.of(_blocks({base + it for it in numbers}, version), version)


def _numbers(addresses: AddressSet, base: int) -> set[int]:
    return {number - base for low, high in addresses.intervals for number in range(low, high + 1)}


def _is_canonical(addresses: AddressSet) -> bool:
    return all(low <= high for low, high in addresses.intervals) and all(
        one[1] + 1 < other[0] for one, other in pairwise(addresses.intervals)
    )


@given(windows, members, members)
def test_union_intersection_and_difference_are_those_of_sets(
    window: tuple[int, int], one: set[int], other: set[int]
) -> None:
    version, base = window
    left, right = _set(one, version, base), _set(other, version, base)
    for result, expected in ((left | right, one | other), (left & right, one & other), (left - right, one - other)):
        assert _numbers(result, base) == expected
        assert _is_canonical(result)
        assert result == _set(expected, version, base)
        assert bool(result) is bool(expected)


@given(windows, members, members)
def test_clipping_by_prefixes_is_the_intersection_with_them(
    window: tuple[int, int], one: set[int], other: set[int]
) -> None:
    version, base = window
    clipped = _set(one, version, base).clipped(_blocks({base + it for it in other}, version))
    assert clipped == _set(one & other, version, base)
    assert _is_canonical(clipped)


@given(windows, members, members)
def test_overlapping_and_unordered_prefixes_and_ranges_make_one_set(
    window: tuple[int, int], one: set[int], other: set[int]
) -> None:
    version, base = window
    moved = [{base + it for it in numbers} for numbers in (one, other)]
    texts = [*_ranges(moved[0], version), *_blocks(moved[1], version), *_ranges(moved[1], version)]
    for order in (texts, texts[::-1]):
        made = AddressSet.of(order, version)
        assert _numbers(made, base) == one | other
        assert _is_canonical(made)


@given(windows, members)
def test_the_number_of_prefixes_is_that_of_the_minimal_cover(window: tuple[int, int], one: set[int]) -> None:
    version, base = window
    assert _set(one, version, base).prefix_count() == len(_blocks({base + it for it in one}, version))


@given(st.sampled_from([4, 6]), st.data())
def test_the_minimal_cover_of_any_range_is_counted_as_the_standard_library_does(
    version: int, data: st.DataObject
) -> None:
    top = 2**32 - 1 if version == 4 else 2**128 - 1
    low = data.draw(st.integers(0, top))
    high = data.draw(st.integers(low, top))
    made = AddressSet.of([f"{_text(low, version)}-{_text(high, version)}"], version)
    assert made.prefix_count() == len(_blocks_of_range(low, high, version))


def _blocks_of_range(low: int, high: int, version: int) -> list[object]:
    if version == 4:
        return list(summarize_address_range(IPv4Address(low), IPv4Address(high)))
    return list(summarize_address_range(IPv6Address(low), IPv6Address(high)))


@pytest.mark.parametrize(("whole", "version"), [("0.0.0.0/0", 4), ("::/0", 6)])
def test_the_whole_address_space_is_one_prefix(whole: str, version: int) -> None:
    everything = AddressSet.of([whole], version)
    assert everything.prefix_count() == 1
    assert everything.clipped([whole]) == everything
    assert not everything - everything


def test_prefixes_of_the_other_version_are_left_out() -> None:
    mixed = ["203.0.113.0/29", "2001:db8::/126", "2001:db8::8-2001:db8::9", "203.0.113.8"]
    assert AddressSet.of(mixed, 4) == AddressSet.of(["203.0.113.0-203.0.113.8"], 4)
    assert AddressSet.of(mixed, 6) == AddressSet.of(["2001:db8::/126", "2001:db8::8/127"], 6)
    assert not AddressSet.of(["203.0.113.0/29"], 4).clipped(["::/0"])


def test_symbols_stand_for_addresses_that_exist_and_are_apart_from_each_other() -> None:
    home, pair = symbol(0), symbol(1)
    assert home
    assert not home.nothing
    assert home & home == home
    assert not home & pair
    assert (home | pair) - pair == home
    assert union(0, [pair, home, home]) == home | pair


def test_only_symbols_are_symbolic_and_they_have_no_prefixes() -> None:
    both = symbol(0) | symbol(1)
    assert both.is_symbolic
    assert both.nothing.is_symbolic
    assert both.prefix_count() == 0
    assert not AddressSet.of(["0.0.0.0/0"], 4).is_symbolic


def test_no_prefix_holds_a_symbol() -> None:
    assert not symbol(0).clipped(["0.0.0.0/0", "::/0"])
    assert symbol(0).touched_by(["0.0.0.0/0", "203.0.113.1"]) == []


@given(windows, members, members)
def test_what_touches_a_set_are_the_prefixes_that_hold_some_of_it(
    window: tuple[int, int], one: set[int], other: set[int]
) -> None:
    version, base = window
    made = _set(one, version, base)
    texts = [*_blocks({base + it for it in other}, version), *_ranges({base + it for it in other}, version)]
    expected = [text for text in texts if made & AddressSet.of([text], version)]
    assert sorted(made.touched_by(texts)) == sorted(expected)


blocks = st.builds(
    "203.{}.{}.{}/{}".format,
    st.sampled_from([0, 1, 255]),
    st.sampled_from([0, 113, 255]),
    st.sampled_from([0, 4, 255]),
    st.integers(16, 32),
)
others = st.sampled_from(["203.0.0.0/8", "203.1.0.4", "203.0.255.0-203.1.0.9", "2001:db8::/32", "128.0.0.0/1", "::/0"])


@given(st.lists(blocks, max_size=4), st.lists(blocks, min_size=7, max_size=20), st.lists(others, max_size=2))
def test_a_long_list_is_read_as_each_of_its_prefixes_alone(mine: list[str], texts: list[str], more: list[str]) -> None:
    """A list of blocks of a /16 or less takes a short cut: what is far away is left out by its first half."""
    made = AddressSet.of(mine, 4)
    every = [*texts, *more]
    assert sorted(made.touched_by(every)) == sorted(text for text in every if made & AddressSet.of([text], 4))
    assert made.clipped(every) == made & AddressSet.of(every, 4)


@pytest.mark.parametrize(
    "bad", ["198.51.100.x/24", "198.51.100.0/33", "198.51.100.0/", "AzureAttestation", "\ud800", ""]
)
def test_a_long_list_with_one_that_cannot_be_read_is_refused_though_it_is_far_away(bad: str) -> None:
    far = [f"198.51.{number}.0/24" for number in range(20)]
    made = AddressSet.of(["203.0.113.0/24"], 4)
    assert not made.clipped(far)
    for read in (made.clipped, made.touched_by):
        with pytest.raises(ValueError, match="is no"):
            read([*far, bad])


def test_the_whole_address_space_is_clipped_by_a_long_list_too() -> None:
    texts = [f"198.51.{number}.0/24" for number in range(16)]
    assert AddressSet.of(["0.0.0.0/0"], 4).clipped(texts) == AddressSet.of(["198.51.0.0/20"], 4)


@given(windows, st.lists(members, max_size=4))
def test_the_union_of_many_sets_is_that_of_sets(window: tuple[int, int], many: list[set[int]]) -> None:
    version, base = window
    joined = union(version, [_set(it, version, base) for it in many])
    assert joined == _set(set().union(*many), version, base)


@given(st.sampled_from([4, 6]), st.data())
def test_a_prefix_is_read_as_the_standard_library_does_host_bits_or_not(version: int, data: st.DataObject) -> None:
    bits = 32 if version == 4 else 128
    address = _text(data.draw(st.integers(0, 2**bits - 1)), version)
    text = f"{address}/{data.draw(st.integers(0, bits))}"
    network = ip_network(text, strict=False)
    assert interval(text, version) == (int(network.network_address), int(network.broadcast_address))
    assert interval(address, version) == (int(ip_address(address)),) * 2
    assert interval(text, 10 - version) is None


@example("203.0.113.1-203.0.113.3-203.0.113.9")
@example("203.0.113.0/²")
@example("203.0.113.0/٢٤")
@example("203.0.113.0/" + "1" * 5000)
@example("203.0.113.1\0")
@example("\ud800")
@given(st.one_of(st.text(alphabet="0123456789abcf.:/- ", max_size=24), st.text(max_size=12)))
def test_any_text_is_read_as_the_standard_library_does_or_refused_with_a_value_error(text: str) -> None:
    for version in (4, 6):
        try:
            read = interval(text, version)
        except ValueError:
            continue
        first, dash, last = text.partition("-")
        if dash:
            low, high = ip_address(first.strip()), ip_address(last.strip())
            expected = (int(low), int(high))
            assert low.version == high.version
        else:
            network = ip_network(text, strict=False)
            low, expected = network.network_address, (int(network.network_address), int(network.broadcast_address))
        assert read == (expected if low.version == version else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AzureAttestation",
        "203.0.113",
        "203.0.113.256",
        "203.0.113.0/",
        "203.0.113.0/33",
        "203.0.113.0/-1",
        "2001:db8::/129",
        "2001:db8:::1",
        "203.0.113.9-203.0.113.4",
        "203.0.113.1-",
        "203.0.113.1-203.0.113.3-203.0.113.9",
        "203.0.113.0/29-203.0.113.64/29",
        "203.0.113.1-2001:db8::1",
    ],
)
@pytest.mark.parametrize("version", [4, 6])
def test_what_is_no_prefix_address_or_range_is_refused(text: str, version: int) -> None:
    with pytest.raises(ValueError, match=r"is no|ends before it starts|mixes IP versions"):
        interval(text, version)


@pytest.mark.parametrize("block", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"])
def test_private_ranges_are_private_to_both_ends_and_no_further(block: str) -> None:
    network = ip_network(block)
    first, last = int(network.network_address), int(network.broadcast_address)
    assert is_private(block)
    assert is_private(_text(first, 4))
    assert is_private(_text(last, 4))
    assert is_private(f"{_text(first, 4)}-{_text(last, 4)}")
    assert not is_private(_text(first - 1, 4))
    assert not is_private(_text(last + 1, 4))
    assert not is_private(str(network.supernet()))


def test_ipv6_is_never_private_here() -> None:
    assert not is_private("fd00::/8")


@pytest.mark.parametrize(
    "block",
    [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "255.255.255.255",
        "168.63.129.16",
        "168.63.129.16/32",
        "::1",
        "fd00::/8",
        "fe80::/64",
        "ff02::/16",
    ],
)
def test_no_public_service_stands_in_what_is_kept_for_other_uses(block: str) -> None:
    """RFC 6890, and the platform's own address (facts 4.4)."""
    assert is_public_nowhere(block)


@pytest.mark.parametrize(
    "block",
    [
        "0.0.0.0/0",
        "1.0.0.0/8",
        "100.128.0.0/10",
        "168.63.129.17",
        "168.63.129.16/31",
        "168.63.129.0/24",
        "172.0.0.0/8",
        "192.0.2.0/24",
        "198.17.255.255-198.18.0.0",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "::/0",
        "2001:db8::/32",
        "fc00::/6",
    ],
)
def test_where_a_public_service_could_stand_is_not_ruled_out(block: str) -> None:
    assert not is_public_nowhere(block)


def test_what_is_no_prefix_is_not_judged_private_or_public() -> None:
    with pytest.raises(ValueError, match="is no IPv4 address"):
        is_private("x.x.x.x")
    with pytest.raises(ValueError, match="is no IPv4 address"):
        is_public_nowhere("x.x.x.x")
