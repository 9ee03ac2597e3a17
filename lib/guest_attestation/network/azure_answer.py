"""Azure's own answer about the same flow, beside ours (design 5): each comparison says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TypeVar

from guest_attestation.facts.azure_answer import Asked, NextHop
from guest_attestation.facts.gather import Facts
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.azure_access import compared_flow, compared_groups
from guest_attestation.network.azure_effective import compared_effective
from guest_attestation.network.azure_flow import Comparison, Outcome, asked_for
from guest_attestation.network.hop import Decision, HopName
from guest_attestation.network.path import Path
from guest_attestation.network.routes import APPLIANCE, GATEWAY, INSIDE, INTERNET, Leg, route_hop
from guest_attestation.network.tiers import decide, only_home

T = TypeVar("T")
_Compare = Callable[[Comparison, T, Path, AddressSet], Iterator[Comparison]]

CLOSE = timedelta(minutes=10)
"""How far apart answers may be and still speak of one state: a capture asks everything within a few minutes, its
long-running reads among it; what was asked later may already see a change."""

_RULES = (HopName.ADMIN_RULES, HopName.NIC_NSG, HopName.SUBNET_NSG)
_NOWHERE = "none"
_KINDS = {
    "internet": INTERNET,
    "virtualappliance": APPLIANCE,
    "virtualnetworkgateway": GATEWAY,
    "hypernetgateway": GATEWAY,
    "vnetlocal": INSIDE,
    "none": _NOWHERE,
}


@dataclass(frozen=True)
class AzureComparisons:
    """What Network Watcher says of the rules and of the route, and the effective rules, held against what we say."""

    rules: tuple[Comparison, ...]
    route: tuple[Comparison, ...]
    effective: tuple[Comparison, ...]


def azure_comparisons(facts: Facts, path: Path) -> AzureComparisons:
    """Compare every recorded answer about the VM."""
    answers = facts.azure_answers
    rules = [
        *_each("NSG diagnostics", answers.diagnostics, compared_groups, facts, path, _RULES),
        *_each("IP flow verify", answers.flows, compared_flow, facts, path, _RULES),
    ]
    route = _each("next hop", answers.next_hops, _compared_next_hop, facts, path, (HopName.ROUTE,))
    asked_at = answers.recorded_at.get(_file(path.at.effective_groups.evidence))
    apart = _apart(asked_at, facts, path, _RULES[1:])
    effective = (_timed(it, apart) for it in compared_effective(path))
    return AzureComparisons(tuple(rules), tuple(route), tuple(effective))


def _each(
    name: str,
    several: Iterable[Asked[T]],
    compare: _Compare[T],
    facts: Facts,
    path: Path,
    hops: tuple[HopName, ...],
) -> Iterator[Comparison]:
    for asked in several:
        flow, answer = asked.flow, asked.answer
        blank = Comparison(name, flow.destination if flow else "", Outcome.UNREAD, evidence=answer.evidence)
        ours = asked_for(flow, path, facts.vm_id.text) if flow else None
        if ours is not None and ours.value is None:
            outcome = Outcome.UNREAD if path.at.address is None else Outcome.NOT_COMPARED
            yield replace(blank, outcome=outcome, why=ours.why_not, missing_permission=ours.missing_permission)
        elif ours is None or ours.value is None or answer.value is None:
            yield replace(blank, why=answer.why_not, missing_permission=answer.missing_permission)
        else:
            apart = _apart(asked.at, facts, path, hops)
            yield from (_timed(it, apart) for it in compare(blank, answer.value, path, ours.value))


def _apart(at: datetime | None, facts: Facts, path: Path, names: tuple[HopName, ...]) -> timedelta:
    """Return how long before or after Azure was asked the answers were recorded that ours is made of, at most."""
    if at is None:
        return timedelta()
    times = facts.azure_answers.recorded_at
    files = [_file(it) for hop in path.hops if hop.hop in names for it in hop.evidence]
    return max(abs(at - times.get(file, facts.captured_at)) for file in files or [""])


def _file(evidence: str) -> str:
    return evidence.partition("#")[0]


def _timed(found: Comparison, apart: timedelta) -> Comparison:
    if apart <= CLOSE or found.outcome not in (Outcome.AGREES, Outcome.DIFFERS):
        return found
    why = f"it {found.outcome}, but what ours is made of was recorded {_long(apart)} before or after"
    return replace(found, outcome=Outcome.NOTE, why=f"{found.why}; {why}" if found.why else why)


def _long(apart: timedelta) -> str:
    minutes = int(apart.total_seconds()) // 60
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _compared_next_hop(blank: Comparison, hop: NextHop, path: Path, addresses: AddressSet) -> Iterator[Comparison]:
    """Hold a next hop against where our routes lead that address."""
    decision = decide(path.of(HopName.ROUTE)[0].parts, only_home(addresses)) if addresses else Decision.UNKNOWN
    _, legs = route_hop(path.at, path.question.within(addresses), path.tags)
    kind, said = _KINDS.get(hop.kind.casefold()), f"{hop.kind}{f' {hop.address}' if hop.address else ''}"
    shown = "; ".join(leg.shown for leg in legs) or f"the route is {decision}"
    if kind is None:
        yield blank.came_to(Outcome.NOTE, said, shown, "this tool does not know that kind of next hop")
    elif decision is Decision.DENY:
        yield blank.held(kind == _NOWHERE or (kind == APPLIANCE and not hop.address), decision, said, shown)
    elif len(legs) == 1:
        yield blank.held(_leads_alike(kind, hop, legs[0]), decision, said, shown)
    else:
        yield blank.held(False, Decision.UNKNOWN, said, shown)


def _leads_alike(kind: str, hop: NextHop, leg: Leg) -> bool:
    if kind != leg.kind:
        return False
    return kind != APPLIANCE or hop.address is None or _address(hop.address) == _address(leg.address or "")


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return text
