"""The path from the VM to its attestation provider: seven hops, each decided as if those before it were repaired."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guest_attestation.facts.gather import Facts
from guest_attestation.network.admin_rules import admin_rules_hop, lift_of
from guest_attestation.network.egress import egress_hop
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName, Lift
from guest_attestation.network.question import Question, attestation_question
from guest_attestation.network.routes import default_route_in_network, route_hop
from guest_attestation.network.tags import Tags, VirtualNetworkSpace


@dataclass(frozen=True)
class Path:
    """The deciding flow: what is asked, its seven hops in order, and what they were decided with."""

    question: Question
    hops: tuple[Hop, ...]
    tags: Tags
    lift: Lift

    def hop(self, name: HopName) -> Hop:
        """Return the hop of that name."""
        return next(hop for hop in self.hops if hop.hop is name)


def decide_path(facts: Facts) -> Path:
    """Decide every hop for the VM's primary IPv4 address (facts 9.2, rule 6)."""
    ip = facts.ip_configuration
    groups = ip.application_security_groups if ip else ()
    question = attestation_question(ip.private_ip_address if ip else None, groups, facts.service_tags)
    tags, lift = _tags(facts), lift_of(facts)
    route = route_hop(facts, question, tags)
    hops = (
        admin_rules_hop(facts),
        group_hop(HopName.NIC_NSG, facts.nic_group, question, tags, lift),
        group_hop(HopName.SUBNET_NSG, facts.subnet_group, question, tags, lift),
        route,
        _firewall_hop(route),
        egress_hop(facts, route),
        Hop.unknown(HopName.PROVIDER, "this version does not look at the attestation provider yet"),
    )
    host = facts.custom_provider_host
    return Path(question, hops if host is None else tuple(_undecided_for(host, hop) for hop in hops), tags, lift)


def _tags(facts: Facts) -> Tags:
    """Collect what address terms are looked up in: Azure's own expansions for this NIC come first."""
    effective, vnet = facts.effective_groups.value, facts.vnet.value
    peered = (prefix for peering in vnet.peerings for prefix in peering.remote_address_prefixes) if vnet else ()
    space = VirtualNetworkSpace((*vnet.address_prefixes, *peered) if vnet else (), default_route_in_network(facts))
    return Tags(facts.service_tags, effective.tag_map if effective else {}, space)


def _firewall_hop(route: Hop) -> Hop:
    if route.decision is Decision.ALLOW:
        none = "no firewall is on the way: traffic leaves by the default route"
        return Hop(HopName.FIREWALL, Decision.NOT_APPLICABLE, none)
    why = f"whether a firewall is on the way is not known, because the route is not: {route.summary}"
    return Hop.unknown(HopName.FIREWALL, why, missing_permission=route.missing_permission)


def _undecided_for(host: str, hop: Hop) -> Hop:
    """A customer's own provider may have a private address: this version does not decide the way there yet."""
    there_is_none = (HopName.ADMIN_RULES, HopName.NIC_NSG, HopName.SUBNET_NSG)
    if hop.decision is Decision.NOT_APPLICABLE and hop.hop in there_is_none:
        return hop
    why = f"the extension names its own provider {host}: this version does not decide the way to it yet"
    return replace(hop, decision=Decision.UNKNOWN, summary=why, rule=None, parts=(), trace=())
