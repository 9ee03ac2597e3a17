"""What could mend a hop that denies, the narrowest first: each is still to be proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guest_attestation.facts.gather import Facts
from guest_attestation.facts.locate import vnet_id
from guest_attestation.fixes.change import AddAdminRule, AddNatGateway, AddRoute, AddSecurityRule, Change, MovedRule
from guest_attestation.fixes.firewall_candidates import firewall_changes
from guest_attestation.fixes.numbers import largest_free_below, smallest_free_above
from guest_attestation.network.egress import has_explicit_egress
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import Path
from guest_attestation.network.question import Question
from guest_attestation.resource_id import name_of

RULE = "Allow-AzureAttestation"
_FIRST, _LAST = 100, 4096
_FIRST_ADMIN, _LAST_ADMIN = 1, 4096


@dataclass(frozen=True)
class Candidate:
    """A change that may mend a hop. `holds` says of the path after it whether the change may be offered at all.

    One that `is_wider` is offered only where nothing before it mends the hop.
    """

    title: str
    change: Change
    blast_radius: str
    holds: Callable[[Path], bool] = lambda _: True
    is_wider: bool = False


def candidates(facts: Facts, path: Path, hop: Hop) -> Iterator[Candidate]:
    """Offer the changes at the place that denies; a route past an inspection comes last."""
    if hop.hop in (HopName.NIC_NSG, HopName.SUBNET_NSG):
        yield from _in_group(path, hop)
    elif hop.hop is HopName.ADMIN_RULES:
        yield from _in_manager(path, hop)
    elif hop.hop is HopName.FIREWALL:
        for it in firewall_changes(facts, path, hop):
            yield Candidate(it.title, it.change, it.blast_radius, is_wider=it.is_parents)
        yield from _past_inspection(facts, path)
    elif hop.hop is HopName.ROUTE:
        yield from _past_inspection(facts, path)
    elif hop.hop is HopName.EGRESS:
        yield from _gateway(facts, path)


def target_of_rules(question: Question) -> str:
    """Return what a rule names: the service tag, or the address of a provider with a private endpoint."""
    if question.is_attestation:
        return question.target
    return question.destinations.first_address()


def _in_group(path: Path, hop: Hop) -> Iterator[Candidate]:
    reading = path.at.nic_group if hop.hop is HopName.NIC_NSG else path.at.subnet_group
    group = reading.value if reading else None
    if group is None:
        return
    rules = [it for it in group.rules if not it.is_inbound]
    denying = {part.rule for part in hop.parts if part.decision in (Decision.DENY, Decision.PARTIAL)}
    numbers = [it.priority for it in rules if it.name in denying and it.priority is not None]
    if not numbers:
        return
    limit, taken = min(numbers), {it.priority for it in rules if it.priority is not None}
    target, where = target_of_rules(path.question), name_of(group.id)
    name = _free_name(RULE, {it.name for it in rules})
    reach = f"every VM that NSG {where} serves may then reach {target} on TCP 443"
    free = largest_free_below(limit, taken, _FIRST, _LAST)
    if free is not None:
        title = f"allow TCP 443 to {target} in NSG {where}, with priority {free}"
        yield Candidate(title, AddSecurityRule(group.id, name, free, "*", target), reach)
        return
    later = smallest_free_above(limit, taken, _LAST)
    if later is None:
        return
    moved = MovedRule(next(it.name for it in rules if it.priority == limit), limit, later)
    title = f"move rule {moved.name} of NSG {where} to priority {later}, and allow TCP 443 to {target} in its place"
    wider = f"{reach}; rule {moved.name} changes: rules between {limit} and {later} come before it then"
    yield Candidate(title, AddSecurityRule(group.id, name, limit, "*", target, moved), wider)


def _in_manager(path: Path, hop: Hop) -> Iterator[Candidate]:
    """Only the owner of the network manager can change its rules: AlwaysAllow delivers past the NSGs too."""
    denying = {part.evidence for part in hop.parts if part.decision in (Decision.DENY, Decision.PARTIAL)}
    listed = path.at.admin_rules.value or ()
    places = [it for it in listed if it.rule.evidence in denying and it.collection and it.rule.priority is not None]
    for it in places[:1]:
        own = {other.rule.priority or 0 for other in listed if other.manager == it.manager}
        free = largest_free_below(it.rule.priority or 0, own, _FIRST_ADMIN, _LAST_ADMIN)
        if free is None:
            return
        target, manager = target_of_rules(path.question), name_of(it.manager)
        title = f"ask the owner of network manager {manager} for an AlwaysAllow of TCP 443 to {target}, priority {free}"
        reach = f"every virtual network that the configuration applies to may then reach {target}, past its own NSGs"
        name = _free_name(RULE, {other.rule.name for other in listed})
        yield Candidate(title, AddAdminRule(it.collection, name, free, target), reach)


def _past_inspection(facts: Facts, path: Path) -> Iterator[Candidate]:
    """A route for the tag alone: where the tag may stand in a route, and only with explicit egress (facts 5.1).

    Default outbound access is going away: a fix must not lean on it (facts 5.2).
    """
    subnet = path.at.subnet.value
    if subnet is None or subnet.route_table_id is None or not path.question.is_attestation:
        return
    if not facts.cloud.tag_beyond_groups:
        return
    table, tag = name_of(subnet.route_table_id), path.question.target
    title = f"send {tag} straight to the Internet: a route for the tag in route table {table}"
    reach = f"every subnet of route table {table} reaches {tag} past any inspection: agree it with whoever inspects"
    change = AddRoute(subnet.route_table_id, "AzureAttestation-to-Internet", tag)
    yield Candidate(title, change, reach, lambda after: has_explicit_egress(after.at))


def _gateway(facts: Facts, path: Path) -> Iterator[Candidate]:
    subnet = path.at.subnet.value
    if subnet is None:
        return
    where, location = name_of(subnet.id), facts.vm.value.location if facts.vm.value else ""
    name = f"{name_of(vnet_id(subnet.id))}-nat"
    change = AddNatGateway(subnet.id, name, f"{name}-ip", location)
    title = f"give subnet {where} a NAT gateway with a public address"
    reach = f"everything in subnet {where} leaves to the Internet by one public address then; it costs by hour and data"
    yield Candidate(title, change, reach)


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name that no rule has: Azure compares names in any letter case."""
    used = {it.casefold() for it in taken}
    return next(it for it in (name, *(f"{name}-{n}" for n in range(2, len(used) + 3))) if it.casefold() not in used)
