"""The rungs of a ladder of rules: one rule each, or what is summarised so that the ladder stays short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guest_attestation.network.hop import Decision
from guest_attestation.views.output import look
from guest_attestation.views.roles import Role, ShownRule

MOST = 15
_MARKED = (Role.TAKES, Role.IN_VAIN)
_COUNTED = {
    Role.TAKES: ("more rule takes a part", "more rules take a part"),
    Role.MATCHES: ("rule matches", "rules match"),
    Role.IN_VAIN: ("more rule allows in vain", "more rules allow in vain"),
    Role.PASSES: ("rule does not decide", "rules do not decide"),
    Role.NOT_REACHED: ("rule is not reached", "rules are not reached"),
}
_WEIGHTS = (Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN, Decision.ALLOW, Decision.NOT_APPLICABLE, None)


@dataclass(frozen=True)
class Rung:
    """What stands on a rung: a rule, or several that are summarised."""

    rules: tuple[ShownRule, ...]

    @property
    def rule(self) -> ShownRule:
        """The rule, or the first of several."""
        return self.rules[0]

    @property
    def is_folded(self) -> bool:
        """Tell whether several rules are summarised."""
        return len(self.rules) > 1

    @property
    def is_pale(self) -> bool:
        """Tell whether traffic never comes here."""
        return all(rule.role is Role.NOT_REACHED for rule in self.rules)

    @property
    def number(self) -> str:
        """The priority; of several rules the first one's."""
        own = "" if self.rule.priority is None else str(self.rule.priority)
        return f"{own} …" if self.is_folded and own else own

    @property
    def name(self) -> str:
        """The rule's name, or how many rules do what."""
        if self.is_folded:
            return counted(self.rules)
        return "(no rule)" if self.rule.name is None else self.rule.name

    @property
    def mark(self) -> str:
        """What a rule does that decides, or would, with its symbol; empty for any other."""
        if self.is_folded or self.rule.role not in _MARKED:
            return ""
        if self.rule.decision is None:
            return f"{look('warn').symbol} {self.rule.role}, {self.rule.takes}"
        return f"{look(self.rule.decision).text}: {self.rule.takes}"

    @property
    def text(self) -> str:
        """The rung in words."""
        if self.is_folded:
            return f"{self.number} {self.name}".strip()
        beside = str(self.rule.role) if self.is_pale else self.rule.why
        return f"{self.number} {self.name}: {self.mark or beside}".strip()


def counted(rules: Sequence[ShownRule]) -> str:
    """Say how many rules do what."""
    counts = [(role, sum(rule.role is role for rule in rules)) for role in Role]
    return ", ".join(f"{count} {_COUNTED[role][count > 1]}" for role, count in counts if count)


def rungs_of(rules: Sequence[ShownRule]) -> list[Rung]:
    """Give each rule a rung; of too many only those that are marked, and the shortest runs between them."""
    if len(rules) <= MOST:
        return [Rung((rule,)) for rule in rules]
    marked = sorted((rule for rule in rules if rule.role in _MARKED), key=lambda rule: _WEIGHTS.index(rule.decision))
    runs = list(_runs(rules, {id(rule) for rule in marked[: MOST // 2]}))
    spare = MOST - len(runs)
    shown = set[int]()
    for run in sorted(runs, key=len):
        if 1 < len(run) <= spare + 1:
            spare -= len(run) - 1
            shown |= {id(rule) for rule in run}
    return [Rung(rung) for run in runs for rung in ([(it,) for it in run] if id(run[0]) in shown else [run])]


def _runs(rules: Sequence[ShownRule], alone: set[int]) -> Iterator[tuple[ShownRule, ...]]:
    """Cut the rules so that some stand alone, and all that are between two of those together."""
    run: list[ShownRule] = []
    for rule in rules:
        if id(rule) not in alone:
            run.append(rule)
            continue
        if run:
            yield tuple(run)
            run = []
        yield (rule,)
    if run:
        yield tuple(run)
