"""Which read follows from which answer: pure, from what is recorded to what is wanted."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import pytest

from guest_attestation.collect.plan import planned
from guest_attestation.collect.plan_log import log_reads
from guest_attestation.collect.request import Request, is_answered, request, with_pages
from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT, RECOMMENDATIONS
from guest_attestation.snapshot.reader import open_snapshot
from tests.facts.scale_set import INSTANCE, INSTANCE_NIC, SCALE_SET, instance_of
from tests.scenario import (
    GROUP,
    NETWORK,
    NIC,
    NIC_NSG,
    SAMPLES,
    SUBNET_NSG,
    SUBSCRIPTION,
    VM,
    VNET,
    Scenario,
    outbound_rule,
)

SUBSCRIPTION_ID = SUBSCRIPTION.rpartition("/")[2]
HUB_SUBSCRIPTION = "/subscriptions/bbbbbbbb-0000-4000-8000-000000000002"
HUB_GROUP = f"{HUB_SUBSCRIPTION}/resourceGroups/hub-rg"
HUB_NETWORK = f"{HUB_GROUP}/providers/Microsoft.Network"
HUB_VNET = f"{HUB_NETWORK}/virtualNetworks/hub"
FIREWALL = f"{HUB_NETWORK}/azureFirewalls/fw"
POLICY = f"{HUB_NETWORK}/firewallPolicies/child"
BASE_SUBSCRIPTION = "/subscriptions/cccccccc-0000-4000-8000-000000000003"
BASE = f"{BASE_SUBSCRIPTION}/resourceGroups/base-rg/providers/Microsoft.Network/firewallPolicies/base"
HUB = f"{HUB_NETWORK}/virtualHubs/hub"
SAMPLES_HELD = sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "snapshot").is_dir())


def wanted(scenario: Scenario) -> list[Request]:
    """What is planned and not answered yet."""
    snapshot = scenario.snapshot
    return [it for it in planned(snapshot, scenario.vm) if not is_answered(snapshot, it)]


def urls(requests: Iterable[Request], *names: str) -> set[str]:
    return {it.url for it in requests if it.read.name in names}


def names(requests: Iterable[Request]) -> set[str]:
    return {it.read.name for it in requests}


def tags(requests: Iterable[Request]) -> list[str]:
    return [it.url.rpartition("tagName=")[2] for it in requests if it.read.name == "service_tag"]


def healthy() -> Scenario:
    return Scenario.sample("healthy")


def via(address: str | None, kind: str = "VirtualAppliance") -> Scenario:
    """The healthy VM with a default route to a next hop, in a network that is peered with a hub."""
    scenario = healthy()
    route = {
        "source": "User",
        "state": "Active",
        "addressPrefix": ["0.0.0.0/0"],
        "nextHopType": kind,
        "nextHopIpAddress": [address] if address else [],
    }
    scenario.body("/effectiveRouteTable")["value"] = [route]
    peering = {"name": "to-hub", "properties": {"remoteVirtualNetwork": {"id": HUB_VNET}}}
    scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["virtualNetworkPeerings"] = [peering]
    return scenario


def with_firewall(scenario: Scenario, **properties: Any) -> Scenario:
    configuration = {
        "privateIPAddress": "198.51.100.4",
        "subnet": {"id": f"{HUB_VNET}/subnets/AzureFirewallSubnet"},
        "publicIPAddress": {"id": f"{HUB_NETWORK}/publicIPAddresses/fw-ip"},
    }
    given = {"ipConfigurations": [{"properties": configuration}], **properties}
    firewalls = {"value": [{"id": FIREWALL, "name": "fw", "properties": given}]}
    return scenario.read("firewalls", firewalls, subscription=HUB_SUBSCRIPTION.rpartition("/")[2])


def test_only_the_vm_is_asked_for_at_first() -> None:
    assert urls(wanted(Scenario()), "vm", "vm_extensions") == {
        f"{VM}?$expand=instanceView",
        f"{VM}/extensions?$expand=instanceView",
    }
    assert len(wanted(Scenario())) == 2


def test_a_vm_that_is_not_there_leads_to_nothing() -> None:
    scenario = Scenario().read("vm", None, vm=VM, status=404)

    assert names(planned(scenario.snapshot, scenario.vm)) == {"vm", "vm_extensions"}
    assert log_reads(scenario.snapshot, scenario.vm) == []


def test_a_vm_that_may_not_be_read_leads_to_what_does_not_depend_on_it() -> None:
    scenario = Scenario().read("vm", None, vm=VM, status=403)

    assert names(wanted(scenario)) == {
        *("vm", "vm_extensions", "default_providers", "assessment", "defender_plan"),
        *("private_dns_zones", "network_watchers", "locations"),
    }


@pytest.mark.parametrize("name", SAMPLES_HELD)
def test_the_plan_of_a_sample_holds_all_that_the_sample_holds(name: str) -> None:
    snapshot = open_snapshot(SAMPLES / name / "snapshot")
    scenario = Scenario.sample(name)

    keys = {it.key for it in planned(snapshot, scenario.vm)}

    missed = [key.path for key in snapshot.exchanges if key not in keys and "microsoft.insights" not in key.path]
    assert missed == []


def test_the_plan_is_in_the_order_of_the_table() -> None:
    numbers = [it.read.number for it in planned(healthy().snapshot, healthy().vm)]

    assert numbers == sorted(numbers)


def test_interfaces_lead_to_networks_and_these_to_what_they_name() -> None:
    scenario = healthy()
    nic = scenario.body("networkInterfaces/web-01-nic")["properties"]
    ip = nic["ipConfigurations"][0]["properties"]
    ip["publicIPAddress"] = {"id": f"{NETWORK}/publicIPAddresses/own"}
    ip["loadBalancerBackendAddressPools"] = [{"id": f"{NETWORK}/loadBalancers/lb/backendAddressPools/p"}]
    second = f"{NETWORK}/networkInterfaces/second"
    scenario.body("virtualMachines/web-01")["properties"]["networkProfile"]["networkInterfaces"] += [{"id": second}]
    subnet = scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"]
    for it in subnet:
        it["properties"]["routeTable"] = {"id": f"{NETWORK}/routeTables/table"}

    found = wanted(scenario)

    assert urls(found, "network_interface") == {second}
    assert urls(found, "effective_routes") == {f"{second}/effectiveRouteTable"}
    assert urls(found, "public_ip_address") == {f"{NETWORK}/publicIPAddresses/own"}
    assert urls(found, "load_balancer") == {f"{NETWORK}/loadBalancers/lb"}
    assert urls(found, "route_table") == {f"{NETWORK}/routeTables/table"}


def test_resources_in_other_subscriptions_are_followed_by_id() -> None:
    scenario = healthy()
    other = f"{HUB_NETWORK}/networkSecurityGroups/theirs"
    scenario.body("networkInterfaces/web-01-nic")["properties"]["networkSecurityGroup"] = {"id": other}

    assert urls(wanted(scenario), "security_group") == {other}


def test_a_prefix_of_a_nat_gateway_has_no_read() -> None:
    scenario = healthy()
    scenario.body("natGateways/shop-prod-nat")["properties"].update(
        publicIpAddresses=[], publicIpPrefixes=[{"id": f"{NETWORK}/publicIPPrefixes/p"}]
    )

    assert urls(planned(scenario.snapshot, scenario.vm), "public_ip_address") == set()


FIREWALL_READS = {
    "firewalls",
    "firewall_policy",
    "rule_collection_groups",
    "ip_group",
    "virtual_hub",
    "hub_connections",
}


@pytest.mark.parametrize("kind", ["Internet", "VnetLocal", "None", "VNetPeering"])
def test_no_firewall_is_looked_for_where_no_route_leads_on(kind: str) -> None:
    found = planned(via(None, kind).snapshot, healthy().vm)

    assert not names(found) & FIREWALL_READS
    assert urls(found, "virtual_network") == {url for url in urls(found, "virtual_network") if "hub" not in url}


@pytest.mark.parametrize("kind", ["VirtualAppliance", "virtualappliance", "VirtualNetworkGateway"])
def test_firewalls_are_looked_for_in_every_peered_subscription(kind: str) -> None:
    found = wanted(via("198.51.100.4", kind))

    assert urls(found, "firewalls") == {
        f"{it}/providers/Microsoft.Network/azureFirewalls" for it in (SUBSCRIPTION, HUB_SUBSCRIPTION)
    }
    assert urls(found, "virtual_network") == {HUB_VNET}


def test_a_route_table_leads_on_as_well() -> None:
    scenario = via(None, "Internet").answer("/effectiveRouteTable", 403)
    table = f"{NETWORK}/routeTables/table"
    for it in scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"]:
        it["properties"]["routeTable"] = {"id": table}
    route = {"name": "out", "properties": {"nextHopType": "VirtualAppliance", "nextHopIpAddress": "198.51.100.4"}}
    scenario.read("route_table", {"id": table, "properties": {"routes": [route]}}, id=table)

    assert "firewalls" in names(wanted(scenario))


@pytest.mark.parametrize(
    ("status", "sources", "looked_for"), [(403, True, True), (403, False, False), (200, True, False)]
)
def test_without_effective_routes_a_gateway_may_lead_on(status: int, sources: bool, looked_for: bool) -> None:
    scenario = via(None, "Internet")
    if status != 200:
        scenario.answer("/effectiveRouteTable", status)
    peering = scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["virtualNetworkPeerings"][0]
    peering["properties"]["useRemoteGateways"] = sources

    assert ("firewalls" in names(wanted(scenario))) is looked_for


def test_an_inactive_route_leads_nowhere() -> None:
    scenario = via("198.51.100.4")
    scenario.body("/effectiveRouteTable")["value"][0]["state"] = "Invalid"

    assert "firewalls" not in names(planned(scenario.snapshot, scenario.vm))


def test_the_firewall_on_the_way_leads_to_its_rules_and_the_way_behind_it() -> None:
    rule = {"name": "r", "properties": {"rules": [{"sourceIpGroups": [f"{HUB_NETWORK}/ipGroups/own"]}]}}
    scenario = with_firewall(via("198.51.100.4"), firewallPolicy={"id": POLICY}, networkRuleCollections=[rule])

    found = wanted(scenario)

    assert urls(found, "firewall_policy") == {POLICY}
    assert urls(found, "rule_collection_groups") == {f"{POLICY}/ruleCollectionGroups"}
    assert urls(found, "ip_group") == {f"{HUB_NETWORK}/ipGroups/own"}
    assert urls(found, "public_ip_address") == {f"{HUB_NETWORK}/publicIPAddresses/fw-ip"}
    assert urls(found, "virtual_network") == {HUB_VNET}


def test_policies_are_followed_to_their_base_and_rules_to_their_ip_groups() -> None:
    scenario = with_firewall(via("198.51.100.4"), firewallPolicy={"id": POLICY})
    scenario.read("firewall_policy", {"id": POLICY, "properties": {"basePolicy": {"id": BASE}}}, id=POLICY)
    groups = [f"{HUB_NETWORK}/ipGroups/{it}" for it in ("sources", "destinations")]
    rule = {"ruleType": "NetworkRule", "sourceIpGroups": groups[:1], "destinationIpGroups": groups[1:]}
    collection = {"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "rules": [rule]}
    group = {"name": "g", "properties": {"ruleCollections": [collection]}}
    scenario.read("rule_collection_groups", {"value": [group]}, policy=POLICY)

    found = wanted(scenario)

    assert urls(found, "firewall_policy") == {BASE}
    assert urls(found, "rule_collection_groups") == {f"{BASE}/ruleCollectionGroups"}
    assert urls(found, "ip_group") == set(groups)


def test_policies_that_inherit_from_each_other_end() -> None:
    scenario = with_firewall(via("198.51.100.4"), firewallPolicy={"id": POLICY})
    for policy, base in ((POLICY, BASE), (BASE, POLICY.upper())):
        scenario.read("firewall_policy", {"id": policy, "properties": {"basePolicy": {"id": base}}}, id=policy)

    assert len(urls(planned(scenario.snapshot, scenario.vm), "firewall_policy")) == 2


def test_behind_the_firewall_its_subnets_routes_and_addresses_are_read() -> None:
    scenario = with_firewall(via("198.51.100.4"))
    subnet = {
        "id": f"{HUB_VNET}/subnets/AzureFirewallSubnet",
        "properties": {
            "routeTable": {"id": f"{HUB_NETWORK}/routeTables/fw"},
            "natGateway": {"id": f"{HUB_NETWORK}/natGateways/fw"},
        },
    }
    scenario.read("virtual_network", {"id": HUB_VNET, "properties": {"subnets": [subnet]}}, id=HUB_VNET)

    found = wanted(scenario)

    assert urls(found, "route_table") == {f"{HUB_NETWORK}/routeTables/fw"}
    assert urls(found, "nat_gateway") == {f"{HUB_NETWORK}/natGateways/fw"}


def test_another_firewall_nearby_is_not_followed() -> None:
    scenario = with_firewall(via("198.51.100.99"), firewallPolicy={"id": POLICY})

    assert not names(wanted(scenario)) & {"firewall_policy", "rule_collection_groups"}


def hub_firewall(scenario: Scenario) -> Scenario:
    return with_firewall(
        scenario,
        ipConfigurations=[],
        virtualHub={"id": HUB},
        hubIPAddresses={"privateIPAddress": "198.51.100.132"},
        firewallPolicy={"id": POLICY},
    )


def test_a_hub_is_read_where_a_gateway_may_stand_for_it() -> None:
    scenario = hub_firewall(via(None, "VirtualNetworkGateway"))

    found = wanted(scenario)

    assert urls(found, "virtual_hub") == {HUB}
    assert urls(found, "hub_connections", "routing_intent", "hub_route_tables") == {
        f"{HUB}/{it}" for it in ("hubVirtualNetworkConnections", "routingIntent", "hubRouteTables")
    }
    assert "firewall_policy" not in names(found)


@pytest.mark.parametrize(("network", "followed"), [(VNET.upper(), True), (f"{VNET}-2", False)])
def test_a_hubs_firewall_is_followed_if_the_network_is_connected_to_it(network: str, followed: bool) -> None:
    connection = {"properties": {"remoteVirtualNetwork": {"id": network}}}
    scenario = hub_firewall(via(None, "VirtualNetworkGateway"))
    scenario.read("hub_connections", {"value": [connection]}, hub=HUB)

    assert (urls(wanted(scenario), "firewall_policy") == {POLICY}) is followed


def test_a_hubs_firewall_at_the_next_hop_is_followed() -> None:
    found = wanted(hub_firewall(via("198.51.100.132")))

    assert urls(found, "firewall_policy") == {POLICY}
    assert urls(found, "virtual_hub") == {HUB}


def test_the_tags_of_the_question_are_read() -> None:
    scenario = healthy()

    assert set(tags(planned(scenario.snapshot, scenario.vm))) >= {
        *("AzureAttestation", "AzureCloud", "AzureCloud.eastus", "AzureCloud.westus")
    }


def test_without_the_pair_only_the_home_regions_tag_is_read() -> None:
    scenario = healthy().answer("/locations", 403)
    for tag in ("AzureCloud.westus",):
        scenario.drop("/serviceTagDetails", tag)

    assert "AzureCloud.westus" not in tags(planned(scenario.snapshot, scenario.vm))


def test_a_tag_is_spelled_as_azure_spells_it() -> None:
    scenario = healthy()
    scenario.body("virtualMachines/web-01")["location"] = "Germany West Central"

    found = wanted(scenario)

    assert "AzureCloud.germanywc" in tags(found)
    assert all("/locations/germanywestcentral/" in url for url in urls(found, "service_tag", "default_provider"))


def test_the_tags_that_rules_and_routes_name_are_read() -> None:
    scenario = with_firewall(via("198.51.100.4"))
    group = scenario.body("networkSecurityGroups/web-subnet-nsg")["properties"]["securityRules"]
    group.append(outbound_rule("one", 200, "Deny", "Sql.WestUS"))
    group.append(outbound_rule("in", 201, "Allow", "ApiManagement", direction="Inbound"))
    for place, term in enumerate(("10.0.0.0/8", "Internet", "VirtualNetwork", "*", "AzurePlatformDNS", "AZURECLOUD")):
        group.append(outbound_rule(f"none-{place}", 210 + place, "Allow", term))
    scenario.body("/effectiveRouteTable")["value"][0]["addressPrefix"] = ["AppService"]
    scenario.body("/listNetworkManagerEffectiveSecurityAdminRules")["value"] = [
        {"properties": {"destinations": [{"addressPrefix": "EventHub", "addressPrefixType": "ServiceTag"}]}}
    ]
    collection = {"name": "c", "properties": {"rules": [{"destinationAddresses": ["AzureKeyVault", "192.0.2.0/24"]}]}}
    firewalls = scenario.body(f"{HUB_SUBSCRIPTION}/providers/Microsoft.Network/azureFirewalls")
    firewalls["value"][0]["properties"]["networkRuleCollections"] = [collection]

    assert set(tags(wanted(scenario))) == {"Sql.WestUS", "AppService", "EventHub", "AzureKeyVault"}


def test_rules_that_only_azure_shows_name_tags_too() -> None:
    scenario = healthy().answer("networkSecurityGroups/web-subnet-nsg", 403)
    rule = {"name": "r", "direction": "Outbound", "destinationAddressPrefix": "Sql.WestUS"}
    scenario.body("/effectiveNetworkSecurityGroups")["value"][0]["effectiveSecurityRules"].append(rule)

    assert "Sql.WestUS" in tags(wanted(scenario))


@pytest.mark.parametrize("status", [403, 404, 400, 500])
def test_the_whole_list_serves_where_the_tag_is_not_given(status: int) -> None:
    scenario = healthy()
    assert "service_tags" not in names(planned(scenario.snapshot, scenario.vm))

    scenario.answer("/serviceTagDetails", status, tag="AzureAttestation")

    assert urls(wanted(scenario), "service_tags") == {
        f"{SUBSCRIPTION}/providers/Microsoft.Network/locations/eastus/serviceTags"
    }


def endpoint(scenario: Scenario, text: str) -> Scenario:
    for extension in scenario.body("web-01/extensions")["value"]:
        if extension["properties"]["type"] == "GuestAttestation":
            extension["properties"]["settings"] = {"AttestationConfig": {"MaaSettings": {"maaEndpoint": text}}}
    return scenario


def test_the_regions_provider_is_read_and_nothing_else() -> None:
    scenario = healthy()

    found = planned(scenario.snapshot, scenario.vm)

    assert urls(found, "default_provider") == {
        f"{SUBSCRIPTION}/providers/Microsoft.Attestation/locations/eastus/defaultProvider"
    }
    assert not names(found) & {"default_providers", "attestation_providers"}


@pytest.mark.parametrize("status", [403, 404, 409])
def test_all_shared_providers_serve_where_the_regions_is_not_given(status: int) -> None:
    scenario = healthy().answer("/defaultProvider", status)

    assert "default_providers" in names(wanted(scenario))


def test_another_regions_shared_provider_is_looked_for_among_all() -> None:
    scenario = endpoint(healthy(), "https://sharedweu.weu.attest.azure.net")

    assert "default_providers" in names(wanted(scenario))
    assert "attestation_providers" not in names(wanted(scenario))


def test_a_custom_provider_is_looked_for_in_the_subscription() -> None:
    scenario = endpoint(healthy(), "https://mine.eus.attest.azure.net")

    assert urls(wanted(scenario), "attestation_providers") == {
        f"{SUBSCRIPTION}/providers/Microsoft.Attestation/attestationProviders"
    }


def test_defenders_assessments_are_those_of_the_fact_sheet() -> None:
    found = planned(healthy().snapshot, healthy().vm)

    assert urls(found, "assessment") == {
        f"{VM}/providers/Microsoft.Security/assessments/{it}" for it in (ATTESTATION_ASSESSMENT, *RECOMMENDATIONS)
    }
    assert "defender_plan" in names(found)


@pytest.mark.parametrize(("system", "publisher"), [("Windows", "Windows"), ("Linux", "Linux"), ("linux", "Linux")])
def test_sizes_and_versions_are_those_of_the_vm(system: str, publisher: str) -> None:
    scenario = healthy()
    storage = scenario.body("virtualMachines/web-01")["properties"]["storageProfile"]
    storage["osDisk"] = {"osType": system, "managedDisk": {"id": f"{GROUP}/providers/Microsoft.Compute/disks/os"}}

    found = wanted(scenario)

    assert urls(found, "disk") == {f"{GROUP}/providers/Microsoft.Compute/disks/os"}
    (skus,) = urls(found, "skus")
    assert unquote(skus) == f"{SUBSCRIPTION}/providers/Microsoft.Compute/skus?$filter=location eq 'eastus'"
    (versions,) = urls(found, "extension_versions")
    assert f"/locations/eastus/publishers/Microsoft.Azure.Security.{publisher}Attestation/" in versions


ZONE = f"{NETWORK}/privateDnsZones"


@pytest.mark.parametrize(
    ("name", "followed"),
    [
        ("attest.azure.net", True),
        ("privatelink.attest.azure.net", True),
        ("PrivateLink.Attest.Azure.Net", True),
        ("eus.attest.azure.net", True),
        ("azure.net", True),
        ("blob.core.windows.net", False),
        ("notattest.azure.net", False),
        ("attest.azure.us", False),
    ],
)
def test_private_zones_that_may_hold_a_provider_are_followed(name: str, followed: bool) -> None:
    scenario = healthy()
    scenario.body("/privateDnsZones")["value"] = [{"id": f"{ZONE}/{name}", "name": name}]

    found = urls(wanted(scenario), "zone_links", "zone_records")

    assert found == ({f"{ZONE}/{name}/virtualNetworkLinks", f"{ZONE}/{name}/A"} if followed else set())


def test_a_custom_providers_own_zone_is_followed() -> None:
    scenario = endpoint(healthy(), "https://attest.example.com")
    scenario.body("/privateDnsZones")["value"] = [{"id": f"{ZONE}/example.com", "name": "example.com"}]

    assert urls(wanted(scenario), "zone_records") == {f"{ZONE}/example.com/A"}


@pytest.mark.parametrize(
    ("named", "subscriptions"),
    [
        ("https://shopattest.eus.attest.azure.net", {SUBSCRIPTION, HUB_SUBSCRIPTION}),
        ("https://sharedeus.eus.attest.azure.net", {SUBSCRIPTION}),
    ],
)
def test_a_custom_provider_may_have_its_zone_in_a_peered_networks_subscription(
    named: str, subscriptions: set[str]
) -> None:
    scenario = endpoint(healthy(), named)
    peering = {"name": "to-hub", "properties": {"remoteVirtualNetwork": {"id": HUB_VNET}}}
    scenario.body(VNET)["properties"]["virtualNetworkPeerings"] = [peering, {"name": "lost", "properties": {}}]

    found = planned(scenario.snapshot, scenario.vm)

    assert urls(found, "private_dns_zones") == {
        f"{it}/providers/Microsoft.Network/privateDnsZones" for it in subscriptions
    }


def test_zones_of_the_networks_subscription_are_read_too() -> None:
    scenario = healthy()
    subnet = f"{HUB_VNET}/subnets/web"
    for it in scenario.body("networkInterfaces/web-01-nic")["properties"]["ipConfigurations"]:
        it["properties"]["subnet"] = {"id": subnet}

    found = planned(scenario.snapshot, scenario.vm)

    assert urls(found, "private_dns_zones") == {
        f"{it}/providers/Microsoft.Network/privateDnsZones" for it in (SUBSCRIPTION, HUB_SUBSCRIPTION)
    }


WATCHER = f"{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/eastus"


def watched(location: str = "eastus") -> Scenario:
    watcher = {"id": WATCHER, "location": location}
    return healthy().read("network_watchers", {"value": [watcher]}, subscription=SUBSCRIPTION_ID)


def bodies(scenario: Scenario) -> dict[str, Any]:
    found = [it for it in wanted(scenario) if it.read.number == 12]
    return {it.read.name: it.body for it in found}


def test_azures_own_verdict_is_asked_for_where_there_is_a_watcher() -> None:
    found = bodies(watched("East US"))

    assert found["network_configuration_diagnostic"] == {
        "targetResourceId": VM,
        "verbosityLevel": "Full",
        "profiles": [
            {
                "direction": "Outbound",
                "protocol": "TCP",
                "source": "192.0.2.4",
                "destination": "AzureAttestation",
                "destinationPort": "443",
            }
        ],
    }
    flow, hop = found["ip_flow_verify"], found["next_hop"]
    assert (flow["localIPAddress"], flow["remotePort"], flow["targetNicResourceId"]) == ("192.0.2.4", "443", NIC)
    assert flow["remoteIPAddress"] == hop["destinationIPAddress"]


def test_the_address_that_is_asked_about_lies_in_the_vms_region() -> None:
    scenario = watched()
    for tag, prefixes in (
        ("AzureAttestation", ["2001:db8::/32", "203.0.113.0/26", "198.51.100.64/28", "192.0.2.0/28"]),
        ("AzureCloud.eastus", ["2001:db8::/32", "192.0.2.0/24", "198.51.100.0/24", "198.51.100.0/30", "x"]),
    ):
        scenario.body("/serviceTagDetails", tag)["value"][0]["properties"]["addressPrefixes"] = prefixes

    assert bodies(scenario)["ip_flow_verify"]["remoteIPAddress"] == "198.51.100.64"
    scenario.answer("/serviceTagDetails", 403, tag="AzureCloud.eastus")
    assert bodies(scenario)["ip_flow_verify"]["remoteIPAddress"] == "203.0.113.0"
    scenario.answer("/serviceTagDetails", 403, tag="AzureAttestation")
    assert set(bodies(scenario)) == {"network_configuration_diagnostic"}


def test_azures_own_verdict_is_that_of_the_primary_interface() -> None:
    scenario = watched()
    second = f"{NETWORK}/networkInterfaces/second"
    profile = scenario.body("virtualMachines/web-01")["properties"]["networkProfile"]
    profile["networkInterfaces"] = [
        {"id": second, "properties": {"primary": False}},
        {"id": NIC, "properties": {"primary": True}},
    ]
    nic = copy.deepcopy(scenario.body("networkInterfaces/web-01-nic"))
    nic["id"] = second
    nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "192.0.2.99"
    scenario.read("network_interface", nic, id=second)

    assert bodies(scenario)["ip_flow_verify"]["localIPAddress"] == "192.0.2.4"
    assert bodies(scenario)["ip_flow_verify"]["targetNicResourceId"] == NIC


def test_azures_own_verdict_waits_for_the_tags() -> None:
    assert bodies(watched().drop("/serviceTagDetails", "AzureCloud.eastus")) == {}


def test_a_watcher_of_another_region_is_not_asked() -> None:
    assert bodies(watched("westus")) == {}


def test_pages_are_read_one_after_another() -> None:
    scenario = healthy()
    link = f"https://management.azure.com{VM}/extensions?api-version=1&$skiptoken=abc"
    scenario.body("web-01/extensions")["nextLink"] = link

    (page,) = (it for it in wanted(scenario) if it.read.name == "vm_extensions")
    assert (page.method, page.url) == ("GET", link)

    scenario.add("GET", link.removeprefix("https://management.azure.com"), {"value": []})
    assert urls(wanted(scenario), "vm_extensions") == set()


def test_admin_rules_go_on_by_a_token() -> None:
    scenario = healthy()
    scenario.body("/listNetworkManagerEffectiveSecurityAdminRules")["skipToken"] = "t"

    (page,) = (it for it in wanted(scenario) if it.read.name == "effective_admin_rules")
    assert (page.method, page.body) == ("POST", {"skipToken": "t"})


def test_pages_that_lead_in_a_circle_end() -> None:
    scenario = healthy()
    first = request("locations", subscription=SUBSCRIPTION_ID)
    scenario.body("/locations")["nextLink"] = f"https://management.azure.com{SUBSCRIPTION}/locations?page=2"
    scenario.add("GET", f"{SUBSCRIPTION}/locations?page=2", {"value": [], "nextLink": first.url})

    assert len(list(with_pages(scenario.snapshot, first))) == 2


def test_an_instance_of_a_scale_set_is_read_at_its_own_places() -> None:
    scenario = instance_of("healthy")

    found = planned(scenario.snapshot, scenario.vm)

    assert urls(found, "instance", "instance_extensions", "instance_network_interfaces") == {
        f"{INSTANCE}?$expand=instanceView",
        f"{INSTANCE}/extensions?$expand=instanceView",
        f"{INSTANCE}/networkInterfaces",
    }
    assert urls(found, "scale_set", "scale_set_extensions") == {SCALE_SET, f"{SCALE_SET}/extensions"}
    assert urls(found, "security_group") == {NIC_NSG, SUBNET_NSG}
    assert not names(found) & {"vm", "vm_extensions", "network_interface", "effective_routes"}


def test_of_an_instance_only_the_interface_can_be_asked_about() -> None:
    scenario = instance_of("healthy")
    watcher = {"id": WATCHER, "location": "eastus"}
    scenario.read("network_watchers", {"value": [watcher]}, subscription=SUBSCRIPTION_ID)

    found = bodies(scenario)

    assert set(found) == {"network_configuration_diagnostic"}
    assert found["network_configuration_diagnostic"]["targetResourceId"] == INSTANCE_NIC


def filters(scenario: Scenario) -> list[str]:
    return [unquote(it.url).partition("$filter=")[2] for it in log_reads(scenario.snapshot, scenario.vm)]


def test_the_log_is_read_for_14_days_before_the_snapshot() -> None:
    scenario = healthy()

    span = "eventTimestamp ge '2026-11-06T09:30:00Z' and eventTimestamp le '2026-11-20T09:30:00Z'"
    assert filters(scenario) == [f"{span} and resourceGroupName eq 'shop-prod-rg'"]


@pytest.mark.parametrize(
    ("failed", "start"),
    [
        ("2026-11-10T00:00:00Z", "2026-10-27T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-08-23T09:30:00Z"),
        ("2026-12-24T00:00:00Z", "2026-11-06T09:30:00Z"),
    ],
)
def test_the_log_is_read_from_14_days_before_the_failure_as_far_as_azure_keeps_it(failed: str, start: str) -> None:
    scenario = healthy()
    (extension,) = (
        it for it in scenario.body("web-01/extensions")["value"] if it["properties"]["type"] == "GuestAttestation"
    )
    view = extension["properties"].setdefault("instanceView", {})
    view["statuses"] = [
        {"code": "ProvisioningState/failed/1", "level": "Error", "time": failed},
        {"code": "ProvisioningState/failed/1", "level": "Error", "time": "2026-11-20T09:00:00Z"},
        {"code": "ProvisioningState/succeeded", "level": "Info", "time": "2020-01-01T00:00:00Z"},
    ]

    (condition,) = filters(scenario)
    if failed < "2026-12":
        assert f"eventTimestamp ge '{start}'" in condition
    else:
        assert "eventTimestamp ge '2026-11-06T09:00:00Z'" in condition


def test_the_log_is_read_in_every_group_that_holds_something_of_the_path() -> None:
    scenario = with_firewall(via("198.51.100.4"), firewallPolicy={"id": POLICY})
    scenario.read("firewall_policy", {"id": POLICY, "properties": {}}, id=POLICY)
    peer = f"{HUB_SUBSCRIPTION}/resourceGroups/other-rg/providers/Microsoft.Network/virtualNetworks/peer"
    peering = copy.deepcopy(scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["virtualNetworkPeerings"][0])
    peering["properties"]["remoteVirtualNetwork"]["id"] = peer
    scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["virtualNetworkPeerings"].append(peering)
    scenario.read("virtual_network", {"id": peer, "properties": {}}, id=peer)

    groups = [it.rpartition("resourceGroupName eq ")[2] for it in filters(scenario)]

    assert groups == ["'shop-prod-rg'", "'hub-rg'"]
    asked = log_reads(scenario.snapshot, scenario.vm)
    assert asked[1].url.startswith(f"{HUB_SUBSCRIPTION}/providers/Microsoft.Insights/")


def test_a_log_that_was_read_for_that_time_is_not_read_again() -> None:
    scenario = healthy()
    (asked,) = log_reads(scenario.snapshot, scenario.vm)
    scenario.add("GET", asked.url, {"value": []})
    assert log_reads(scenario.snapshot, scenario.vm) == []

    scenario.captured_at = "2026-11-20T09:31:00Z"
    assert len(log_reads(scenario.snapshot, scenario.vm)) == 1


def test_a_log_of_which_a_page_is_missing_is_read_to_its_end() -> None:
    scenario = healthy()
    (asked,) = log_reads(scenario.snapshot, scenario.vm)
    following = asked.url.replace("?", "?$skiptoken=2&")
    scenario.add("GET", asked.url, {"value": [], "nextLink": f"https://management.azure.com{following}"})

    found = log_reads(scenario.snapshot, scenario.vm)

    assert [is_answered(scenario.snapshot, it) for it in found] == [True, False]


@pytest.mark.parametrize(
    ("status", "body", "answered"),
    [
        (200, {"properties": {}}, True),
        (200, [], True),
        (404, {"error": {}}, True),
        (404, None, True),
        (200, "<html>", False),
        (200, None, False),
        (202, None, False),
        (401, {}, False),
        (403, {}, False),
        (409, {}, False),
        (429, {}, False),
        (500, {}, False),
        (307, None, False),
    ],
)
def test_what_is_answered_and_what_is_tried_again(status: int, body: Any, answered: bool) -> None:
    scenario = Scenario().read("virtual_network", body, id=VNET, status=status)

    assert is_answered(scenario.snapshot, request("virtual_network", id=VNET)) is answered
    assert not is_answered(scenario.snapshot, request("virtual_network", id=f"{VNET}-2"))


def test_a_long_running_read_whose_result_was_recorded_apart_is_answered() -> None:
    scenario = Scenario()
    place = f"{SUBSCRIPTION}/providers/Microsoft.Network/locations/eastus/operationResults/1"
    headers = {"Location": f"https://management.azure.com{place}"}
    scenario.add("POST", f"{NIC}/effectiveRouteTable", None, status=202, headers=headers)
    asked = request("effective_routes", nic=NIC)
    assert not is_answered(scenario.snapshot, asked)

    scenario.add("GET", place, {"value": []})

    assert is_answered(scenario.snapshot, asked)


def test_a_plan_depends_on_the_snapshot_alone() -> None:
    one, other = (planned(healthy().snapshot, healthy().vm) for _ in range(2))

    assert [(it.key, it.on_path) for it in one] == [(it.key, it.on_path) for it in other]
