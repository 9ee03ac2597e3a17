"""The path from the VM to its attestation provider as a picture: what each hop decides, and where traffic stops."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

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
_STEP = 1.9


def path_picture(runbook: Runbook) -> Picture:
    """Draw the path; the first hop that denies stops the arrow, and hops behind it are drawn as if it were repaired."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    hops = runbook.diagnosis.path.hops
    figure = Figure(figsize=(12.6, 2.6), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-0.95, _STEP * len(hops) + 0.95)
    axes.set_ylim(-1.25, 1.15)
    axes.axis("off")
    _box(axes, 0, "VM", runbook.incident.vm.name, "", "white", None)
    stop = next((place for place, hop in enumerate(hops, start=1) if hop.decision is Decision.DENY), len(hops) + 1)
    for place, hop in enumerate(hops, start=1):
        shown = look(hop.decision)
        _arrow(axes, place, stop)
        _box(axes, place, _TITLES[hop.hop], shown.text, _who(hop), shown.colour, _HATCHES.get(hop.decision))
        if place == stop:
            axes.plot([_STEP * place + 0.87] * 2, [-0.62, 0.62], color=shown.colour, linewidth=5, solid_capstyle="butt")
            axes.text(
                _STEP * place,
                0.82,
                "traffic stops here",
                ha="center",
                va="bottom",
                fontsize=9.5,
                color=_INK,
                weight="bold",
            )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, facecolor="white")
    return Picture(buffer.getvalue(), _alternative(runbook, hops))


def _box(axes: Axes, place: int, title: str, middle: str, below: str, colour: str, hatch: str | None) -> None:
    from matplotlib.patches import FancyBboxPatch

    x = _STEP * place
    shape = "round,pad=0.02,rounding_size=0.08"
    frame = FancyBboxPatch((x - 0.7, -0.5), 1.4, 1.0, boxstyle=shape, facecolor="white", edgecolor=_INK, linewidth=1.2)
    axes.add_patch(frame)
    if colour != "white":
        band = FancyBboxPatch(
            (x - 0.7, 0.32), 1.4, 0.18, boxstyle=shape, facecolor=colour, edgecolor=_INK, hatch=hatch, linewidth=0.8
        )
        axes.add_patch(band)
    axes.text(x, 0.12, title, ha="center", va="center", fontsize=10.5, color=_INK, weight="bold")
    axes.text(x, -0.2, middle, ha="center", va="center", fontsize=9.5, color=_INK)
    axes.text(x, -0.66, below, ha="center", va="top", fontsize=8, color=_INK, linespacing=1.25)


def _arrow(axes: Axes, place: int, stop: int) -> None:
    """Behind the stop arrows are dotted: nothing arrives, but the hops are decided all the same."""
    style = {"arrowstyle": "-|>", "color": _INK, "linewidth": 1.4, "linestyle": ":" if place > stop else "-"}
    start, end = _STEP * (place - 1) + (0.94 if place == stop + 1 else 0.76), _STEP * place - 0.76
    axes.annotate("", xy=(end, 0), xytext=(start, 0), arrowprops=style)


def _who(hop: Hop) -> str:
    """Name the resource and the rule that decide, short enough to stand below a box."""
    names = [name_of(hop.resource) if hop.resource else "", hop.rule or ""]
    return "\n".join(_short(name) for name in names if name)


def _short(name: str, width: int = 26) -> str:
    # A dollar sign would start a formula in matplotlib.
    text = name if len(name) <= width else f"{name[: width - 1]}…"
    return text.replace("$", r"\$")


def _alternative(runbook: Runbook, hops: tuple[Hop, ...]) -> str:
    said = [
        f"{_TITLES[hop.hop]}: {look(hop.decision).word}" + (f" (rule {hop.rule})" if hop.rule else "") for hop in hops
    ]
    stop = next((hop for hop in hops if hop.decision is Decision.DENY), None)
    end = f"Traffic stops at the {_TITLES[stop.hop]}." if stop else "No hop is known to stop the traffic."
    return f"Path from VM {runbook.incident.vm.name} to the attestation provider. {'; '.join(said)}. {end}"
