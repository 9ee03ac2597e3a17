"""A runbook of a changed sample, and what a view shows of it, as HTML and as plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from guest_attestation.diagnosis.diagnose import diagnose
from guest_attestation.incident import Incident
from guest_attestation.runbook import Runbook
from guest_attestation.views.conclusion import Conclusion
from guest_attestation.views.output import Table, Text
from guest_attestation.views.sheets import Sections
from guest_attestation.views.trace_tree import Tree
from tests.scenario import SAMPLES, Scenario

NAMES = sorted(file.parent.name for file in SAMPLES.glob("*/parameters.yaml"))
HOSTILE = "<script>alert('x')<img src=x onerror=\"alert(1)\">&amp;"


def runbook_of(scenario: Scenario, name: str = "any") -> Runbook:
    facts = scenario.facts()
    incident = Incident(name=name, vm=scenario.vm, snapshot=Path("snapshot"))
    return Runbook(incident, scenario.snapshot, facts, diagnose(facts))


def sample(name: str) -> Runbook:
    return runbook_of(Scenario.sample(name), name)


class Page(HTMLParser):
    """The elements of a piece of HTML with their text, whitespace as a browser shows it."""

    def __init__(self, shown: Table | Text | Tree | Conclusion | Sections) -> None:
        super().__init__()
        self.elements: list[tuple[str, str]] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(shown._repr_html_())
        self.close()
        assert self._open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag in ("wbr", "br"):
            return
        self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        opened, texts = self._open.pop()
        assert opened == tag
        self.elements.append((tag, " ".join("".join(texts).split())))

    def handle_data(self, data: str) -> None:
        for _, texts in self._open:
            texts.append(data)

    def texts(self, *tags: str) -> list[str]:
        return [text for tag, text in self.elements if tag in tags]

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def rows(self, columns: int) -> list[list[str]]:
        cells = self.texts("th", "td")
        return [cells[start : start + columns] for start in range(0, len(cells), columns)]


def plain_rows(table: Table) -> list[list[str]]:
    """Take a table's plain text apart by the places at which its columns begin."""
    lines = repr(table).splitlines()
    starts = [match.start() for match in re.finditer(r"\S+(?: \S+)*", lines[0])]
    ends = [*starts[1:], None]
    return [[line[start:end].rstrip() for start, end in zip(starts, ends, strict=True)] for line in lines]
