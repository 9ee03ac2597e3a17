"""Short ways to make firewalls, with rules of their own or with a policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from guest_attestation.facts.firewall import parse_firewall
from guest_attestation.facts.firewall_policy import parse_firewall_policy, parse_rule_collection_group
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.ip_group import IpGroup
from guest_attestation.facts.policy_chain import ParentPolicy
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_network import parse_virtual_network
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.firewall_hop import firewall_hop
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.hop import Hop
from guest_attestation.network.question import Question
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import TierName
from guest_attestation.snapshot.node import Node
from tests.network.build import question, service_tags
from tests.scenario import NETWORK

HOST, SUFFIX = "sharedeus.eus.attest.azure.net", "attest.azure.net"
FIREWALL = f"{NETWORK}/azureFirewalls/hub-fw"
POLICY = f"{NETWORK}/firewallPolicies/hub-policy"
HUB = f"{NETWORK}/virtualNetworks/hub-vnet"
FIREWALL_SUBNET = f"{HUB}/subnets/AzureFirewallSubnet"
IP_GROUP = f"{NETWORK}/ipGroups"
REFUSED: Reading[Any] = Reading(None, "refused (403): GET it", "Microsoft.Network/ipGroups/read")


def network_rule(name: str = "net", *destinations: str, **changes: Any) -> dict[str, Any]:
    """Make a network rule: TCP 443 from anywhere to AzureAttestation, unless said otherwise."""
    return {
        "ruleType": "NetworkRule",
        "name": name,
        "ipProtocols": ["TCP"],
        "sourceAddresses": ["*"],
        "destinationAddresses": list(destinations or ("AzureAttestation",)),
        "destinationPorts": ["443"],
        **changes,
    }


def application_rule(name: str = "app", *targets: str, **changes: Any) -> dict[str, Any]:
    """Make an application rule: Https:443 from anywhere to every name of the service, unless said otherwise."""
    return {
        "ruleType": "ApplicationRule",
        "name": name,
        "protocols": [{"protocolType": "Https", "port": 443}],
        "sourceAddresses": ["*"],
        "targetFqdns": list(targets or ("*.attest.azure.net",)),
        **changes,
    }


def collection(name: str, priority: int | None, action: str, *rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Make a policy's filter rule collection."""
    kind = "FirewallPolicyFilterRuleCollection"
    fields = {"ruleCollectionType": kind, "name": name, "priority": priority, "action": {"type": action}}
    return {**fields, "rules": list(rules), **changes}


def group(name: str, priority: int | None, *collections: dict[str, Any]) -> dict[str, Any]:
    """Make a policy's rule collection group."""
    properties = {"priority": priority, "ruleCollections": list(collections)}
    return {"id": f"{POLICY}/ruleCollectionGroups/{name}", "name": name, "properties": properties}


def firewall_json(*collections: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """Make a firewall with collections of its own, each of one kind."""
    own: dict[str, list[dict[str, Any]]] = {"networkRuleCollections": [], "applicationRuleCollections": []}
    for it in collections:
        is_application = any(rule["ruleType"] == "ApplicationRule" for rule in it["rules"])
        key = "applicationRuleCollections" if is_application else "networkRuleCollections"
        own[key].append({"name": it["name"], "properties": {k: it[k] for k in ("priority", "action", "rules")}})
    ip = {"privateIPAddress": "10.1.0.4", "publicIPAddress": {"id": f"{NETWORK}/publicIPAddresses/hub-fw-ip"}}
    return {
        "id": FIREWALL,
        "name": "hub-fw",
        "properties": {
            "provisioningState": "Succeeded",
            "threatIntelMode": "Alert",
            "ipConfigurations": [{"properties": {**ip, "subnet": {"id": FIREWALL_SUBNET}}}],
            **own,
            **properties,
        },
    }


def classic(*collections: dict[str, Any], **properties: Any) -> FirewallConfiguration:
    """Make a firewall without a policy; IP groups are none until a test gives some."""
    firewall = parse_firewall(Node(firewall_json(*collections, **properties), "firewall#"))
    vnet = parse_virtual_network(Node({"id": HUB, "properties": {"subnets": [{"id": FIREWALL_SUBNET}]}}, "hub#"))
    subnet = vnet.subnet(FIREWALL_SUBNET)
    return FirewallConfiguration(
        firewall, None, None, {}, Reading(vnet, evidence="hub#"), Reading(subnet, evidence="subnet#")
    )


def with_policy(
    *groups: dict[str, Any], firewall: FirewallConfiguration | None = None, **policy: Any
) -> FirewallConfiguration:
    """Make a firewall with a policy that holds these groups."""
    properties = {"threatIntelMode": "Alert", **policy}
    read = parse_firewall_policy(Node({"id": POLICY, "properties": properties}, "policy#"))
    listed = tuple(parse_rule_collection_group(Node(it, f"{it['name']}#")) for it in groups)
    base = firewall or classic(firewallPolicy={"id": POLICY})
    return replace(base, policy=Reading(read, evidence="policy#"), groups=Reading(listed, evidence="groups#"))


def with_ip_groups(configuration: FirewallConfiguration, **addresses: Iterable[str] | None) -> FirewallConfiguration:
    """Let IP groups hold these addresses; None: it was not read."""
    read = {
        ip_group(name).casefold(): REFUSED if it is None else Reading(IpGroup(ip_group(name), tuple(it), "group#"))
        for name, it in addresses.items()
    }
    return replace(configuration, ip_groups=read)


def ip_group(name: str) -> str:
    """Return an IP group's id."""
    return f"{IP_GROUP}/{name}"


def decide(
    configuration: FirewallConfiguration,
    *,
    asked: Question | None = None,
    host: str | None = HOST,
    pair: str | None = None,
    guessed: bool = True,
    tags: Tags | None = None,
    arriving: AddressSet | None = None,
) -> Hop:
    """Decide a firewall for TCP 443 to AzureAttestation: for all of it, unless only some arrives there."""
    question_ = asked or question()
    hosts = {name: it for name, it in ((TierName.HOME, host), (TierName.PAIR, pair)) if it is not None}
    terms = Terms(question_, None, guessed, SUFFIX, tags or Tags(service_tags()), configuration.ip_groups)
    return firewall_hop(configuration, terms, hosts, question_.destinations if arriving is None else arriving)


def with_parents(
    configuration: FirewallConfiguration, *parents: list[dict[str, Any]] | Reading[Any], **policy: Any
) -> FirewallConfiguration:
    """Let a policy inherit from others, nearest first; of one that is a reading without a value nothing is known."""
    return replace(configuration, parents=tuple(_parent(number, it, policy) for number, it in enumerate(parents)))


def _parent(number: int, groups: list[dict[str, Any]] | Reading[Any], policy: dict[str, Any]) -> ParentPolicy:
    parent = f"{POLICY}-parent-{number}"
    if isinstance(groups, Reading):
        return ParentPolicy(parent, groups, groups)
    read = parse_firewall_policy(Node({"id": parent, "properties": policy}, f"parent-{number}#"))
    listed = tuple(
        replace(
            parse_rule_collection_group(Node(it, f"{it['name']}#")), id=f"{parent}/ruleCollectionGroups/{it['name']}"
        )
        for it in groups
    )
    return ParentPolicy(parent, Reading(read, evidence="parent#"), Reading(listed, evidence=f"groups-{number}#"))
