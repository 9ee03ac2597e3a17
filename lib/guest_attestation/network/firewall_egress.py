"""Whether what a firewall lets through has an outbound address: the firewall's own (facts 5.3)."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.virtual_network import VirtualNetwork
from guest_attestation.network.firewall_select import Choice
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.question import Question
from guest_attestation.network.route_choice import holds_some
from guest_attestation.network.tags import Tags
from guest_attestation.resource_id import name_of

_DEFAULT_RANGES = "ianaprivateranges"


def egress_behind_firewall(choice: Choice, question: Question, tags: Tags) -> Hop:
    """Decide the plain case: the firewall's own public address, and nothing that leads its traffic elsewhere."""
    configuration = choice.configuration
    if configuration is None:
        why = f"where the traffic leaves is not known, because what the route leads to is not: {choice.why_not}"
        return Hop.unknown(HopName.EGRESS, why, missing_permission=choice.missing_permission)
    firewall = configuration.firewall
    if not question.is_attestation:
        why = f"firewall {firewall.name}: how it leads to {question.target} is not decided by this version"
        return Hop.unknown(HopName.EGRESS, why, firewall.evidence)
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
