"""The path from the VM to its attestation provider as a picture: what each hop decides, and where traffic stops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from guest_attestation.fixes.applied import applied
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import Path, decide_path
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.views.drawing import HATCHES, INK, canvas, picture, short
from guest_attestation.views.output import Picture, Text, look
from guest_attestation.views.roles import ALL, TITLES, stop_of, stopped, stops_everything, worst_first

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# In inches. Four boxes a row: seven hops in one row cannot be read beside JupyterLab's side bar.
_ROW = 4
_PITCH, _DROP = 2.2, 1.95
_WIDTH, _HEIGHT = 1.6, 0.85
_SIDE, _ABOVE, _LINE = 0.35, 0.35, 0.17
_TURN = 0.72
_AHEAD, _BEHIND = 0.2, 0.27

_TITLE = 0.25

_AFTER = "After the plan (by the model, nothing was changed)"
_STACK = 3  # entries of one hop that are drawn: the worst of more
_CAPTION = 26  # characters that there is room for
_STOPS = {Decision.DENY: "stops", Decision.PARTIAL: "stops", Decision.UNKNOWN: "not known:"}


@dataclass(frozen=True)
class _Place:
    """The entries of a hop, and where they stand: the first one's middle, the others below it."""

    entries: tuple[tuple[Hop, str], ...]
    x: float
    y: float

    def at(self, entry: int) -> tuple[float, float]:
        """Return the middle of an entry's box."""
        return self.x, self.y - entry * _DROP


def path_picture(runbook: Runbook) -> Picture:
    """Draw the path; what stands behind the hop where traffic stops is drawn as if that were repaired."""
    return _drawn(runbook.diagnosis.path, runbook.incident.vm.name)


def path_after_plan(runbook: Runbook) -> Picture | Text:
    """Draw the path as the model decides it with the plan applied to what was read; without a plan say so."""
    made = runbook.remedies.plan
    if made is None:
        return Text((("There is no plan, so there is no path after it to show.", False),))
    facts = reduce(lambda changed, fix: applied(fix.change, changed), made.fixes, runbook.facts)
    return _drawn(decide_path(facts), runbook.incident.vm.name, _AFTER)


def _drawn(path: Path, vm: str, title: str = "") -> Picture:
    places = _places(path)
    stop = stop_of(path)
    stop_place = list(HopName).index(stop.hop) + 1 if stop else None
    right = (_ROW - 1) * _PITCH + _WIDTH / 2 + _SIDE
    top = _HEIGHT / 2 + _ABOVE
    axes = canvas(-_WIDTH / 2 - _SIDE, right, _bottom(places), top + _TITLE * bool(title))
    _write(axes, (-_WIDTH / 2, top), 0, title, ha="left", fontsize=11, weight="bold")
    _box(axes, (0, 0), "VM", vm)
    for number, place in enumerate(places[1:], start=1):
        _arrows(axes, places[number - 1], place, number, stop_place)
        for entry, (hop, caption) in enumerate(place.entries):
            _hop(axes, place.at(entry), hop, caption)
            if hop.decision is Decision.PARTIAL and number != stop_place:
                _label(axes, place.at(entry), "some stops here")
    if stop is not None and stop_place is not None:
        _bar(axes, places[stop_place], "traffic stops here" if stops_everything(stop, path) else "home stops here")
    return picture(axes, f"{title}. {_alternative(path, vm, stop)}" if title else _alternative(path, vm, stop))


def _places(path: Path) -> list[_Place]:
    """Place the VM and the hops: they read like text, row by row."""
    groups = [(), *(tuple(_captioned(path.of(name), path)) for name in HopName)]
    places, y = list[_Place](), 0.0
    for start in range(0, len(groups), _ROW):
        row = groups[start : start + _ROW]
        places += [_Place(entries, column * _PITCH, y) for column, entries in enumerate(row)]
        y -= max(1, *map(len, row)) * _DROP
    return places


def _captioned(entries: tuple[Hop, ...], path: Path) -> list[tuple[Hop, str]]:
    """Write below each box the resource, the rule that decides, and what of the traffic where it is not all."""
    shown = list(entries) if len(entries) <= _STACK else worst_first(entries)[:_STACK]
    captions: list[tuple[Hop, str]] = []
    for number, hop in enumerate(shown, start=1):
        names = [name_of(hop.resource) if hop.resource else "", hop.rule or ""]
        of = stopped(hop, path.question, regions=False)
        lines = [short(name, _CAPTION) for name in names if name]
        lines += wrap(f"{_STOPS[hop.decision]} {of}", _CAPTION)[:2] if of not in ("", ALL) else []
        lines += [f"and {len(entries) - number} more"] * (number == _STACK < len(entries))
        captions.append((hop, "\n".join(lines)))
    return captions


def _bottom(places: list[_Place]) -> float:
    """Return where the lowest caption ends."""
    ends = (
        place.at(entry)[1] - (len(caption.splitlines()) + 1) * _LINE
        for place in places
        for entry, (_, caption) in enumerate(place.entries)
    )
    return min(ends) - _HEIGHT / 2


def _box(axes: Axes, at: tuple[float, float], title: str, middle: str) -> None:
    _frame(axes, at, _HEIGHT, facecolor="none", linewidth=1.2)
    _write(axes, at, 0.03, title, fontsize=11, weight="bold")
    _write(axes, at, -0.24, short(middle, 17), fontsize=10)


def _hop(axes: Axes, at: tuple[float, float], hop: Hop, caption: str) -> None:
    shown = look(hop.decision)
    _frame(axes, at, 0.18, facecolor=shown.colour, hatch=HATCHES.get(hop.decision), linewidth=0.8)
    _box(axes, at, TITLES[hop.hop], shown.text)
    _write(axes, at, -_HEIGHT / 2 - 0.07, caption, va="top", fontsize=9, linespacing=1.25)


def _frame(axes: Axes, at: tuple[float, float], height: float, **style: Any) -> None:
    """Draw a frame of that height, down from a box's upper edge."""
    from matplotlib.patches import FancyBboxPatch

    corner = (at[0] - _WIDTH / 2, at[1] + _HEIGHT / 2 - height)
    shape = "round,pad=0,rounding_size=0.08"
    axes.add_patch(FancyBboxPatch(corner, _WIDTH, height, boxstyle=shape, edgecolor=INK, **style))


def _write(axes: Axes, at: tuple[float, float], above: float, text: str, **style: Any) -> None:
    """Write centred above a box's middle; what comes from Azure is text, never a formula."""
    style = {"ha": "center", "va": "center", "color": INK, "parse_math": False, **style}
    axes.text(at[0], at[1] + above, text, **style)


def _label(axes: Axes, at: tuple[float, float], text: str) -> None:
    _write(axes, at, _HEIGHT / 2 + 0.07, text, va="bottom", fontsize=10, weight="bold")


def _arrows(axes: Axes, before: _Place, place: _Place, number: int, stop: int | None) -> None:
    """Lead from a hop to the next; behind the stop dotted: nothing arrives, but the hops are decided all the same."""
    style: dict[str, Any] = {"color": INK, "linewidth": 1.4, "linestyle": ":" if stop and number > stop else "-"}
    side, row = before.x + _WIDTH / 2, before.y
    start, left = side + (0.15 if number - 1 == stop else 0.04), place.x - _WIDTH / 2 - _AHEAD
    ends = len(place.entries)
    parallel = row == place.y and 1 < ends == len(before.entries)
    if not parallel:
        for entry in range(1, len(before.entries)):
            lower = before.at(entry)[1]
            axes.plot([start, side + _BEHIND, side + _BEHIND], [lower, lower, row], **style)
    if row != place.y:
        lowest = before.at(max(0, len(before.entries) - 1))[1]
        turn = min(lowest, place.y + _DROP) - _HEIGHT / 2 - _TURN
        axes.plot([start, side + _BEHIND, side + _BEHIND, left, left], [row, row, turn, turn, place.y], **style)
        start = left
    for entry in range(ends):
        y = place.at(entry)[1]
        if entry and not parallel:
            axes.plot([left, left], [place.y, y], **style)
            start = left
        arrow = {"arrowstyle": "-|>", "shrinkA": 0, **style}
        axes.annotate("", xy=(place.x - _WIDTH / 2 - 0.03, y), xytext=(start, y), arrowprops=arrow)


def _bar(axes: Axes, place: _Place, text: str) -> None:
    side, colour = place.x + _WIDTH / 2 + 0.08, look(Decision.DENY).colour
    last = place.at(len(place.entries) - 1)[1]
    axes.plot([side, side], [last - 0.46, place.y + 0.52], color=colour, linewidth=6, solid_capstyle="butt")
    _label(axes, place.at(0), text)


def _alternative(path: Path, vm: str, stop: Hop | None) -> str:
    said = "; ".join(_said(hop, path) for hop in path.hops)
    some = any(hop.decision is Decision.PARTIAL for hop in path.hops)
    end = "Some of the traffic is stopped, the rest goes on." if some else "No hop is known to stop the traffic."
    if stop is not None:
        what = "Traffic" if stops_everything(stop, path) else "Traffic to the home region"
        end = f"{what} stops at the {_named(stop, path) if stop.decision is Decision.DENY else TITLES[stop.hop]}."
    return f"Path from VM {vm} to the attestation provider. {said}. {end}"


def _said(hop: Hop, path: Path) -> str:
    of = stopped(hop, path.question)
    what = f", {_STOPS[hop.decision]} {of}" if of not in ("", ALL) else ""
    rule = f" (rule {hop.rule})" if hop.rule else ""
    return f"{_named(hop, path)}: {look(hop.decision).word}{rule}{what}"


def _named(hop: Hop, path: Path) -> str:
    """Name a hop, and of several entries of one the resource too."""
    several = len(path.of(hop.hop)) > 1 and hop.resource
    return f"{TITLES[hop.hop]} {name_of(hop.resource)}" if several and hop.resource else TITLES[hop.hop]
