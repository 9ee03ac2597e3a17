"""A second opinion on tiers: where each address stands, and what the answers for single packets decide together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tests.naive.security_groups import Address, Network, members, within

Answers = Mapping[Address, str]
"""What happens to a packet to each address: allow, deny, partial or unknown."""

_SPELLED = {"norwayeast": "norwaye"}
_WORST_FIRST = ("deny", "partial", "unknown", "allow")


@dataclass(frozen=True)
class Tiers:
    """The addresses of home and pair. One that is not `told` apart stands somewhere among them."""

    home: frozenset[Address]
    pair: frozenset[Address]
    other: frozenset[Address]
    home_told: bool
    pair_told: bool
    pair_may_not_exist: bool

    def decide(self, answers: Answers) -> str:
        """Decide what the answers come to, as design 5 says under "The decision"."""
        home = _tier(answers, self.home, told=self.home_told)
        if home != "allow" or not (self.pair or self.pair_may_not_exist):
            return home
        pair = _tier(answers, self.pair, told=self.pair_told)
        if pair == "allow":
            return "allow"
        return "unknown" if pair == "unknown" or self.pair_may_not_exist else "partial"


def tiers(network: Network, family: int, region: str | None, pair: Sequence[str] | None) -> Tiers:
    """Tell the tiers apart. `pair` is empty where the region has none, None where that is not known."""
    every = frozenset(members(network, "AzureAttestation", family))
    of_home = _of_region(every, network, region)
    of_pair = _of_region(every, network, pair[0] if pair else None)
    home, paired = of_home or every - of_pair, of_pair or every - of_home
    if pair is not None and not pair:
        paired = frozenset()
    return Tiers(home, paired, every - home - paired, bool(of_home), bool(of_pair), pair is None)


def together(hops: Iterable[Answers]) -> dict[Address, str]:
    """A packet meets every hop: the worst answer stands."""
    found: dict[Address, str] = {}
    for answers in hops:
        for address, answer in answers.items():
            found[address] = min(answer, found.get(address, "allow"), key=_WORST_FIRST.index)
    return found


def _of_region(every: frozenset[Address], network: Network, region: str | None) -> frozenset[Address]:
    spelling = _SPELLED.get(region or "", region)
    for tag in (f"AzureCloud.{spelling}", f"AzureAttestation.{spelling}"):
        found = frozenset(it for it in every if within(it, network.listed(tag) or ()))
        if region is not None and found:
            return found
    return frozenset()


def _tier(answers: Answers, addresses: frozenset[Address], *, told: bool) -> str:
    """Decide a tier; one that is not told apart may be any of its addresses, and all that it may be must agree."""
    kinds = {answers[it] for it in addresses}
    if told or not kinds:
        return _of_kinds(kinds)
    if kinds == {"deny", "partial"}:  # some of it is denied wherever it stands
        return "partial"
    may_be = {_of_kinds(some) for count in range(1, len(kinds) + 1) for some in combinations(sorted(kinds), count)}
    return may_be.pop() if len(may_be) == 1 else "unknown"


def _of_kinds(kinds: Iterable[str]) -> str:
    found = set(kinds)
    if found == {"deny"}:
        return "deny"
    if found & {"deny", "partial"}:
        return "partial"
    return "unknown" if "unknown" in found else "allow"
