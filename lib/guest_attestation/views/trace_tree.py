"""The trace as a tree: the path, its hops, and of each hop every rule with what it takes, or why it takes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby

from guest_attestation.network.hop import Decision, Hop
from guest_attestation.network.path import Path
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.text import clean
from guest_attestation.views.looks import Look
from guest_attestation.views.output import look
from guest_attestation.views.roles import TITLES, Role, ShownRule, decision_of, shown_rules, stop_of, tier_text
from guest_attestation.views.rungs import counted

_LIST = "margin:0;padding-left:1.6em"
_NAMED, _PASSING = 6, 20
_WELL = (Decision.ALLOW, Decision.NOT_APPLICABLE)


@dataclass(frozen=True, repr=False)
class Tree:
    """A line with what stands below it: text with indentation, and lists in HTML.

    `look` comes first, as symbol and word. What is not `open` can be opened with a click, and needs no trust for it.
    """

    text: str
    look: Look | None = None
    below: tuple[Tree, ...] = ()
    open: bool = True

    def __repr__(self) -> str:
        return "\n".join(self._lines(""))

    def _lines(self, indent: str) -> Iterator[str]:
        yield f"{indent}{self._shown}"
        for tree in self.below:
            yield from tree._lines(f"{indent}  ")

    @property
    def _shown(self) -> str:
        return f"{self.look.text}: {clean(self.text)}" if self.look else clean(self.text)

    def _repr_html_(self) -> str:
        line = escape(clean(self.text))
        if self.look is not None:
            style = f"border-left:.4em solid {self.look.colour};padding-left:.4em"
            line = f'<span style="{style}"><b>{escape(self.look.text)}</b>: {line}</span>'
        if not self.below:
            return f"<div>{line}</div>"
        items = "".join(f"<li>{tree._repr_html_()}</li>" for tree in self.below)
        opened = " open" if self.open else ""
        return f'<details{opened}><summary>{line}</summary><ul style="{_LIST}">{items}</ul></details>'


def trace_tree(runbook: Runbook) -> Tree:
    """Show how the path is decided, rule by rule, and below it the hops of the VM's other paths."""
    path, others = runbook.diagnosis.path, runbook.diagnosis.other_paths
    hops = tuple(_hop(hop, path) for hop in path.hops)
    below = tuple(Tree(_from(it), look(it.decision), tuple(_line(hop) for hop in it.hops), open=False) for it in others)
    elsewhere = (Tree("other paths, which do not decide", None, below),) if below else ()
    return Tree(_from(path), look(path.decision), (*hops, *elsewhere))


def _from(path: Path) -> str:
    """Say from where to where a path leads, and where it stops."""
    at, stop = path.at, stop_of(path)
    source = at.address or "an address that is not known"
    nic = f" of {name_of(at.nic_id)}" if at.nic_id else ""
    each = (f"{tier_text(it)} {look(decision_of(path.hops, it)).word}" for it in path.question.tiers if it.addresses)
    tiers = f": {', '.join(each)}" if len(path.question.tiers) > 1 else ""
    ends = f"; stops at the {TITLES[stop.hop]}" if stop else ""
    return f"{path.question.text}, from {source}{nic}{tiers}{ends}"


def _line(hop: Hop, below: tuple[Tree, ...] = ()) -> Tree:
    name = name_of(hop.resource) if hop.resource else ""
    named = f" {name}" if name and name not in hop.summary else ""
    missing = f" (missing permission: {hop.missing_permission})" if hop.missing_permission else ""
    title = f"{TITLES[hop.hop]}{named}: {hop.summary}{missing}"
    return Tree(title, look(hop.decision), below, open=hop.decision not in _WELL)


def _hop(hop: Hop, path: Path) -> Tree:
    rules = shown_rules(hop, path.question)
    below = [tree for role, run in groupby(rules, lambda it: it.role) for tree in _run(role, list(run), hop)]
    return _line(hop, (*below, *(Tree(f"assumed: {it}") for it in hop.assumptions)))


def _run(role: Role, rules: list[ShownRule], hop: Hop) -> Iterator[Tree]:
    """Show rules that follow each other and took part alike; a long list is folded, what decides never."""
    if role is Role.NOT_REACHED and len(rules) > 1:
        names = ", ".join(_named(rule) for rule in rules[:_NAMED])
        yield Tree(f"{counted(rules)}: {names}{', …' if len(rules) > _NAMED else ''}")
        return
    most = _PASSING if role is Role.PASSES and len(rules) > _PASSING + 1 else len(rules)
    yield from (_rule(rule) for rule in rules[:most] if rule.name is not None or rule.why != hop.summary)
    if most < len(rules):
        yield Tree(f"{counted(rules[most:])} either: {_named(rules[most])} to {_named(rules[-1])}")


def _rule(rule: ShownRule) -> Tree:
    named = f"{_named(rule)}{f' of {rule.place.text}' if rule.place else ''}"
    if rule.role is Role.TAKES and rule.decision is not None:
        return Tree(f"{named} takes {rule.takes}: {rule.why}", look(rule.decision))
    if rule.role is Role.IN_VAIN:
        return Tree(f"{named} allows in vain, {rule.takes}", look("warn"))
    if rule.role is Role.NOT_REACHED:
        return Tree(f"{named} is not reached: rules before it decide everything")
    return Tree(f"{named} {rule.role}: {rule.why}")


def _named(rule: ShownRule) -> str:
    if rule.name is None:
        return "what no rule names"
    return rule.name if rule.priority is None or rule.place else f"{rule.priority} {rule.name}"
