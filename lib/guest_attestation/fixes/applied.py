"""What the facts would be after a change: the same model then decides again, and that is the proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import singledispatch

from guest_attestation.facts.admin_rule import AdminRule
from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.egress import NatGateway
from guest_attestation.facts.firewall_policy import RuleCollectionGroup
from guest_attestation.facts.firewall_rules import ApplicationRule, FirewallRule, NetworkRule, RuleCollection
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.route import Route
from guest_attestation.facts.security_group import SecurityGroup, SecurityRule
from guest_attestation.fixes.change import (
    ATTESTATION_PORT,
    AddAdminRule,
    AddFirewallRule,
    AddNatGateway,
    AddPolicyRule,
    AddRoute,
    AddSecurityRule,
    Change,
)
from guest_attestation.resource_id import same_id


def applied(change: Change, facts: Facts) -> Facts:
    """Return the facts as they would be read after a change, at every address of the VM that it touches."""
    return replace(
        facts,
        primary=_at(change, facts.primary),
        others=tuple(_at(change, it) for it in facts.others),
    )


@singledispatch
def _at(change: Change, _: Attachment) -> Attachment:
    raise TypeError(f"no change of kind {type(change).__name__} is known")


@_at.register
def _security_rule(change: AddSecurityRule, at: Attachment) -> Attachment:
    return replace(at, nic_group=_group(change, at.nic_group), subnet_group=_group(change, at.subnet_group))


def _group(change: AddSecurityRule, group: Reading[SecurityGroup] | None) -> Reading[SecurityGroup] | None:
    if group is None or group.value is None or not same_id(group.value.id, change.group_id):
        return group
    moved = change.moved
    kept = tuple(
        replace(rule, priority=moved.new_priority)
        if moved and not rule.is_inbound and (rule.name, rule.priority) == (moved.name, moved.old_priority)
        else rule
        for rule in group.value.rules
    )
    added = _rule(change.name, change.priority, "Allow", change.source, change.destination)
    return replace(group, value=replace(group.value, rules=(added, *kept)))


@_at.register
def _admin_rule(change: AddAdminRule, at: Attachment) -> Attachment:
    manager = change.collection_id.casefold().partition("/securityadminconfigurations/")[0]
    rule = _rule(change.name, change.priority, "AlwaysAllow", "*", change.destination)
    added = AdminRule(rule, change.collection_id[: len(manager)])
    listed = at.admin_rules.value
    return at if listed is None else replace(at, admin_rules=replace(at.admin_rules, value=(added, *listed)))


@_at.register
def _route(change: AddRoute, at: Attachment) -> Attachment:
    subnet, table, effective = at.subnet.value, at.route_table, at.effective_routes
    if subnet is None or not same_id(subnet.route_table_id, change.table_id):
        return at
    route = Route(change.name, "User", True, (change.destination,), "Internet", (), "")
    if effective.value:
        at = replace(at, effective_routes=replace(effective, value=(*effective.value, route)))
    if table is not None and table.value is not None:
        known = replace(table.value, routes=(*table.value.routes, route))
        at = replace(at, route_table=replace(table, value=known))
    return at


@_at.register
def _nat_gateway(change: AddNatGateway, at: Attachment) -> Attachment:
    subnet = at.subnet.value
    if subnet is None or not same_id(subnet.id, change.subnet_id):
        return at
    gateway = NatGateway(change.name, (change.public_ip,), (), "")
    return replace(at, nat_gateway=Reading(gateway))


@_at.register
def _firewall_rule(change: AddFirewallRule, at: Attachment) -> Attachment:
    def add(known: FirewallConfiguration) -> FirewallConfiguration:
        if not same_id(known.firewall.id, change.firewall_id):
            return known
        collections = (_collection(change), *known.firewall.collections)
        return replace(known, firewall=replace(known.firewall, collections=collections))

    return _with_firewalls(at, add)


@_at.register
def _policy_rule(change: AddPolicyRule, at: Attachment) -> Attachment:
    def add(known: FirewallConfiguration) -> FirewallConfiguration:
        parents = tuple(
            replace(it, groups=_groups(change, it.groups)) if same_id(it.id, change.policy_id) else it
            for it in known.parents
        )
        if known.groups is None or not same_id(known.firewall.firewall_policy_id, change.policy_id):
            return replace(known, parents=parents)
        return replace(known, groups=_groups(change, known.groups), parents=parents)

    return _with_firewalls(at, add)


def _groups(
    change: AddPolicyRule, groups: Reading[tuple[RuleCollectionGroup, ...]]
) -> Reading[tuple[RuleCollectionGroup, ...]]:
    if groups.value is None:
        return groups
    if change.is_new:
        group_id = f"{change.policy_id}/ruleCollectionGroups/{change.group}"
        new = RuleCollectionGroup(
            group_id, change.group, change.group_priority, "Succeeded", (_collection(change),), ""
        )
        return replace(groups, value=(*groups.value, new))
    changed = tuple(
        replace(it, collections=(_collection(change), *it.collections)) if it.name == change.group else it
        for it in groups.value
    )
    return replace(groups, value=changed)


def _with_firewalls(at: Attachment, add: Callable[[FirewallConfiguration], FirewallConfiguration]) -> Attachment:
    configurations = tuple(add(it) for it in at.firewalls.at_next_hop)
    return replace(at, firewalls=replace(at.firewalls, at_next_hop=configurations))


def _rule(name: str, priority: int, access: str, source: str, destination: str) -> SecurityRule:
    return SecurityRule(
        name,
        priority,
        "Outbound",
        access,
        "Tcp",
        (source,),
        (),
        ("*",),
        (destination,),
        (),
        (str(ATTESTATION_PORT),),
        "",
    )


def _collection(change: AddFirewallRule | AddPolicyRule) -> RuleCollection:
    made = _network_rule(change) if change.kind == "network" else _application_rule(change)
    return RuleCollection(change.collection, change.priority, "Allow", (made,), "")


def _network_rule(change: AddFirewallRule | AddPolicyRule) -> FirewallRule:
    port = str(ATTESTATION_PORT)
    return NetworkRule(change.rule, ("TCP",), change.source, (), (change.target,), (), (), (port,), (), "")


def _application_rule(change: AddFirewallRule | AddPolicyRule) -> FirewallRule:
    protocols = (("Https", ATTESTATION_PORT),)
    return ApplicationRule(change.rule, protocols, change.source, (), (), (change.target,), (), (), (), False, (), "")
