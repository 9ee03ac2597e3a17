"""How the benchmarks measure: several pieces of work in turn, the best round of each, in seconds of processor time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from ipaddress import ip_network


def in_turn(measured: list[Callable[[], object]], rounds: int) -> list[float]:
    """Measure in turn, so that what slows the machine slows all of them."""
    times: list[list[float]] = [[] for _ in measured]
    for _ in range(rounds):
        for place, work in enumerate(measured):
            times[place].append(once(work))
    return [min(it) for it in times]


def once(work: Callable[[], object]) -> float:
    """Measure one run."""
    start = time.process_time()
    work()
    return time.process_time() - start


def documentation_pairs(drawn: random.Random, count: int) -> list[str]:
    """Draw prefixes of two addresses each from the documentation ranges."""
    blocks = [ip_network(it) for it in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    pairs = [str(it) for block in blocks for it in block.subnets(new_prefix=31)]
    return drawn.sample(pairs, count)
