"""Free priority numbers."""

from __future__ import annotations

import pytest

from guest_attestation.fixes.numbers import after_all, largest_free_below, smallest_free_above


@pytest.mark.parametrize(
    ("limit", "taken", "expected"),
    [
        (4000, (), 3999),
        (4000, (3999, 3998), 3997),
        (65500, (), 4096),
        (101, (), 100),
        (101, (100,), None),
        (100, (), None),
    ],
)
def test_the_largest_free_number_before_a_rule(limit: int, taken: tuple[int, ...], expected: int | None) -> None:
    assert largest_free_below(limit, taken, 100, 4096) == expected


@pytest.mark.parametrize(
    ("limit", "taken", "expected"), [(100, (), 101), (100, (101, 102), 103), (4096, (), None), (4095, (4096,), None)]
)
def test_the_smallest_free_number_behind_a_rule(limit: int, taken: tuple[int, ...], expected: int | None) -> None:
    assert smallest_free_above(limit, taken, 4096) == expected


@pytest.mark.parametrize(
    ("taken", "expected"), [((), 200), ((100,), 200), ((100, 250), 300), ((65000,), 64999), ((64990, 65000), 64999)]
)
def test_a_round_number_behind_all(taken: tuple[int, ...], expected: int | None) -> None:
    assert after_all(taken, 100, 100, 65000) == expected


def test_where_every_number_is_taken_there_is_none() -> None:
    assert after_all((100, 101), 100, 100, 101) is None
