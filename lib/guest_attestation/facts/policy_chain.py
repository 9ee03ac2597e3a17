"""The policies that a firewall policy inherits its rules from, nearest first (facts 6.2)."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.firewall_policy import (
    FirewallPolicy,
    RuleCollectionGroup,
    parse_firewall_policy,
    parse_rule_collection_group,
)
from guest_attestation.facts.follow import with_id
from guest_attestation.facts.reading import Reading
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class ParentPolicy:
    """A policy that another one is based on, with its rule collection groups; it may stand in another subscription."""

    id: str
    policy: Reading[FirewallPolicy]
    groups: Reading[tuple[RuleCollectionGroup, ...]]


def parents_of(snapshot: Snapshot, policy: Reading[FirewallPolicy] | None) -> tuple[ParentPolicy, ...]:
    """Follow a policy to what it inherits from, as far as that was read; a loop is no order that could be told."""
    found: list[ParentPolicy] = []
    value = policy.value if policy else None
    seen = {value.id.casefold()} if value else set()
    while value is not None and value.base_policy_id is not None:
        base = value.base_policy_id
        if base.casefold() in seen:
            why = f"policies inherit from one another in a loop: {value.id} is based on {base}"
            found.append(ParentPolicy(base, Reading(None, why, evidence=value.evidence), Reading(None, why)))
            break
        seen.add(base.casefold())
        parent = _policy(snapshot, base)
        found.append(ParentPolicy(base, parent, rule_collection_groups(snapshot, base)))
        value = parent.value
    return tuple(found)


def rule_collection_groups(snapshot: Snapshot, policy_id: str) -> Reading[tuple[RuleCollectionGroup, ...]]:
    """Read the groups of a policy."""
    pages = snapshot.pages("rule_collection_groups", policy=policy_id)
    return Reading.of_pages(pages, lambda items: tuple(parse_rule_collection_group(item) for item in items))


def _policy(snapshot: Snapshot, policy_id: str) -> Reading[FirewallPolicy]:
    answer = snapshot.answer("firewall_policy", id=policy_id)
    return Reading.of(answer, lambda node: parse_firewall_policy(with_id(node, policy_id)))
