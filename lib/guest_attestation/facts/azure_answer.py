"""Azure's own answers about the VM's traffic, as Network Watcher gave them (read 12, facts 4.6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_machine import VirtualMachine, normalised_location
from guest_attestation.reads import READS
from guest_attestation.resource_id import VmId, same_id
from guest_attestation.snapshot.answer import Answer
from guest_attestation.snapshot.long_running import joined
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

T = TypeVar("T")


@dataclass(frozen=True)
class Flow:
    """What Azure was asked about; `target` is the VM or a NIC of it. A next hop knows no port: it is asked for all."""

    target: str
    nic_id: str | None
    source: str
    destination: str
    port: str = "443"
    direction: str = "Outbound"
    protocol: str = "TCP"


@dataclass(frozen=True)
class GroupAccess:
    """What one NSG does, by NSG diagnostics."""

    group_id: str
    access: str
    rule: str | None


@dataclass(frozen=True)
class Access:
    """What all rules do together: IP flow verify names the rule, NSG diagnostics one for each NSG."""

    access: str
    rule: str | None = None
    groups: tuple[GroupAccess, ...] = ()


@dataclass(frozen=True)
class NextHop:
    """Where Azure leads an address."""

    kind: str
    address: str | None


@dataclass(frozen=True)
class Asked(Generic[T]):
    """One answer, or why there is none; `flow` is None where nothing was recorded, `at` where no time was."""

    flow: Flow | None
    at: datetime | None
    answer: Reading[T]


@dataclass(frozen=True)
class AzureAnswers:
    """Every recorded answer about the VM, the network watchers of its region, and when each file was recorded."""

    watchers: Reading[tuple[str, ...]]
    diagnostics: tuple[Asked[Access], ...] = ()
    flows: tuple[Asked[Access], ...] = ()
    next_hops: tuple[Asked[NextHop], ...] = ()
    recorded_at: Mapping[str, datetime] = field(default_factory=dict)


def azure_answers_of(snapshot: Snapshot, vm_id: VmId, vm: Reading[VirtualMachine]) -> AzureAnswers:
    """Collect every recorded answer whose target is the VM or a NIC of it (design 4.2)."""
    recorded = (it for exchanges in snapshot.exchanges.values() for it in exchanges)
    watchers, targets = _watchers(snapshot, vm_id, vm), _targets(vm_id, vm)
    diagnostics = [
        asked
        for body, at, answer in _answers(snapshot, "network_configuration_diagnostic", targets)
        for asked in _diagnostics(body, at, answer)
    ]
    flows = [
        Asked(_flow(body), at, _reading(answer, "access", lambda node, word: Access(word, node.text("ruleName"))))
        for body, at, answer in _answers(snapshot, "ip_flow_verify", targets)
    ]
    next_hops = [
        Asked(_route_flow(body), at, _reading(answer, "nextHopType", _next_hop))
        for body, at, answer in _answers(snapshot, "next_hop", targets)
    ]
    single = vm_id.scale_set_id is None
    return AzureAnswers(
        watchers,
        tuple(diagnostics or _missing("network_configuration_diagnostic", watchers)),
        tuple(flows or (_missing("ip_flow_verify", watchers) if single else ())),
        tuple(next_hops or (_missing("next_hop", watchers) if single else ())),
        {it.file: it.at for it in recorded if it.at is not None},
    )


def _watchers(snapshot: Snapshot, vm_id: VmId, vm: Reading[VirtualMachine]) -> Reading[tuple[str, ...]]:
    if vm.value is None:
        return Reading.below(vm, "")
    location = vm.value.location
    pages = snapshot.pages("network_watchers", subscription=vm_id.subscription_id)
    return Reading.of_pages(
        pages,
        lambda items: tuple(
            watcher
            for it in items
            if (watcher := it.text("id")) and normalised_location(it.text("location") or "") == location
        ),
    )


def _targets(vm_id: VmId, vm: Reading[VirtualMachine]) -> list[str]:
    return [vm_id.text, *(nic.id for nic in (vm.value.network_interfaces if vm.value else ()))]


def _answers(snapshot: Snapshot, name: str, targets: list[str]) -> Iterator[tuple[Node, datetime | None, Answer]]:
    """Yield what was asked about the VM, when, and the answer."""
    for exchange in snapshot.recorded(name):
        body = Node(json.loads(exchange.key.body or "null"), exchange.file)
        if any(same_id(body.text("targetResourceId"), target) for target in targets):
            final = joined(exchange, snapshot.newest)
            yield body, final.at or exchange.at, Answer.of(READS[name], exchange.path, final)


def _diagnostics(body: Node, at: datetime | None, answer: Answer) -> Iterator[Asked[Access]]:
    """One answer holds a result for each profile; a refusal stands for all that were asked."""
    target, results = body.text("targetResourceId") or "", list(answer.body.items("results"))
    if not answer.ok or not results:
        why: Reading[Access] = Reading.unread(answer)
        if answer.ok:
            why = Reading(None, answer.lacks("results"), evidence=answer.body.evidence)
        yield from (Asked(_profile(target, it), at, why) for it in body.items("profiles"))
    for result in results:
        verdict, profile = result.at("networkSecurityGroupResult"), result.at("profile")
        access = verdict.text("securityRuleAccessResult") or ""
        groups = tuple(_group(it) for it in verdict.items("evaluatedNetworkSecurityGroups"))
        yield Asked(_profile(target, profile), at, Reading(Access(access, None, groups), evidence=verdict.evidence))


def _group(node: Node) -> GroupAccess:
    rule = node.at("matchedRule")
    return GroupAccess(node.text("networkSecurityGroupId") or "", rule.text("action") or "", rule.text("ruleName"))


def _profile(target: str, node: Node) -> Flow:
    keys = ("source", "destination", "destinationPort", "direction", "protocol")
    source, destination, port, direction, protocol = (node.text(key) or "" for key in keys)
    return Flow(target, None, source, destination, port, direction, protocol)


def _flow(body: Node) -> Flow:
    keys = ("targetResourceId", "localIPAddress", "remoteIPAddress", "remotePort", "direction", "protocol")
    target, source, destination, port, direction, protocol = (body.text(key) or "" for key in keys)
    return Flow(target, body.text("targetNicResourceId"), source, destination, port, direction, protocol)


def _route_flow(body: Node) -> Flow:
    keys = ("targetResourceId", "sourceIPAddress", "destinationIPAddress")
    target, source, destination = (body.text(key) or "" for key in keys)
    return Flow(target, body.text("targetNicResourceId"), source, destination)


def _next_hop(node: Node, kind: str) -> NextHop:
    return NextHop(kind, node.text("nextHopIpAddress"))


def _reading(answer: Answer, key: str, parse: Callable[[Node, str], T]) -> Reading[T]:
    """Parse an answer by its deciding word; one without it says nothing."""
    word = answer.body.text(key)
    if not answer.ok:
        return Reading.unread(answer)
    if word is None:
        return Reading(None, answer.lacks(key), evidence=answer.body.evidence)
    return Reading(parse(answer.body, word), evidence=answer.body.evidence)


def _missing(name: str, watchers: Reading[tuple[str, ...]]) -> Iterator[Asked[T]]:
    """Say of a question that could have been asked that it was not recorded."""
    for watcher in (watchers.value or ())[:1]:
        read = READS[name]
        yield Asked(None, None, Reading.unread(Answer.absent(read, read.url(watcher=watcher))))
