"""Whether traffic that leaves to the Internet has an outbound address: the VM's own, or its firewall's (facts 5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.virtual_network import VirtualNetwork
from guest_attestation.network.firewall_select import Choice
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import Question
from guest_attestation.network.route_choice import holds_some
from guest_attestation.network.tags import Tags
from guest_attestation.resource_id import name_of

_DEFAULT_RANGES = "ianaprivateranges"
_CARRY_TCP = ("tcp", "all")


def egress_hop(facts: Facts, route: Hop) -> Hop:
    """Decide explicit egress: a NAT gateway, a public address of the VM, a load balancer's outbound rule."""
    if route.decision is Decision.DENY:
        return Hop(HopName.EGRESS, Decision.NOT_APPLICABLE, "nothing arrives here: the route drops the traffic")
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


def egress_behind_firewall(choice: Choice, question: Question, tags: Tags) -> Hop:
    """Decide the plain case: the firewall's own public address, and nothing that leads its traffic elsewhere."""
    configuration = choice.configuration
    if configuration is None:
        why = f"where the traffic leaves is not known, because what the route leads to is not: {choice.why_not}"
        return Hop.unknown(HopName.EGRESS, why, missing_permission=choice.missing_permission)
    firewall = configuration.firewall
    for name, reading in (("policy", configuration.policy), ("subnet", configuration.subnet)):
        if reading is not None and reading.value is None:
            why = f"{name} of firewall {firewall.name}: {reading.why_not}"
            return Hop.unknown(HopName.EGRESS, why, reading.evidence, reading.missing_permission)
    doubt = next(_doubts(configuration, question, tags), None)
    evidence = configuration.subnet.evidence
    if doubt is not None:
        why = f"firewall {firewall.name}: {doubt}: this version does not decide yet what follows"
        return Hop.unknown(HopName.EGRESS, why, evidence)
    summary = f"firewall {firewall.name} has a public address of its own, and no route table on its subnet"
    return Hop(HopName.EGRESS, Decision.ALLOW, summary, resource=firewall.id, evidence=(firewall.evidence, evidence))


def _doubts(configuration: FirewallConfiguration, question: Question, tags: Tags) -> Iterator[str]:
    """Say what may keep a firewall's traffic from leaving by its own public address (facts 5.3)."""
    firewall, subnet, vnet = configuration.firewall, configuration.subnet.value, configuration.vnet.value
    policy = configuration.policy.value if configuration.policy else None
    if not firewall.public_ip_ids:
        yield "it has no public address of its own"
    if subnet and subnet.route_table_id:
        yield f"its subnet has the route table {name_of(subnet.route_table_id)}"
    if subnet and subnet.nat_gateway_id:
        yield f"its subnet has the NAT gateway {name_of(subnet.nat_gateway_id)}"
    if subnet and subnet.network_security_group_id:
        yield f"its subnet has the NSG {name_of(subnet.network_security_group_id)}"
    inside = [it for it in _own_prefixes(vnet) if holds_some(it, question, tags)] if vnet else []
    if inside:
        yield f"its network's own address space, or a peered one's ({', '.join(inside)}), holds some of the traffic"
    if vnet and vnet.route_sources:
        yield f"its network may learn a default route from {', '.join(vnet.route_sources)}"
    ranges = policy.private_ranges if policy else firewall.private_ranges
    private = [it for it in ranges if it.casefold() != _DEFAULT_RANGES and holds_some(it, question, tags)]
    if private:
        yield f"what network rules allow to its private ranges ({', '.join(private)}) keeps the VM's private address"


def _own_prefixes(vnet: VirtualNetwork) -> tuple[str, ...]:
    return (
        *vnet.address_prefixes,
        *(prefix for peering in vnet.peerings for prefix in peering.remote_address_prefixes),
    )


def _by_load_balancer(facts: Facts) -> Hop:
    pools = {pool.casefold() for pool in facts.ip_configuration.backend_pools} if facts.ip_configuration else set()
    for known in (it.value for it in facts.load_balancers if it.value is not None):
        carrying = (rule for rule in known.outbound_rules if rule.protocol.casefold() in _CARRY_TCP)
        if any((rule.backend_pool_id or "").casefold() in pools for rule in carrying):
            return _allow(known.id, "a load balancer's outbound rule gives egress", known.evidence)
    for unread in (it for it in facts.load_balancers if it.value is None):
        why = f"load balancer: {unread.why_not}"
        return Hop.unknown(HopName.EGRESS, why, unread.evidence, unread.missing_permission)
    return Hop.unknown(
        HopName.EGRESS,
        "the subnet has no NAT gateway with a public address, and the VM neither a public address nor an outbound rule"
        " for TCP: this version does not decide yet whether default outbound access serves",
        facts.subnet.evidence,
    )


def _allow(resource: str | None, summary: str, evidence: str) -> Hop:
    return Hop(HopName.EGRESS, Decision.ALLOW, summary, resource=resource, evidence=(evidence,) if evidence else ())
