"""The order in which a firewall tries its rules: first those of the network, then those of applications (facts 6.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from guest_attestation.facts.firewall_policy import FirewallPolicy, RuleCollectionGroup
from guest_attestation.facts.firewall_rules import ApplicationRule, FirewallRule, RuleCollection
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import RulePlace


@dataclass(frozen=True)
class PlacedRule:
    """A rule with its collection; `label` names it and where it stands, and no other rule has the same.

    `level` is that of its policy: a parent's is smaller than its child's.
    """

    rule: FirewallRule
    place: RulePlace
    label: str
    level: int = 0


@dataclass(frozen=True)
class Gap:
    """Rules that were not read, and where they would stand: a policy's groups, or all that a policy may inherit."""

    label: str
    level: int
    why: str
    evidence: str
    missing_permission: str | None


@dataclass(frozen=True)
class _Level:
    """A policy of the chain; `name` says which in words."""

    name: str
    policy: Reading[FirewallPolicy]
    groups: Reading[tuple[RuleCollectionGroup, ...]]


def in_order(configuration: FirewallConfiguration) -> list[PlacedRule | Gap]:
    """List every rule in order: by kind, then policy, group, collection, and the rules' own order in the list.

    A policy replaces the firewall's own (classic) rules, and what it inherits comes before its own. Where a priority is
    missing the order is only a guess. What was not read of a policy may stand before everything after it.
    """
    used: Counter[str] = Counter()
    placed = [_unique(it, used) for it in _placed(configuration)]
    return sorted([*_gaps(configuration), *placed], key=_rank)


def policies_of(configuration: FirewallConfiguration) -> list[FirewallPolicy]:
    """Return the policies of the chain that were read, outermost first."""
    return [level.policy.value for level in _levels(configuration) if level.policy.value is not None]


def groups_of(configuration: FirewallConfiguration) -> list[RuleCollectionGroup]:
    """Return every rule collection group of the chain that was read, outermost policy first."""
    return [group for level in _levels(configuration) for group in level.groups.value or ()]


def _levels(configuration: FirewallConfiguration) -> list[_Level]:
    firewall, policy, groups = configuration.firewall, configuration.policy, configuration.groups
    if policy is None or groups is None:
        return []
    inherited = [_Level(f"parent policy {it.id}", it.policy, it.groups) for it in reversed(configuration.parents)]
    return [*inherited, _Level(f"policy of firewall {firewall.name}", policy, groups)]


def _gaps(configuration: FirewallConfiguration) -> Iterator[Gap]:
    """Say what was not read: only the outermost policy can be unread, and then what it inherits is not known either."""
    for number, level in enumerate(_levels(configuration)):
        for name, reading in ((level.name, level.policy), (f"rule collection groups of {level.name}", level.groups)):
            if reading.value is None:
                yield Gap(name, number, f"{name}: {reading.why_not}", reading.evidence, reading.missing_permission)
                break


def _placed(configuration: FirewallConfiguration) -> Iterator[PlacedRule]:
    if configuration.groups is None:
        firewall = configuration.firewall
        yield from _of_collections(firewall.collections, RulePlace("", "", None, "", firewall.id), 0)
        return
    for number, level in enumerate(_levels(configuration)):
        for group in level.groups.value or ():
            bare = RulePlace("", "", None, "", group.id, group.name, group.priority)
            yield from _of_collections(group.collections, bare, number)


def _of_collections(collections: tuple[RuleCollection, ...], bare: RulePlace, level: int) -> Iterator[PlacedRule]:
    for it in collections:
        network = replace(bare, kind="network", collection=it.name, priority=it.priority, action=it.action)
        application = replace(network, kind="application")
        for rule in it.rules:
            place = application if isinstance(rule, ApplicationRule) else network
            yield PlacedRule(rule, place, f"{rule.name} of {place.text}", level)


def _unique(placed: PlacedRule, used: Counter[str]) -> PlacedRule:
    used[placed.label] += 1
    times = used[placed.label]
    return placed if times == 1 else replace(placed, label=f"{placed.label} ({times})")


def _rank(it: PlacedRule | Gap) -> tuple[bool, int, int, str, int]:
    if isinstance(it, Gap):
        return False, it.level, -1, "", -1
    place = it.place
    return place.kind == "application", it.level, place.group_priority or 0, place.resource, place.priority or 0
