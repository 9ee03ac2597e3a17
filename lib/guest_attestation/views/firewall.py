"""The firewall's rules as a table, in the order in which it tries them."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.network.hop import Decision, Hop, HopName, RulePlace
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look
from guest_attestation.views.roles import Role, ShownRule, shown_rules

_COLUMNS = ("kind, action", "rule collection", "rule", "decides", "what it takes, and why")
_NOTHING = "–"


def firewall(runbook: Runbook) -> Table:
    """Show every rule of the firewall on the way, and the denial that ends them; empty where none was decided.

    Of several firewalls each row names its own.
    """
    path = runbook.diagnosis.path
    decided = path.of(HopName.FIREWALL)
    own = {(it.firewall.firewall_policy_id or "").casefold() for it in path.at.firewalls.at_next_hop}
    several = len(decided) > 1
    rows = [
        (*((name_of(hop.resource or ""),) if several else ()), *row)
        for hop in decided
        for row in _rows(hop, shown_rules(hop, path.question), own)
    ]
    return Table((*(("firewall",) if several else ()), *_COLUMNS), tuple(rows))


def _rows(decided: Hop, rules: list[ShownRule], own: set[str]) -> Iterator[tuple[Cell, ...]]:
    for rule in rules:
        if rule.place is not None:
            place = rule.place
            yield f"{place.kind} {place.action}", _collection(place, own), rule.name or "", *_taken(rule)
        elif rule.name is None and rule.decision is Decision.UNKNOWN:
            yield "not read", "", "", *_taken(rule)
    default = next((rule for rule in rules if rule.name is None and rule.decision is Decision.DENY), None)
    if default is not None:
        yield "default Deny", "", "", *_taken(default)
    elif decided.trace:
        yield "default Deny", "", "", _NOTHING, str(Role.NOT_REACHED)


def _taken(rule: ShownRule) -> tuple[Cell, Cell]:
    """Show what a rule decides, of which tiers, and why; of one that decides nothing how it took part."""
    if rule.decision is not None:
        return look(rule.decision), f"{rule.takes}: {rule.why}"
    if rule.role is Role.IN_VAIN:
        return look("warn"), f"{rule.role} {rule.takes}"
    return _NOTHING, str(rule.role) if rule.role is Role.NOT_REACHED else f"{rule.role}: {rule.why}"


def _collection(place: RulePlace, own: set[str]) -> str:
    """Show the collection behind its priority, in a policy behind its group's, and behind a parent policy's name."""
    shown = f"{_number(place.priority)} {place.collection}"
    if place.group is None:
        return shown
    policy = place.resource.rpartition("/ruleCollectionGroups/")[0]
    parent = f"parent policy {name_of(policy)} / " if policy and policy.casefold() not in own else ""
    return f"{parent}{_number(place.group_priority)} {place.group} / {shown}"


def _number(priority: int | None) -> str:
    return "no priority:" if priority is None else str(priority)
