"""The recording route-tables, and what the recorded network's subnet names besides."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.network.hop import HopName
from tests.recordings.moved import PUBLIC_IP, ROUTE_TABLE, VM, VNET_GROUP, in_network
from tests.recordings.recorded import Excerpt, body_of, documented, statuses


@pytest.mark.parametrize(
    ("name", "propagation_off", "routes"),
    [
        ("route-tables/rt.003", False, []),
        ("route-tables/rt.007", True, []),
        ("route-tables/rt.013", True, [("my-route", "User", True, ("10.0.5.0/24",), "None", ())]),
    ],
)
def test_facts_of_the_recorded_route_table(
    excerpt: Excerpt, name: str, propagation_off: bool, routes: list[tuple[object, ...]]
) -> None:
    facts = in_network(excerpt, routeTable=ROUTE_TABLE).copy(name).facts(VM)

    assert facts.primary.route_table is not None
    table = facts.primary.route_table.value
    assert table is not None
    assert (table.id, table.disable_bgp_route_propagation) == (ROUTE_TABLE, propagation_off)
    assert [
        (it.name, it.source, it.active, it.address_prefixes, it.next_hop_type, it.next_hop_ip_addresses)
        for it in table.routes
    ] == routes


def test_the_last_recorded_state_of_the_table_counts(excerpt: Excerpt) -> None:
    names = [f"route-tables/rt.{number:03}" for number in (1, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14, 15, 17, 19, 23, 27)]

    facts = in_network(excerpt, routeTable=ROUTE_TABLE).copy(*names).facts(VM)

    assert facts.primary.route_table is not None
    assert facts.primary.route_table.evidence.startswith("responses/route-tables/rt.013.")


@pytest.mark.parametrize("name", ["route-tables/rt.003", "route-tables/rt.007", "route-tables/rt.013"])
def test_a_route_to_a_private_prefix_leaves_the_systems_default(excerpt: Excerpt, name: str) -> None:
    diagnosis = in_network(excerpt, routeTable=ROUTE_TABLE).copy(name).diagnose(VM, excerpt.prefixes)

    hop = diagnosis.path.of(HopName.ROUTE)[0]
    assert (hop.decision, hop.rule) == ("allow", None)
    assert any("computed" in text for text in hop.assumptions)
    assert diagnosis.check("path.egress").status == "pass"


def test_a_recorded_route_to_nowhere_widened_to_everything_drops_the_traffic(excerpt: Excerpt) -> None:
    table = body_of("route-tables/rt.013")
    table["properties"]["routes"][0]["properties"]["addressPrefix"] = "0.0.0.0/0"
    in_network(excerpt, routeTable=ROUTE_TABLE).answered("route_table", table, id=ROUTE_TABLE)

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    assert statuses(diagnosis, "path.route", "path.firewall", "path.egress") == {
        "path.route": "fail",
        "path.firewall": "not-applicable",
        "path.egress": "not-applicable",
    }


@pytest.mark.parametrize(("name", "route"), [("rt.003", "unknown"), ("rt.007", "pass")])
def test_a_gateway_in_the_network_could_teach_a_better_route_unless_propagation_is_off(
    excerpt: Excerpt, name: str, route: str
) -> None:
    def with_gateway(vnet: dict[str, Any]) -> None:
        subnets = vnet["properties"]["subnets"]
        subnets[0]["properties"]["routeTable"] = {"id": ROUTE_TABLE}
        gateway = subnets[0]["id"].replace("subnet1", "GatewaySubnet")
        subnets.append({"id": gateway, "name": "GatewaySubnet", "properties": {"addressPrefix": "20.0.255.0/27"}})

    in_network(excerpt).changed("nsg/vnetnsg.007", with_gateway).copy(f"route-tables/{name}")

    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.route").status == route


def test_facts_of_the_documented_route_table(excerpt: Excerpt) -> None:
    table = documented("network-2021-02-01/RouteTableGet")
    in_network(excerpt, routeTable=table["id"]).answered("route_table", table, id=table["id"])

    facts = excerpt.facts(VM)

    assert facts.primary.route_table is not None
    assert facts.primary.route_table.value is not None
    assert not facts.primary.route_table.value.disable_bgp_route_propagation
    (route,) = facts.primary.route_table.value.routes
    assert (route.name, route.address_prefixes, route.next_hop_type) == (
        "route1",
        ("10.0.3.0/24",),
        "VirtualNetworkGateway",
    )
    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.route").status == "pass"


def test_the_vms_own_public_address_gives_egress_whether_it_was_read_or_not(excerpt: Excerpt) -> None:
    unread = in_network(excerpt).diagnose(VM, excerpt.prefixes).path.of(HopName.EGRESS)[0]
    assert (unread.decision, unread.resource) == ("allow", PUBLIC_IP)

    excerpt.asked("trusted-launch/tl.014", "public_ip_address", id=PUBLIC_IP)
    read = excerpt.diagnose(VM, excerpt.prefixes).path.of(HopName.EGRESS)[0]
    assert (read.decision, read.resource) == ("allow", PUBLIC_IP)
    assert "20.225.243.61" in read.summary


def test_a_nat_gateway_that_was_not_read_leaves_egress_unknown(excerpt: Excerpt) -> None:
    gateway = f"{VNET_GROUP}/natGateways/gateway"

    check = in_network(excerpt, natGateway=gateway).diagnose(VM, excerpt.prefixes).check("path.egress")

    assert check.status == "unknown"
    assert f"not in the snapshot: GET {gateway}" in check.summary
