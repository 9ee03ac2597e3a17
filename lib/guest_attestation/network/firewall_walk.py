"""How a firewall's rules split what arrives, tier by tier, and how each rule took part (facts 6.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.firewall_match import RuleMatch, rule_matches
from guest_attestation.network.firewall_order import Gap, PlacedRule, in_order
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.firewall_ties import without_ties
from guest_attestation.network.first_match import NOT_REACHED, Match, first_match
from guest_attestation.network.hop import Decision, Part, TraceLine
from guest_attestation.network.tiers import Tier, TierName

_DEFAULT = ""
BY_DEFAULT = "no rule takes it, and a firewall denies what no rule takes"


@dataclass(frozen=True)
class Walk:
    """What the rules do to a tier that arrives: application rules decide by the name that the tier is known by.

    `parts` name a rule by its label in `matches`, which are in order; `lines` say how those took part that may take
    something, and `reached` is how many rules are tried before everything is decided.
    """

    arriving: AddressSet
    name: str
    parts: tuple[Part, ...]
    lines: Mapping[str, TraceLine]
    matches: Mapping[str | None, RuleMatch]
    reached: int


def walk_rules(
    configuration: FirewallConfiguration, terms: Terms, hosts: Mapping[TierName, str], arriving: AddressSet
) -> list[Walk]:
    """Walk the rules for every tier that arrives; network rules hold the same of each, and are held once."""
    rules = in_order(configuration)
    first = next((place for place, it in enumerate(rules) if _is_application(it)), len(rules))
    network = without_ties(rule_matches(rules[:first], terms))
    shares = [replace(tier, addresses=tier.addresses & arriving) for tier in terms.question.tiers]
    evidence = configuration.firewall.evidence
    by_host: dict[str | None, list[RuleMatch]] = {}
    walks: list[Walk] = []
    for tier in shares:
        host = hosts.get(tier.name)
        if tier.addresses:
            if host not in by_host:
                by_host[host] = without_ties(rule_matches(rules[first:], replace(terms, host=host)))
            name = host or f"*.{terms.suffix}"
            walks.append(_walk([*network, *by_host[host]], tier, name, evidence))
    return walks


def named(part: Part, walk: Walk) -> Part:
    """Give a part the rule's own name and its place instead of the label, and what names decided."""
    found = walk.matches.get(part.rule)
    if found is None:
        return part
    if isinstance(found.placed, Gap):
        return replace(part, rule=None, why=found.match.why)
    place = found.placed.place
    names = (walk.name,) if place.kind == "application" else ()
    return replace(part, rule=found.placed.rule.name, place=place, names=names)


def trace_of(walks: list[Walk]) -> Iterator[TraceLine]:
    """Say once of every rule how it took part: as in the tier in which it takes something, else as in the first."""
    for number, it in enumerate(walks[0].matches.values() if walks else ()):
        placed, match = it.placed, it.match
        if isinstance(placed, Gap):
            continue
        lines = [line for walk in walks if (line := walk.lines.get(placed.label))]
        line = next((it for it in lines if it.matched), lines[0] if lines else None)
        if line is None:
            reached = number < walks[0].reached
            why = match.why if reached else NOT_REACHED
            yield TraceLine(placed.rule.name, match.priority, False, why, placed.place, reached)
            continue
        in_vain: tuple[str, ...] = ()
        if not line.matched and len(lines) == len(walks) and all(it.shadowed_by or not it.reached for it in lines):
            in_vain = tuple(dict.fromkeys(_name(it, walks[0]) for one in lines for it in one.shadowed_by))
        yield TraceLine(placed.rule.name, line.priority, line.matched, line.why, placed.place, line.reached, in_vain)


def reached_matches(walks: list[Walk]) -> Iterator[RuleMatch]:
    """Yield every rule that is tried, in any tier."""
    for walk in walks:
        yield from islice(walk.matches.values(), walk.reached)


def _walk(matches: list[RuleMatch], tier: Tier, name: str, evidence: str) -> Walk:
    """Leave out the rules that take nothing, which most of a large policy's do: they decide nothing either."""
    every = tier.addresses
    taking = [(number, it.match) for number, it in enumerate(matches) if it.match.takes or it.match.may_take]
    default = Match(_DEFAULT, None, Decision.DENY, every, every.nothing, BY_DEFAULT, evidence)
    parts, (*lines, last) = first_match([*(it for _, it in taking), default], every)
    tried = [number for (number, _), line in zip(taking, lines, strict=True) if line.reached]
    return Walk(
        every,
        name,
        tuple(replace(part, tier=tier.name, rule=part.rule or None) for part in parts),
        {line.rule: line for line in lines},
        {it.match.rule: it for it in matches},
        len(matches) if last.reached else tried[-1] + 1,
    )


def _name(label: str, walk: Walk) -> str:
    placed = walk.matches[label].placed
    return placed.rule.name if isinstance(placed, PlacedRule) else label


def _is_application(it: PlacedRule | Gap) -> bool:
    return isinstance(it, PlacedRule) and it.place.kind == "application"
