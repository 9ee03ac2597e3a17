"""How Azure's regions are named elsewhere: in the host of a region's shared attestation provider, and in service tags.

Neither name can be derived from the location, so that both need a table, and Azure's own answer wins over it.
Abbreviations are those of Microsoft's azure-guest-attestation-sdk (2026-07). An independent sample, keyguardsample,
has 44 of the 63 alike; belgiumcentral stands in a third party's script alone (facts 3.1). Regions that opened since
are not in it, nor are China's, which no source names. Tag spellings were held against Microsoft's published list of
2025-10-28 (facts 4.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from guest_attestation.clouds import Cloud
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.virtual_machine import normalised_location
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

PairedRegions = Mapping[str, tuple[str, ...]]
"""The regions that each location is paired with: none, or one, where Azure fails over to (facts 5.3)."""

_PUBLIC = {
    "australiacentral": "cau", "australiacentral2": "cau2", "australiaeast": "eau", "australiasoutheast": "sau",
    "austriaeast": "ate", "belgiumcentral": "bec", "brazilsouth": "sbr", "brazilsoutheast": "sebr",
    "canadacentral": "cac", "canadaeast": "cae", "centralindia": "cin", "centralus": "cus", "centraluseuap": "cuse",
    "chilecentral": "clc", "eastasia": "easia", "eastus": "eus", "eastus2": "eus2", "eastus2euap": "eus2e",
    "francecentral": "frc", "francesouth": "frs", "germanynorth": "den", "germanywestcentral": "dewc",
    "israelcentral": "ilc", "italynorth": "itn", "japaneast": "jpe", "japanwest": "jpw", "jioindiacentral": "jinc",
    "jioindiawest": "jinw", "koreacentral": "krc", "koreasouth": "krs", "malaysiasouth": "mys",
    "mexicocentral": "mxc", "newzealandnorth": "nzn", "northcentralus": "ncus", "northeurope": "neu",
    "norwayeast": "noe", "norwaywest": "now", "polandcentral": "plc", "southafricanorth": "san",
    "southafricawest": "saw", "southcentralus": "scus", "southeastasia": "sasia", "southindia": "sin",
    "spaincentral": "esc", "swedencentral": "sec", "swedensouth": "ses", "switzerlandnorth": "swn",
    "switzerlandwest": "sww", "taiwannorth": "twn", "taiwannorthwest": "twnw", "uaecentral": "uaec",
    "uaenorth": "uaen", "uksouth": "uks", "ukwest": "ukw", "westcentralus": "wcus", "westeurope": "weu",
    "westindia": "win", "westus": "wus", "westus2": "wus2", "westus3": "wus3",
}  # fmt: skip
_GOVERNMENT = {"usgovvirginia": "ugv", "usgovarizona": "uga", "usgovtexas": "uga"}
_ABBREVIATIONS = {"AzureCloud": _PUBLIC, "AzureUSGovernment": _GOVERNMENT}

_TAG_REGIONS = {
    "francecentral": "centralfrance", "francesouth": "southfrance", "germanywestcentral": "germanywc",
    "germanynorth": "germanyn", "norwayeast": "norwaye", "norwaywest": "norwayw", "switzerlandnorth": "switzerlandn",
    "switzerlandwest": "switzerlandw", "brazilsoutheast": "brazilse", "chilecentral": "chilec",
}  # fmt: skip


def shared_host(location: str, cloud: Cloud) -> str | None:
    """Return the host of a region's shared provider, such as `sharedeus.eus.attest.azure.net`; None if not tabled."""
    abbreviation = _ABBREVIATIONS.get(cloud.name, {}).get(normalised_location(location))
    return f"shared{abbreviation}.{abbreviation}.{cloud.attestation_suffix}" if abbreviation else None


def is_tabled(host: str, cloud: Cloud) -> bool:
    """Tell whether a host is one of the table's."""
    return host in {shared_host(location, cloud) for location in _ABBREVIATIONS.get(cloud.name, {})}


def tag_region(location: str) -> str:
    """Return how the service tag `AzureCloud.<region>` spells a location: as Azure does, but for ten regions."""
    normalised = normalised_location(location)
    return _TAG_REGIONS.get(normalised, normalised)


def shared_region(host: str, cloud: Cloud) -> str | None:
    """Return the location whose shared provider has that host, None where the table has none or several."""
    found = [location for location in _ABBREVIATIONS.get(cloud.name, {}) if shared_host(location, cloud) == host]
    return found[0] if len(found) == 1 else None


def paired_regions_of(snapshot: Snapshot, subscription: str) -> Reading[PairedRegions]:
    """Read the locations of a subscription and what each is paired with."""
    return Reading.of_pages(snapshot.pages("locations", subscription=subscription), _paired_regions)


def pair_of(location: str, regions: Reading[PairedRegions]) -> Reading[tuple[str, ...]]:
    """Return the pair of one location; where Azure's list does not say, whether it has one is not known."""
    if regions.value is None or location not in regions.value:
        return Reading.below(regions, f"Azure's list of locations does not say what {location} is paired with")
    return Reading(regions.value[location], evidence=regions.evidence)


def _paired_regions(items: Iterable[Node]) -> PairedRegions:
    listed = ((item.text("name") or "", item.at("metadata", "pairedRegion")) for item in items)
    return {
        normalised_location(name): tuple(normalised_location(pair.text("name") or "") for pair in paired.items())
        for name, paired in listed
        if isinstance(paired.value, list)
    }
