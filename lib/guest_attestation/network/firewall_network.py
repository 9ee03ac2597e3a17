"""A firewall's network rules: which of the destinations one takes, by address, service tag or IP group (facts 6.3)."""

from __future__ import annotations

from guest_attestation.facts.firewall_rules import NetworkRule
from guest_attestation.network.conditions import port_condition, protocol_condition
from guest_attestation.network.coverage import Coverage, joined
from guest_attestation.network.firewall_terms import Held, Terms


def held_network_rule(rule: NetworkRule, terms: Terms) -> Held:
    """Hold a network rule against the question; a destination by FQDN may hold anything."""
    question = terms.question
    conditions = (
        protocol_condition(rule.protocols, question.protocol),
        port_condition(rule.destination_ports, question.port),
        terms.source(rule),
    )
    unread = terms.unread((*rule.source_ip_groups, *rule.destination_ip_groups))
    return Held(conditions, _destination(rule, terms), unread)


def _destination(rule: NetworkRule, terms: Terms) -> Coverage:
    question, every = terms.question, terms.question.destinations
    nothing = every.nothing
    covers = [terms.tags.cover_all(rule.destination_addresses, question)] if rule.destination_addresses else []
    for name, reading in terms.groups(rule.destination_ip_groups):
        if reading.value is None:
            covers.append(Coverage(nothing, every, f"destination IP group {name}: {reading.why_not}"))
        else:
            covers.append(terms.tags.cover_group(name, reading.value.ip_addresses, question))
    if rule.destination_fqdns:
        named = ", ".join(rule.destination_fqdns)
        covers.append(Coverage(nothing, every, f"which addresses destination {named} stands for is not known"))
    return joined(covers, question) if covers else Coverage(nothing, every, "its destination is not given")
