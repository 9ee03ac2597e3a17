"""The path from the VM to its attestation provider: seven hops, each decided as if those before it were repaired."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import Decision, Hop, HopName, Part
from guest_attestation.network.next_hops import next_hops
from guest_attestation.network.provider_hop import provider_hop
from guest_attestation.network.question import Question
from guest_attestation.network.tags import Tags
from guest_attestation.network.target import target_of
from guest_attestation.network.tiers import decide_together
from guest_attestation.network.way import tags_of, way_out


@dataclass(frozen=True)
class Path:
    """A flow: what is asked, from where, its hops in order, and what they were decided with.

    There is one entry for each hop and resource: several firewalls may be on the way to different addresses.
    """

    at: Attachment
    question: Question
    hops: tuple[Hop, ...]
    tags: Tags

    def of(self, name: HopName) -> tuple[Hop, ...]:
        """Return the entries of that name, one at least."""
        return tuple(hop for hop in self.hops if hop.hop is name)

    @property
    def network_decision(self) -> Decision:
        """What all hops on the way decide together: a part that any hop denies is denied (design 5)."""
        hops = [hop for hop in self.hops if hop.hop is not HopName.PROVIDER]
        return decide_together([hop.parts for hop in hops], self.question.tiers)

    @property
    def decision(self) -> Decision:
        """What the way and its end decide together."""
        ends = {hop.decision for hop in self.of(HopName.PROVIDER)}
        decided = self.network_decision
        if Decision.DENY in ends:
            return Decision.DENY
        return Decision.UNKNOWN if Decision.UNKNOWN in ends and decided is Decision.ALLOW else decided


def decide_path(facts: Facts, at: Attachment | None = None) -> Path:
    """Decide every hop from one address of the VM: its primary IPv4 one unless another is given (facts 9.2)."""
    at = at or facts.primary
    target = target_of(facts, at)
    question, tags = target.question, tags_of(facts, at)
    way = way_out(at, question, tags)
    hops = (*way.hops, *next_hops(facts, at, target, way.hops[-1], way.legs))
    if target.undecided is not None:
        hops = tuple(_undecided(hop, target.undecided) for hop in hops)
    decided = (*hops, provider_hop(facts))
    return Path(at, question, tuple(_with_parts(hop, question) for hop in decided), tags)


def _with_parts(hop: Hop, question: Question) -> Hop:
    """What is not decided at all is not decided of everything."""
    if hop.decision is not Decision.UNKNOWN or hop.parts or hop.hop is HopName.PROVIDER:
        return hop
    evidence = hop.evidence[0] if hop.evidence else ""
    return replace(hop, parts=(Part(Decision.UNKNOWN, question.destinations, None, evidence, hop.summary),))


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
