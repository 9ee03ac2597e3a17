"""Facts about network security groups, as configured and as Azure applies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guest_attestation.snapshot.node import Node


@dataclass(frozen=True)
class SecurityRule:
    """A security rule; singular and plural fields are joined. Names in an effective answer lose their prefix."""

    name: str
    priority: int | None
    direction: str
    access: str
    protocol: str
    source_address_prefixes: tuple[str, ...]
    source_application_security_groups: tuple[str, ...]
    source_port_ranges: tuple[str, ...]
    destination_address_prefixes: tuple[str, ...]
    destination_application_security_groups: tuple[str, ...]
    destination_port_ranges: tuple[str, ...]
    evidence: str

    @property
    def is_inbound(self) -> bool:
        """Tell whether the rule speaks only of traffic that comes in."""
        return self.direction.casefold() == "inbound"


@dataclass(frozen=True)
class SecurityGroup:
    """A network security group: own rules and default rules.

    `applies_to` is set where an effective answer serves for it: to which of `subnet` and `networkInterface` it says.
    """

    id: str
    rules: tuple[SecurityRule, ...]
    evidence: str
    applies_to: str | None = None

    @property
    def effective(self) -> bool:
        """Tell whether an effective answer serves for the group."""
        return self.applies_to is not None


@dataclass(frozen=True)
class EffectiveSecurityGroups:
    """Azure's own answer for a NIC: its groups, what network managers add, and how it expands tags.

    A network manager's rule stands beside the manager's id, "" where the answer does not say.
    """

    groups: tuple[SecurityGroup, ...]
    network_manager_rules: tuple[tuple[str, SecurityRule], ...]
    tag_map: Mapping[str, tuple[str, ...]]
    evidence: str


def parse_security_group(node: Node) -> SecurityGroup:
    """Read a network security group with its default rules."""
    properties = node.at("properties")
    rules = [
        parse_security_rule(item, item.at("properties"))
        for key in ("securityRules", "defaultSecurityRules")
        for item in properties.items(key)
    ]
    return SecurityGroup(node.text("id") or "", tuple(rules), properties.evidence)


def parse_effective_security_groups(items: list[Node], evidence: str) -> EffectiveSecurityGroups:
    """Read the entries of an effective answer; one entry is a group with its association."""
    groups: list[SecurityGroup] = []
    manager_rules: list[tuple[str, SecurityRule]] = []
    tags: dict[str, tuple[str, ...]] = {}
    for item in items:
        rules = tuple(parse_security_rule(rule, rule) for rule in item.items("effectiveSecurityRules"))
        if item.at("association", "networkManager").value is not None:
            manager = item.text("association", "networkManager", "id") or ""
            manager_rules.extend((manager, rule) for rule in rules)
        else:
            group_id = item.text("networkSecurityGroup", "id") or ""
            applies_to = "subnet" if item.at("association", "subnet").value is not None else "networkInterface"
            groups.append(SecurityGroup(group_id, rules, item.evidence, applies_to))
        tag_map = item.at("tagMap")
        if isinstance(tag_map.value, dict):
            tags.update(
                {
                    name.casefold(): tag_map.texts(name)
                    for name, value in tag_map.value.items()
                    if isinstance(value, list)
                }
            )
    return EffectiveSecurityGroups(tuple(groups), tuple(manager_rules), tags, evidence)


def parse_security_rule(node: Node, properties: Node) -> SecurityRule:
    """Read a rule; `properties` is where its fields stand: nested in a resource, flat in an effective answer."""
    return SecurityRule(
        name=(node.text("name") or "").rsplit("/", 1)[-1],
        priority=properties.integer("priority"),
        direction=properties.text("direction") or "",
        access=properties.text("access") or "",
        protocol=properties.text("protocol") or "",
        source_address_prefixes=_joined(properties, "sourceAddressPrefix", "sourceAddressPrefixes"),
        source_application_security_groups=properties.ids("sourceApplicationSecurityGroups"),
        source_port_ranges=_joined(properties, "sourcePortRange", "sourcePortRanges"),
        destination_address_prefixes=_joined(properties, "destinationAddressPrefix", "destinationAddressPrefixes"),
        destination_application_security_groups=properties.ids("destinationApplicationSecurityGroups"),
        destination_port_ranges=_joined(properties, "destinationPortRange", "destinationPortRanges"),
        evidence=properties.evidence,
    )


def _joined(node: Node, singular: str, plural: str) -> tuple[str, ...]:
    """Azure fills the singular field, the plural one, or (in effective answers) both with the same."""
    one, several = node.texts(singular), node.texts(plural)
    return tuple(dict.fromkeys((*one, *several))) if one else several
