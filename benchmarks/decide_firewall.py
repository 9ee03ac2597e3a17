"""How long a large firewall policy takes to decide, as ratios inside one run: json.loads, a naive loop, twice of all.

Run with `make bench`. Nothing here is compared with a clock: only with other work on the same machine, just before.
"""

from __future__ import annotations

import gc
import json
import random
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from benchmarks.measure import documentation_pairs, in_turn, once
from guest_attestation.facts.firewall import parse_firewall
from guest_attestation.facts.firewall_policy import parse_firewall_policy, parse_rule_collection_group
from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.facts.ip_group import parse_ip_group
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.service_tag import ServiceTag, ServiceTags
from guest_attestation.network.firewall_hop import firewall_hop
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.hop import Hop
from guest_attestation.network.question import attestation_question
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import TierName, attestation_tiers
from guest_attestation.snapshot.node import Node

RULES, PREFIXES, IP_GROUP, TARGETS, ROUNDS = 10_000, 200_000, 1_000, 348, 5
NAIVE = 10  # addresses: the naive loop would take minutes for all of them
TAG, HOST, SUFFIX, SOURCE = "AzureAttestation", "sharedeus.eus.attest.azure.net", "attest.azure.net", "10.0.0.4"
Json = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """The answers that Azure would give: a policy's groups, and the IP groups that its rules name."""

    groups: list[Json]
    ip_groups: list[Json]


def main() -> None:
    """Measure in turn, and print the ratios of the best rounds."""
    targets, made_once, made_twice = _targets(), made(RULES, PREFIXES), made(2 * RULES, 2 * PREFIXES)
    texts = [json.dumps(it) for it in (made_once.groups, *made_once.ip_groups)]
    gc.freeze()  # what is measured must not pay for walking all of this
    loading, deciding, twice = in_turn(
        [
            lambda: [json.loads(it) for it in texts],
            lambda: decide(made_once, targets),
            lambda: decide(made_twice, targets),
        ],
        ROUNDS,
    )
    naive = once(lambda: naively(made_once, targets[:NAIVE]))
    print(f"{RULES} rules, IP groups of {PREFIXES} prefixes, {TARGETS} prefixes of {TAG}")
    print(f"deciding takes {deciding / loading:.1f} times json.loads of the same answers")
    print(f"a naive loop for {NAIVE} addresses takes {naive / deciding:.0f} times as long as deciding them all")
    print(f"twice the rules and prefixes take {twice / deciding:.2f} times as long")


def made(rules: int, prefixes: int) -> Made:
    """Make a policy of ten groups, a fifth of whose rules go by name, and its IP groups: the same every time."""
    drawn = random.Random(5)  # noqa: S311 - no secret
    names = [f"/ipGroups/g{number}" for number in range(prefixes // IP_GROUP)]
    ip_groups = [{"id": it, "properties": {"ipAddresses": _prefixes(drawn, IP_GROUP)}} for it in names]
    groups = [_group(number, rules // 10, drawn, names) for number in range(10)]
    return Made(groups, ip_groups)


def decide(answers: Made, targets: list[str]) -> Hop:
    """Decide the firewall as the tool does, from the JSON that was loaded."""
    read = [Reading(parse_ip_group(Node(it, "group#"))) for it in answers.ip_groups]
    configuration = FirewallConfiguration(
        firewall=parse_firewall(Node({"id": "/fw", "name": "fw", "properties": {}}, "fw#")),
        policy=Reading(parse_firewall_policy(Node({"id": "/policy", "properties": {}}, "policy#"))),
        groups=Reading(tuple(parse_rule_collection_group(Node(it, it["name"])) for it in answers.groups)),
        ip_groups={it.value.id.casefold(): it for it in read if it.value},
        vnet=Reading(None),
        subnet=Reading(None),
    )
    listed = {TAG: targets, "AzureCloud.eastus": targets[:40], "AzureCloud.westus": targets[40:80]}
    tags = ServiceTags({name.casefold(): ServiceTag(name, tuple(it), "1", "") for name, it in listed.items()})
    question = attestation_question(attestation_tiers(tags, 4, "eastus", Reading(("westus",))), SOURCE)
    terms = Terms(question, None, True, SUFFIX, Tags(tags), configuration.ip_groups)
    return firewall_hop(configuration, terms, {TierName.HOME: HOST}, question.destinations)


def naively(answers: Made, targets: list[str]) -> list[str]:
    """Go through the rules with the standard library, for the first address of each target prefix."""
    held = {it["id"]: [ip_network(one) for one in it["properties"]["ipAddresses"]] for it in answers.ip_groups}
    collections = [it for group in answers.groups for it in group["properties"]["ruleCollections"]]
    rules = [(rule, it["action"]["type"]) for it in collections for rule in it["rules"]]
    return [_naive(rules, ip_address(it.partition("/")[0]), held) for it in targets]


def _naive(rules: list[tuple[Json, str]], address: Any, held: dict[str, list[Any]]) -> str:
    source = ip_address(SOURCE)
    for kind in ("NetworkRule", "ApplicationRule"):
        for rule, action in rules:
            if rule["ruleType"] == kind and _inside(source, rule, "source", held):
                by_name = kind == "ApplicationRule" and any(HOST.endswith(it[1:]) for it in rule["targetFqdns"])
                if by_name or (kind == "NetworkRule" and _inside(address, rule, "destination", held)):
                    return action
    return "Deny"


def _inside(address: Any, rule: Json, side: str, held: dict[str, list[Any]]) -> bool:
    networks = [ip_network("0.0.0.0/0" if it == "*" else it) for it in rule[f"{side}Addresses"]]
    return any(address in it for it in networks) or any(
        address in it for name in rule[f"{side}IpGroups"] for it in held[name]
    )


def _group(number: int, rules: int, drawn: random.Random, names: list[str]) -> Json:
    """Make a group of collections of fifty rules each."""
    collections = [
        {
            "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
            "name": f"collection-{number}-{place}",
            "priority": 100 + place,
            "action": {"type": drawn.choice(("Allow", "Deny"))},
            "rules": [_rule(f"rule-{number}-{place}-{it}", place % 5 == 4, drawn, names) for it in range(50)],
        }
        for place in range(rules // 50)
    ]
    properties = {"priority": 100 + number, "ruleCollections": collections}
    return {"id": f"/policy/ruleCollectionGroups/group-{number}", "name": f"group-{number}", "properties": properties}


def _rule(name: str, by_name: bool, drawn: random.Random, names: list[str]) -> Json:
    sources = {"sourceAddresses": ["10.0.0.0/16"], "sourceIpGroups": [drawn.choice(names)]}
    if by_name:
        fields = {"protocols": [{"protocolType": "Https", "port": 443}], "targetFqdns": [f"*.{name}.example.com"]}
        empty = ("fqdnTags", "webCategories", "targetUrls", "destinationAddresses", "httpHeadersToInsert")
        none = {key: list[str]() for key in empty}
        return {"ruleType": "ApplicationRule", "name": name, **none, "terminateTLS": False, **sources, **fields}
    return {
        "ruleType": "NetworkRule",
        "name": name,
        "ipProtocols": ["TCP"],
        "destinationPorts": ["443"],
        "destinationAddresses": [],
        "destinationFqdns": [],
        "destinationIpGroups": [drawn.choice(names)],
        **sources,
    }


def _prefixes(drawn: random.Random, count: int) -> list[str]:
    return [f"{IPv4Address(drawn.randrange(1 << 24) << 8)}/24" for _ in range(count)]


def _targets() -> list[str]:
    return documentation_pairs(random.Random(5), TARGETS)  # noqa: S311 - no secret


if __name__ == "__main__":
    main()
