"""What stands where routes lead: the firewalls on the way, and what gives the traffic an outbound address behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.gather import Facts
from guest_attestation.network.addresses import AddressSet, union
from guest_attestation.network.egress import egress_hop
from guest_attestation.network.firewall_egress import egress_behind_firewall
from guest_attestation.network.firewall_hop import firewall_hop
from guest_attestation.network.firewall_select import choose_firewall
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.hop import Decision, Hop, HopName, Part
from guest_attestation.network.hub_firewall import Choice, choose_behind_gateway
from guest_attestation.network.question import Question
from guest_attestation.network.routes import APPLIANCE, GATEWAY, INTERNET, Leg
from guest_attestation.network.tags import Tags
from guest_attestation.network.target import Target
from guest_attestation.network.tiers import decide

_NO_ARRIVAL = "nothing arrives here: the route drops the traffic"
_WITHIN = "the traffic stays within the network"
_IPV4_ONLY = "a route leads IPv6 to firewall {name}: Azure Firewall is for IPv4 only, what becomes of it is not known"
_SHARES = {
    Decision.ALLOW: "what is led here is of other regions only",
    Decision.PARTIAL: "some of the traffic is led here",
    Decision.UNKNOWN: "some of the traffic is led here, and of which regions is not known",
}


def next_hops(facts: Facts, at: Attachment, target: Target, route: Hop, legs: tuple[Leg, ...]) -> Iterator[Hop]:
    """Decide the firewall and then the egress of every place that routes lead to, one entry for each.

    Each is judged on all that is asked: what routes lead elsewhere counts as allowed there.
    """
    tags = Tags(facts.service_tags)
    choices = {leg: _choice(at, leg, target, tags) for leg in legs if leg.kind in (APPLIANCE, GATEWAY)}
    decided = {leg: _firewall(facts, choice, target, leg.addresses) for leg, choice in choices.items()}
    yield from decided.values()
    if not choices:
        yield _none(HopName.FIREWALL, route, legs, target.question)
    leaving = [leg for leg in legs if leg in choices or leg.kind == INTERNET]
    for leg in leaving:
        if leg in choices:
            hop = egress_behind_firewall(choices[leg], decided[leg].parts, leg.addresses, target.question, tags)
        else:
            hop = egress_hop(at, facts.vm, target.question.within(leg.addresses))
        yield hop if leg in choices and hop.parts else _of_share(hop, leg.addresses, target.question)
    if not leaving:
        yield _none(HopName.EGRESS, route, legs, target.question)


def _choice(at: Attachment, leg: Leg, target: Target, tags: Tags) -> Choice:
    if leg.kind == APPLIANCE and leg.address is not None:
        chosen = choose_firewall(at, leg.address)
        if at.family == 4 or chosen.configuration is None:
            return chosen
        name = chosen.configuration.firewall.name
        return Choice(None, _IPV4_ONLY.format(name=name), evidence=chosen.evidence)
    return choose_behind_gateway(at, leg.shown, target.question.within(leg.addresses), tags)


def _firewall(facts: Facts, choice: Choice, target: Target, arriving: AddressSet) -> Hop:
    """Decide the firewall that a route leads to; its rules know nothing of how Azure expands tags for the NIC."""
    question = target.question
    if choice.configuration is None:
        hop = Hop(
            HopName.FIREWALL,
            Decision.UNKNOWN,
            choice.why_not,
            evidence=choice.evidence,
            missing_permission=choice.missing_permission,
            visible=choice.visible,
        )
        return _of_share(hop, arriving, question)
    guessed = facts.custom_provider is None and facts.provider_endpoint is None
    suffix, groups = facts.cloud.attestation_suffix, choice.configuration.ip_groups
    terms = Terms(question, None, guessed, suffix, Tags(facts.service_tags), groups)
    hop = firewall_hop(choice.configuration, terms, target.hosts, arriving)
    return hop if hop.parts else _of_share(hop, arriving, question)


def _of_share(hop: Hop, arriving: AddressSet, question: Question) -> Hop:
    """Judge on everything what was decided for the share that a route leads here (design 5, "The decision")."""
    evidence = hop.evidence[0] if hop.evidence else ""
    parts = (Part(hop.decision, arriving, None, evidence, hop.summary),)
    decision = decide(parts, question.tiers)
    if decision is hop.decision:
        return replace(hop, parts=parts)
    return replace(
        hop,
        decision=decision,
        parts=parts,
        summary=f"{hop.summary} ({_SHARES[decision]})",
        missing_permission=hop.missing_permission if decision is Decision.UNKNOWN else None,
        visible=hop.visible or decision is not Decision.UNKNOWN,
    )


def _none(name: HopName, route: Hop, legs: tuple[Leg, ...], question: Question) -> Hop:
    """Nothing stands there, unless what the routes do with some of it is not known."""
    undecided = union(
        question.destinations.version, (it.addresses for it in route.parts if it.decision is Decision.UNKNOWN)
    )
    if route.decision is Decision.UNKNOWN and not route.parts:
        undecided = question.destinations
    asks = "whether a firewall is on the way" if name is HopName.FIREWALL else "where the traffic leaves"
    why = f"{asks} is not known, because the route is not: {route.summary}"
    unknown = _of_share(Hop.unknown(name, why, missing_permission=route.missing_permission), undecided, question)
    if unknown.decision is Decision.UNKNOWN:
        return unknown
    if not legs:
        return Hop(name, Decision.NOT_APPLICABLE, _NO_ARRIVAL)
    kept = all(leg.kind != INTERNET for leg in legs)
    none = "no firewall is on the way: routes lead the traffic to the Internet"
    return Hop(name, Decision.NOT_APPLICABLE, _WITHIN if kept else none)
