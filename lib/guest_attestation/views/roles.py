"""How each rule of a hop took part, and which of the tiers it takes: what tables, ladder and tree show alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from guest_attestation.network.addresses import union
from guest_attestation.network.hop import Decision, Hop, HopName, Part, RulePlace, TraceLine
from guest_attestation.network.path import Path
from guest_attestation.network.question import Question
from guest_attestation.network.tiers import Tier, TierName, decide_together, tier_decision

TITLES = {
    HopName.ADMIN_RULES: "admin rules",
    HopName.NIC_NSG: "NIC NSG",
    HopName.SUBNET_NSG: "subnet NSG",
    HopName.ROUTE: "route",
    HopName.FIREWALL: "firewall",
    HopName.EGRESS: "egress",
    HopName.PROVIDER: "provider",
}
ALL = "everything"
OTHER_REGIONS = "other regions"
_DEFAULT_RULES = 65000
_Key = tuple[str | None, RulePlace | None]
_WORST_FIRST = (Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN, Decision.ALLOW, Decision.NOT_APPLICABLE)


class Role(StrEnum):
    """How a rule took part."""

    TAKES = "takes"
    MATCHES = "matches"
    IN_VAIN = "allows in vain"
    PASSES = "does not decide"
    NOT_REACHED = "not reached"


@dataclass(frozen=True)
class ShownRule:
    """A rule as it is shown; `name` is None for what decides without being a rule, `decision` for what decides nothing.

    `takes` says which tiers it takes, and of an Allow that comes too late which rules take them before.
    """

    name: str | None
    priority: int | None
    role: Role
    decision: Decision | None
    takes: str
    why: str
    place: RulePlace | None = None


def shown_rules(hop: Hop, question: Question) -> list[ShownRule]:
    """Show a hop's rules in the order in which they are tried, and what decides without being one of them.

    What stands before all of them in the hop's parts comes before them, as what is delivered past an NSG does. A rule
    that does not decide all that it takes alike is shown once for each decision, that of home first.
    """
    parts: dict[_Key, list[Part]] = {}
    for part in hop.parts:
        parts.setdefault((part.rule, part.place), []).append(part)
    keys = {(line.rule, line.place) for line in hop.trace if line.matched}
    ahead = list(takewhile(lambda key: key not in keys, parts))
    behind = [key for key in parts if key not in keys and key not in ahead]
    shown = [it for key in ahead for it in _taking(key, None, parts[key], question)]
    for line in hop.trace:
        key = line.rule, line.place
        taken = parts.get(key, []) if line.matched else []
        shown += _taking(key, line.priority, taken, question) if taken else [_other(line)]
    return [*shown, *(it for key in behind for it in _taking(key, None, parts[key], question))]


def share(parts: Iterable[Part], question: Question, *, regions: bool = True) -> str:
    """Say in words which tiers parts hold: all of them, or each with its region."""
    parts, tiers = tuple(parts), [tier for tier in question.tiers if tier.addresses]
    held = {tier.name: _held(parts, tier) for tier in tiers}
    if set(held.values()) == {ALL}:
        return ALL
    shown = tiers if regions else [replace(tier, region=None) for tier in tiers]
    return ", ".join(tier_text(tier, held[tier.name]) for tier in shown if held[tier.name])


def stopped(hop: Hop, question: Question, *, regions: bool = True) -> str:
    """Say which tiers a hop that is not well denies, or leaves open; nothing where it lets through what must pass."""
    if hop.decision in (Decision.ALLOW, Decision.NOT_APPLICABLE):
        return ""
    wanted = (Decision.UNKNOWN,) if hop.decision is Decision.UNKNOWN else (Decision.DENY, Decision.PARTIAL)
    return share((part for part in hop.parts if part.decision in wanted), question, regions=regions)


def tier_text(tier: Tier, held: str = ALL) -> str:
    """Name a tier with its region, or some of it."""
    if tier.name is TierName.OTHER:
        name = OTHER_REGIONS
    else:
        name = f"{tier.name} ({tier.region})" if tier.region else str(tier.name)
    return name if held == ALL else f"some of {name}"


def decision_of(hops: Iterable[Hop], tier: Tier) -> Decision:
    """Say what hops decide of one tier together: what any of them denies is denied."""
    if not tier.addresses:
        return Decision.NOT_APPLICABLE
    parts = (part for hop in hops for part in hop.parts)
    return tier_decision(sorted(parts, key=lambda part: _WORST_FIRST.index(part.decision)), tier)


def stop_of(path: Path) -> Hop | None:
    """Return the hop at which nothing of the home tier is left: one that denies it all, or what others left of it."""
    for hop in path.hops:
        together = decide_together([it.parts for it in up_to(hop, path)], path.question.tiers)
        if Decision.DENY in (together, hop.decision):
            return hop
    return None


def up_to(last: Hop, path: Path) -> tuple[Hop, ...]:
    """Return the hops up to one, with that one."""
    return path.hops[: path.hops.index(last) + 1]


def stops_everything(stop: Hop, path: Path) -> bool:
    """Tell whether of no tier anything goes on behind the hop where home stops."""
    if not stop.parts:
        return True
    met = [hop for hop in path.hops if hop in up_to(stop, path) or hop.hop is stop.hop]
    return all(decision_of(met, tier) is Decision.DENY for tier in path.question.tiers if tier.addresses)


def worst_first(hops: Sequence[Hop]) -> list[Hop]:
    """Put the entries of a hop in the order in which they matter."""
    return sorted(hops, key=lambda hop: _WORST_FIRST.index(hop.decision))


def _taking(key: _Key, priority: int | None, parts: list[Part], question: Question) -> Iterator[ShownRule]:
    """Show what a rule takes, once for each decision."""
    by_decision: dict[Decision, list[Part]] = {}
    for part in _home_first(parts, question):
        by_decision.setdefault(part.decision, []).append(part)
    for decision, taken in by_decision.items():
        yield ShownRule(key[0], priority, Role.TAKES, decision, share(taken, question), taken[0].why, key[1])


def _other(line: TraceLine) -> ShownRule:
    """Show a rule that takes nothing of its own."""
    role, takes = Role.PASSES, ""
    if line.matched:
        role = Role.MATCHES
    elif line.shadowed_by and (line.priority is None or line.priority < _DEFAULT_RULES):
        role, takes = Role.IN_VAIN, f"behind {', '.join(line.shadowed_by)}"
    elif not line.reached:
        role = Role.NOT_REACHED
    return ShownRule(line.rule, line.priority, role, None, takes, line.why, line.place)


def _home_first(parts: list[Part], question: Question) -> list[Part]:
    def place(part: Part) -> int:
        holding = (it for it, tier in enumerate(question.tiers) if _held([part], tier))
        return next(holding, len(question.tiers))

    return sorted(parts, key=place)


def _held(parts: Iterable[Part], tier: Tier) -> str:
    """Say how much of a tier parts hold: nothing is an empty text."""
    own = tier.addresses
    held = union(own.version, (part.addresses & own for part in parts if part.speaks_of(tier.name)))
    if not held:
        return ""
    return "some" if own - held else ALL
