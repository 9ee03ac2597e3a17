"""The firewall's rules as a table, in the order in which it tries them."""

from __future__ import annotations

from guest_attestation.network.hop import HopName, Part, RulePlace
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look

_COLUMNS = ("kind", "rule collection", "action", "rule", "decides", "why, or why not")


def firewall(runbook: Runbook) -> Table:
    """Show every rule of the firewall on the way, and the denial that ends them; empty where none was decided."""
    decided = runbook.diagnosis.path.hop(HopName.FIREWALL)
    parts = {(part.rule, part.place): part for part in decided.parts}
    rows: list[tuple[Cell, ...]] = [
        (line.place.kind, _collection(line.place), line.place.action, line.rule,
         _takes(parts.get((line.rule, line.place)) if line.matched else None), line.why)
        for line in decided.trace
        if line.place is not None
    ]  # fmt: skip
    if decided.parts:
        default = parts.get((None, None))
        why = default.why if default else "rules before it decide everything"
        rows.append(("default", "", "Deny", "", _takes(default), why))
    return Table(_COLUMNS, tuple(rows))


def _takes(part: Part | None) -> Cell:
    return "takes no part" if part is None else look(part.decision)


def _collection(place: RulePlace) -> str:
    """Show the collection behind its priority, and in a policy behind its group's."""
    own = f"{_number(place.priority)} {place.collection}"
    return own if place.group is None else f"{_number(place.group_priority)} {place.group} / {own}"


def _number(priority: int | None) -> str:
    return "no priority:" if priority is None else str(priority)
