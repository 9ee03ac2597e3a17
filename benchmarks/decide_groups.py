"""How long two large NSGs take to decide, as ratios inside one run: against json.loads, a naive loop, twice the rules.

Run with `make bench`. Nothing here is compared with a clock: only with other work on the same machine, just before.
"""

from __future__ import annotations

import gc
import json
import random
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from benchmarks.measure import documentation_pairs, in_turn, once
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import parse_security_group
from guest_attestation.facts.service_tag import ServiceTag, ServiceTags
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.admin_rules import Lift
from guest_attestation.network.group_hop import group_hop
from guest_attestation.network.hop import Hop, HopName
from guest_attestation.network.question import attestation_question
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import attestation_tiers
from guest_attestation.snapshot.node import Node

RULES, PREFIXES, TARGETS, ROUNDS = 1_000, 100, 348, 7
TAG = "AzureAttestation"
Json = dict[str, Any]


def main() -> None:
    """Measure in turn, and print the ratios of the best rounds."""
    targets, groups = made(RULES)
    larger = made(2 * RULES)[1]
    texts = [json.dumps(it) for it in groups]
    gc.freeze()  # what is measured must not pay for walking all of this
    loading, deciding, twice = in_turn(
        [lambda: [json.loads(it) for it in texts], lambda: decide(groups, targets), lambda: decide(larger, targets)],
        ROUNDS,
    )
    naive = once(lambda: naively(groups, targets))
    print(f"{2 * RULES} rules of {PREFIXES} prefixes, {TARGETS} prefixes of {TAG}")
    print(f"deciding takes {deciding / loading:.1f} times json.loads of the same answers")
    print(f"a naive loop takes {naive / deciding:.0f} times as long as deciding")
    print(f"twice the rules take {twice / deciding:.2f} times as long")


def made(rules: int) -> tuple[list[str], list[Json]]:
    """Make the prefixes of the tag and two NSGs with that many rules: the same every time."""
    drawn = random.Random(4)  # noqa: S311 - no secret
    targets = documentation_pairs(drawn, TARGETS)
    return targets, [_group(drawn, targets, rules) for _ in range(2)]


def decide(groups: list[Json], targets: list[str]) -> list[Hop]:
    """Decide both NSGs as the tool does, from the JSON that was loaded."""
    tags = ServiceTags({TAG.casefold(): ServiceTag(TAG, tuple(targets), "1", "")})
    question = attestation_question(attestation_tiers(tags, 4, None, Reading(())), "10.0.0.4")
    lift = Lift(AddressSet(4), AddressSet(4))
    return [
        group_hop(name, Reading(parse_security_group(Node(group, "nsg#"))), question, Tags(tags), lift)
        for name, group in zip((HopName.NIC_NSG, HopName.SUBNET_NSG), groups, strict=True)
    ]


def naively(groups: list[Json], targets: list[str]) -> list[str]:
    """Go through the rules with the standard library, for the first address of each target prefix."""
    answers: list[str] = []
    for group in groups:
        rules = group["properties"]["securityRules"] + group["properties"]["defaultSecurityRules"]
        parsed = [([ip_network(it) for it in _prefixes(rule)], rule["properties"]["access"]) for rule in rules]
        for target in targets:
            first = ip_address(target.partition("/")[0])
            answers.append(next(access for networks, access in parsed if any(first in it for it in networks)))
    return answers


def _prefixes(rule: Json) -> list[str]:
    properties = rule["properties"]
    one = properties.get("destinationAddressPrefix")
    return (
        ["0.0.0.0/0"] if one in ("*", "Internet") else properties.get("destinationAddressPrefixes") or ["10.0.0.0/16"]
    )


def _group(drawn: random.Random, targets: list[str], rules: int) -> Json:
    """Make an NSG whose rules hold random prefixes: one in a thousand is of the target."""
    own = [_rule(f"rule-{number}", 100 + number, drawn, targets) for number in range(rules)]
    last = [
        {"name": name, "properties": {**_SHAPE, "priority": priority, "access": access, "destinationAddressPrefix": it}}
        for name, priority, access, it in (
            ("AllowInternetOutBound", 65001, "Allow", "Internet"),
            ("DenyAllOutBound", 65500, "Deny", "*"),
        )
    ]
    return {"id": "/nsg", "properties": {"securityRules": own, "defaultSecurityRules": last}}


def _rule(name: str, priority: int, drawn: random.Random, targets: list[str]) -> Json:
    prefixes = [f"{IPv4Address(drawn.randrange(1 << 24) << 8)}/24" for _ in range(PREFIXES)]
    if drawn.random() < 0.1:
        prefixes[drawn.randrange(PREFIXES)] = drawn.choice(targets)
    access = drawn.choice(("Allow", "Deny"))
    fields = {"priority": priority, "access": access, "destinationAddressPrefixes": prefixes}
    return {"name": name, "properties": {**_SHAPE, **fields}}


_SHAPE: Json = {
    "protocol": "*",
    "direction": "Outbound",
    "sourceAddressPrefix": "*",
    "sourcePortRange": "*",
    "destinationPortRange": "*",
}


if __name__ == "__main__":
    main()
