"""Tables of what is asked of the network, and of the paths from the VM's other addresses."""

from __future__ import annotations

from guest_attestation.network.hop import Decision
from guest_attestation.network.path import Path
from guest_attestation.network.target import target_of
from guest_attestation.network.tiers import TierName
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Cell, Table, look
from guest_attestation.views.roles import TITLES, decision_of, stop_of

_TIERS = ("tier", "region", "host", "prefixes", "told apart", "the network's decision")
_OTHERS = ("network interface", "address", "decision", "where it stops")


def tiers(runbook: Runbook) -> Table:
    """Show which addresses are asked for: the provider's own region, the one it fails over to, and the others."""
    path = runbook.diagnosis.path
    hosts = target_of(runbook.facts, path.at).hosts
    rows: list[tuple[Cell, ...]] = []
    for tier in path.question.tiers:
        other = tier.name is TierName.OTHER
        prefixes = "not known" if tier.addresses.is_symbolic else str(tier.addresses.prefix_count())
        rows.append(
            (
                str(tier.name),
                "every other" if other else tier.region or "not known",
                "any other" if other else hosts.get(tier.name, "not known"),
                prefixes,
                "yes" if tier.exact else "no: what it may be in is decided",
                look(decision_of(path.hops, tier)),
            )
        )
    return Table(_TIERS, tuple(rows))


def other_paths(runbook: Runbook) -> Table:
    """Show the paths from the VM's other addresses, which do not decide; empty where it has none."""
    rows = [
        (name_of(path.at.nic_id or ""), path.at.address or "not known", look(path.decision), _where(path))
        for path in runbook.diagnosis.other_paths
    ]
    return Table(_OTHERS, tuple(rows))


def _where(path: Path) -> str:
    """Name the hop that stops it, else those that let only some through, or are not decided."""
    stop = stop_of(path)
    if stop is not None:
        return f"{TITLES[stop.hop]}: {stop.summary}"
    doubtful = [hop for hop in path.hops if hop.decision in (Decision.PARTIAL, Decision.UNKNOWN)]
    return "; ".join(f"{TITLES[hop.hop]}: {hop.summary}" for hop in doubtful) or "nowhere"
