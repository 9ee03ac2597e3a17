"""What a hop of the path decides, about which part of what is asked, and how each rule took part in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from guest_attestation.network.addresses import AddressSet


class Decision(StrEnum):
    """What happens to traffic at a hop."""

    ALLOW = "allow"
    DENY = "deny"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class HopName(StrEnum):
    """The hops of the path, in the order in which traffic meets them."""

    ADMIN_RULES = "admin-rules"
    NIC_NSG = "nic-nsg"
    SUBNET_NSG = "subnet-nsg"
    ROUTE = "route"
    FIREWALL = "firewall"
    EGRESS = "egress"
    PROVIDER = "provider"


class Lift(StrEnum):
    """Whether a security admin rule with AlwaysAllow may lift an NSG's denial."""

    NO = "no"
    UNREAD = "unread"
    LISTED = "listed"


@dataclass(frozen=True)
class Part:
    """A part of the destination, what happens to it, and the rule that says so."""

    decision: Decision
    addresses: AddressSet
    rule: str | None
    evidence: str
    why: str = ""


@dataclass(frozen=True)
class TraceLine:
    """How one rule took part: `matched` where it takes a part, and why or why not in words."""

    rule: str
    priority: int | None
    matched: bool
    why: str


@dataclass(frozen=True)
class Hop:
    """One hop of the path: its decision, the rule that makes it, and everything that led to it.

    `rule` is None where no named rule decides. `lift` says of an NSG whether its denial may be lifted ahead of it.
    """

    hop: HopName
    decision: Decision
    summary: str
    resource: str | None = None
    rule: str | None = None
    parts: tuple[Part, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    evidence: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    missing_permission: str | None = None
    lift: Lift = Lift.NO

    @classmethod
    def unknown(cls, hop: HopName, why: str, evidence: str = "", missing_permission: str | None = None) -> Hop:
        """Make a hop that is not decided, and say why."""
        shown = (evidence,) if evidence else ()
        return cls(hop, Decision.UNKNOWN, why, evidence=shown, missing_permission=missing_permission)


def decision_of(parts: Iterable[Part]) -> Decision:
    """Decide a hop from its parts: all denied, all allowed, else unknown.

    Which parts matter more is not told apart yet: a set that is partly allowed stays unknown.
    """
    decisions = {part.decision for part in parts}
    return decisions.pop() if decisions in ({Decision.ALLOW}, {Decision.DENY}) else Decision.UNKNOWN
