"""The path from the VM to its attestation provider: seven hops, each decided as if those before it were repaired."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.network.admin_rules import admin_rules_hop, lift_of
from guest_attestation.network.custom_provider import destination
from guest_attestation.network.egress import egress_behind_firewall, egress_hop
from guest_attestation.network.firewall_hop import firewall_hop
from guest_attestation.network.firewall_select import Choice, choose_firewall
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName, Lift
from guest_attestation.network.provider_hop import provider_hop, shared_provider_host
from guest_attestation.network.question import Question, attestation_question
from guest_attestation.network.routes import default_route_in_network, route_hop, routed_prefixes
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
    choice = choose_firewall(facts, route.next_hop) if route.next_hop else None
    hops = (
        admin_rules_hop(facts),
        group_hop(HopName.NIC_NSG, facts.nic_group, question, tags, lift),
        group_hop(HopName.SUBNET_NSG, facts.subnet_group, question, tags, lift),
        route,
        _firewall_hop(route) if choice is None else _at_next_hop(facts, choice, question, tags),
        egress_hop(facts, route) if choice is None else egress_behind_firewall(choice, question, tags),
    )
    asked = destination(facts)
    decided = hops if asked.value is not None else tuple(_undecided(hop, asked) for hop in hops)
    return Path(question, (*decided, provider_hop(facts)), tags, lift)


def _tags(facts: Facts) -> Tags:
    """Collect what address terms are looked up in: Azure's own expansions for this NIC come first."""
    effective, vnet = facts.effective_groups.value, facts.vnet.value
    peered = (prefix for peering in vnet.peerings for prefix in peering.remote_address_prefixes) if vnet else ()
    own = (*vnet.address_prefixes, *peered) if vnet else ()
    space = VirtualNetworkSpace(own, default_route_in_network(facts), routed_prefixes(facts))
    return Tags(facts.service_tags, effective.tag_map if effective else {}, space)


def _firewall_hop(route: Hop) -> Hop:
    if route.decision is Decision.DENY:
        return Hop(HopName.FIREWALL, Decision.NOT_APPLICABLE, "nothing arrives here: the route drops the traffic")
    if route.decision is Decision.ALLOW:
        none = "no firewall is on the way: traffic leaves by the default route"
        return Hop(HopName.FIREWALL, Decision.NOT_APPLICABLE, none)
    why = f"whether a firewall is on the way is not known, because the route is not: {route.summary}"
    return Hop.unknown(HopName.FIREWALL, why, missing_permission=route.missing_permission)


def _at_next_hop(facts: Facts, choice: Choice, question: Question, tags: Tags) -> Hop:
    """Decide the firewall that the route leads to; its rules know nothing of how Azure expands tags for the NIC."""
    if choice.configuration is None:
        return Hop(
            HopName.FIREWALL,
            Decision.UNKNOWN,
            choice.why_not,
            evidence=choice.evidence,
            missing_permission=choice.missing_permission,
            visible=choice.visible,
        )
    custom = facts.custom_provider
    terms = Terms(
        question,
        custom.host if custom else shared_provider_host(facts),
        custom is None and facts.provider_endpoint is None,
        facts.cloud.attestation_suffix,
        Tags(tags.listed),
        choice.configuration.ip_groups,
    )
    return firewall_hop(choice.configuration, terms)


def _undecided(hop: Hop, asked: Reading[str]) -> Hop:
    """Where the provider's addresses are not known to be the tag's, what was decided for those says nothing of it."""
    there_is_none = (HopName.ADMIN_RULES, HopName.NIC_NSG, HopName.SUBNET_NSG)
    if hop.decision is Decision.NOT_APPLICABLE and hop.hop in there_is_none:
        return hop
    missing = hop.missing_permission or asked.missing_permission
    why = f"{asked.why_not}; {hop.summary}" if hop.decision is Decision.UNKNOWN else asked.why_not
    return replace(
        hop,
        decision=Decision.UNKNOWN,
        summary=why,
        rule=None,
        parts=(),
        trace=(),
        missing_permission=missing,
        visible=True,
    )
