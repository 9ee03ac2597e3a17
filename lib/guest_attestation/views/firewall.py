"""The firewall's rules as a table, in the order in which it tries them."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.network.hop import Decision, Hop, HopName, RulePlace
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look
from guest_attestation.views.roles import ShownRule, shown_rules

_COLUMNS = ("kind", "rule collection", "action", "rule", "decides", "why, or why not")
_NO_PART = "takes no part"


def firewall(runbook: Runbook) -> Table:
    """Show every rule of the firewall on the way, and the denial that ends them; empty where none was decided."""
    path, rows = runbook.diagnosis.path, list[tuple[Cell, ...]]()
    for decided in path.of(HopName.FIREWALL):
        rows += _rows(decided, shown_rules(decided, path.question))
    return Table(_COLUMNS, tuple(rows))


def _rows(decided: Hop, rules: list[ShownRule]) -> Iterator[tuple[Cell, ...]]:
    for rule in rules:
        if rule.place is not None:
            place = rule.place
            yield place.kind, _collection(place), place.action, rule.name or "", _decides(rule), rule.why
    default = next((rule for rule in rules if rule.name is None and rule.decision is Decision.DENY), None)
    if default is not None:
        yield "default", "", "Deny", "", _decides(default), default.why
    elif decided.trace:
        yield "default", "", "Deny", "", _NO_PART, "rules before it decide everything"


def _decides(rule: ShownRule) -> Cell:
    """Show what a rule does to what it takes."""
    return look(rule.decision) if rule.decision else _NO_PART


def _collection(place: RulePlace) -> str:
    """Show the collection behind its priority, and in a policy behind its group's."""
    own = f"{_number(place.priority)} {place.collection}"
    return own if place.group is None else f"{_number(place.group_priority)} {place.group} / {own}"


def _number(priority: int | None) -> str:
    return "no priority:" if priority is None else str(priority)
