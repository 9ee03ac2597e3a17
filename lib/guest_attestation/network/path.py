"""The path from the VM to its attestation provider: seven hops, each decided as if those before it were repaired."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guest_attestation.facts.attestation import endpoint_host, is_shared_endpoint
from guest_attestation.facts.extension import guest_attestation_of
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import SecurityGroup
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES
from guest_attestation.network.admin_rules import admin_rules_hop
from guest_attestation.network.egress import egress_hop
from guest_attestation.network.hop import Decision, Hop, HopName, Part, decision_of
from guest_attestation.network.question import Question, attestation_question
from guest_attestation.network.routes import default_route_in_network, route_hop
from guest_attestation.network.security_groups import walk
from guest_attestation.network.tags import Tags, VirtualNetworkSpace

_NOT_LIFTED = "no security admin rule with AlwaysAllow lifts this NSG: whether there are any is not known"
_NO_PREFIXES = "the prefixes of AzureAttestation were not read: only the documented containment of tags is used"
_FROM_EFFECTIVE = "the NSG itself was not read: its entry in the effective rules serves instead"


@dataclass(frozen=True)
class Path:
    """The deciding flow: what is asked, and its seven hops in order."""

    question: Question
    hops: tuple[Hop, ...]

    def hop(self, name: HopName) -> Hop:
        """Return the hop of that name."""
        return next(hop for hop in self.hops if hop.hop is name)


def decide_path(facts: Facts) -> Path:
    """Decide every hop for the VM's primary IPv4 address (facts 9.2, rule 6)."""
    ip = facts.ip_configuration
    groups = ip.application_security_groups if ip else ()
    question = attestation_question(ip.private_ip_address if ip else None, groups, facts.service_tags)
    tags = tags_of(facts)
    admin = admin_rules_hop(facts)
    route = route_hop(facts, question, tags)
    hops = (
        admin,
        group_hop(HopName.NIC_NSG, facts.nic_group, question, tags, admin),
        group_hop(HopName.SUBNET_NSG, facts.subnet_group, question, tags, admin),
        route,
        _firewall_hop(route),
        egress_hop(facts, route),
        Hop(HopName.PROVIDER, Decision.UNKNOWN, "this version does not look at the attestation provider yet"),
    )
    host = custom_provider_host(facts)
    return Path(question, hops if host is None else tuple(_undecided_for(host, hop) for hop in hops))


def tags_of(facts: Facts) -> Tags:
    """Collect what address terms are looked up in: Azure's own expansions for this NIC come first."""
    effective = facts.effective_groups.value
    vnet = facts.vnet.value
    prefixes = (
        (*vnet.address_prefixes, *(it for peering in vnet.peerings for it in peering.remote_address_prefixes))
        if vnet
        else ()
    )
    return Tags(
        facts.service_tags,
        effective.tag_map if effective else {},
        VirtualNetworkSpace(prefixes, default_route_in_network(facts)),
    )


def custom_provider_host(facts: Facts) -> str | None:
    """Return the host of the customer's own provider, None where a region's shared one serves."""
    extension = guest_attestation_of(facts.extensions.value or ())
    endpoint = extension.maa_endpoint if extension else None
    if endpoint is None or is_shared_endpoint(endpoint, facts.cloud):
        return None
    return endpoint_host(endpoint) or endpoint


def group_hop(name: HopName, group: Reading[SecurityGroup] | None, question: Question, tags: Tags, admin: Hop) -> Hop:
    """Decide one NSG; where there is none, there is nothing to decide (facts 4.1)."""
    if group is None:
        return Hop(name, Decision.NOT_APPLICABLE, "no NSG is associated")
    if group.value is None:
        return Hop(
            name,
            Decision.UNKNOWN,
            f"NSG: {group.why_not}",
            evidence=(group.evidence,) if group.evidence else (),
            missing_permission=group.missing_permission,
        )
    walked = walk(group.value, question, tags)
    decision = decision_of(walked.parts)
    conditional = admin.decision is Decision.UNKNOWN
    deciding = _deciding(decision, walked.parts)
    return Hop(
        name,
        decision,
        _summary(decision, deciding, walked.parts, question),
        resource=group.value.id,
        rule=deciding.rule if deciding else None,
        parts=walked.parts,
        trace=walked.trace,
        evidence=tuple(dict.fromkeys(part.evidence for part in walked.parts if part.evidence)),
        assumptions=(
            *walked.assumptions,
            *((_NO_PREFIXES,) if question.destinations == UNKNOWN_ADDRESSES else ()),
            *((_FROM_EFFECTIVE,) if group.value.effective else ()),
            *((_NOT_LIFTED,) if conditional else ()),
        ),
        conditional=conditional,
    )


def _deciding(decision: Decision, parts: tuple[Part, ...]) -> Part | None:
    """Choose the part that shows the decision: of an undecided group, the first that is not simply allowed."""
    if decision is Decision.UNKNOWN:
        return next((part for part in parts if part.decision is not Decision.ALLOW), None)
    return next((part for part in parts if part.decision is decision), None)


def _summary(decision: Decision, deciding: Part | None, parts: tuple[Part, ...], question: Question) -> str:
    asked = f"{question.protocol.upper()} {question.port} to {question.tag}"
    if decision is Decision.ALLOW and deciding:
        return f"rule {deciding.rule} allows {asked}: {deciding.why}"
    if decision is Decision.DENY and deciding:
        return f"rule {deciding.rule} denies {asked}: {deciding.why}"
    if {part.decision for part in parts} == {Decision.ALLOW, Decision.DENY}:
        allowed = next(part for part in parts if part.decision is Decision.ALLOW)
        denied = next(part for part in parts if part.decision is Decision.DENY)
        return (
            f"only some of {asked} is allowed: rule {allowed.rule} allows {allowed.addresses.prefix_count()} prefixes,"
            f" rule {denied.rule} denies {denied.addresses.prefix_count()}"
        )
    return f"{asked} is not decided: {deciding.why if deciding else 'no rule takes it'}"


def _firewall_hop(route: Hop) -> Hop:
    if route.decision is Decision.ALLOW:
        return Hop(
            HopName.FIREWALL, Decision.NOT_APPLICABLE, "no firewall is on the way: traffic leaves by the default route"
        )
    return Hop(
        HopName.FIREWALL, Decision.UNKNOWN, "whether a firewall is on the way is not known, because the route is not"
    )


def _undecided_for(host: str, hop: Hop) -> Hop:
    """A customer's own provider may have a private address: this version does not decide the way there yet."""
    if hop.decision is Decision.NOT_APPLICABLE and hop.hop in (
        HopName.ADMIN_RULES,
        HopName.NIC_NSG,
        HopName.SUBNET_NSG,
    ):
        return hop
    why = f"the extension names its own provider {host}: this version does not decide the way to it yet"
    return replace(hop, decision=Decision.UNKNOWN, summary=why, rule=None, parts=(), trace=())
