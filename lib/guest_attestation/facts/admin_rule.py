"""Facts about security admin rules, which Azure Virtual Network Manager puts ahead of the NSGs."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class AdminRule:
    """An effective security admin rule; `access` is Allow, AlwaysAllow or Deny."""

    name: str
    priority: int | None
    direction: str
    access: str
    protocol: str
    evidence: str

    @property
    def is_inbound(self) -> bool:
        """Tell whether the rule speaks only of traffic that comes in."""
        return self.direction.casefold() == "inbound"


def parse_admin_rule(node: Node) -> AdminRule:
    """Read an entry of the effective list; a default rule carries its name in `properties.flag`."""
    properties = node.at("properties")
    return AdminRule(
        name=(node.text("name") or node.text("id") or properties.text("flag") or "").rsplit("/", 1)[-1],
        priority=properties.integer("priority"),
        direction=properties.text("direction") or "",
        access=properties.text("access") or "",
        protocol=properties.text("protocol") or "",
        evidence=node.evidence,
    )
