"""The benchmarks measure what is right: the tool and the naive loop come to the same answers."""

from __future__ import annotations

from benchmarks.decide_groups import decide, made, naively
from guest_attestation.network.addresses import AddressSet


def test_the_tool_and_the_naive_loop_decide_alike() -> None:
    targets, groups = made(40)

    hops, answers = decide(groups, targets), iter(naively(groups, targets))

    decided = {part.decision for hop in hops for part in hop.parts}
    assert len(decided) == 2, "rules of both kinds must take part"
    for hop in hops:
        for target in targets:
            first = AddressSet.of((target.partition("/")[0],), 4)
            (part,) = (it for it in hop.parts if it.addresses & first)
            assert part.decision == next(answers).casefold()
