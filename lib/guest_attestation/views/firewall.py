"""The firewall's rules as a table, in the order in which it tries them."""

from __future__ import annotations

from guest_attestation.network.hop import HopName, Part, RulePlace, TraceLine
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look

_NO_PART = "takes no part"
_COLUMNS = ("kind", "rule collection", "action", "rule", "decides", "why, or why not")


def firewall(runbook: Runbook) -> Table:
    """Show every rule of the firewall on the way, and the denial that ends them; empty where none was decided."""
    decided = runbook.diagnosis.path.hop(HopName.FIREWALL)
    rows: list[tuple[Cell, ...]] = [
        (line.place.kind, _collection(line.place), line.place.action, line.rule, cell, line.why)
        for line in decided.trace
        if line.place is not None
        for cell in _decides([it for it in decided.parts if (it.rule, it.place) == (line.rule, line.place)], line)
    ]
    if decided.parts:
        default = next((it for it in decided.parts if it.rule is None), None)
        why = default.why if default else "rules before it decide everything"
        rows.append(("default", "", "Deny", "", look(default.decision) if default else _NO_PART, why))
    return Table(_COLUMNS, tuple(rows))


def _decides(parts: list[Part], line: TraceLine) -> list[Cell]:
    """Show a rule's decision; two, where it is sure of one part and not of another."""
    decisions = dict.fromkeys(it.decision for it in parts) if line.matched else ()
    return [look(it) for it in decisions] or [_NO_PART]


def _collection(place: RulePlace) -> str:
    """Show the collection behind its priority, and in a policy behind its group's."""
    own = f"{_number(place.priority)} {place.collection}"
    return own if place.group is None else f"{_number(place.group_priority)} {place.group} / {own}"


def _number(priority: int | None) -> str:
    return "no priority:" if priority is None else str(priority)
