"""Facts about firewall rules: a firewall's own (classic) collections and those of a policy, read into one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guest_attestation.snapshot.node import Node

_CLASSIC = {"networkRuleCollections": "NetworkRule", "applicationRuleCollections": "ApplicationRule"}
_NAT = "firewallpolicynatrulecollection"
_SELECTORS = ("sourceGeoLocations", "destinationGeoLocations", "sourceKubeSelectorGroups")


@dataclass(frozen=True)
class NetworkRule:
    """A rule by address: a destination is a prefix, a service tag, an IP group (by id) or an FQDN (facts 6.3).

    `selectors` are the fields that select traffic by something else.
    """

    name: str
    protocols: tuple[str, ...]
    source_addresses: tuple[str, ...]
    source_ip_groups: tuple[str, ...]
    destination_addresses: tuple[str, ...]
    destination_ip_groups: tuple[str, ...]
    destination_fqdns: tuple[str, ...]
    destination_ports: tuple[str, ...]
    selectors: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class ApplicationRule:
    """A rule by name; `protocols` are pairs such as ("Https", 443) (facts 6.4), `selectors` as of a network rule."""

    name: str
    protocols: tuple[tuple[str, int | None], ...]
    source_addresses: tuple[str, ...]
    source_ip_groups: tuple[str, ...]
    destination_addresses: tuple[str, ...]
    target_fqdns: tuple[str, ...]
    target_urls: tuple[str, ...]
    fqdn_tags: tuple[str, ...]
    web_categories: tuple[str, ...]
    terminate_tls: bool
    selectors: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class OtherRule:
    """A rule of a type that this version does not know."""

    name: str
    rule_type: str
    evidence: str


FirewallRule = NetworkRule | ApplicationRule | OtherRule


@dataclass(frozen=True)
class RuleCollection:
    """A rule collection: one priority and one action, Allow or Deny, for all of its rules."""

    name: str
    priority: int | None
    action: str
    rules: tuple[FirewallRule, ...]
    evidence: str

    @property
    def ip_groups(self) -> Iterator[str]:
        """The ids of the IP groups that its rules name."""
        for rule in self.rules:
            if not isinstance(rule, OtherRule):
                yield from rule.source_ip_groups
            if isinstance(rule, NetworkRule):
                yield from rule.destination_ip_groups


def parse_classic_collections(properties: Node) -> tuple[RuleCollection, ...]:
    """Read a firewall's own collections. NAT translates what comes in, and is left out (facts 6.2)."""
    return tuple(
        _collection(item, item.at("properties"), rule_type)
        for key, rule_type in _CLASSIC.items()
        for item in properties.items(key)
    )


def parse_policy_collections(group_properties: Node) -> tuple[RuleCollection, ...]:
    """Read the collections of a policy's rule collection group, without those of NAT."""
    items = group_properties.items("ruleCollections")
    kept = (item for item in items if (item.text("ruleCollectionType") or "").casefold() != _NAT)
    return tuple(_collection(item, item) for item in kept)


def _collection(node: Node, properties: Node, rule_type: str | None = None) -> RuleCollection:
    return RuleCollection(
        name=node.text("name") or "",
        priority=properties.integer("priority"),
        action=properties.text("action", "type") or "",
        rules=tuple(
            _rule(item, rule_type or item.text("ruleType") or "not given") for item in properties.items("rules")
        ),
        evidence=node.evidence,
    )


def _rule(node: Node, rule_type: str) -> FirewallRule:
    held = node.value if isinstance(node.value, dict) else {}
    name, selectors = node.text("name") or "", tuple([it for it in _SELECTORS if held.get(it)])
    if rule_type.casefold() == "networkrule":
        return NetworkRule(
            name=name,
            protocols=node.texts("ipProtocols") or node.texts("protocols"),
            source_addresses=node.texts("sourceAddresses"),
            source_ip_groups=node.texts("sourceIpGroups"),
            destination_addresses=node.texts("destinationAddresses"),
            destination_ip_groups=node.texts("destinationIpGroups"),
            destination_fqdns=node.texts("destinationFqdns"),
            destination_ports=node.texts("destinationPorts"),
            selectors=selectors,
            evidence=node.evidence,
        )
    if rule_type.casefold() == "applicationrule":
        return ApplicationRule(
            name=name,
            protocols=tuple(
                (item.text("protocolType") or "", item.integer("port")) for item in node.items("protocols")
            ),
            source_addresses=node.texts("sourceAddresses"),
            source_ip_groups=node.texts("sourceIpGroups"),
            destination_addresses=node.texts("destinationAddresses"),
            target_fqdns=node.texts("targetFqdns"),
            target_urls=node.texts("targetUrls"),
            fqdn_tags=node.texts("fqdnTags"),
            web_categories=node.texts("webCategories"),
            terminate_tls=bool(node.flag("terminateTLS")),
            selectors=selectors,
            evidence=node.evidence,
        )
    return OtherRule(name, rule_type, node.evidence)
