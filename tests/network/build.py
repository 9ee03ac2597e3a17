"""Short ways to make what the network's decisions are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from guest_attestation.facts.admin_rule import parse_admin_rule
from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import (
    EffectiveSecurityGroups,
    SecurityGroup,
    parse_effective_security_groups,
    parse_security_group,
)
from guest_attestation.facts.service_tag import ServiceTags, service_tags_of
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision
from guest_attestation.network.question import Question, attestation_question
from guest_attestation.network.security_groups import Walk, walk
from guest_attestation.network.tags import Tags, VirtualNetworkSpace
from guest_attestation.network.tiers import attestation_tiers
from guest_attestation.snapshot.node import Node
from tests.scenario import SUBNET_NSG, Scenario, outbound_rule

ATTESTATION = ("203.0.113.0/28", "198.51.100.64/30", "2001:db8:100::/64")
LISTED = {
    "AzureAttestation": ATTESTATION,
    "AzureAttestation.EastUS": ("203.0.113.0/29",),
    "AzureCloud": ("203.0.113.0/24", "198.51.100.0/24"),
    "AzureCloud.eastus": ("203.0.113.0/29", "198.51.100.0/26"),
    "Storage": ("198.51.100.0/28",),
}
NO_PAIR: Reading[tuple[str, ...]] = Reading(())
MANAGER = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000009/resourceGroups/hub/providers/Microsoft.Network"
UNREAD: Reading[Any] = Reading(None, "it was not read")
SPACE = VirtualNetworkSpace(("10.0.0.0/16",), has_default_route=False)

_ALL: dict[str, Any] = {"protocol": "*", "destinationPortRange": "*"}
DEFAULT_RULES = (
    outbound_rule("AllowVnetOutBound", 65000, "Allow", "VirtualNetwork", sourceAddressPrefix="VirtualNetwork", **_ALL),
    outbound_rule("AllowInternetOutBound", 65001, "Allow", "Internet", **_ALL),
    outbound_rule("DenyAllOutBound", 65500, "Deny", "*", **_ALL),
)


def service_tags(*, complete: bool = False, **changed: tuple[str, ...] | None) -> ServiceTags:
    """Make the tags of LISTED; None takes one away, `__` in a name stands for a dot."""
    names = {name.replace("__", "."): prefixes for name, prefixes in changed.items()}
    listed = {name: prefixes for name, prefixes in {**LISTED, **names}.items() if prefixes is not None}
    return tags_listed(listed, complete=complete)


def tags_listed(listed: dict[str, tuple[str, ...]], *, complete: bool = False) -> ServiceTags:
    """Read tags as recorded: a whole list where it is complete, else one answer for them all."""
    values = [{"name": name, "properties": {"addressPrefixes": list(prefixes)}} for name, prefixes in listed.items()]
    subscription, location = "aaaaaaaa-0000-4000-8000-000000000001", "eastus"
    recorded = Scenario()
    if complete:
        recorded.read("service_tags", {"values": values}, subscription=subscription, location=location)
    else:
        recorded.read("service_tag", {"value": values}, subscription=subscription, location=location, tag="Any")
    return service_tags_of(recorded.snapshot, None)


def tags_with(
    listed: ServiceTags | None = None, space: VirtualNetworkSpace = SPACE, **tag_map: tuple[str, ...]
) -> Tags:
    """Make the look-up of terms, with Azure's own expansions by name."""
    return Tags(
        service_tags() if listed is None else listed, {name.casefold(): it for name, it in tag_map.items()}, space
    )


def question(
    listed: ServiceTags | None = None,
    source: str | None = "10.0.0.4",
    groups: tuple[str, ...] = (),
    *,
    family: int = 4,
    region: str | None = "eastus",
    pair: Reading[tuple[str, ...]] = NO_PAIR,
) -> Question:
    """Ask for TCP 443 to AzureAttestation, from a region that is paired with none unless said otherwise."""
    tiers = attestation_tiers(service_tags() if listed is None else listed, family, region, pair)
    return attestation_question(tiers, source, groups, family)


def group_json(*rules: dict[str, Any], defaults: bool = True) -> dict[str, Any]:
    """Make an NSG's answer, with the default rules unless said otherwise."""
    own_and_default = {"securityRules": list(rules), "defaultSecurityRules": list(DEFAULT_RULES if defaults else ())}
    return {"id": SUBNET_NSG, "properties": own_and_default}


def group_of(*rules: dict[str, Any], defaults: bool = True) -> SecurityGroup:
    """Make an NSG."""
    return parse_security_group(Node(group_json(*rules, defaults=defaults), "nsg#"))


def walked(*rules: dict[str, Any], tags: Tags | None = None, asked: Question | None = None) -> Walk:
    """Walk an NSG with these rules and the default ones."""
    return walk(group_of(*rules), asked or question(), tags or tags_with())


def decided(walk_: Walk) -> list[tuple[Decision, str | None]]:
    """Say which decisions a walk came to, and by which rules."""
    return [(part.decision, part.rule) for part in walk_.parts]


def addresses(*prefixes: str) -> AddressSet:
    """Make a set of IPv4 addresses."""
    return AddressSet.of(prefixes, 4)


def paired(region: str) -> Reading[tuple[str, ...]]:
    """Say which region a region is paired with."""
    return Reading((region,))


def admin_rule(
    name: str,
    access: str,
    destination: str | None = "AzureAttestation",
    priority: int = 100,
    *,
    manager: str = "one",
    source_group: str | None = None,
    destination_group: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Make an outbound security admin rule for TCP 443 as the list of a network's effective ones holds it.

    A source or destination is any, or a network group where one is named.
    """
    collection = f"{manager_id(manager)}/securityAdminConfigurations/c/ruleCollections/r"
    properties = {
        "priority": priority,
        "direction": "Outbound",
        "access": access,
        "protocol": "Tcp",
        "sources": _items(None if source_group else "*", source_group),
        "destinations": _items(destination, destination_group),
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["443"],
        **more,
    }
    return {"id": f"{collection}/rules/{name}", "kind": "Custom", "properties": properties}


def manager_id(name: str) -> str:
    """Return the id of a network manager."""
    return f"{MANAGER}/networkManagers/{name}"


def attachment(*admin_rules: dict[str, Any], effective: Iterable[dict[str, Any]] | None = None) -> Attachment:
    """Make the healthy sample's attachment with these admin rules; with `effective` entries the list is not read."""
    if effective is None:
        rules = tuple(parse_admin_rule(Node(rule, f"admin#/value/{number}")) for number, rule in enumerate(admin_rules))
        return replace(_healthy(), admin_rules=Reading(rules, evidence="admin#"))
    return replace(_healthy(), admin_rules=UNREAD, effective_groups=Reading(_effective(effective), evidence="nsgs#"))


@cache
def _healthy() -> Attachment:
    return Scenario.sample("healthy").facts().primary


def _effective(entries: Iterable[dict[str, Any]]) -> EffectiveSecurityGroups:
    nodes = [Node(entry, f"nsgs#/value/{number}") for number, entry in enumerate(entries)]
    return parse_effective_security_groups(nodes, "nsgs#")


def _items(prefix: str | None, group: str | None) -> list[dict[str, str]]:
    kind = "IPPrefix" if prefix and prefix[0] in "0123456789*:" else "ServiceTag"
    return [
        *([{"addressPrefix": prefix, "addressPrefixType": kind}] if prefix else []),
        *([{"addressPrefix": group, "addressPrefixType": "NetworkGroup"}] if group else []),
    ]
