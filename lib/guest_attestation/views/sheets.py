"""A change on a sheet: what is said of it, its steps, and the same change in other forms, for people and terminals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from guest_attestation.text import clean
from guest_attestation.views.looks import Look

NOT_RUN = "not run"
_PAD = "padding-left:.6em;margin:.6em 0"


@dataclass(frozen=True)
class Sheet:
    """A change: `said` has a label before each text, `forms` a title before each text to paste."""

    title: str
    look: Look
    said: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]
    forms: tuple[tuple[str, str], ...]

    def lines(self) -> Iterator[str]:
        """Write the sheet as plain text."""
        yield f"  {clean(self.title)}"
        yield from (f"    {label}: {clean(text)}" for label, text in self.said)
        yield "    In the Azure portal:"
        yield from (f"      {number}. {clean(step)}" for number, step in enumerate(self.steps, start=1))
        for title, text in self.forms:
            yield f"    {title} ({NOT_RUN}):"
            yield from (f"      {line}".rstrip() for line in _exact(text).split("\n"))

    def html(self) -> str:
        """Write the sheet as HTML; what can be pasted opens with a click."""
        said = "<br>".join(f"<b>{escape(label)}:</b> {escape(clean(text))}" for label, text in self.said)
        steps = "".join(f"<li>{escape(clean(step))}</li>" for step in self.steps)
        forms = "".join(_folded(title, text) for title, text in self.forms)
        return (
            f'<div style="border-left:.4em solid {self.look.colour};{_PAD}"><p><b>{escape(clean(self.title))}</b></p>'
            f"<p>{said}</p><p><b>In the Azure portal:</b></p><ol>{steps}</ol>{forms}</div>"
        )


@dataclass(frozen=True)
class Section:
    """A heading, paragraphs below it, and sheets."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True, repr=False)
class Sections:
    """Sections, one below the other."""

    sections: tuple[Section, ...]

    def __repr__(self) -> str:
        return "\n".join(line for section in self.sections for line in _lines(section))

    def _repr_html_(self) -> str:
        return "".join(_html(section) for section in self.sections)


def _lines(section: Section) -> Iterator[str]:
    yield clean(section.heading)
    yield from (f"  {clean(text)}" for text in section.paragraphs)
    for sheet in section.sheets:
        yield from sheet.lines()


def _html(section: Section) -> str:
    heading = f"<p><b>{escape(clean(section.heading))}</b></p>"
    paragraphs = "".join(f"<p>{escape(clean(text))}</p>" for text in section.paragraphs)
    return heading + paragraphs + "".join(sheet.html() for sheet in section.sheets)


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{escape(title)} ({NOT_RUN})</summary><pre>{escape(_exact(text))}</pre></details>"


def _exact(text: str) -> str:
    """Make a text harmless that is there to be pasted: its lines and spaces stay as they are."""
    return "\n".join("".join(clean(it) or " " for it in line) for line in text.strip("\n").split("\n"))
