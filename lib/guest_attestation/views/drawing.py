"""What the pictures have in common: ink, hatches, and a PNG that is the same on every machine."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from guest_attestation.network.hop import Decision
from guest_attestation.text import clean
from guest_attestation.views.output import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, PALE = "#1a1a1a", "#767676"
HATCHES = {Decision.DENY: "////", Decision.PARTIAL: "..", Decision.UNKNOWN: "\\\\"}


def canvas(left: float, right: float, bottom: float, top: float) -> Axes:
    """Make an empty picture; every length is in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(right - left, top - bottom), dpi=120)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.axis("off")
    return axes


def picture(axes: Axes, alternative: str) -> Picture:
    """Render what was drawn, without a time or a version in it."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name may hold letters that the font lacks: it draws boxes for them, and the alternative text has them all.
        warnings.simplefilter("ignore")
        axes.figure.canvas.print_figure(buffer, format="png", metadata={"Software": None}, facecolor="white")
    return Picture(buffer.getvalue(), alternative)


def short(text: str, width: int) -> str:
    """Cut a text to what there is room for."""
    text = clean(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"
