"""A firewall's network rules: which of the destinations one takes, by address, service tag or IP group (facts 6.3)."""

from __future__ import annotations

from functools import lru_cache

from guest_attestation.facts.firewall_rules import NetworkRule
from guest_attestation.network.conditions import port_condition, protocol_condition
from guest_attestation.network.coverage import Coverage, joined, may_take
from guest_attestation.network.firewall_terms import Held, Terms

_protocol, _port = lru_cache(1024)(protocol_condition), lru_cache(1024)(port_condition)


def held_network_rule(rule: NetworkRule, terms: Terms) -> Held:
    """Hold a network rule against the question; a destination by FQDN may hold anything."""
    question = terms.question
    conditions = (
        _protocol(rule.protocols, question.protocol),
        _port(rule.destination_ports, question.port),
        terms.source(rule),
    )
    unread = terms.unread((*rule.source_ip_groups, *rule.destination_ip_groups))
    return Held(conditions, _destination(rule, terms), unread)


def _destination(rule: NetworkRule, terms: Terms) -> Coverage:
    question, every = terms.question, terms.question.destinations
    covers = [terms.tags.cover_all(rule.destination_addresses, question)] if rule.destination_addresses else []
    covers += map(terms.cover_group, rule.destination_ip_groups)
    if rule.destination_fqdns:
        named = ", ".join(rule.destination_fqdns)
        lacks = "" if terms.dns_proxy else ", and DNS proxy, which such a rule needs, is off"
        covers.append(may_take(every, f"which addresses destination {named} stands for is not known{lacks}"))
    if len(covers) == 1:
        return covers[0]
    return joined(covers, question) if covers else may_take(every, "its destination is not given")
