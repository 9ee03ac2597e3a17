"""The table of reads against the design's own list (4.6), written out by hand."""

from __future__ import annotations

import re

import pytest

from guest_attestation.reads import READS, Read, permission_order

S = "/subscriptions/1111"
G = f"{S}/resourceGroups/g/providers"
N = f"{G}/Microsoft.Network"
VM = f"{G}/Microsoft.Compute/virtualMachines/v"
SCALE_SET = f"{G}/Microsoft.Compute/virtualMachineScaleSets/f"
INSTANCE = f"{SCALE_SET}/virtualMachines/3"
POLICY = f"{N}/firewallPolicies/p"
HUB = f"{N}/virtualHubs/h"
WATCHER = f"{N}/networkWatchers/w"
TYPES = "artifacttypes/vmextension/types"
ZONE = f"{N}/privateDnsZones/attest.azure.net"

TABLE: list[tuple[int, str, dict[str, str], str]] = [
    (1, "vm", {"vm": VM}, f"GET {VM}?$expand=instanceView"),
    (1, "vm_extensions", {"vm": VM}, f"GET {VM}/extensions?$expand=instanceView"),
    (1, "scale_set", {"scale_set": SCALE_SET}, f"GET {SCALE_SET}"),
    (1, "scale_set_extensions", {"scale_set": SCALE_SET}, f"GET {SCALE_SET}/extensions"),
    (1, "instance", {"vm": INSTANCE}, f"GET {INSTANCE}?$expand=instanceView"),
    (1, "instance_extensions", {"vm": INSTANCE}, f"GET {INSTANCE}/extensions?$expand=instanceView"),
    (1, "instance_network_interfaces", {"vm": INSTANCE}, f"GET {INSTANCE}/networkInterfaces"),
    (2, "network_interface", {"id": f"{N}/networkInterfaces/n"}, f"GET {N}/networkInterfaces/n"),
    (2, "virtual_network", {"id": f"{N}/virtualNetworks/n"}, f"GET {N}/virtualNetworks/n"),
    (3, "security_group", {"id": f"{N}/networkSecurityGroups/n"}, f"GET {N}/networkSecurityGroups/n"),
    (3, "route_table", {"id": f"{N}/routeTables/r"}, f"GET {N}/routeTables/r"),
    (3, "nat_gateway", {"id": f"{N}/natGateways/n"}, f"GET {N}/natGateways/n"),
    (3, "public_ip_address", {"id": f"{N}/publicIPAddresses/i"}, f"GET {N}/publicIPAddresses/i"),
    (3, "load_balancer", {"id": f"{N}/loadBalancers/b"}, f"GET {N}/loadBalancers/b"),
    (
        4, "effective_security_groups", {"nic": f"{N}/networkInterfaces/n"},
        f"POST {N}/networkInterfaces/n/effectiveNetworkSecurityGroups",
    ),
    (
        4, "effective_routes", {"nic": f"{N}/networkInterfaces/n"},
        f"POST {N}/networkInterfaces/n/effectiveRouteTable",
    ),
    (
        4, "effective_admin_rules", {"vnet": f"{N}/virtualNetworks/n"},
        f"POST {N}/virtualNetworks/n/listNetworkManagerEffectiveSecurityAdminRules",
    ),
    (5, "firewalls", {"subscription": "1111"}, f"GET {S}/providers/Microsoft.Network/azureFirewalls"),
    (5, "firewall_policy", {"id": POLICY}, f"GET {POLICY}"),
    (5, "rule_collection_groups", {"policy": POLICY}, f"GET {POLICY}/ruleCollectionGroups"),
    (5, "ip_group", {"id": f"{N}/ipGroups/i"}, f"GET {N}/ipGroups/i"),
    (5, "virtual_hub", {"id": HUB}, f"GET {HUB}"),
    (5, "hub_connections", {"hub": HUB}, f"GET {HUB}/hubVirtualNetworkConnections"),
    (5, "routing_intent", {"hub": HUB}, f"GET {HUB}/routingIntent"),
    (5, "hub_route_tables", {"hub": HUB}, f"GET {HUB}/hubRouteTables"),
    (
        6, "service_tag", {"subscription": "1111", "location": "eastus", "tag": "AzureAttestation"},
        f"GET {S}/providers/Microsoft.Network/locations/eastus/serviceTagDetails?tagName=AzureAttestation",
    ),
    (
        6, "service_tags", {"subscription": "1111", "location": "eastus"},
        f"GET {S}/providers/Microsoft.Network/locations/eastus/serviceTags",
    ),
    (
        7, "default_provider", {"subscription": "1111", "location": "eastus"},
        f"GET {S}/providers/Microsoft.Attestation/locations/eastus/defaultProvider",
    ),
    (7, "default_providers", {"subscription": "1111"}, f"GET {S}/providers/Microsoft.Attestation/defaultProviders"),
    (
        7, "attestation_providers", {"subscription": "1111"},
        f"GET {S}/providers/Microsoft.Attestation/attestationProviders",
    ),
    (8, "assessment", {"vm": VM, "key": "b760"}, f"GET {VM}/providers/Microsoft.Security/assessments/b760"),
    (
        8, "defender_plan", {"subscription": "1111"},
        f"GET {S}/providers/Microsoft.Security/pricings/VirtualMachines",
    ),
    (9, "disk", {"id": f"{G}/Microsoft.Compute/disks/d"}, f"GET {G}/Microsoft.Compute/disks/d"),
    (9, "skus", {"subscription": "1111"}, f"GET {S}/providers/Microsoft.Compute/skus"),
    (
        9, "extension_versions", {"subscription": "1111", "location": "eastus", "publisher": "P"},
        f"GET {S}/providers/Microsoft.Compute/locations/eastus/publishers/P/{TYPES}/GuestAttestation/versions",
    ),
    (10, "private_dns_zones", {"subscription": "1111"}, f"GET {S}/providers/Microsoft.Network/privateDnsZones"),
    (10, "zone_links", {"zone": ZONE}, f"GET {ZONE}/virtualNetworkLinks"),
    (10, "zone_records", {"zone": ZONE}, f"GET {ZONE}/A"),
    (
        11, "activity_log", {"subscription": "1111"},
        f"GET {S}/providers/Microsoft.Insights/eventtypes/management/values",
    ),
    (12, "network_watchers", {"subscription": "1111"}, f"GET {S}/providers/Microsoft.Network/networkWatchers"),
    (12, "network_configuration_diagnostic", {"watcher": WATCHER}, f"POST {WATCHER}/networkConfigurationDiagnostic"),
    (12, "ip_flow_verify", {"watcher": WATCHER}, f"POST {WATCHER}/ipFlowVerify"),
    (12, "next_hop", {"watcher": WATCHER}, f"POST {WATCHER}/nextHop"),
    (13, "locations", {"subscription": "1111"}, f"GET {S}/locations"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "name", "values", "expected"), TABLE, ids=[row[1] for row in TABLE])
def test_a_read_of_the_design_has_its_method_and_url(
    number: int, name: str, values: dict[str, str], expected: str
) -> None:
    read = READS[name]

    assert read.number == number
    assert f"{read.method} {read.url(**values)}" == expected


def test_the_design_lists_every_read() -> None:
    assert list(READS) == [row[1] for row in TABLE]


def test_every_row_of_the_design_is_there() -> None:
    assert sorted({read.number for read in READS.values()}) == list(range(1, 14))


def test_names_are_unique() -> None:
    assert all(read.name == name for name, read in READS.items())
    assert len({(read.method, read.path, read.name) for read in READS.values()}) == len(TABLE)


def test_only_gets_and_the_listed_posts_may_leave() -> None:
    posts = {read.path.rsplit("/", 1)[-1] for read in READS.values() if read.method != "GET"}

    assert {read.method for read in READS.values()} == {"GET", "POST"}
    assert posts == {
        "effectiveNetworkSecurityGroups",
        "effectiveRouteTable",
        "listNetworkManagerEffectiveSecurityAdminRules",
        "networkConfigurationDiagnostic",
        "ipFlowVerify",
        "nextHop",
    }


def test_a_get_has_no_body() -> None:
    assert [read.name for read in READS.values() if read.method == "GET" and (read.body or read.free_body)] == []


def test_what_depends_on_who_asked_is_free() -> None:
    free = {
        read.name: (read.free_query, read.free_segment, read.free_body)
        for read in READS.values()
        if read.free_query or read.free_segment or read.free_body
    }

    assert free == {
        "service_tag": ((), "locations", False),
        "service_tags": ((), "locations", False),
        "skus": (("$filter",), None, False),
        "activity_log": (("$filter",), None, False),
        "network_configuration_diagnostic": ((), None, True),
        "ip_flow_verify": ((), None, True),
        "next_hop": ((), None, True),
    }


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_read_names_one_permission_of_its_own_kind(read: Read) -> None:
    assert re.fullmatch(r"Microsoft\.[A-Za-z]+(/[A-Za-z]+)+/(read|action)", read.permission)
    assert read.permission.endswith("/action" if read.method == "POST" else "/read")


def test_every_read_says_what_it_is_for() -> None:
    assert [read.name for read in READS.values() if not read.purpose] == []


def test_a_template_that_is_not_filled_is_no_url() -> None:
    with pytest.raises(KeyError, match="vm"):
        READS["vm"].url(id=VM)


def test_permissions_are_ordered_as_the_reads_are() -> None:
    places = [permission_order(read.permission) for read in READS.values()]

    assert places == sorted(places)
    assert permission_order("Microsoft.Compute/virtualMachines/read") == 0
    assert permission_order("Microsoft.Network/networkInterfaces/read") < permission_order(
        "Microsoft.Network/networkSecurityGroups/read"
    )


def test_two_reads_of_one_permission_share_its_first_place() -> None:
    assert permission_order(READS["default_providers"].permission) == list(READS).index("default_provider")


def test_an_unknown_permission_comes_last() -> None:
    assert permission_order("Microsoft.Nothing/at/all/read") == len(READS)
