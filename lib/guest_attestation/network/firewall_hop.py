"""The firewall as a hop: what its rules decide together, and which of them (facts 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES, AddressSet
from guest_attestation.network.firewall_match import RuleMatch, rule_matches
from guest_attestation.network.firewall_order import in_order
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.first_match import NOT_REACHED, Match, first_match
from guest_attestation.network.hop import Decision, Hop, HopName, Part, TraceLine, deciding_part, decision_of
from guest_attestation.network.question import Question

_SHOWN = 3
_VERBS = {Decision.ALLOW: "allows", Decision.DENY: "denies"}
_NO_PREFIXES = "the IPv4 prefixes of {tag} are not known: only the documented containment of tags is used"
_BY_DEFAULT = "no rule takes it, and a firewall denies what no rule takes"


def firewall_hop(configuration: FirewallConfiguration, terms: Terms) -> Hop:
    """Decide a firewall's own rules, or those of its policy where that inherits nothing from another one."""
    undecided = _undecided(configuration)
    if undecided is not None:
        return undecided
    firewall, question = configuration.firewall, terms.question
    every = question.destinations
    matches = {it.match.rule: it for it in rule_matches(in_order(configuration), terms)}
    default = Match(None, None, Decision.DENY, every, every - every, _BY_DEFAULT, firewall.evidence)
    labelled, lines = first_match([*(it.match for it in matches.values()), default], every)
    parts = tuple(_named(part, matches) for part in labelled)
    decision = decision_of(parts)
    shown = deciding_part(decision, labelled)
    rule = matches.get(shown.rule) if shown else None
    reached = (matches[line.rule].assumption for line in lines if line.why != NOT_REACHED)
    unlisted = (_NO_PREFIXES.format(tag=question.tag),) if every == UNKNOWN_ADDRESSES else ()
    assumptions = (*(it for it in reached if it), *unlisted, *_assumed(configuration))
    return Hop(
        HopName.FIREWALL,
        decision,
        f"{_summary(decision, parts, firewall.name, question)}{_hidden(decision, matches.values(), every)}",
        resource=rule.placed.place.resource if rule else firewall.id,
        rule=rule.placed.rule.name if rule else None,
        parts=parts,
        trace=tuple(_line(line, matches) for line in lines),
        evidence=tuple(dict.fromkeys(it for part in parts for it in _evidence(part, configuration) if it)),
        assumptions=tuple(dict.fromkeys(assumptions)),
        missing_permission=rule.missing_permission if rule and decision is Decision.UNKNOWN else None,
        written_with=_written_with(configuration),
    )


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


def _named(part: Part, matches: dict[str | None, RuleMatch]) -> Part:
    """Give a part the rule's own name and its place instead of the label."""
    found = matches.get(part.rule)
    return replace(part, rule=found.placed.rule.name, place=found.placed.place) if found else part


def _evidence(part: Part, configuration: FirewallConfiguration) -> tuple[str, ...]:
    """Show what decides a part: its rule, or everything that holds none for it."""
    groups = configuration.groups
    return (part.evidence,) if part.rule or groups is None else (part.evidence, groups.evidence)


def _line(line: TraceLine, matches: dict[str | None, RuleMatch]) -> TraceLine:
    placed = matches[line.rule].placed
    return replace(line, rule=placed.rule.name, place=placed.place)


def _summary(decision: Decision, parts: tuple[Part, ...], firewall: str, question: Question) -> str:
    asked = f"{question.protocol.upper()} {question.port} to {question.tag}"
    part = deciding_part(decision, parts)
    if part is not None and decision in (Decision.ALLOW, Decision.DENY):
        shown = [f"{_who(it)}: {it.why}" for it in parts[:_SHOWN]]
        more = f"; and by {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
        return f"firewall {firewall} {_VERBS[decision]} {asked} by {'; by '.join(shown)}{more}"
    if {it.decision for it in parts} == {Decision.ALLOW, Decision.DENY}:
        said = "; ".join(f"{_who(it)} {_VERBS[it.decision]} {it.addresses.prefix_count()} prefixes" for it in parts)
        return f"firewall {firewall} allows only some of {asked}: {said}"
    return f"firewall {firewall}: {asked} is not decided: {part.why if part else 'no rule takes it'}"


def _hidden(decision: Decision, matches: Iterable[RuleMatch], every: AddressSet) -> str:
    """Name a rule that allows in vain what is denied before it: the usual surprise."""
    vain = [it for it in matches if it.match.decision is Decision.ALLOW and it.match.takes]
    if decision is not Decision.DENY or not vain:
        return ""
    it = next((it for it in vain if it.match.takes == every), vain[0])
    what = "it" if it.match.takes == every else "some of it"
    return f"; rule {it.placed.rule.name} of {it.placed.place.text}, which allows {what}, comes later"


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
