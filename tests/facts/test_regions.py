from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.facts.reading import Reading
from guest_attestation.facts.regions import (
    PairedRegions,
    is_tabled,
    pair_of,
    paired_regions_of,
    shared_host,
    shared_region,
    tag_region,
)
from tests.scenario import Scenario

PUBLIC, GOVERNMENT, CHINA = CLOUDS["AzureCloud"], CLOUDS["AzureUSGovernment"], CLOUDS["AzureChinaCloud"]

# Copied row by row from the fact sheet's table (3.1), not from the module: as `location abbreviation`.
TABLE = """
australiacentral cau      koreacentral krc
australiacentral2 cau2    koreasouth krs
australiaeast eau         malaysiasouth mys
australiasoutheast sau    mexicocentral mxc
austriaeast ate           newzealandnorth nzn
brazilsouth sbr           northcentralus ncus
brazilsoutheast sebr      northeurope neu
canadacentral cac         norwayeast noe
canadaeast cae            norwaywest now
centralindia cin          polandcentral plc
centralus cus             southafricanorth san
centraluseuap cuse        southafricawest saw
chilecentral clc          southcentralus scus
eastasia easia            southeastasia sasia
eastus eus                southindia sin
eastus2 eus2              spaincentral esc
eastus2euap eus2e         swedencentral sec
francecentral frc         swedensouth ses
francesouth frs           switzerlandnorth swn
germanynorth den          switzerlandwest sww
germanywestcentral dewc   taiwannorth twn
israelcentral ilc         taiwannorthwest twnw
italynorth itn            uaecentral uaec
japaneast jpe             uaenorth uaen
japanwest jpw             uksouth uks
jioindiacentral jinc      ukwest ukw
jioindiawest jinw         westcentralus wcus
belgiumcentral bec        westeurope weu
                          westindia win
westus wus   westus2 wus2   westus3 wus3
"""


def test_every_row_of_the_fact_sheets_table_gives_its_shared_host() -> None:
    words = TABLE.split()
    rows = dict(zip(words[::2], words[1::2], strict=True))
    assert len(rows) == 60
    assert {it: shared_host(it, PUBLIC) for it in rows} == {
        location: f"shared{it}.{it}.attest.azure.net" for location, it in rows.items()
    }


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("usgovvirginia", "sharedugv.ugv.attest.azure.us"),
        ("usgovarizona", "shareduga.uga.attest.azure.us"),
        ("usgovtexas", "shareduga.uga.attest.azure.us"),
        ("usdodeast", None),
    ],
)
def test_government_regions_have_hosts_of_their_own_suffix_and_texas_shares_arizonas(
    location: str, host: str | None
) -> None:
    assert shared_host(location, GOVERNMENT) == host


@pytest.mark.parametrize("spelled", ["East US", "east us", "EASTUS", "eastus"])
def test_a_location_is_found_however_azure_spells_it(spelled: str) -> None:
    assert shared_host(spelled, PUBLIC) == "sharedeus.eus.attest.azure.net"


@pytest.mark.parametrize("location", ["qatarcentral", "indonesiacentral", "usgovvirginia", "chinaeast2", ""])
def test_a_region_that_no_source_names_has_no_host(location: str) -> None:
    assert shared_host(location, PUBLIC) is None


@pytest.mark.parametrize("location", ["chinaeast2", "chinanorth3", "eastus"])
def test_no_region_of_china_has_a_host(location: str) -> None:
    assert shared_host(location, CHINA) is None


def test_a_public_region_is_none_of_the_governments() -> None:
    assert shared_host("eastus", GOVERNMENT) is None


@pytest.mark.parametrize(
    ("location", "spelled"),
    [
        ("francecentral", "centralfrance"),
        ("francesouth", "southfrance"),
        ("germanywestcentral", "germanywc"),
        ("germanynorth", "germanyn"),
        ("norwayeast", "norwaye"),
        ("norwaywest", "norwayw"),
        ("switzerlandnorth", "switzerlandn"),
        ("switzerlandwest", "switzerlandw"),
        ("brazilsoutheast", "brazilse"),
        ("chilecentral", "chilec"),
        ("France Central", "centralfrance"),
        ("East US", "eastus"),
        ("brazilsouth", "brazilsouth"),
        ("usgovtexas", "usgovtexas"),
    ],
)
def test_a_service_tag_spells_most_locations_as_azure_does(location: str, spelled: str) -> None:
    assert tag_region(location) == spelled


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("sharedeus.eus.attest.azure.net", "eastus"),
        ("sharedweu.weu.attest.azure.net", "westeurope"),
        ("sharedeus.weu.attest.azure.net", None),
        ("mine.eus.attest.azure.net", None),
    ],
)
def test_a_shared_host_tells_its_region(host: str, region: str | None) -> None:
    assert shared_region(host, PUBLIC) == region
    assert is_tabled(host, PUBLIC) is (region is not None)


def test_a_host_of_two_regions_tells_neither_but_is_of_the_table() -> None:
    assert shared_region("shareduga.uga.attest.azure.us", GOVERNMENT) is None
    assert is_tabled("shareduga.uga.attest.azure.us", GOVERNMENT)
    assert not is_tabled("sharedeus.eus.attest.azure.net", CHINA)


# Which region a region is paired with (read 13).


def _regions(*locations: Any) -> Reading[PairedRegions]:
    scenario = Scenario().read("locations", {"value": list(locations)}, subscription="s")
    return paired_regions_of(scenario.snapshot, "s")


def test_a_location_names_its_pair_or_says_that_it_has_none() -> None:
    regions = _regions(
        {"name": "eastus", "metadata": {"pairedRegion": [{"name": "West US"}]}},
        {"name": "Qatar Central", "metadata": {"pairedRegion": []}},
    )
    assert pair_of("eastus", regions).value == ("westus",)
    assert pair_of("qatarcentral", regions).value == ()
    assert pair_of("eastus", regions).evidence.endswith("#/response/body")


@pytest.mark.parametrize(
    "listed", [{"name": "eastus"}, {"name": "eastus", "metadata": {"pairedRegion": None}}, {"name": "westus"}, {}]
)
def test_whether_a_location_has_a_pair_is_not_known_where_the_list_does_not_say(listed: Any) -> None:
    pair = pair_of("eastus", _regions(listed))
    assert pair.value is None
    assert pair.why_not == "Azure's list of locations does not say what eastus is paired with"


def test_without_the_list_no_pair_is_known_for_the_same_reason() -> None:
    regions = paired_regions_of(Scenario().snapshot, "s")
    assert regions.value is None
    assert pair_of("eastus", regions).why_not == regions.why_not
    assert "not in the snapshot" in regions.why_not
