"""Which of our flow an answer of Azure's is about, and what a comparison of the two says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from guest_attestation.facts.azure_answer import Flow
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.service_tag import ATTESTATION_TAG
from guest_attestation.network.addresses import AddressSet, interval
from guest_attestation.network.hop import Decision, Part
from guest_attestation.network.path import Path
from guest_attestation.network.tiers import TierName
from guest_attestation.resource_id import name_of, same_id


class Outcome(StrEnum):
    """What came of a comparison; a note is an answer that can neither agree nor differ."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOTE = "note"
    NOT_COMPARED = "not compared"
    UNREAD = "not known"


@dataclass(frozen=True)
class Comparison:
    """One of Azure's answers: who was asked about what, what Azure says, what we say, and what comes of it."""

    asked: str
    about: str
    outcome: Outcome
    azure: str = ""
    ours: str = ""
    why: str = ""
    evidence: str = ""
    missing_permission: str | None = None

    def came_to(self, outcome: Outcome, azure: str, ours: str, why: str = "") -> Comparison:
        """Say what both say and what comes of it."""
        return replace(self, outcome=outcome, azure=azure, ours=ours, why=why)

    def held(self, same: bool, decision: Decision, azure: str, ours: str) -> Comparison:
        """Hold a word of Azure's against a decision of ours, which can be contradicted only where it is certain."""
        if decision is Decision.UNKNOWN:
            return self.came_to(Outcome.NOTE, azure, ours, "this diagnosis does not decide it")
        if decision is Decision.PARTIAL:
            return self.came_to(Outcome.NOTE, azure, ours, "this diagnosis decides it differently for parts of it")
        return self.came_to(Outcome.AGREES if same else Outcome.DIFFERS, azure, ours)


def asked_for(flow: Flow, path: Path, vm_id: str) -> Reading[AddressSet]:
    """Return which of our destinations an answer is about, none where that is not known.

    Without a value where it is about another flow, or ours is not known.
    """
    if path.at.address is None:
        return Reading.below(path.at.nic, "the network interface names no primary IPv4 address")
    why = _other_end(flow, path, path.at.address, vm_id)
    return Reading(None, why) if why is not None else _destinations(flow, path)


def taking(parts: tuple[Part, ...], addresses: AddressSet) -> list[Part]:
    """Return the parts that hold some of the addresses."""
    return [part for part in parts if part.addresses & addresses]


def _other_end(flow: Flow, path: Path, address: str, vm_id: str) -> str | None:
    nic = flow.nic_id or (None if same_id(flow.target, vm_id) else flow.target)
    if nic is not None and not same_id(nic, path.at.nic_id):
        return f"it is about {name_of(nic)}, which is not the primary network interface"
    if not _same_address(flow.source, address):
        return f"it is about traffic from {flow.source or 'no address'}, not from {address}"
    if flow.direction.casefold() != "outbound":
        return f"it is about {flow.direction or 'no'} traffic, not about Outbound"
    if flow.protocol.casefold() != path.question.protocol.casefold() or flow.port != str(path.question.port):
        return f"it is about {flow.protocol or 'no protocol'} {flow.port or 'without a port'}, not about TCP 443"
    return None


def _destinations(flow: Flow, path: Path) -> Reading[AddressSet]:
    """The tag is ours only as a whole, an address if it is one of ours: which is not known of unread prefixes."""
    question = path.question
    ours, asked = question.destinations, flow.destination
    if asked.casefold() == ATTESTATION_TAG.casefold():
        if question.is_attestation and any(tier.name is TierName.OTHER for tier in question.tiers):
            return Reading(ours)
        return Reading(None, f"it is about all of {ATTESTATION_TAG}, and the provider's addresses are others or fewer")
    try:
        addresses = AddressSet.of((asked,), 4)
    except ValueError:
        return Reading(
            None, f"it is about {asked or 'no destination'}, which is neither {ATTESTATION_TAG} nor an address"
        )
    if ours.is_symbolic:
        return Reading(ours.nothing)
    if not addresses or addresses - ours:
        return Reading(None, f"it is about {asked}, which is not an address of the provider")
    return Reading(addresses)


def _same_address(one: str, other: str) -> bool:
    try:
        return interval(one, 4) == interval(other, 4) is not None
    except ValueError:
        return False
