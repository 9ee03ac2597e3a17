"""Short ways to make what the network's decisions are made of."""

from __future__ import annotations

from typing import Any

from guest_attestation.facts.security_group import SecurityGroup, parse_security_group
from guest_attestation.facts.service_tag import ServiceTags, service_tags_of
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Decision
from guest_attestation.network.question import Question, attestation_question
from guest_attestation.network.security_groups import Walk, walk
from guest_attestation.network.tags import Tags, VirtualNetworkSpace
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
    listed: ServiceTags | None = None, source: str | None = "10.0.0.4", groups: tuple[str, ...] = ()
) -> Question:
    """Ask for TCP 443 to AzureAttestation."""
    return attestation_question(source, groups, service_tags() if listed is None else listed)


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
