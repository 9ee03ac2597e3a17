"""Follow the ids that resources name: each leads to a reading, to nothing, or to why it is not known."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TypeVar

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import EffectiveSecurityGroups, SecurityGroup
from guest_attestation.resource_id import same_id
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

P = TypeVar("P")
T = TypeVar("T")


def named(
    snapshot: Snapshot,
    read_name: str,
    parent: Reading[P],
    resource_id: str | None,
    parse: Callable[[Node], T],
) -> Reading[T] | None:
    """Read a resource that another one names: None where that one is known and names none."""
    if parent.value is None:
        return Reading.below(parent, "")
    if resource_id is None:
        return None
    return Reading.of(snapshot.answer(read_name, id=resource_id), lambda node: parse(with_id(node, resource_id)))


def or_effective(
    group: Reading[SecurityGroup] | None,
    effective: Reading[EffectiveSecurityGroups],
    group_id: str | None,
    applies_to: str,
) -> Reading[SecurityGroup] | None:
    """A group that was not read is served by its entry in the effective rules: by its id, else by where it applies."""
    if group is None or group.value is not None:
        return group
    if effective.value is None:
        return group.without(effective)
    named = (entry for entry in effective.value.groups if same_id(entry.id, group_id))
    applied = (entry for entry in effective.value.groups if group_id is None and entry.applies_to == applies_to)
    entry = next(chain(named, applied), None)
    return group if entry is None else Reading(entry, evidence=entry.evidence)


def with_id(node: Node, resource_id: str) -> Node:
    """An answer that leaves its own id out is known by the id that led to it."""
    if node.text("id") is not None or not isinstance(node.value, dict):
        return node
    return Node({**node.value, "id": resource_id}, node.evidence)
