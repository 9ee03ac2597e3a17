"""Whether what a firewall lets through has an outbound address: its routes, addresses, translation (facts 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.network.addresses import AddressSet, union
from guest_attestation.network.firewall_routes import firewall_routes
from guest_attestation.network.hop import Decision, Hop, HopName, Part
from guest_attestation.network.hub_firewall import Choice
from guest_attestation.network.question import Question
from guest_attestation.network.routes import INTERNET, Leg
from guest_attestation.network.summary import part_that_shows
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import decide
from guest_attestation.resource_id import name_of

_DEFAULT_RANGES = "ianaprivateranges"


@dataclass(frozen=True)
class _Way:
    """Where a firewall's own routes lead what arrives, and which of them decides."""

    parts: tuple[Part, ...]
    legs: tuple[Leg, ...]
    resource: str | None = None
    assumptions: tuple[str, ...] = ()


def egress_behind_firewall(
    choice: Choice, decided: tuple[Part, ...], arriving: AddressSet, question: Question, tags: Tags
) -> Hop:
    """Decide a firewall's egress; `decided` is what its rules do to what arrives.

    What they deny counts as translated, as if a repaired rule let it through (design 5, "The decision").
    """
    configuration = choice.configuration
    if configuration is None:
        why = f"where the traffic leaves is not known, because what the route leads to is not: {choice.why_not}"
        return Hop.unknown(HopName.EGRESS, why, missing_permission=choice.missing_permission)
    firewall = configuration.firewall
    if not question.is_attestation:
        why = f"firewall {firewall.name}: how it leads to {question.target} is not decided by this version"
        return Hop.unknown(HopName.EGRESS, why, firewall.evidence)
    in_network = configuration.subnet if firewall.virtual_hub_id is None else None
    for name, reading in (("policy", configuration.policy), ("subnet", in_network)):
        if reading is not None and reading.value is None:
            why = f"{name} of firewall {firewall.name}: {reading.why_not}"
            return Hop.unknown(HopName.EGRESS, why, reading.evidence, reading.missing_permission)
    way, missing = _way(configuration, question.within(arriving), tags)
    at_internet = union(question.destinations.version, (leg.addresses for leg in way.legs if leg.kind == INTERNET))
    own, missing_address = _own_address(configuration, at_internet)
    kept = list(_untranslated(configuration, decided, at_internet, question, tags))
    parts = tuple(_split(kept, [*way.parts, own], question))
    decision = decide(parts, question.tiers)
    shown = part_that_shows(decision, parts, question)
    return Hop(
        HopName.EGRESS,
        decision,
        f"firewall {firewall.name}: {shown.why}" if shown and decision is not Decision.ALLOW else own.why,
        resource=way.resource if shown and shown.rule else firewall.id,
        rule=shown.rule if shown else None,
        parts=parts,
        evidence=tuple(dict.fromkeys(it for it in (firewall.evidence, configuration.subnet.evidence) if it)),
        assumptions=way.assumptions,
        missing_permission=(missing or missing_address) if decision is Decision.UNKNOWN else None,
        written_with=tuple(_written_with(configuration, translation=bool(kept))),
    )


def _way(configuration: FirewallConfiguration, question: Question, tags: Tags) -> tuple[_Way, str | None]:
    """Follow the routes of the firewall's subnet; a hub leads what its firewall lets through to the Internet itself."""
    firewall = configuration.firewall
    if firewall.virtual_hub_id is not None:
        leg = Leg(INTERNET, None, question.destinations, f"virtual hub {name_of(firewall.virtual_hub_id)}")
        return _Way((), (leg,), None, ("the hub leads what its firewall lets through to the Internet",)), None
    hop, legs = firewall_routes(configuration, question, tags)
    parts = [part for part in hop.parts if part.decision is not Decision.ALLOW]
    if not hop.parts:
        parts = [Part(Decision.UNKNOWN, question.destinations, None, "", hop.summary)]
    for leg in legs:
        if leg.kind != INTERNET:
            why = f"{leg.shown}, and what stands there is not visible from here{_forced(configuration)}"
            parts.append(Part(Decision.UNKNOWN, leg.addresses, None, configuration.subnet.evidence, why))
    return _Way(tuple(parts), legs, hop.resource, hop.assumptions), hop.missing_permission


def _own_address(configuration: FirewallConfiguration, leaving: AddressSet) -> tuple[Part, str | None]:
    """Decide what leaves to the Internet: by the firewall's own public address, or by a NAT gateway of its subnet."""
    firewall, nat, subnet = configuration.firewall, configuration.nat_gateway, configuration.subnet.value
    unknown = Part(Decision.UNKNOWN, leaving, None, configuration.subnet.evidence)
    if subnet and subnet.network_security_group_id:
        nsg = name_of(subnet.network_security_group_id)
        return replace(unknown, why=f"its subnet has the NSG {nsg}, which this version does not hold against it"), None
    if nat is not None and nat.value is None:
        return replace(unknown, why=f"NAT gateway of its subnet: {nat.why_not}"), nat.missing_permission
    if nat is not None and nat.value is not None and nat.value.public_ips:
        why = f"NAT gateway {name_of(nat.value.id)} of its subnet gives firewall {firewall.name} a public address"
        return Part(Decision.ALLOW, leaving, None, nat.evidence, why), None
    routed = (
        "a route of its subnet to the Internet" if subnet and subnet.route_table_id else "no route table on its subnet"
    )
    if firewall.virtual_hub_id is not None:
        routed = f"stands in virtual hub {name_of(firewall.virtual_hub_id)}"
    has = f"firewall {firewall.name} has a public address of its own, and {routed}"
    if firewall.public_ip_ids or firewall.hub_public_ips:
        return Part(Decision.ALLOW, leaving, None, firewall.evidence, has), None
    none = "it has no public address of its own, and its subnet no NAT gateway with one"
    if firewall.management_subnet_id is not None:
        return replace(unknown, why=f"{none}{_forced(configuration)}"), None
    return Part(Decision.DENY, leaving, None, firewall.evidence, none), None


def _written_with(configuration: FirewallConfiguration, *, translation: bool) -> Iterator[str]:
    """Name what decides the way behind: the policy only where its private ranges matter."""
    firewall, vnet, subnet = configuration.firewall, configuration.vnet.value, configuration.subnet.value
    of_policy = firewall.firewall_policy_id if translation else None
    of_subnet = (subnet.route_table_id, subnet.nat_gateway_id) if subnet else ()
    yield from (it for it in (firewall.id, of_policy, vnet.id if vnet else None, *of_subnet) if it is not None)


def _forced(configuration: FirewallConfiguration) -> str:
    """Say that a firewall that is managed apart is meant to send its traffic elsewhere first."""
    if configuration.firewall.management_subnet_id is None:
        return ""
    return ": it is managed apart, as for forced tunnelling, where something else gives the outbound address"


def _untranslated(
    configuration: FirewallConfiguration,
    decided: tuple[Part, ...],
    leaving: AddressSet,
    question: Question,
    tags: Tags,
) -> Iterator[Part]:
    """Yield what keeps the VM's private address: what a network rule allows to private ranges outside.

    Application rules always translate.
    """
    policy = configuration.policy.value if configuration.policy else None
    ranges = policy.private_ranges if policy else configuration.firewall.private_ranges
    private = tuple(it for it in ranges if it.casefold() != _DEFAULT_RANGES)
    if not private:
        return
    cover = tags.cover_all(private, question)
    why = f"what network rules allow to its private ranges ({', '.join(private[:3])}) keeps the VM's private address"
    evidence = (configuration.policy or configuration.subnet).evidence
    for part in decided:
        by_network = part.place is not None and part.place.kind == "network"
        sure = part.addresses & cover.takes & leaving
        may = part.addresses & (cover.takes | cover.may_take) & leaving
        if part.decision is Decision.ALLOW and by_network:
            if sure:
                yield Part(Decision.DENY, sure, None, evidence, why, tier=part.tier)
            may = may - sure
        elif part.decision is not Decision.UNKNOWN:
            continue
        if may:
            perhaps = f"{why}, and whether that is so here is not known"
            yield Part(Decision.UNKNOWN, may, None, evidence, perhaps, tier=part.tier)


def _split(kept: list[Part], others: list[Part], question: Question) -> Iterator[Part]:
    """Split the set exactly: tier by tier where translation differs."""
    if not kept:
        yield from (part for part in others if part.addresses)
        return
    yield from kept
    for tier in question.tiers:
        taken = union(question.destinations.version, (it.addresses for it in kept if it.speaks_of(tier.name)))
        for part in others:
            left = (part.addresses & tier.addresses) - taken
            if left:
                yield replace(part, addresses=left, tier=tier.name)
