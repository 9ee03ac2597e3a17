"""A second opinion on security admin rules: one packet, from the JSON that Azure answers. It shares no code with lib.

Several network managers stand in an order that is not known, so that every order is tried. A network group may hold
the VM's network, or the destination, or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import Any

from tests.naive.security_groups import Candidate, Matching, Network, Packet, rule_matches, worlds

Json = Mapping[str, Any]

_READABLE = ("allow", "deny", "alwaysallow")


def answers(value: Sequence[Json], packet: Packet, network: Network) -> list[frozenset[str]]:
    """Return each world's answers: of the list, or of the network managers' entries of the effective rules.

    One that answers several ways lets the source port decide; `nothing` leaves it to the NSGs, as `allow` does.
    """
    by_manager: dict[str, list[tuple[int, Candidate]]] = {}
    for manager, name, rule in _rules(value):
        candidate = _candidate(name, rule, packet, network)
        if candidate is not None:
            by_manager.setdefault(manager.lower(), []).append((rule.get("priority", 100_000), candidate))
    told = [_worlds(tuple(it for _, it in sorted(rules, key=lambda it: it[0]))) for rules in by_manager.values()]
    return [_first_to_speak(order) for chosen in product(*told) for order in permutations(chosen)]


def verdict(told: Sequence[frozenset[str]]) -> str:
    """Say whether the packet gets past the admin rules: allow or deny where every world does, else unknown."""
    every = {"deny" if it == "deny" else "allow" for answered in told for it in answered}
    return every.pop() if len(every) == 1 else "unknown"


def lift(told: Sequence[frozenset[str]]) -> str:
    """Say whether an AlwaysAllow delivers the packet past the NSGs: yes, no, or maybe."""
    every = {it == "alwaysallow" for answered in told for it in answered}
    return "maybe" if len(every) > 1 else "yes" if every == {True} else "no"


def _rules(value: Sequence[Json]) -> Iterator[tuple[str, str, Json]]:
    """Yield every rule with its manager and name, from either answer."""
    for item in value:
        if "effectiveSecurityRules" not in item:
            yield item["id"].lower().split("/securityadminconfigurations/")[0], item["id"], item["properties"]
            continue
        manager = item["association"].get("networkManager")
        if manager is not None:
            yield from ((manager.get("id", ""), rule["name"], rule) for rule in item["effectiveSecurityRules"])


def _candidate(name: str, rule: Json, packet: Packet, network: Network) -> Candidate | None:
    direction, access = rule.get("direction", "").lower(), rule.get("access", "").lower()
    if direction == "inbound":
        return None
    matching = _matching(rule, packet, network)
    readable = direction == "outbound" and access in _READABLE and "priority" in rule
    if matching != "no" and not readable:
        matching = "maybe"
    return Candidate(name, access if access in _READABLE else "any of them", matching, "priority" in rule)


def _matching(rule: Json, packet: Packet, network: Network) -> Matching:
    found = {rule_matches(flat, packet, network) for flat in _readings(rule)} if "sources" in rule else set()
    if "sources" not in rule:
        return rule_matches(rule, packet, network)
    return found.pop() if len(found) == 1 else "maybe"


def _readings(rule: Json) -> Iterator[Json]:
    """Write the rule as one of an NSG: once as if its network groups held what is asked, once as if they did not."""
    sides = [list(_side(rule, key)) for key in ("sources", "destinations")]
    for sources, destinations in product(*sides):
        yield {**rule, "sourceAddressPrefixes": sources, "destinationAddressPrefixes": destinations}


def _side(rule: Json, key: str) -> Iterator[list[str]]:
    groups = [it for it in rule[key] if it["addressPrefixType"].lower() == "networkgroup"]
    terms = [it["addressPrefix"] for it in rule[key] if it not in groups]
    if groups:
        yield [*terms, "*"]
        yield terms or ["AzurePlatformIMDS"]
    else:
        yield terms


def _worlds(rules: tuple[Candidate, ...]) -> list[frozenset[str]]:
    """What access cannot be read may be any of them."""
    told: set[frozenset[str]] = set()
    for answered in worlds(rules):
        for read_as in _READABLE:
            told.add(frozenset(read_as if it == "any of them" else it for it in answered))
    return list(told)


def _first_to_speak(order: Sequence[frozenset[str]]) -> frozenset[str]:
    """The manager with the higher scope wins; what its rules leave goes on to the next one's."""
    said: set[str] = set()
    for answered in order:
        said |= answered - {"nothing"}
        if "nothing" not in answered:
            return frozenset(said)
    return frozenset(said | {"nothing"})
