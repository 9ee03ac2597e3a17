"""The firewall as a hop: what its rules decide together, and which of them (facts 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.firewall_match import RuleMatch, rule_matches
from guest_attestation.network.firewall_order import in_order
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.first_match import Match, first_match
from guest_attestation.network.hop import Decision, Hop, HopName, Part, TraceLine
from guest_attestation.network.question import Question
from guest_attestation.network.summary import part_that_shows, unread_prefixes, where_of
from guest_attestation.network.tiers import Tier, TierName, decide

_SHOWN = 3
_VERBS = {Decision.ALLOW: "allows", Decision.DENY: "denies"}
_BY_DEFAULT = "no rule takes it, and a firewall denies what no rule takes"


@dataclass(frozen=True)
class _Walk:
    """How the rules split what arrives of a tier: application rules decide by the name that the tier is known by."""

    arriving: AddressSet
    parts: tuple[Part, ...]
    lines: tuple[TraceLine, ...]
    matches: Mapping[str | None, RuleMatch]


def firewall_hop(
    configuration: FirewallConfiguration, terms: Terms, hosts: Mapping[TierName, str], arriving: AddressSet
) -> Hop:
    """Decide a firewall's own rules, or those of its policy where that inherits nothing from another one.

    What network rules leave of a tier goes on to the application rules under the tier's name, one of `hosts`. What does
    not arrive here counts as allowed (design 5, "The decision").
    """
    undecided = _undecided(configuration)
    if undecided is not None:
        return undecided
    firewall, question = configuration.firewall, terms.question
    shares = [replace(tier, addresses=tier.addresses & arriving) for tier in question.tiers]
    walks = [_walk(configuration, terms, tier, hosts.get(tier.name)) for tier in shares if tier.addresses]
    parts = tuple(part for walk in walks for part in walk.parts)
    decision = decide(parts, question.tiers)
    shown = part_that_shows(decision, parts, question)
    rule = _rule_of(shown, walks)
    reached = (walk.matches[line.rule].assumption for walk in walks for line in walk.lines if line.reached)
    assumptions = (*(it for it in reached if it), *_assumed(configuration), *unread_prefixes(question))
    return Hop(
        HopName.FIREWALL,
        decision,
        f"{_summary(decision, parts, firewall.name, question)}{_hidden(decision, walks)}",
        resource=rule.placed.place.resource if rule else firewall.id,
        rule=rule.placed.rule.name if rule else None,
        parts=parts,
        trace=tuple(_trace(walks)),
        evidence=tuple(dict.fromkeys(it for part in parts for it in _evidence(part, configuration) if it)),
        assumptions=tuple(dict.fromkeys(assumptions)),
        missing_permission=rule.missing_permission if rule and decision is Decision.UNKNOWN else None,
        written_with=_written_with(configuration),
    )


def _walk(configuration: FirewallConfiguration, terms: Terms, tier: Tier, host: str | None) -> _Walk:
    every = tier.addresses
    matches = {it.match.rule: it for it in rule_matches(in_order(configuration), replace(terms, host=host))}
    default = Match(None, None, Decision.DENY, every, every.nothing, _BY_DEFAULT, configuration.firewall.evidence)
    labelled, lines = first_match([*(it.match for it in matches.values()), default], every)
    name = host or f"*.{terms.suffix}"
    parts = tuple(replace(_named(part, matches, name), tier=tier.name) for part in labelled)
    return _Walk(every, parts, tuple(lines), matches)


def _rule_of(shown: Part | None, walks: list[_Walk]) -> RuleMatch | None:
    """Find the rule of a part, by where it stands."""
    if shown is None or shown.rule is None:
        return None
    found = (it for walk in walks for it in walk.matches.values())
    return next((it for it in found if (it.placed.rule.name, it.placed.place) == (shown.rule, shown.place)), None)


def _trace(walks: list[_Walk]) -> Iterator[TraceLine]:
    """Say once of every rule how it took part: as in the tier in which it takes something, else as in the first."""
    for lines in zip(*(walk.lines for walk in walks), strict=True):
        line = next((it for it in lines if it.matched), lines[0])
        placed = walks[0].matches[line.rule].placed
        hidden = tuple(
            dict.fromkeys(
                walks[0].matches[it].placed.rule.name for one in lines for it in one.shadowed_by if not line.matched
            )
        )
        in_vain = hidden if all(it.shadowed_by or not it.reached for it in lines) else ()
        yield replace(line, rule=placed.rule.name, place=placed.place, shadowed_by=in_vain)


def _undecided(configuration: FirewallConfiguration) -> Hop | None:
    """Say why a firewall's rules are not known, or not all: None where they are."""
    policy, groups = configuration.policy, configuration.groups
    if policy is None or groups is None:
        return None
    for name, reading in (("firewall policy", policy), ("rule collection groups", groups)):
        if reading.value is None:
            why = f"{name} of firewall {configuration.firewall.name}: {reading.why_not}"
            return Hop.unknown(HopName.FIREWALL, why, reading.evidence, reading.missing_permission)
    value = policy.value
    if value is not None and value.base_policy_id is not None:
        why = f"firewall policy {value.id} inherits rules from {value.base_policy_id}, which come before its own"
    elif value is not None and value.explicit_proxy:
        why = f"firewall policy {value.id} is an explicit proxy, for which only application rules count"
    else:
        return None
    return Hop.unknown(HopName.FIREWALL, f"{why}: this version does not decide that yet", policy.evidence)


def _named(part: Part, matches: Mapping[str | None, RuleMatch], name: str) -> Part:
    """Give a part the rule's own name and its place instead of the label, and what names decided."""
    found = matches.get(part.rule)
    if found is None:
        return part
    by_name = found.placed.place.kind == "application"
    names = (name,) if by_name else ()
    return replace(part, rule=found.placed.rule.name, place=found.placed.place, names=names)


def _evidence(part: Part, configuration: FirewallConfiguration) -> tuple[str, ...]:
    """Show what decides a part: its rule, or everything that holds none for it."""
    groups = configuration.groups
    return (part.evidence,) if part.rule or groups is None else (part.evidence, groups.evidence)


def _summary(decision: Decision, parts: tuple[Part, ...], firewall: str, question: Question) -> str:
    shown = part_that_shows(decision, parts, question)
    if shown is None:
        return f"firewall {firewall} gets only what is of other regions{_elsewhere(parts)}"
    if decision in (Decision.ALLOW, Decision.DENY):
        alike = [it for it in parts if it.decision is decision]
        by = list(dict.fromkeys(f"{_who(it)}: {it.why}" for it in (shown, *alike)))
        more = f"; and by {len(by) - _SHOWN} more" if len(by) > _SHOWN else ""
        note = _elsewhere(parts) if decision is Decision.ALLOW else ""
        return f"firewall {firewall} {_VERBS[decision]} {question.text} by {'; by '.join(by[:_SHOWN])}{more}{note}"
    if decision is Decision.PARTIAL:
        what = f"some of {question.text}{where_of(shown, question)}"
        return f"firewall {firewall} does not allow {what} by {_who(shown)}: {shown.why}"
    return f"firewall {firewall}: {question.text} is not decided: {shown.why}"


def _hidden(decision: Decision, walks: list[_Walk]) -> str:
    """Name a rule that allows in vain what is denied before it: the usual surprise."""
    if decision is not Decision.DENY:
        return ""
    home = walks[0]
    allowing = (it for it in home.matches.values() if it.match.decision is Decision.ALLOW)
    vain = [it for it in allowing if it.match.takes & home.arriving]
    whole = [it for it in vain if not home.arriving - it.match.takes]
    what = "it" if whole else "some of it"
    shown = (f"rule {it.placed.rule.name} of {it.placed.place.text}" for it in (*whole, *vain))
    return next((f"; {it}, which allows {what}, comes later" for it in shown), "")


def _elsewhere(parts: tuple[Part, ...]) -> str:
    """Note what is denied of other regions: an allowed path does not need them."""
    denied = [it for it in parts if it.tier == TierName.OTHER and it.decision is Decision.DENY]
    by = list(dict.fromkeys(map(_who, denied)))
    return f"; {', '.join(by[:_SHOWN])} denies some of other regions" if by else ""


def _who(part: Part) -> str:
    return f"rule {part.rule} of {part.place.text}" if part.place else "default"


def _assumed(configuration: FirewallConfiguration) -> Iterator[str]:
    """What drops traffic apart from the rules is not read: lists that Microsoft keeps, and updates half way."""
    firewall = configuration.firewall
    policy = configuration.policy.value if configuration.policy else None
    threat_intelligence = policy.threat_intel_mode if policy else firewall.threat_intel_mode
    if threat_intelligence.casefold() == "deny":
        yield "threat intelligence lists none of the attestation service's addresses and names"
    if policy is not None and policy.intrusion_detection_mode.casefold() == "deny":
        yield "intrusion detection finds nothing in the traffic"
    if firewall.provisioning_state.casefold() != "succeeded":
        state = firewall.provisioning_state or "not given"
        yield f"all of the firewall's instances hold these rules: its provisioningState is {state}"
    for group in (configuration.groups.value or ()) if configuration.groups else ():
        if group.provisioning_state.casefold() not in ("", "succeeded"):
            yield f"the firewall holds group {group.name} as shown: its provisioningState is {group.provisioning_state}"


def _written_with(configuration: FirewallConfiguration) -> tuple[str, ...]:
    """Name the resources whose writes may change what is decided, apart from the one that holds the rule."""
    firewall = configuration.firewall
    read = (it.value.id for it in configuration.ip_groups.values() if it.value)
    return (firewall.id, *((firewall.firewall_policy_id,) if firewall.firewall_policy_id else ()), *read)
