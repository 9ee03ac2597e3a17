"""Name resolution: which DNS servers are in force, and whether the VM may reach them (facts 4.4, 5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status, unread
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.path_hops import platform_check, status_of
from guest_attestation.diagnosis.weighing import Weighing
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.network_interface import PLATFORM_RESOLVER
from guest_attestation.network.hop import Decision, Hop
from guest_attestation.network.servers import way_to_name_server

_NAME = "dns.servers"
_HARM = "the attestation host's name cannot be resolved"


@dataclass(frozen=True)
class NameServer:
    """A DNS server in force: what decides whether it is reached, and what was assumed or noted on the way.

    A server is reached when UDP 53 is; that TCP 53 is denied is a note.
    """

    address: str
    decision: Decision
    hops: tuple[Hop, ...]
    assumptions: tuple[str, ...] = ()
    note: str = ""


def name_servers(facts: Facts, resolver: tuple[Hop, ...]) -> tuple[NameServer, ...]:
    """Decide the way to each DNS server in force; `resolver` is what rules do to Azure's own."""
    return tuple(_server(facts, it, resolver) for it in facts.primary.dns_servers.value or ())


def check_dns(facts: Facts, servers: tuple[NameServer, ...], weighing: Weighing) -> Check:
    """Fail where no server can be reached, warn where some cannot (design 5, "Name resolution")."""
    in_force = facts.primary.dns_servers
    if in_force.value is None:
        return unread(_NAME, in_force)
    if in_force.value == (PLATFORM_RESOLVER,):
        passed = f"Azure's own resolver {PLATFORM_RESOLVER} is in force, and no NSG rule denies it"
        return platform_check(_NAME, Code.DNS_FAILURE, servers[0].hops, passed, _HARM, weighing.confidence)
    shown = ", ".join(in_force.value)
    denied = [it for it in servers if it.decision is Decision.DENY]
    undecided = [it for it in servers if it.decision in (Decision.UNKNOWN, Decision.PARTIAL)]
    assumptions = tuple(dict.fromkeys(it for server in servers for it in _assumed(server)))
    evidence = (in_force.evidence,)
    if len(denied) == len(servers):
        return _failed(denied, weighing, shown, evidence)
    if len(denied) + len(undecided) == len(servers):
        first = undecided[0]
        hop = next((it for it in first.hops if it.decision in (Decision.UNKNOWN, Decision.PARTIAL)), None)
        summary = f"whether DNS server {first.address} is reached is not known: {hop.summary if hop else ''}"
        return Check(_NAME, Status.UNKNOWN, summary, hop.missing_permission if hop else None, assumptions, evidence)
    notes = "".join(f"; {it.note}" for it in servers if it.note)
    if denied or undecided:
        who = ", ".join(it.address for it in (*denied, *undecided))
        summary = f"of the DNS servers in force ({shown}) not all are reached: {who}: {_why(denied, undecided)}{notes}"
        return Check(_NAME, Status.WARN, summary, None, assumptions, evidence)
    return Check(
        _NAME, Status.PASS, f"the DNS servers in force ({shown}) are reached{notes}", None, assumptions, evidence
    )


def _server(facts: Facts, address: str, resolver: tuple[Hop, ...]) -> NameServer:
    if address == PLATFORM_RESOLVER:
        decisions = {hop.decision for hop in resolver}
        worst = (Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN)
        return NameServer(address, next((it for it in worst if it in decisions), Decision.ALLOW), resolver)
    if address == facts.primary.address:
        return NameServer(address, Decision.ALLOW, ())
    udp = way_to_name_server(facts, facts.primary, address, "Udp")
    tcp = way_to_name_server(facts, facts.primary, address, "Tcp")
    denied = tcp.decision is Decision.DENY and udp.decision is not Decision.DENY
    note = f"TCP 53 to {address} is denied: long answers do not arrive" if denied else ""
    return NameServer(address, udp.decision, udp.hops, udp.assumptions, note)


def _assumed(server: NameServer) -> Iterator[str]:
    if server.address != PLATFORM_RESOLVER:
        yield f"DNS server {server.address} resolves the attestation host's name: what it answers was not seen"
        yield from server.assumptions


def _failed(denied: list[NameServer], weighing: Weighing, shown: str, evidence: tuple[str, ...]) -> Check:
    hops = [_denying(server.hops) for server in denied]
    summary = f"no DNS server in force ({shown}) is reached, so that {_HARM}: {hops[0].summary}"
    sure = all(weighing.confidence(hop) is Confidence.PROVEN for hop in hops)
    confidence = Confidence.PROVEN if sure else Confidence.SUSPECTED
    found = tuple(dict.fromkeys((*evidence, *(it for hop in hops for it in hop.evidence))))
    disproof = "a lookup in the guest resolves the attestation host's name"
    cause = RootCause(
        Code.DNS_FAILURE, confidence, hops[0].resource or "", summary, disproof, rule=hops[0].rule, evidence=found
    )
    return Check(_NAME, status_of(confidence), summary, evidence=found, causes=(cause,))


def _denying(hops: Iterable[Hop]) -> Hop:
    """The hop that denies first; where hops only together deny, the first that denies some."""
    order = (Decision.DENY, Decision.PARTIAL)
    return min((hop for hop in hops if hop.decision in order), key=lambda hop: order.index(hop.decision))


def _why(denied: list[NameServer], undecided: list[NameServer]) -> str:
    hops = [_denying(it.hops) for it in denied] or [
        hop for it in undecided for hop in it.hops if hop.decision in (Decision.UNKNOWN, Decision.PARTIAL)
    ]
    return hops[0].summary if hops else "it is not known what stands on the way"
