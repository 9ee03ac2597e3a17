"""A firewall's application rules: whether one takes the traffic by the name that it asks for (facts 6.4)."""

from __future__ import annotations

from guest_attestation.facts.firewall_rules import ApplicationRule
from guest_attestation.network.conditions import Condition
from guest_attestation.network.coverage import Coverage, everything
from guest_attestation.network.firewall_terms import Held, Terms
from guest_attestation.network.tags import EVERYTHING

_TLS = "it ends TLS, and whether the guest trusts the firewall's certificate is not known"


def held_application_rule(rule: ApplicationRule, terms: Terms) -> Held:
    """Hold an application rule against the name: it takes everything that network rules left, or nothing."""
    every = terms.question.destinations
    nothing = every.nothing
    holds, why, assumption = _target(rule, terms)
    takes, may_take = (every if holds else nothing), (every if holds is None else nothing)
    conditions = (_protocol(rule, terms), terms.source(rule), _destination(rule))
    cover = Coverage(takes, may_take, why, assumption)
    return Held(conditions, cover, terms.unread(rule.source_ip_groups), _TLS if rule.terminate_tls else "")


def holds_name(pattern: str, host: str | None, suffix: str) -> bool | None:
    """Tell whether a target FQDN holds the host: `*` may only stand left-most, and holds anything to the left.

    Without a host: True where it holds every name below the suffix, False where it holds none, else None.
    """
    name = pattern.casefold().rstrip(".")
    bare = name.removeprefix("*")
    if "*" in bare:
        return False
    if host is not None:
        return host.casefold().endswith(bare) if name != bare else host.casefold() == name
    below = f".{suffix}"
    if name != bare and below.endswith(bare):
        return True
    return None if bare.endswith(below) else False


def _target(rule: ApplicationRule, terms: Terms) -> tuple[bool | None, str, str | None]:
    """Hold every kind of target against the name; the third is what had to be assumed of the name."""
    asked = terms.host or f"every name below {terms.suffix}"
    answers = {pattern: holds_name(pattern, terms.host, terms.suffix) for pattern in rule.target_fqdns}
    holding = [pattern for pattern, holds in answers.items() if holds]
    if holding:
        every_name = any(holds_name(pattern, None, terms.suffix) for pattern in holding)
        return True, f"target {holding[0]} holds {asked}", None if every_name else _assumed(terms)
    doubts = [
        *(f"target {it} holds the name asked for" for it, holds in answers.items() if holds is None),
        *(f"target URL {it} holds what is encrypted" for it in rule.target_urls if _may_hold(it, terms)),
        *(f"FQDN tag {it} holds the name asked for" for it in rule.fqdn_tags),
        *(f"web category {it} holds the name asked for" for it in rule.web_categories),
    ]
    if doubts:
        return None, f"whether {doubts[0]} is not known", None
    targets = [*(f"{it}{_note(it)}" for it in rule.target_fqdns), *rule.target_urls]
    if not targets:
        return None, "its target is not given", None
    narrow = any(holds_name(pattern, None, terms.suffix) is None for pattern in rule.target_fqdns)
    why = f"target {', '.join(targets)} does not hold {asked}"
    return False, why, _assumed(terms) if narrow else None


def _assumed(terms: Terms) -> str | None:
    if not terms.host_is_guessed:
        return None
    return f"the extension asks for {terms.host}: which provider it chooses is not documented"


def _note(pattern: str) -> str:
    return " (a * that is not left-most holds nothing)" if "*" in pattern[1:] else ""


def _may_hold(url: str, terms: Terms) -> bool:
    """Tell whether a URL may be one of the host's: `*` may also stand right-most there."""
    host = url.partition("//")[2] if "//" in url else url
    host = host.partition("/")[0].partition(":")[0]
    return "*" in host[1:] or holds_name(host, terms.host, terms.suffix) is not False


def _protocol(rule: ApplicationRule, terms: Terms) -> Condition:
    port = terms.question.port
    if any(kind.casefold() == "https" and it == port for kind, it in rule.protocols):
        return True, ""
    shown = ", ".join(f"{kind}:{it}" for kind, it in rule.protocols)
    if not rule.protocols or any(it is None for _, it in rule.protocols):
        return None, f"protocol {shown or 'is not given and'} cannot be read"
    return False, f"protocol {shown} is not Https:{port}"


def _destination(rule: ApplicationRule) -> Condition:
    """A policy's application rule may also name addresses; what they do to a name is not documented."""
    if not rule.destination_addresses or any(
        it.casefold() in (*EVERYTHING, everything(4)) for it in rule.destination_addresses
    ):
        return True, ""
    return None, f"how destination addresses ({', '.join(rule.destination_addresses)}) narrow it is not known"
