"""The way out of the VM: admin rules, the NIC's NSG, the subnet's NSG, the route; the same for whatever is asked."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.gather import Facts
from guest_attestation.network.admin_rules import admin_rules_hop
from guest_attestation.network.egress import egress_hop
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import Question
from guest_attestation.network.route_sources import default_route_in_network, routed_prefixes
from guest_attestation.network.routes import APPLIANCE, GATEWAY, INTERNET, Leg, route_hop
from guest_attestation.network.tags import Tags, VirtualNetworkSpace
from guest_attestation.network.tiers import decide_together


@dataclass(frozen=True)
class Way:
    """The hops up to the route, in order, and where the routes lead."""

    question: Question
    hops: tuple[Hop, ...]
    legs: tuple[Leg, ...]
    assumptions: tuple[str, ...] = ()

    @property
    def decision(self) -> Decision:
        """What the hops decide together; one that is not decided at all leaves everything open."""
        together = decide_together([hop.parts for hop in self.hops], self.question.tiers)
        bare = any(hop.decision is Decision.UNKNOWN and not hop.parts for hop in self.hops)
        return Decision.UNKNOWN if bare and together is Decision.ALLOW else together


def way_out(at: Attachment, question: Question, tags: Tags) -> Way:
    """Decide the first four hops, each on everything that is asked."""
    admin, lift = admin_rules_hop(at, question, tags)
    route, legs = route_hop(at, question, tags)
    nic = group_hop(HopName.NIC_NSG, at.nic_group, question, tags, lift)
    subnet = group_hop(HopName.SUBNET_NSG, at.subnet_group, question, tags, lift)
    return Way(question, (admin, nic, subnet, route), legs)


def way_to(facts: Facts, at: Attachment, question: Question) -> Way:
    """Decide the way to a server that is no attestation provider: what stands behind the next hop is assumed."""
    way = way_out(at, question, tags_of(facts, at))
    leaving = [leg for leg in way.legs if leg.kind == INTERNET]
    egress = tuple(egress_hop(at, facts.vm, question.within(leg.addresses)) for leg in leaving)
    behind = [leg for leg in way.legs if leg.kind in (APPLIANCE, GATEWAY)]
    assumed = tuple(f"{question.target} is let through behind the next hop: {leg.shown}" for leg in behind)
    return Way(question, (*way.hops, *egress), way.legs, assumed)


def tags_of(facts: Facts, at: Attachment) -> Tags:
    """Collect what address terms are looked up in: Azure's own expansions for this NIC come first."""
    effective, vnet = at.effective_groups.value, at.vnet.value
    peered = (prefix for peering in vnet.peerings for prefix in peering.remote_address_prefixes) if vnet else ()
    own = (*vnet.address_prefixes, *peered) if vnet else ()
    space = VirtualNetworkSpace(own, default_route_in_network(at), routed_prefixes(at))
    return Tags(facts.service_tags, effective.tag_map if effective else {}, space)
