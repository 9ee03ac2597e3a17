"""The tiers of what is asked: home, where Azure fails over to, and the rest; and how parts become one decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.regions import tag_region
from guest_attestation.facts.service_tag import ATTESTATION_TAG, ServiceTags
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.hop import Decision, Part


class TierName(StrEnum):
    """The tiers of the attestation service's addresses, in the order in which they matter."""

    HOME = "home"
    PAIR = "pair"
    OTHER = "other"


@dataclass(frozen=True)
class Tier:
    """A tier: its addresses, or where it cannot be told apart (`exact` is False) what it may be in.

    `may_not_exist` of a pair that was not read. `region` is the location that it belongs to, where that is known.
    """

    name: TierName
    addresses: AddressSet
    exact: bool = True
    may_not_exist: bool = False
    region: str | None = None


_SYMBOLS = {name: symbol(number) for number, name in enumerate(TierName)}


def attestation_tiers(
    tags: ServiceTags, family: int, region: str | None, pair: Reading[tuple[str, ...]]
) -> tuple[Tier, ...]:
    """Split the prefixes of AzureAttestation by the provider's region and its pair (design 5, "Three tiers").

    Without the prefixes, or of a list that cannot be read as a whole, each tier is a symbol: it exists, and the
    documented containment of tags says what holds it. `pair` is empty where the region has none.
    """
    other_region = pair.value[0] if pair.value else None
    names = [TierName.HOME, *([] if pair.value == () else [TierName.PAIR]), TierName.OTHER]
    regions = {TierName.HOME: region, TierName.PAIR: other_region}
    every = _listed(tags, ATTESTATION_TAG, family)
    if not every:
        tiers = [Tier(name, _SYMBOLS[name], region=regions.get(name)) for name in names]
    else:
        tiers = _split(tags, every, names, regions)
    return tuple(
        replace(tier, may_not_exist=pair.value is None) if tier.name is TierName.PAIR else tier for tier in tiers
    )


def only_home(addresses: AddressSet, region: str | None = None) -> tuple[Tier, ...]:
    """Make the single tier of what has no pair and no other."""
    return (Tier(TierName.HOME, addresses, region=region),)


def decide(parts: Iterable[Part], tiers: Iterable[Tier]) -> Decision:
    """Decide a hop, or a path, from its parts; what no part speaks of counts as allowed (design 5, "The decision")."""
    parts = list(parts)
    by_tier = {tier.name: tier_decision(parts, tier) for tier in tiers}
    home, pair = by_tier[TierName.HOME], by_tier.get(TierName.PAIR, Decision.ALLOW)
    if home is not Decision.ALLOW:
        return home
    return Decision.PARTIAL if pair is Decision.DENY else pair


def decide_together(hops: Iterable[Iterable[Part]], tiers: tuple[Tier, ...]) -> Decision:
    """Decide a path from the parts of its hops: what any of them denies is denied."""
    worst_first = (Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN)
    every = sorted(
        (part for parts in hops for part in parts if part.decision in worst_first),
        key=lambda part: worst_first.index(part.decision),
    )
    return decide(every, tiers)


def tier_decision(parts: Iterable[Part], tier: Tier) -> Decision:
    """Decide a tier: all denied, some denied, some unknown, else allowed. Of parts that overlap the first counts.

    One that cannot be told apart is decided only where all that it may be in is decided alike.
    """
    left, found = tier.addresses, set[Decision]()
    for part in parts:
        if part.speaks_of(tier.name) and left & part.addresses:
            found.add(part.decision)
            left = left - part.addresses
    if left:
        found.add(Decision.ALLOW)
    decision = _of_exact(found) if tier.exact else _of_blurred(found)
    if tier.may_not_exist and decision in (Decision.DENY, Decision.PARTIAL):
        return Decision.UNKNOWN
    return decision


def _of_exact(found: set[Decision]) -> Decision:
    if found == {Decision.DENY}:
        return Decision.DENY
    if found & {Decision.DENY, Decision.PARTIAL}:
        return Decision.PARTIAL
    return Decision.UNKNOWN if Decision.UNKNOWN in found else Decision.ALLOW


def _of_blurred(found: set[Decision]) -> Decision:
    if found == {Decision.DENY, Decision.PARTIAL}:
        return Decision.PARTIAL
    return Decision.UNKNOWN if len(found) > 1 else next(iter(found), Decision.ALLOW)


def _listed(tags: ServiceTags, name: str, family: int) -> AddressSet:
    """Return a tag's addresses; a list that cannot be read as a whole counts as not known."""
    tag = tags.find(name)
    try:
        return AddressSet.of(tag.address_prefixes, family) if tag else AddressSet(family)
    except ValueError:
        return AddressSet(family)


def _split(
    tags: ServiceTags, every: AddressSet, names: list[TierName], regions: dict[TierName, str | None]
) -> list[Tier]:
    found = {name: _of_region(tags, every, regions[name]) for name in names if name is not TierName.OTHER}
    told_apart = [addresses for addresses in found.values() if addresses]
    tiers: list[Tier] = []
    rest = every
    for name, addresses in found.items():
        others = (it for it in told_apart if it is not addresses)
        may_be_in = addresses or _without(every, others)
        tiers.append(Tier(name, may_be_in, exact=bool(addresses), region=regions[name]))
        rest = rest - may_be_in
    return [*tiers, Tier(TierName.OTHER, rest)]


def _of_region(tags: ServiceTags, every: AddressSet, region: str | None) -> AddressSet:
    """Return what stands in a region: of AzureCloud.<region>, else as AzureAttestation.<Region> is listed."""
    if region is None:
        return AddressSet(every.version)
    spelling = tag_region(region)
    of_cloud = every & _listed(tags, f"AzureCloud.{spelling}", every.version)
    return of_cloud or every & _listed(tags, f"{ATTESTATION_TAG}.{spelling}", every.version)


def _without(every: AddressSet, others: Iterable[AddressSet]) -> AddressSet:
    for other in others:
        every = every - other
    return every
