"""The whole diagnosis: proxies, platform addresses, ranking, and how checks become one verdict."""

import pytest

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.diagnose import diagnose
from guest_attestation.diagnosis.ranking import ranked, verdict_of
from tests.scenario import NETWORK, Scenario, outbound_rule

PROVEN, SUSPECTED = Confidence.PROVEN, Confidence.SUSPECTED


def cause(code: Code, confidence: Confidence = PROVEN) -> RootCause:
    return RootCause(code, confidence, "/r", "because", "unless")


def deny_tag(scenario: Scenario, tag: str, **more: str) -> Scenario:
    rules = scenario.body("/networkSecurityGroups/web-subnet-nsg")["properties"]["securityRules"]
    rules.append(outbound_rule(f"Deny-{tag}", 150, "Deny", tag, protocol="*", destinationPortRange="*", **more))
    return scenario


def test_causes_are_ranked_by_group_and_then_by_what_stops_the_boot_evidence_first() -> None:
    given = [
        cause(Code.AUTO_UPGRADE_OFF),
        cause(Code.VM_NOT_RUNNING),
        cause(Code.NO_EGRESS, SUSPECTED),
        cause(Code.NSG_DENIES),
        cause(Code.DNS_FAILURE, SUSPECTED),
        cause(Code.SECURE_BOOT_OFF),
        cause(Code.DNS_FAILURE),
    ]
    assert [(it.code.value, it.confidence.value) for it in ranked(given)] == [
        ("secure-boot-off", "proven"),
        ("dns-failure", "proven"),
        ("nsg-denies-attestation", "proven"),
        ("dns-failure", "suspected"),
        ("no-egress", "suspected"),
        ("vm-not-running", "proven"),
        ("auto-upgrade-off", "proven"),
    ]


@pytest.mark.parametrize(
    ("checks", "causes", "failed", "verdict"),
    [
        ([("path.route", "pass")], [], False, "pass"),
        ([("path.route", "unknown")], [], False, "unknown"),
        ([("path.imds", "unknown")], [], False, "pass"),
        ([("path.imds", "warn")], [], False, "warn"),
        ([("path.route", "pass")], [cause(Code.NSG_DENIES, SUSPECTED)], False, "warn"),
        ([("path.route", "unknown")], [cause(Code.NSG_DENIES, SUSPECTED)], False, "unknown"),
        ([("path.route", "unknown")], [cause(Code.NSG_DENIES)], False, "fail"),
        ([("path.route", "pass")], [], True, "fail"),
        ([("path.route", "pass")], [cause(Code.VM_NOT_RUNNING)], False, "pass"),
        ([("extension.auto-upgrade", "warn")], [cause(Code.AUTO_UPGRADE_OFF)], False, "warn"),
    ],
)
def test_how_checks_become_one_verdict(
    checks: list[tuple[str, str]], causes: list[RootCause], failed: bool, verdict: str
) -> None:
    made = [Check(name, Status(status), "") for name, status in checks]
    assert verdict_of(made, causes, reports_failure=failed) == verdict


def test_behind_a_declared_proxy_the_denial_is_the_proxys() -> None:
    diagnosis = Scenario.sample("nsg-denies-attestation").diagnose(proxy="proxy.corp:3128")
    assert [it.code.value for it in diagnosis.root_causes] == ["proxy-required"]
    assert diagnosis.root_causes[0].confidence is PROVEN
    assert diagnosis.root_causes[0].rule == "Deny-Internet-Outbound"
    assert diagnosis.check("path.proxy").status is Status.FAIL
    assert diagnosis.check("path.subnet-nsg").status is Status.FAIL


def test_a_declared_proxy_with_a_free_direct_path_is_not_decided() -> None:
    diagnosis = Scenario.sample("healthy").diagnose(proxy="proxy.corp:3128")
    assert diagnosis.check("path.proxy").status is Status.UNKNOWN
    assert not diagnosis.root_causes


def test_only_a_rule_that_names_azures_resolver_blocks_it() -> None:
    scenario = deny_tag(Scenario.sample("healthy"), "AzurePlatformDNS")
    diagnosis = scenario.diagnose()
    assert [(it.code.value, it.rule) for it in diagnosis.root_causes] == [("dns-failure", "Deny-AzurePlatformDNS")]
    assert diagnosis.check("dns.servers").status is Status.FAIL
    assert diagnosis.check("path.imds").status is Status.PASS


def test_a_denied_metadata_service_is_suspected_until_the_extension_says_so() -> None:
    scenario = deny_tag(Scenario.sample("healthy"), "AzurePlatformIMDS")
    assert [(it.code.value, it.confidence) for it in scenario.diagnose().root_causes] == [("imds-blocked", SUSPECTED)]
    failing = deny_tag(Scenario.sample("nsg-denies-attestation"), "AzurePlatformIMDS")
    for extension in failing.body("/virtualMachines/web-01")["properties"]["instanceView"]["extensions"]:
        for status in (*extension["statuses"], *extension.get("substatuses", [])):
            status["message"] = "AK certificate provisioning failed with error code -29"
    first = failing.diagnose().root_causes[0]
    assert (first.code, first.confidence) == ("imds-blocked", PROVEN)


def test_the_networks_dns_servers_are_in_force_unless_the_nic_has_its_own() -> None:
    scenario = Scenario.sample("healthy")
    vnet = scenario.body("/virtualNetworks/shop-prod-vnet")["properties"]
    vnet["dhcpOptions"] = {"dnsServers": ["168.63.129.16"]}
    assert scenario.diagnose().check("dns.servers").status is Status.PASS
    vnet["dhcpOptions"] = {"dnsServers": ["192.0.2.80"]}
    found = scenario.diagnose().check("dns.servers")
    assert (found.status, found.summary) == (Status.PASS, "the DNS servers in force (192.0.2.80) are reached")
    assert any("what it answers was not seen" in it for it in found.assumptions)
    nic = scenario.body("/networkInterfaces/web-01-nic")["properties"]
    nic["dnsSettings"] = {"dnsServers": ["168.63.129.16"]}
    assert scenario.diagnose().check("dns.servers").status is Status.PASS


def test_name_resolution_is_unknown_where_what_it_needs_was_not_read() -> None:
    for ending in ("/networkInterfaces/web-01-nic", "/virtualNetworks/shop-prod-vnet"):
        found = Scenario.sample("healthy").answer(ending, 403).diagnose().check("dns.servers")
        assert found.status is Status.UNKNOWN
        assert found.missing_permission is not None


def test_a_group_that_was_not_read_leaves_the_platforms_addresses_unknown() -> None:
    scenario = Scenario.sample("healthy").drop("/networkSecurityGroups/web-subnet-nsg")
    scenario.drop("/effectiveNetworkSecurityGroups")
    diagnosis = scenario.diagnose()
    assert diagnosis.check("dns.servers").status is Status.UNKNOWN
    assert diagnosis.check("path.imds").status is Status.UNKNOWN


def test_a_guest_probe_that_was_given_is_not_read_yet() -> None:
    facts = Scenario.sample("healthy").facts()
    assert diagnose(facts).check("guest.probe").status is Status.NOT_APPLICABLE
    assert diagnose(facts, probed=True).check("guest.probe").status is Status.UNKNOWN


def test_every_check_stands_once() -> None:
    ids = [check.id for check in Scenario.sample("healthy").diagnose().checks]
    assert len(ids) == len(set(ids))
    assert {check_id.split(".")[0] for check_id in ids} == {
        *("prerequisites", "extension", "path", "dns", "defender", "guest")
    }


def test_a_resolver_that_only_some_connections_reach_is_unknown() -> None:
    scenario = deny_tag(Scenario.sample("healthy"), "AzurePlatformDNS", sourcePortRange="1-1024")
    assert scenario.diagnose().check("dns.servers").status is Status.UNKNOWN


def test_an_effective_answer_that_expands_a_tag_to_nothing_proves_nothing() -> None:
    scenario = Scenario.sample("healthy")
    for entry in scenario.body("/effectiveNetworkSecurityGroups")["value"]:
        entry["tagMap"] = {"Internet": None, "VirtualNetwork": None}
    assert not scenario.diagnose().root_causes


def test_without_the_network_interface_the_effective_rules_still_prove_a_denial() -> None:
    scenario = Scenario.sample("nsg-denies-attestation").drop("/networkInterfaces/web-01-nic")
    first = scenario.diagnose().root_causes[0]
    assert (first.code, first.confidence, first.rule) == ("nsg-denies-attestation", PROVEN, "Deny-Internet-Outbound")


def test_a_route_that_leads_nowhere_is_no_way_out() -> None:
    scenario = Scenario.sample("healthy")
    routes = scenario.body("/effectiveRouteTable")["value"]
    next(it for it in routes if it["addressPrefix"] == ["0.0.0.0/0"])["state"] = "Invalid"
    diagnosis = scenario.diagnose()
    assert diagnosis.check("path.route").status is Status.UNKNOWN
    assert diagnosis.check("path.egress").status is Status.UNKNOWN


def test_a_list_of_prefixes_that_cannot_be_read_is_as_good_as_none() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body("/serviceTagDetails", "AzureAttestation")["value"][0]["properties"]["addressPrefixes"].append("no.ip")
    found = scenario.diagnose().check("path.subnet-nsg")
    assert found.status is Status.FAIL
    assert any("prefixes of AzureAttestation are not known" in it for it in found.assumptions)


def test_a_network_whose_own_addresses_may_hold_the_providers_leaves_the_computed_route_unknown() -> None:
    scenario = Scenario.sample("healthy").drop("/effectiveRouteTable")
    vnet = scenario.body("/virtualNetworks/shop-prod-vnet")["properties"]
    assert scenario.diagnose().check("path.route").status is Status.PASS
    vnet["addressSpace"]["addressPrefixes"].append("203.0.113.0/24")
    assert scenario.diagnose().check("path.route").status is Status.UNKNOWN


def test_what_hangs_on_a_refused_route_names_its_permission_too() -> None:
    scenario = Scenario.sample("healthy").answer("/virtualNetworks/shop-prod-vnet", 403).drop("/effectiveRouteTable")
    for name in ("path.route", "path.firewall", "path.egress"):
        found = scenario.diagnose().check(name)
        assert (found.status, found.missing_permission) == (Status.UNKNOWN, "Microsoft.Network/virtualNetworks/read")


def test_a_default_route_in_two_halves_leaves_a_denied_virtual_network_unknown() -> None:
    scenario = Scenario.sample("healthy").drop("/effectiveNetworkSecurityGroups").drop("/effectiveRouteTable")
    rules = scenario.body("/networkSecurityGroups/web-subnet-nsg")["properties"]["securityRules"]
    rules.append(outbound_rule("Deny-Network", 150, "Deny", "VirtualNetwork"))
    assert scenario.diagnose().check("path.subnet-nsg").status is Status.PASS
    table = f"{NETWORK}/routeTables/halves"
    subnets = scenario.body("/virtualNetworks/shop-prod-vnet")["properties"]["subnets"]
    next(it for it in subnets if it["name"] == "web")["properties"]["routeTable"] = {"id": table}
    routes = [
        {"name": it, "properties": {"addressPrefix": it, "nextHopType": "Internet"}}
        for it in ("0.0.0.0/1", "128.0.0.0/1")
    ]
    scenario.read("route_table", {"id": table, "properties": {"routes": routes}}, id=table)
    found = scenario.diagnose().check("path.subnet-nsg")
    assert found.status is Status.UNKNOWN
    assert "Deny-Network" in found.summary
