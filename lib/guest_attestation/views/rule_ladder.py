"""The rules of a hop as a ladder: by priority, top first, the ones that decide marked, those not reached pale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.views.drawing import HATCHES, INK, PALE, canvas, picture, short
from guest_attestation.views.output import Picture, Text, look
from guest_attestation.views.roles import TITLES, Role, shown_rules, worst_first
from guest_attestation.views.rungs import Rung, rungs_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# In inches.
_RIGHT, _HEAD = 8.9, 0.8
_NUMBER, _RAIL, _BOX, _WIDTH, _BESIDE = 0.72, 0.86, 1.06, 3.0, 4.2
_PITCH, _HEIGHT, _BAND = 0.47, 0.36, 0.3
_NAME, _MARK, _WHY = 34, 55, 68  # characters that there is room for


def rule_ladder(runbook: Runbook, hop: str) -> Picture | Text:
    """Draw the rules of one hop; a sentence where it has none, or none of them was decided."""
    path = runbook.diagnosis.path
    entry = worst_first(path.of(HopName(hop)))[0]
    head = " ".join((TITLES[entry.hop], *((name_of(entry.resource),) if entry.resource else ())))
    decision = look(entry.decision)
    if not entry.trace:
        return Text(((f"{head}: {decision.text}", True), (f"{entry.summary}.", False)))
    rungs = rungs_of(shown_rules(entry, path.question))
    axes = canvas(0, _RIGHT, -len(rungs) * _PITCH - 0.05, _HEAD)
    _write(axes, 0.15, 0.55, f"{short(head, 50)}: {decision.text}", fontsize=13, weight="bold")
    _write(axes, 0.15, 0.25, short(f"{path.question.text} {_order(entry)}", 110), fontsize=9.5)
    places = [(-(number + 0.5) * _PITCH, rung) for number, rung in enumerate(rungs)]
    _rail(axes, places)
    for y, rung in places:
        _rung(axes, y, rung)
    said = "; ".join(rung.text for rung in rungs)
    return picture(axes, f"Rules of the {head}, by priority: {decision.word}. {said}.")


def _order(entry: Hop) -> str:
    """Say in which order rules are tried; those of several network managers stand one manager after the other."""
    numbers = [line.priority or 0 for line in entry.trace]
    if numbers != sorted(numbers):
        return "meets the rules of each network manager: of each the first that matches takes it"
    return "falls from rung to rung: the first rule that matches takes it"


def _rail(axes: Axes, places: Sequence[tuple[float, Rung]]) -> None:
    """Draw how the traffic falls, down to each rule that takes some of it."""
    arrow = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "color": INK, "linewidth": 2}
    for y in (y for y, rung in places if rung.mark and rung.rule.role is Role.TAKES):
        axes.plot([_RAIL, _RAIL], [0.1, y], color=INK, linewidth=2)
        axes.annotate("", xy=(_BOX, y), xytext=(_RAIL, y), arrowprops=arrow)


def _rung(axes: Axes, y: float, rung: Rung) -> None:
    ink = PALE if rung.is_pale else INK
    _write(axes, _NUMBER, y, rung.number, ha="right", fontsize=10, color=ink)
    if rung.is_folded:
        _write(axes, _BOX + 0.1, y, short(rung.name, 100), fontsize=10, color=ink, style="italic")
        return
    width, weight = (2.4, "bold") if rung.rule.role is Role.TAKES else (0.8, "normal")
    _frame(axes, y, _WIDTH, edgecolor=ink, linewidth=width, linestyle="--" if rung.is_pale else "-")
    _write(axes, _BOX + _BAND + 0.1, y, short(rung.name, _NAME), fontsize=10, color=ink, weight=weight)
    if rung.mark:
        shown = look(rung.rule.decision or "warn")
        hatch = HATCHES.get(rung.rule.decision or Decision.PARTIAL)
        _frame(axes, y, _BAND, edgecolor=INK, facecolor=shown.colour, hatch=hatch, linewidth=0.8)
        _write(axes, _BESIDE, y + 0.085, short(rung.mark, _MARK), fontsize=10.5, weight="bold")
        _write(axes, _BESIDE, y - 0.1, short(rung.rule.why, _WHY), fontsize=8.5)
    else:
        beside = "not reached" if rung.is_pale else rung.rule.why
        _write(axes, _BESIDE, y, short(beside, _WHY), fontsize=9, color=ink)


def _frame(axes: Axes, y: float, width: float, **style: Any) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((_BOX, y - _HEIGHT / 2), width, _HEIGHT, **{"facecolor": "none", **style}))


def _write(axes: Axes, x: float, y: float, text: str, **style: Any) -> None:
    """Write beside a place; what comes from Azure is text, never a formula."""
    axes.text(x, y, text, **{"ha": "left", "va": "center", "color": INK, "parse_math": False, **style})
