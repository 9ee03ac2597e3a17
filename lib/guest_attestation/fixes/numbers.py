"""Free priority numbers: where a new rule, collection or group can stand so that it comes before what denies."""

from __future__ import annotations

from collections.abc import Collection


def largest_free_below(limit: int, taken: Collection[int], low: int, high: int) -> int | None:
    """Return the largest number from `low` to `high` that is smaller than `limit` and not taken, None where none is."""
    return next((it for it in range(min(limit - 1, high), low - 1, -1) if it not in taken), None)


def smallest_free_above(limit: int, taken: Collection[int], high: int) -> int | None:
    """Return the smallest number up to `high` that is greater than `limit` and not taken, None where none is."""
    return next((it for it in range(limit + 1, high + 1) if it not in taken), None)


def after_all(taken: Collection[int], step: int, low: int, high: int) -> int | None:
    """Return a round number after all that are taken, else the largest free one; None where none is free."""
    wanted = max((*taken, low)) // step * step + step if taken else low + step
    return wanted if wanted <= high else largest_free_below(high + 1, taken, low, high)
