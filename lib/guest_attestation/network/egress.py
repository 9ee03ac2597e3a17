"""Whether the VM has an outbound address of its own where traffic leaves to the Internet (facts 5.2)."""

from __future__ import annotations

from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision, Hop, HopName


def egress_hop(facts: Facts, route: Hop) -> Hop:
    """Decide explicit egress: a NAT gateway, a public address of the VM, a load balancer's outbound rule."""
    if route.decision is not Decision.ALLOW:
        why = f"where the traffic leaves is not known, because the route is not: {route.summary}"
        return Hop.unknown(HopName.EGRESS, why, missing_permission=route.missing_permission)
    nat = facts.nat_gateway
    if nat is not None:
        if nat.value is None:
            return Hop.unknown(HopName.EGRESS, f"NAT gateway: {nat.why_not}", nat.evidence, nat.missing_permission)
        if nat.value.public_ips:
            return _allow(nat.value.id, "a NAT gateway with a public address gives egress", nat.value.evidence)
    if facts.public_ip is not None:
        resource = facts.ip_configuration.public_ip_address_id if facts.ip_configuration else None
        address = facts.public_ip.value.ip_address if facts.public_ip.value else None
        shown = f"the VM's own public address {address}" if address else "a public address of the VM's own"
        return _allow(resource, f"{shown} gives egress", facts.public_ip.evidence or facts.nic.evidence)
    return _by_load_balancer(facts)


def _by_load_balancer(facts: Facts) -> Hop:
    pools = {pool.casefold() for pool in facts.ip_configuration.backend_pools} if facts.ip_configuration else set()
    for known in (it.value for it in facts.load_balancers if it.value is not None):
        if any((rule.backend_pool_id or "").casefold() in pools for rule in known.outbound_rules):
            return _allow(known.id, "a load balancer's outbound rule gives egress", known.evidence)
    for unread in (it for it in facts.load_balancers if it.value is None):
        why = f"load balancer: {unread.why_not}"
        return Hop.unknown(HopName.EGRESS, why, unread.evidence, unread.missing_permission)
    return Hop.unknown(
        HopName.EGRESS,
        "the subnet has no NAT gateway with a public address, and the VM neither a public address nor an outbound rule:"
        " this version does not decide yet whether default outbound access serves",
        facts.subnet.evidence,
    )


def _allow(resource: str | None, summary: str, evidence: str) -> Hop:
    return Hop(HopName.EGRESS, Decision.ALLOW, summary, resource=resource, evidence=(evidence,) if evidence else ())
