"""What could mend a firewall that denies: a network rule by the service tag, or an application rule by the name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guest_attestation.facts.firewall_policy import RuleCollectionGroup
from guest_attestation.facts.firewall_rules import ApplicationRule, RuleCollection
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.gather import Facts
from guest_attestation.fixes.change import AddFirewallRule, AddPolicyRule, Change
from guest_attestation.fixes.numbers import after_all, largest_free_below
from guest_attestation.network.hop import Decision, Hop, RulePlace
from guest_attestation.network.path import Path
from guest_attestation.resource_id import name_of, same_id

_LOW, _HIGH, _STEP = 100, 65000, 100
_RULE = "Allow-AzureAttestation"
_NEW_GROUPS = {
    "network": ("DefaultNetworkRuleCollectionGroup", 200),
    "application": ("DefaultApplicationRuleCollectionGroup", 300),
}


@dataclass(frozen=True)
class FirewallChange:
    """A change of a firewall's own rules, or of its policy's, in words; `is_parents` of a policy that others share."""

    title: str
    change: Change
    blast_radius: str
    is_parents: bool = False


def firewall_changes(facts: Facts, path: Path, hop: Hop) -> Iterator[FirewallChange]:
    """Offer both ways that Microsoft's article shows, as far as the cloud and the question allow them."""
    written = {it.casefold() for it in hop.written_at}
    known = next((it for it in path.at.firewalls.at_next_hop if it.firewall.id.casefold() in written), None)
    if known is None:
        return
    source = _source(path)
    for kind, target in _targets(facts, path):
        for change in _changes(known, hop, kind, source, target):
            holder = name_of(change.policy_id if isinstance(change, AddPolicyRule) else change.firewall_id)
            what = "service tag" if kind == "network" else "name"
            title = f"allow TCP 443 to {what} {target} by {_article(kind)} {kind} rule in {holder}"
            through = f"firewall {holder}" if isinstance(change, AddFirewallRule) else f"what uses policy {holder}"
            is_parents = isinstance(change, AddPolicyRule) and not same_id(
                change.policy_id, known.firewall.firewall_policy_id
            )
            inherited = ", and every policy that inherits from it" if is_parents else ""
            reach = f"{', '.join(source)} may then reach {target} on TCP 443 through {through}{inherited}"
            yield FirewallChange(title, change, reach, is_parents)


def _targets(facts: Facts, path: Path) -> Iterator[tuple[str, str]]:
    if path.question.is_attestation and facts.cloud.tag_beyond_groups:
        yield "network", path.question.target
    custom = facts.custom_provider
    yield "application", custom.host if custom else f"*.{facts.cloud.attestation_suffix}"


def _source(path: Path) -> tuple[str, ...]:
    """Name the VM's subnet; where it is not known, the VM's own address."""
    subnet = path.at.subnet.value
    if subnet is not None and subnet.address_prefixes:
        return subnet.address_prefixes
    return (path.at.address or "*",)


def _changes(
    known: FirewallConfiguration, hop: Hop, kind: str, source: tuple[str, ...], target: str
) -> Iterator[AddFirewallRule | AddPolicyRule]:
    """Find where a new collection comes before what denies; where nothing of its kind denies, after all of its kind."""
    denying = {part.place for part in hop.parts if part.decision in (Decision.DENY, Decision.PARTIAL) and part.place}
    name = _RULE if kind == "network" else f"{_RULE}-names"
    if known.groups is None:
        limits = [it.priority for it in denying if it.kind == kind and it.priority is not None]
        priority = _priority(known.firewall.collections, limits)
        if priority is not None:
            yield AddFirewallRule(
                known.firewall.id, kind, _free(name, known.firewall.collections), priority, name, source, target
            )
        return
    for policy, groups in _levels(known):
        yield from _in_policy(policy, groups, kind, name, denying, source, target)


def _levels(known: FirewallConfiguration) -> Iterator[tuple[str, tuple[RuleCollectionGroup, ...]]]:
    """Yield the firewall's policy and then what it inherits from, whose rules come before it."""
    own = known.firewall.firewall_policy_id
    if own is not None and known.groups is not None and known.groups.value is not None:
        yield own, known.groups.value
    yield from ((it.id, it.groups.value) for it in known.parents if it.groups.value is not None)


def _in_policy(
    policy: str,
    groups: tuple[RuleCollectionGroup, ...],
    kind: str,
    name: str,
    denying: set[RulePlace],
    source: tuple[str, ...],
    target: str,
) -> Iterator[AddPolicyRule]:
    of_kind = [it for it in denying if it.kind == kind]
    for group in _groups(groups, kind, {it.resource for it in of_kind}):
        limits = [it.priority for it in of_kind if same_id(it.resource, group.id) and it.priority is not None]
        priority = _priority(group.collections, limits)
        if priority is not None and group.priority is not None:
            collection = _free(name, group.collections)
            yield AddPolicyRule(
                policy, group.name, group.priority, False, kind, collection, priority, name, source, target
            )
            return
    fresh, number = _NEW_GROUPS[kind]
    taken = {it.priority for it in groups if it.priority is not None}
    free = number if number not in taken else largest_free_below(number, taken, _LOW, _HIGH)
    if free is not None and all(it.name != fresh for it in groups):
        yield AddPolicyRule(policy, fresh, free, True, kind, name, _LOW, name, source, target)


def _groups(groups: Iterable[RuleCollectionGroup], kind: str, denying: set[str]) -> list[RuleCollectionGroup]:
    """Put first the group that denies, then the one that holds rules of the same kind, in their order."""
    application = kind == "application"
    ordered = sorted(groups, key=lambda it: it.priority or 0)
    of_kind = [it for it in ordered if any(_is_application(held) is application for held in it.collections)]
    first = [it for it in ordered if it.id in denying]
    return first[:1] or of_kind[:1]


def _is_application(collection: RuleCollection) -> bool:
    return any(isinstance(rule, ApplicationRule) for rule in collection.rules)


def _priority(collections: Iterable[RuleCollection], limits: list[int]) -> int | None:
    taken = {it.priority for it in collections if it.priority is not None}
    if limits:
        return largest_free_below(min(limits), taken, _LOW, _HIGH)
    return after_all(taken, _STEP, _LOW, _HIGH)


def _free(name: str, collections: Iterable[RuleCollection]) -> str:
    used = {it.name.casefold() for it in collections}
    return next(it for it in (name, *(f"{name}-{n}" for n in range(2, len(used) + 3))) if it.casefold() not in used)


def _article(kind: str) -> str:
    return "an" if kind == "application" else "a"
