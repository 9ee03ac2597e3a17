"""The fixes of a path: for every hop that denies the smallest change at the right place, proved by deciding again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guest_attestation.facts.gather import Facts
from guest_attestation.fixes.applied import applied
from guest_attestation.fixes.candidates import Candidate, candidates
from guest_attestation.fixes.fix import Fix
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import Path, decide_path

_DENIED = (Decision.DENY, Decision.PARTIAL)
_MOST_STEPS = 12
_OPEN = (Decision.ALLOW, Decision.NOT_APPLICABLE)


@dataclass(frozen=True)
class Plan:
    """The ordered fixes that together turn the whole path, and its decision before and after."""

    fixes: tuple[Fix, ...]
    before: Decision
    after: Decision


def propose(facts: Facts, path: Path) -> tuple[Fix, ...]:
    """Offer what turns a hop that denies; what turns nothing is not offered."""
    return tuple(fix for hop in _denying(path) for fix in _proved(facts, hop, candidates(facts, path, hop)))


def plan_of(facts: Facts, path: Path) -> Plan | None:
    """Put the first fix of every hop in order, each found with those before it applied; None where they do not do."""
    changed, now = facts, path
    steps: list[Fix] = []
    while (fix := next(iter(_next_fixes(changed, now)), None)) is not None and len(steps) < _MOST_STEPS:
        steps.append(fix)
        changed = applied(fix.change, changed)
        now = decide_path(changed)
    if not steps or now.network_decision is not Decision.ALLOW:
        return None
    return Plan(tuple(steps), path.network_decision, now.network_decision)


def _next_fixes(facts: Facts, path: Path) -> Iterator[Fix]:
    for hop in _denying(path):
        yield from _proved(facts, hop, candidates(facts, path, hop))


def _denying(path: Path) -> Iterator[Hop]:
    yield from (hop for hop in path.hops if hop.decision in _DENIED and hop.hop is not HopName.PROVIDER)


def _proved(facts: Facts, hop: Hop, offered: Iterable[Candidate]) -> Iterator[Fix]:
    is_mended = False
    for it in offered:
        if is_mended and it.is_wider:
            continue
        after = decide_path(applied(it.change, facts))
        turned = _decision(after, hop)
        if turned in _OPEN and it.holds(after):
            is_mended = True
            shown = Decision.ALLOW if turned is Decision.NOT_APPLICABLE else turned
            yield Fix(
                it.title, hop.hop, hop.resource or facts.vm_id.text, it.change, it.blast_radius, hop.decision, shown
            )


def _decision(path: Path, hop: Hop) -> Decision:
    """Find the same hop again, by what it is written in; of several that may be meant the worst counts."""
    entries, written = path.of(hop.hop), {it.casefold() for it in hop.written_at}
    same = [it for it in entries if written & {own.casefold() for own in it.written_at}] or list(entries)
    order = (Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN, Decision.ALLOW, Decision.NOT_APPLICABLE)
    return min((it.decision for it in same), key=order.index)
