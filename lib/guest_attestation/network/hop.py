"""What a hop of the path decides, about which part of what is asked, and how each rule took part in it."""

from __future__ import annotations

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


@dataclass(frozen=True)
class RulePlace:
    """Where a firewall's rule stands: its collection, and in a policy its rule collection group.

    `kind` is network or application, `action` the collection's own; `resource` is what holds the collection.
    """

    kind: str
    collection: str
    priority: int | None
    action: str
    resource: str
    group: str | None = None
    group_priority: int | None = None

    @property
    def text(self) -> str:
        """Name the place in words."""
        of_group = f" of group {self.group}" if self.group is not None else ""
        return f"{self.kind} rule collection {self.collection}{of_group}"


@dataclass(frozen=True)
class Part:
    """A part of the destination, what happens to it, and the rule that says so.

    `tier` is given where the part says nothing of other tiers that may hold the same addresses; `names` are the hosts
    that an application rule decided it by.
    """

    decision: Decision
    addresses: AddressSet
    rule: str | None
    evidence: str
    why: str = ""
    place: RulePlace | None = None
    tier: str | None = None
    names: tuple[str, ...] = ()

    def speaks_of(self, tier: str) -> bool:
        """Tell whether the part says something of a tier."""
        return self.tier is None or self.tier == tier


@dataclass(frozen=True)
class TraceLine:
    """How one rule took part: `matched` where it takes a part, and why or why not in words.

    `reached` is False where the rules before it decide everything. `shadowed_by` names the rules that decide otherwise
    all that it would allow.
    """

    rule: str
    priority: int | None
    matched: bool
    why: str
    place: RulePlace | None = None
    reached: bool = True
    shadowed_by: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Say how the rule took part, and of a firewall's rule where it stands."""
        return f"{self.place.text}: {self.why}" if self.place else self.why


@dataclass(frozen=True)
class Hop:
    """One hop of the path: its decision, the rule that makes it, and everything that led to it.

    `rule` is None where no named rule decides. `lift_assumed` says of an NSG that whether a security admin rule lifts
    its denial is not known. `visible` is False of a firewall hop where nothing that could be read has the next hop's
    address. `written_with` are other resources whose writes change what the hop decides. `ends_tls` of a firewall that
    is not decided for the only reason that the rule that allows it inspects TLS.
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
    lift_assumed: bool = False
    visible: bool = True
    written_with: tuple[str, ...] = ()
    ends_tls: bool = False

    @property
    def written_at(self) -> tuple[str, ...]:
        """The resources whose writes change what the hop decides."""
        return tuple(dict.fromkeys((*((self.resource,) if self.resource else ()), *self.written_with)))

    @classmethod
    def unknown(cls, hop: HopName, why: str, evidence: str = "", missing_permission: str | None = None) -> Hop:
        """Make a hop that is not decided, and say why."""
        shown = (evidence,) if evidence else ()
        return cls(hop, Decision.UNKNOWN, why, evidence=shown, missing_permission=missing_permission)
