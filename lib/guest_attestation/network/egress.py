"""Whether what leaves to the Internet has an outbound address of the VM's own or of its subnet (facts 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.egress import LoadBalancer, OutboundRule
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_machine import VirtualMachine
from guest_attestation.network.hop import Decision, Hop, HopName, Part
from guest_attestation.network.question import Question

_CARRY_TCP = ("tcp", "all")
_POOLS_BY_ADDRESS = (
    "no load balancer's pool names the VM by its address alone: the network interface does not show such"
)
_STANDARD = ("standard", "gateway")


@dataclass(frozen=True)
class _Means:
    """One means of egress: what gives it, where that stands, and its evidence."""

    summary: str
    resource: str | None
    evidence: str
    assumed: tuple[str, ...] = ()


def egress_hop(at: Attachment, vm: Reading[VirtualMachine], question: Question) -> Hop:
    """Decide the VM's egress: a NAT gateway, a public address, a load balancer, else default outbound access.

    A NAT gateway takes the traffic before anything else of the VM's: one that was not read leaves it open (facts 5.2).
    """
    found = next(_explicit(at), None)
    if found is not None and (at.nat_gateway is None or at.nat_gateway.value is not None):
        return _hop(Decision.ALLOW, found, question)
    unread = next(_unread(at, vm), None)
    if unread is not None:
        name, reading = unread
        return Hop.unknown(HopName.EGRESS, f"{name}: {reading.why_not}", reading.evidence, reading.missing_permission)
    return _default_outbound(at, vm, question)


def has_explicit_egress(at: Attachment) -> bool:
    """Tell whether egress rests on something that was made for it, not on default outbound access."""
    return next(_explicit(at), None) is not None


def _explicit(at: Attachment) -> Iterator[_Means]:
    """Yield every means that is certain; a named public address counts, read or not."""
    nat, ip = at.nat_gateway, at.ip_configuration
    if (
        nat is not None
        and nat.value is not None
        and (nat.value.public_ips_v6 if at.family == 6 else nat.value.public_ips)
    ):
        yield _Means("a NAT gateway with a public address gives egress", nat.value.id, nat.value.evidence)
    if at.public_ip is not None and ip is not None and ip.public_ip_address_id is not None:
        address = at.public_ip.value.ip_address if at.public_ip.value else None
        shown = f"the VM's own public address {address}" if address else "a public address of the VM's own"
        yield _Means(f"{shown} gives egress", ip.public_ip_address_id, at.public_ip.evidence or at.nic.evidence)
    for known in _balancers(at):
        if _serves(known.outbound_rules, at):
            yield _Means("a load balancer's outbound rule gives egress", known.id, known.evidence)
        if _serves(known.load_balancing_rules, at):
            yield _Means("a public load balancer's own rule gives egress", known.id, known.evidence)


def _balancers(at: Attachment) -> Iterator[LoadBalancer]:
    """Yield the load balancers that may give egress: a secondary IPv4 address gets none of theirs (facts 5.3)."""
    ip = at.ip_configuration
    if ip is not None and (ip.primary or at.family == 6):
        yield from (it.value for it in at.load_balancers if it.value is not None)


def _serves(rules: tuple[OutboundRule, ...], at: Attachment) -> bool:
    pools = {pool.casefold() for pool in at.ip_configuration.backend_pools} if at.ip_configuration else set()
    carrying = (rule for rule in rules if rule.protocol.casefold() in _CARRY_TCP)
    return any(pool.casefold() in pools for rule in carrying for pool in rule.backend_pool_ids)


def _unread(at: Attachment, vm: Reading[VirtualMachine]) -> Iterator[tuple[str, Reading[Any]]]:
    """Yield what may give egress, or decides whether default outbound access serves, and was not read."""
    needed: tuple[tuple[str, Reading[Any] | None], ...] = (
        ("NAT gateway", at.nat_gateway),
        ("network interface", at.nic),
        *(("load balancer", it) for it in at.load_balancers),
        ("subnet", at.subnet),
        ("virtual machine", vm),
    )
    yield from ((name, reading) for name, reading in needed if reading is not None and reading.value is None)


def _default_outbound(at: Attachment, vm: Reading[VirtualMachine], question: Question) -> Hop:
    """Decide default outbound access, where nothing explicit serves (facts 5.2)."""
    nothing = "there is no NAT gateway with a public address, no public address and no outbound rule for TCP"
    subnet, evidence = at.subnet.value.id if at.subnet.value else None, at.subnet.evidence
    why_none = next(_no_default(at, vm), None)
    if why_none is not None:
        none = _Means(f"{nothing}, and {why_none}", subnet, evidence, (_POOLS_BY_ADDRESS,))
        return _hop(Decision.DENY, none, question)
    if at.nat_gateway is not None:
        why = f"{nothing}: whether default outbound access serves beside a NAT gateway without an address is not known"
        return Hop.unknown(HopName.EGRESS, why, evidence)
    shown = "Azure's default outbound access gives egress: nothing explicit does, and the subnet is not private"
    return _hop(Decision.ALLOW, _Means(shown, subnet, evidence, (_POOLS_BY_ADDRESS,)), question)


def _no_default(at: Attachment, vm: Reading[VirtualMachine]) -> Iterator[str]:
    if at.family == 6:
        yield "default outbound access serves IPv4 only"
    if at.subnet.value is not None and at.subnet.value.default_outbound_access is False:
        yield "the subnet is private: its default outbound access is off"
    if vm.value is not None and vm.value.flexible_scale_set is not None:
        yield "a member of a flexible scale set has no default outbound access"
    standard = (it.value.id for it in at.load_balancers if it.value and it.value.sku.casefold() in _STANDARD)
    if any(standard):
        yield "who is in a Standard load balancer's pool has no default outbound access"


def _hop(decision: Decision, means: _Means, question: Question) -> Hop:
    part = Part(decision, question.destinations, None, means.evidence, means.summary)
    return Hop(
        HopName.EGRESS,
        decision,
        means.summary,
        resource=means.resource,
        parts=(part,),
        evidence=(means.evidence,) if means.evidence else (),
        assumptions=means.assumed,
    )
