"""Facts about security admin rules, which Azure Virtual Network Manager puts ahead of the NSGs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guest_attestation.facts.security_group import SecurityRule
from guest_attestation.snapshot.node import Node

_NETWORK_GROUP = "networkgroup"


@dataclass(frozen=True)
class AdminRule:
    """An effective security admin rule: `rule.access` is Allow, AlwaysAllow or Deny.

    `manager` is the id of the network manager that it comes from, and `collection` that of the rule collection that
    holds it; "" where the answer does not say. `source_groups` and `destination_groups` are network groups, which stand
    for virtual networks.
    """

    rule: SecurityRule
    manager: str
    source_groups: tuple[str, ...] = ()
    destination_groups: tuple[str, ...] = ()
    collection: str = ""


def parse_admin_rule(node: Node) -> AdminRule:
    """Read an entry of the effective list; a default rule carries its name in `properties.flag`."""
    properties = node.at("properties")
    rule_id = node.text("id") or ""
    rule = SecurityRule(
        name=(node.text("name") or rule_id or properties.text("flag") or "").rsplit("/", 1)[-1],
        priority=properties.integer("priority"),
        direction=properties.text("direction") or "",
        access=properties.text("access") or "",
        protocol=properties.text("protocol") or "",
        source_address_prefixes=tuple(_addresses(properties, "sources", groups=False)),
        source_application_security_groups=(),
        source_port_ranges=properties.texts("sourcePortRanges"),
        destination_address_prefixes=tuple(_addresses(properties, "destinations", groups=False)),
        destination_application_security_groups=(),
        destination_port_ranges=properties.texts("destinationPortRanges"),
        evidence=node.evidence,
    )
    manager = rule_id.casefold().partition("/securityadminconfigurations/")[0]
    return AdminRule(
        rule,
        rule_id[: len(manager)],
        tuple(_addresses(properties, "sources", groups=True)),
        tuple(_addresses(properties, "destinations", groups=True)),
        rule_id[: rule_id.casefold().rfind("/rules/")] if "/rules/" in rule_id.casefold() else "",
    )


def _addresses(properties: Node, key: str, *, groups: bool) -> Iterator[str]:
    """Yield the items of one kind: network groups, or prefixes and service tags (facts 4.5)."""
    for item in properties.items(key):
        is_group = (item.text("addressPrefixType") or "").casefold() == _NETWORK_GROUP
        text = item.text("addressPrefix")
        if text is not None and is_group is groups:
            yield text
