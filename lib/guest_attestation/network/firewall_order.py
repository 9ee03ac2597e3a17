"""The order in which a firewall tries its rules: first those of the network, then those of applications (facts 6.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from guest_attestation.facts.firewall_policy import RuleCollectionGroup
from guest_attestation.facts.firewall_rules import ApplicationRule, FirewallRule, RuleCollection
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.network.hop import RulePlace


@dataclass(frozen=True)
class PlacedRule:
    """A rule with its collection; `label` names it and where it stands, and no other rule has the same."""

    rule: FirewallRule
    place: RulePlace
    collection: RuleCollection
    label: str


def in_order(configuration: FirewallConfiguration) -> list[PlacedRule]:
    """List every rule in order: by kind, then group, collection, and the rules' own order in the list.

    A policy replaces the firewall's own (classic) rules. Where a priority is missing the order is only a guess.
    """
    placed: dict[str, PlacedRule] = {}
    for group, collection in _collections(configuration):
        for rule in collection.rules:
            place = _place(rule, collection, configuration, group)
            label = f"{rule.name} of {place.text}"
            while label in placed:
                label += " (again)"
            placed[label] = PlacedRule(rule, place, collection, label)
    return sorted(placed.values(), key=_rank)


def tied(one: PlacedRule, other: PlacedRule) -> bool:
    """Tell whether it is not known which comes first: two collections, or two groups, share a priority."""
    if one.place.kind != other.place.kind or one.collection is other.collection:
        return False
    if one.place.resource != other.place.resource:
        return one.place.group_priority == other.place.group_priority
    return one.place.priority == other.place.priority


def _collections(configuration: FirewallConfiguration) -> Iterator[tuple[RuleCollectionGroup | None, RuleCollection]]:
    if configuration.groups is None:
        yield from ((None, collection) for collection in configuration.firewall.collections)
        return
    for group in configuration.groups.value or ():
        yield from ((group, collection) for collection in group.collections)


def _place(
    rule: FirewallRule,
    collection: RuleCollection,
    configuration: FirewallConfiguration,
    group: RuleCollectionGroup | None,
) -> RulePlace:
    kind = "application" if isinstance(rule, ApplicationRule) else "network"
    resource = group.id if group else configuration.firewall.id
    bare = RulePlace(kind, collection.name, collection.priority, collection.action, resource)
    return bare if group is None else replace(bare, group=group.name, group_priority=group.priority)


def _rank(placed: PlacedRule) -> tuple[bool, int, str, int]:
    place = placed.place
    return place.kind == "application", place.group_priority or 0, place.resource, place.priority or 0
