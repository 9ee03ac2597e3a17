"""Azure's own answer about the same flow, beside this diagnosis."""

from __future__ import annotations

from guest_attestation.network.azure_answer import azure_comparisons
from guest_attestation.network.azure_flow import Outcome
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look

_COLUMNS = ("asked", "about", "Azure's answer", "this diagnosis", "compared", "why")
_LOOKS = {Outcome.AGREES: "pass", Outcome.DIFFERS: "warn", Outcome.UNREAD: "unknown"}


def azure_answer(runbook: Runbook) -> Table:
    """Show what Azure answered and what this diagnosis says of the same; empty where Azure was not asked."""
    found = azure_comparisons(runbook.facts, runbook.diagnosis.path)
    rows: list[tuple[Cell, ...]] = []
    for it in (*found.rules, *found.route, *found.effective):
        compared = look(_LOOKS[it.outcome]) if it.outcome in _LOOKS else str(it.outcome)
        rows.append((it.asked, it.about or "–", it.azure or "–", it.ours or "–", compared, it.why or "–"))
    return Table(_COLUMNS, tuple(rows))
