"""The path from the VM to its attestation provider as a picture: what each hop decides, and where traffic stops."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Picture, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLES = {
    HopName.ADMIN_RULES: "admin rules",
    HopName.NIC_NSG: "NIC NSG",
    HopName.SUBNET_NSG: "subnet NSG",
    HopName.ROUTE: "route",
    HopName.FIREWALL: "firewall",
    HopName.EGRESS: "egress",
    HopName.PROVIDER: "provider",
}
_HATCHES = {Decision.DENY: "////", Decision.PARTIAL: "..", Decision.UNKNOWN: "\\\\"}
_INK = "#1a1a1a"

# In inches. Four boxes a row: seven hops in one row cannot be read beside JupyterLab's side bar.
_ROW = 4
_PITCH, _DROP = 2.2, 1.75
_WIDTH, _HEIGHT = 1.6, 0.85
_SIDE, _ABOVE, _BELOW = 0.35, 0.35, 0.45
_TURN = 0.55


def path_picture(runbook: Runbook) -> Picture:
    """Draw the path; the first hop that denies stops the arrow, and hops behind it are drawn as if it were repaired."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    hops = runbook.diagnosis.path.hops
    stop = next((place for place, hop in enumerate(hops, start=1) if hop.decision is Decision.DENY), None)
    right = (_ROW - 1) * _PITCH + _WIDTH / 2 + _SIDE
    top, bottom = _HEIGHT / 2 + _ABOVE, _at(len(hops))[1] - _HEIGHT / 2 - _BELOW
    figure = Figure(figsize=(right + _WIDTH / 2 + _SIDE, top - bottom), dpi=120)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-_WIDTH / 2 - _SIDE, right)
    axes.set_ylim(bottom, top)
    axes.axis("off")
    _box(axes, 0, "VM", runbook.incident.vm.name)
    for place, hop in enumerate(hops, start=1):
        _arrow(axes, place, stop)
        _hop(axes, place, hop)
    if stop is not None:
        _bar(axes, stop)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name may hold letters that the font lacks: it draws boxes for them, and the alternative text has them all.
        warnings.simplefilter("ignore")
        figure.savefig(buffer, format="png", metadata={"Software": None}, facecolor="white")
    return Picture(buffer.getvalue(), _alternative(runbook, hops))


def _at(place: int) -> tuple[float, float]:
    """Return the middle of a box: the path reads like text, row by row."""
    return place % _ROW * _PITCH, -(place // _ROW) * _DROP


def _box(axes: Axes, place: int, title: str, middle: str) -> None:
    _frame(axes, place, _HEIGHT, facecolor="none", linewidth=1.2)
    _write(axes, place, 0.03, title, fontsize=11, weight="bold")
    _write(axes, place, -0.24, _short(middle, 17), fontsize=10)


def _hop(axes: Axes, place: int, hop: Hop) -> None:
    shown = look(hop.decision)
    _frame(axes, place, 0.18, facecolor=shown.colour, hatch=_HATCHES.get(hop.decision), linewidth=0.8)
    _box(axes, place, _TITLES[hop.hop], shown.text)
    _write(axes, place, -_HEIGHT / 2 - 0.07, _who(hop), va="top", fontsize=9, linespacing=1.25)


def _frame(axes: Axes, place: int, height: float, **style: Any) -> None:
    """Draw a frame of that height, down from a box's upper edge."""
    from matplotlib.patches import FancyBboxPatch

    x, y = _at(place)
    corner = (x - _WIDTH / 2, y + _HEIGHT / 2 - height)
    shape = "round,pad=0,rounding_size=0.08"
    axes.add_patch(FancyBboxPatch(corner, _WIDTH, height, boxstyle=shape, edgecolor=_INK, **style))


def _write(axes: Axes, place: int, above: float, text: str, **style: Any) -> None:
    """Write centred above a box's middle; what comes from Azure is text, never a formula."""
    x, y = _at(place)
    axes.text(x, y + above, text, **{"ha": "center", "va": "center", "color": _INK, "parse_math": False, **style})


def _arrow(axes: Axes, place: int, stop: int | None) -> None:
    """Behind the stop arrows are dotted: nothing arrives, but the hops are decided all the same."""
    (before, row), (x, y) = _at(place - 1), _at(place)
    start, end = before + _WIDTH / 2 + (0.15 if place - 1 == stop else 0.04), x - _WIDTH / 2 - 0.03
    style: dict[str, Any] = {"color": _INK, "linewidth": 1.4, "linestyle": ":" if stop and place > stop else "-"}
    if row != y:
        left, right, turn = end - 0.25, before + _WIDTH / 2 + 0.27, row - _HEIGHT / 2 - _TURN
        axes.plot([start, right, right, left, left], [row, row, turn, turn, y], **style)
        start = left
    axes.annotate("", xy=(end, y), xytext=(start, y), arrowprops={"arrowstyle": "-|>", "shrinkA": 0, **style})


def _bar(axes: Axes, place: int) -> None:
    x, y = _at(place)
    side, colour = x + _WIDTH / 2 + 0.08, look(Decision.DENY).colour
    axes.plot([side, side], [y - 0.46, y + 0.52], color=colour, linewidth=6, solid_capstyle="butt")
    _write(axes, place, _HEIGHT / 2 + 0.07, "traffic stops here", va="bottom", fontsize=10, weight="bold")


def _who(hop: Hop) -> str:
    """Name the resource and the rule that decide, short enough to stand below a box."""
    names = [name_of(hop.resource) if hop.resource else "", hop.rule or ""]
    return "\n".join(_short(name, 26) for name in names if name)


def _short(name: str, width: int) -> str:
    text = " ".join(name.split())
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _alternative(runbook: Runbook, hops: tuple[Hop, ...]) -> str:
    said = [
        f"{_TITLES[hop.hop]}: {look(hop.decision).word}" + (f" (rule {hop.rule})" if hop.rule else "") for hop in hops
    ]
    stop = next((hop for hop in hops if hop.decision is Decision.DENY), None)
    end = f"Traffic stops at the {_TITLES[stop.hop]}." if stop else "No hop is known to stop the traffic."
    return f"Path from VM {runbook.incident.vm.name} to the attestation provider. {'; '.join(said)}. {end}"
