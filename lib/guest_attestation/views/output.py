"""What a cell shows: the same content as HTML for people and as plain text for terminals and comparisons."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from guest_attestation.text import clean
from guest_attestation.views.looks import LOOKS, Look

if TYPE_CHECKING:
    import pandas as pd

Cell = str | Look
_CELL = "text-align:left;vertical-align:top;padding:.3em .7em"
_ONE_LINE, _SENTENCE = "white-space:nowrap", "min-width:12em"
_BREAKS = re.compile(r"(?<=[./])(?=[A-Za-z])")
_NAME, _PHRASE = 32, 24  # as long as one word, or several, may be to stay in one line


@dataclass(frozen=True, repr=False)
class Text:
    """Lines of text; a line is (text, is bold)."""

    lines: tuple[tuple[str, bool], ...]

    def __repr__(self) -> str:
        return "\n".join(clean(text) for text, _ in self.lines)

    def _repr_html_(self) -> str:
        shown = ((escape(clean(text)), bold) for text, bold in self.lines)
        return "".join(f"<p><b>{text}</b></p>" if bold else f"<p>{text}</p>" for text, bold in shown)


@dataclass(frozen=True, repr=False)
class Table:
    """A table; a cell is text, or a status with its symbol and colour."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __repr__(self) -> str:
        lines = [self.columns, *(tuple(_plain(cell) for cell in row) for row in self.rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        padded = [[text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in lines]
        return "\n".join("  ".join(line).rstrip() for line in padded)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="{_CELL}">{escape(name)}</th>' for name in self.columns)
        body = "".join(f"<tr>{''.join(_html(cell) for cell in row)}</tr>" for row in self.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def frame(self) -> pd.DataFrame:
        """Return the rows as a pandas DataFrame, for a reader's own filters and joins."""
        import pandas as pd

        rows = [[cell.word if isinstance(cell, Look) else cell for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=list(self.columns))


@dataclass(frozen=True, repr=False)
class Picture:
    """A PNG with its alternative text, which is also what is compared."""

    png: bytes
    alternative: str

    def __repr__(self) -> str:
        return self.alternative

    def _repr_mimebundle_(self, **_wanted: object) -> tuple[dict[str, str], dict[str, Any]]:
        """Give IPython the picture with its alternative text, which JupyterLab keeps but does not show yet."""
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": self.alternative}
        return data, {"image/png": {"alt": self.alternative}}


def look(status: str) -> Look:
    """Return how a status or decision looks."""
    return LOOKS[status]


def _plain(cell: Cell) -> str:
    return cell.text if isinstance(cell, Look) else clean(cell)


def _html(cell: Cell) -> str:
    if isinstance(cell, Look):
        return f'<td style="{_CELL};border-left:.4em solid {cell.colour};{_ONE_LINE}">{escape(cell.text)}</td>'
    cell = clean(cell)
    if len(cell) <= (_PHRASE if " " in cell else _NAME):
        return f'<td style="{_CELL};{_ONE_LINE}">{escape(cell)}</td>'
    # Long names may break within: the style that would allow it is taken away in a notebook that is not trusted.
    return f'<td style="{_CELL};{_SENTENCE}">{"<wbr>".join(escape(part) for part in _BREAKS.split(cell))}</td>'
