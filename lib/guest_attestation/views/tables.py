"""Tables: checks, root causes, reports, and the rules of a hop."""

from __future__ import annotations

from guest_attestation.network.hop import HopName
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look
from guest_attestation.views.roles import Role, shown_rules


def checks(runbook: Runbook, *prefixes: str) -> Table:
    """Show the checks whose ids begin with one of the prefixes; without any, all checks."""
    shown = [check for check in runbook.diagnosis.checks if not prefixes or check.id.startswith(prefixes)]
    rows: list[tuple[Cell, ...]] = []
    for check in shown:
        missing = f" (missing permission: {check.missing_permission})" if check.missing_permission else ""
        assumed = "".join(f" Assumed: {assumption}." for assumption in check.assumptions)
        rows.append(
            (
                check.id,
                look(check.status),
                "yes" if check.required else "no",
                f"{check.summary}{missing}{'.' * bool(assumed)}{assumed}",
            )
        )
    return Table(("check", "status", "required", "what was found"), tuple(rows))


def causes(runbook: Runbook) -> Table:
    """Show the root causes by rank."""
    rows = tuple(
        (
            str(rank),
            cause.code,
            cause.confidence,
            f"rule {cause.rule} of {name_of(cause.resource)}" if cause.rule else name_of(cause.resource),
            cause.summary,
            cause.disproof,
        )
        for rank, cause in enumerate(runbook.diagnosis.root_causes, start=1)
    )
    return Table(("rank", "root cause", "confidence", "where", "why", "disproved if"), rows)


def reports(runbook: Runbook) -> Table:
    """Show what the extension last reported: its status, and the two legs apart.

    Azure gives the same report in several answers: it is shown once.
    """
    observed = runbook.diagnosis.observed
    rows = dict.fromkeys(
        (
            status.component or "extension",
            look("fail" if status.failed else "pass" if status.state == "succeeded" else "unknown"),
            status.code,
            f"{status.time:%Y-%m-%d %H:%M:%S} UTC" if status.time else "not given",
            status.message or status.display_status,
        )
        for status in (*observed.statuses, *observed.legs)
    )
    return Table(("part", "status", "code", "time", "message"), tuple(rows))


def rules(runbook: Runbook, hop: str) -> Table:
    """Show every rule of one hop in the order in which Azure tries them, and what each takes, or why nothing."""
    path, rows = runbook.diagnosis.path, list[tuple[Cell, ...]]()
    for entry in path.of(HopName(hop)):
        for rule in shown_rules(entry, path.question):
            priority = "" if rule.name is None else "not given" if rule.priority is None else str(rule.priority)
            decides = look(rule.decision) if rule.decision else look("warn") if rule.role is Role.IN_VAIN else "–"
            takes = rule.takes if rule.role is Role.TAKES else " ".join((rule.role, rule.takes)).strip()
            rows.append((priority, rule.name or "no rule", decides, takes, rule.why))
    return Table(("priority", "rule", "decides", "takes", "why, or why not"), tuple(rows))
