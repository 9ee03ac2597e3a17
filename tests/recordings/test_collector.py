"""The recordings go through the collector: played back to the real clients, and recorded by them once more.

PLAYED lists every recorded request that is a read of the table, as it was sent. Firewalls, rule collection groups and
admin rules were recorded one by one where the table reads a list; LISTED plays them as such. What is expected was
worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from azure.core.exceptions import AzureError

from guest_attestation.clouds import CLOUDS
from guest_attestation.collect.adapter import RecordingAdapter, ReplayAdapter
from guest_attestation.collect.capture import Captured, Outcome, capture
from guest_attestation.collect.clients import Clients, Patience
from guest_attestation.collect.request import Request
from guest_attestation.diagnosis.diagnose import diagnose
from guest_attestation.facts.gather import gather
from guest_attestation.reads import READS
from guest_attestation.resource_id import parse_vm_id
from guest_attestation.snapshot.reader import Snapshot, open_snapshot
from tests.recordings.recorded import (
    ATTESTED_GROUP,
    RECORDINGS,
    SUBSCRIPTION,
    SUBSCRIPTION_ID,
    Document,
    Excerpt,
    attested_vm,
    body_of,
    causes,
    documented,
    recording,
    statuses,
)
from tests.wire.credential import FixedCredential

PUBLIC = CLOUDS["AzureCloud"]
AT_ONCE = Patience(retries=1, wait=lambda _: None)

PLAYED: dict[str, dict[str, str]] = {
    "attestation": {"attestation.003": "attestation_providers", "attestation.005": "default_provider"},
    "effective-rules-and-routes": {
        "eff.013": "vm",
        "eff.014": "network_interface",
        "eff.017": "effective_security_groups",
        "eff.019": "effective_routes",
        "eff.021": "effective_routes",
    },
    "errors": {"404.test_network_watcher_vm.006": "security_group"},
    "extension-failed": {"omsfail.017": "vm", "omsfail.027": "vm", "omsfail.057": "vm"},
    "firewall": {
        "guy2021.azure_firewall_policy_rules_with_ip_groups.003": "ip_group",
        "guy2021.azure_firewall_policy_rules_with_ip_groups.007": "ip_group",
        "guy2021.azure_firewall_rules_with_ipgroups.003": "ip_group",
        "guy2021.azure_firewall_rules_with_ipgroups.007": "ip_group",
        "guy2021.firewall_policy_with_dns_settings.002": "firewall_policy",
        "guy2021.ip_group.002": "ip_group",
        "haroonf2022.azure_firewall_policy_rules_with_fqdns.006": "firewall_policy",
        "haroonf2022.firewall_policy_with_dns_settings.002": "firewall_policy",
        "kairu2024.azure_firewall_policy_rules_with_fqdns.003": "ip_group",
        "kairu2024.azure_firewall_policy_rules_with_fqdns.006": "firewall_policy",
        "kairu2024.azure_firewall_policy_rules_with_ip_groups.003": "ip_group",
        "kairu2024.azure_firewall_policy_rules_with_ip_groups.007": "ip_group",
        "kairu2024.azure_firewall_rules_with_ipgroups.003": "ip_group",
        "kairu2024.azure_firewall_rules_with_ipgroups.007": "ip_group",
        "kairu2024.firewall_policy_with_dns_settings.002": "firewall_policy",
        "kairu2024.ip_group.002": "ip_group",
    },
    "guest-attestation": {
        **dict.fromkeys(("ga.014", "ga.021", "ga.037", "ga.054", "ga.061", "ga.077", "ga.084"), "vm"),
        **dict.fromkeys(("ga.022", "ga.038", "ga.062", "ga.085"), "network_interface"),
        **dict.fromkeys(("ga.017", "ga.057", "ga.080", "ga.104", "ga.143"), "extension_versions"),
        **dict.fromkeys(
            ("ga.100", "ga.101", "ga.108", "ga.112", "ga.126", "ga.139", "ga.140", "ga.147", "ga.149"), "scale_set"
        ),
    },
    "ip-groups": dict.fromkeys(("ipg.002", "ipg.003", "ipg.006", "ipg.008"), "ip_group"),
    "nsg": {
        **dict.fromkeys(("nsg.003", "nsg.009", "nsg.010", "nsg.011", "nsg.024"), "security_group"),
        **dict.fromkeys(("nsgext.003", "vnetnsg.003"), "security_group"),
        "vnetnsg.007": "virtual_network",
    },
    "route-tables": dict.fromkeys(("rt.003", "rt.004", "rt.007", "rt.013"), "route_table"),
    "security-types": {
        **dict.fromkeys(("tl2.015", "tl2.042", "tl2.064", "tl2.087"), "vm"),
        **dict.fromkeys(("tl2.016", "tl2.043", "tl2.065", "tl2.088"), "network_interface"),
    },
    "service-tags": {"list-centralus-2023": "service_tags"},
    "trusted-launch": {"tl.012": "vm", "tl.013": "network_interface", "tl.014": "public_ip_address"},
    "trusted-launch-update": {"tlu.013": "vm", "tlu.014": "network_interface"},
}
ANSWERS_OF = {"eff.017": "eff.018", "eff.019": "eff.020", "eff.021": "eff.022"}
EVERY = [f"{folder}/{name}" for folder, names in PLAYED.items() for name in names]


def as_request(document: Document, read_name: str) -> Request:
    """The recorded request as the plan has it: without host and api-version."""
    parts = urlsplit(document["request"]["url"])
    query = [(name, value) for name, value in parse_qsl(parts.query) if name.casefold() != "api-version"]
    url = parts.path + (f"?{urlencode(query, safe='$')}" if query else "")
    return Request(READS[read_name], url, document["request"]["body"])


def filled(read_name: str, values: dict[str, str]) -> Request:
    """The request of a read, its values filled in."""
    read = READS[read_name]
    return Request(read, read.url(**values), read.body)


def play(snapshot: Snapshot, reads: Iterable[Request]) -> list[Document]:
    """Play reads back through the real clients; what they made of it is no matter, what was recorded is."""
    documents: list[Document] = []
    adapter = RecordingAdapter(PUBLIC, documents.append, ReplayAdapter(snapshot))
    clients = Clients(PUBLIC, FixedCredential(), adapter, AT_ONCE)
    for asked in reads:
        try:
            clients.perform(asked)
        except (AzureError, AttributeError, TypeError, ValueError):
            assert documents, "without an answer there is nothing to be amiss with"
    return documents


@pytest.mark.parametrize("name", EVERY)
def test_a_recorded_read_comes_through_the_real_clients_as_it_was(name: str, excerpt: Excerpt) -> None:
    folder, _, start = name.rpartition("/")
    answer = f"{folder}/{ANSWERS_OF[start]}" if start in ANSWERS_OF else name
    snapshot = excerpt.copy(*dict.fromkeys((name, answer))).snapshot()

    documents = play(snapshot, [as_request(recording(name), PLAYED[folder][start])])

    was, last = recording(answer)["response"], documents[-1]
    asked, sent = recording(name)["request"], last["request"]
    assert (last["response"]["status"], last["response"]["body"]) == (was["status"], was["body"])
    assert len(documents) == (2 if start in ANSWERS_OF else 1)
    assert sent["method"] == asked["method"]
    assert urlsplit(sent["url"]).path.casefold() == urlsplit(asked["url"]).path.casefold()


def test_every_folder_of_recordings_is_played() -> None:
    held = {file.relative_to(RECORDINGS).parts[0] for file in RECORDINGS.rglob("*.json")}

    # The other three hold no request to Resource Manager that is a read of the table: assessment metadata, what was
    # written to network managers, and examples without a request; the last two are played below.
    assert held - set(PLAYED) == {"defender", "network-manager", "documented-examples"}


HAND_CHECKED: dict[str, tuple[tuple[str, ...], Any]] = {
    "attestation/attestation.003": (("value",), []),
    "attestation/attestation.005": (("properties", "attestUri"), "https://sharedwus.wus.attest.azure.net"),
    "effective-rules-and-routes/eff.013": (("properties", "hardwareProfile", "vmSize"), "Standard_DS1_v2"),
    "errors/404.test_network_watcher_vm.006": (("error", "code"), "ResourceNotFound"),
    "firewall/guy2021.ip_group.002": (("properties", "ipAddresses"), ["10.0.0.1", "10.0.0.2"]),
    "firewall/kairu2024.azure_firewall_policy_rules_with_fqdns.006": (
        ("properties", "dnsSettings"),
        {"servers": ["10.0.0.2", "10.0.0.3"], "enableProxy": True},
    ),
    "guest-attestation/ga.021": (("name",), "vm000002"),
    "ip-groups/ipg.006": (("properties", "ipAddresses"), ["10.0.1.0"]),
    "nsg/nsg.011": (("properties", "provisioningState"), "Succeeded"),
    "route-tables/rt.013": (("properties", "disableBgpRoutePropagation"), True),
    "security-types/tl2.087": (("properties", "securityProfile", "securityType"), "ConfidentialVM"),
    "service-tags/list-centralus-2023": (("cloud",), "Public"),
    "trusted-launch/tl.014": (("properties", "ipAddress"), "20.225.243.61"),
}


@pytest.mark.parametrize("name", HAND_CHECKED)
def test_what_comes_through_was_looked_at(name: str, excerpt: Excerpt) -> None:
    folder, _, start = name.rpartition("/")
    documents = play(excerpt.copy(name).snapshot(), [as_request(recording(name), PLAYED[folder][start])])

    value: Any = documents[-1]["response"]["body"]
    for key in HAND_CHECKED[name][0]:
        value = value[key]
    assert value == HAND_CHECKED[name][1]


@pytest.mark.parametrize(("name", "number"), [("eff.017", 1), ("eff.019", 18), ("eff.021", 18)])
def test_effective_rules_and_routes_are_one_exchange_each(name: str, number: int, excerpt: Excerpt) -> None:
    folder = "effective-rules-and-routes"
    excerpt.copy(f"{folder}/{name}", f"{folder}/{ANSWERS_OF[name]}")

    documents = play(excerpt.snapshot(), [as_request(recording(f"{folder}/{name}"), PLAYED[folder][name])])

    assert [document["response"]["status"] for document in documents] == [202, 200]
    assert {document["request"]["url"] for document in documents} == {documents[0]["request"]["url"]}
    assert len(documents[-1]["response"]["body"]["value"]) == number


NETWORK = f"{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Network"
POLICY = f"{NETWORK}/firewallPolicies/myclipolicy"
VNET = f"{NETWORK}/virtualNetworks/vnet"
WATCHER = f"{NETWORK}/networkWatchers/nw"
NIC = f"{NETWORK}/networkInterfaces/nic"
HUB = f"{NETWORK}/virtualHubs/hub"
VM = f"{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"
IN_SUBSCRIPTION = {"subscription": SUBSCRIPTION_ID}
EXAMPLES = "network-2021-02-01"

FIREWALLS = [
    "guy2021.azure_firewall_rules.011",
    "guy2021.azure_firewall_rules_with_ipgroups.035",
    "haroonf2022.azure_firewall_rules.011",
    "haroonf2022.azure_firewall_rules_with_ipgroups.035",
    "kairu2024.azure_firewall_rules.011",
    "kairu2024.azure_firewall_rules_with_ipgroups.035",
]
GROUPS = [
    "guy2021.azure_firewall_policy.047",
    "guy2021.azure_firewall_policy_rules_with_ip_groups.042",
    "haroonf2022.azure_firewall_policy.047",
    "haroonf2022.azure_firewall_policy_rules_with_fqdns.025",
    "haroonf2022.azure_firewall_policy_rules_with_ip_groups.042",
    "kairu2024.azure_firewall_policy.057",
    "kairu2024.azure_firewall_policy_app_rules_with_custom_headers.014",
    "kairu2024.azure_firewall_policy_rules_with_fqdns.030",
    "kairu2024.azure_firewall_policy_rules_with_ip_groups.050",
    "kairu2024.azure_policy_rcg_draft.035",
]
LISTED: list[tuple[str, str, dict[str, str]]] = [
    *(("firewalls", f"firewall/{name}", IN_SUBSCRIPTION) for name in FIREWALLS),
    *(("rule_collection_groups", f"firewall/{name}", {"policy": POLICY}) for name in GROUPS),
    ("effective_admin_rules", "network-manager/admin_rule_crud.006", {"vnet": VNET}),
]
WHOLE: list[tuple[str, str, dict[str, str]]] = [
    ("firewalls", f"{EXAMPLES}/AzureFirewallListBySubscription", IN_SUBSCRIPTION),
    ("rule_collection_groups", f"{EXAMPLES}/FirewallPolicyRuleCollectionGroupList", {"policy": POLICY}),
    ("firewall_policy", f"{EXAMPLES}/FirewallPolicyGet", {"id": POLICY}),
    ("hub_route_tables", f"{EXAMPLES}/HubRouteTableList", {"hub": HUB}),
    ("effective_security_groups", f"{EXAMPLES}/NetworkInterfaceEffectiveNSGList", {"nic": NIC}),
    ("effective_routes", f"{EXAMPLES}/NetworkInterfaceEffectiveRouteTableList", {"nic": NIC}),
    ("ip_flow_verify", f"{EXAMPLES}/NetworkWatcherIpFlowVerify", {"watcher": WATCHER}),
    ("next_hop", f"{EXAMPLES}/NetworkWatcherNextHopGet", {"watcher": WATCHER}),
    (
        "network_configuration_diagnostic",
        f"{EXAMPLES}/NetworkWatcherNetworkConfigurationDiagnostic",
        {"watcher": WATCHER},
    ),
    ("service_tags", f"{EXAMPLES}/ServiceTagsList", {**IN_SUBSCRIPTION, "location": "westcentralus"}),
    ("default_providers", "attestation/Get_DefaultProviders", IN_SUBSCRIPTION),
    ("default_provider", "attestation/Get_DefaultProviderByLocation", {**IN_SUBSCRIPTION, "location": "Central US"}),
    ("attestation_providers", "attestation/Get_AttestationProvidersList", IN_SUBSCRIPTION),
    ("assessment", "security-2020-01-01/GetAssessment_example", {"vm": VM, "key": "k"}),
]


@pytest.mark.parametrize(("read", "name", "values"), LISTED, ids=[it[1] for it in LISTED])
def test_what_was_recorded_alone_comes_through_as_a_list(
    read: str, name: str, values: dict[str, str], excerpt: Excerpt
) -> None:
    body = {"value": [body_of(name)]}

    (document,) = play(excerpt.answered(read, body, **values).snapshot(), [filled(read, values)])

    assert document["response"]["body"] == body


def test_an_empty_list_of_admin_rules_comes_through(excerpt: Excerpt) -> None:
    body = body_of("network-manager/list_queries.007")  # the manager's own list: the only one that was recorded
    excerpt.answered("effective_admin_rules", body, vnet=VNET)

    (document,) = play(excerpt.snapshot(), [filled("effective_admin_rules", {"vnet": VNET})])

    assert document["response"]["body"] == body == {"skipToken": "", "value": []}


@pytest.mark.parametrize(("read", "name", "values"), WHOLE, ids=[it[0] for it in WHOLE])
def test_what_microsoft_documents_comes_through_the_real_clients(
    read: str, name: str, values: dict[str, str], excerpt: Excerpt
) -> None:
    body = documented(f"{name}.json")

    (document,) = play(excerpt.answered(read, body, **values).snapshot(), [filled(read, values)])

    assert (document["response"]["status"], document["response"]["body"]) == (200, body)
    assert document["request"]["method"] == READS[read].method


REFUSALS: dict[str, tuple[int, str]] = {
    "401.test_swiftlet.062": (401, "failed"),
    "403.test_aks_approuting_zone_add_delete_list.024": (403, "refused"),
    "403.test_backup_csr.125": (403, "refused"),
    "403.test_resource_policy_identity.001": (403, "refused"),
    "404.test_disk_trusted_launch.007": (404, "not there"),
    "404.test_network_manager_reachability_analysis_run.022": (404, "not there"),
    "404.test_network_manager_static_cidr_crud.014": (404, "not there"),
    "404.test_network_watcher_vm.006": (404, "not there"),
    "404.test_vm_boot_diagnostics.022": (404, "not there"),
    "404.test_vm_update_with_workspace_linux.021": (404, "not there"),
    "409.test_guest_attestation_extension_and_msi.148": (409, "failed"),
    "429.test_backend_pool_backend.015": (429, "may pass"),
    "429.test_backup_csr.103": (429, "may pass"),
    "429.test_check_resource_VM.080": (429, "may pass"),
    "429.test_containerapp_preview_create_with_environment_id.085": (429, "may pass"),
    "429.test_content_key_policy_create_with_playready_success.000": (429, "may pass"),
    "429.test_machine_and_extension.009": (429, "may pass"),
    "429.test_network_vpn_connection_nat_rule.009": (429, "may pass"),
}
ASKED: list[tuple[str, dict[str, str]]] = [
    ("vm", {"vm": VM}),
    ("virtual_network", {"id": VNET}),
    ("defender_plan", IN_SUBSCRIPTION),
    ("effective_routes", {"nic": NIC}),
    ("effective_admin_rules", {"vnet": VNET}),
]


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize(("read", "values"), ASKED, ids=[it[0] for it in ASKED])
def test_a_recorded_error_is_recorded_for_whatever_it_answers(
    read: str, values: dict[str, str], name: str, excerpt: Excerpt
) -> None:
    was = recording(f"errors/{name}")["response"]
    snapshot = excerpt.asked(f"errors/{name}", read, **values).snapshot()

    documents = play(snapshot, [filled(read, values)])

    assert {document["response"]["status"] for document in documents} == {REFUSALS[name][0]}
    assert documents[-1]["response"]["body"] == was["body"]
    assert kind_of(Outcome(filled(read, values), snapshot.answer(read, **values))) == REFUSALS[name][1]


def kind_of(outcome: Outcome) -> str:
    if outcome.may_pass:
        return "may pass"
    return "refused" if outcome.is_refused else "failed" if outcome.is_failed else "not there"


COMPUTE = "providers/Microsoft.Compute/virtualMachines"
CONVENIENCE = f"{SUBSCRIPTION}/resourceGroups/cli_nic_convenience_test000001/{COMPUTE}/conveniencevm1"
OMS = f"{SUBSCRIPTION}/resourceGroups/cli_test_vm_update_with_workspace_linux000001/{COMPUTE}/monitorvm"
ON_V2 = f"{SUBSCRIPTION}/resourceGroups/cli_test_trusted_launch_on_v2_000001/{COMPUTE}"
UPDATED = f"{SUBSCRIPTION}/resourceGroups/cli_test_vm_trusted_launch_update_000001/{COMPUTE}/vm"
LAUNCHED = f"{SUBSCRIPTION}/resourceGroups/cli_test_vm_trusted_launch_000001/{COMPUTE}/vm"
VM_AND_NIC = {"vm", "network_interface"}

CAPTURES: dict[str, tuple[str, list[str], set[str]]] = {
    "vm000002": (attested_vm("vm000002"), ["ga.017", "ga.021", "ga.022"], {*VM_AND_NIC, "extension_versions"}),
    "vm000003": (attested_vm("vm000003"), ["ga.037", "ga.038"], VM_AND_NIC),
    "vm000004": (attested_vm("vm000004"), ["ga.061", "ga.062"], VM_AND_NIC),
    "vm000005": (attested_vm("vm000005"), ["ga.084", "ga.085"], VM_AND_NIC),
    "conveniencevm1": (
        CONVENIENCE,
        ["eff.013", "eff.014", "eff.017", "eff.018", "eff.021", "eff.022"],
        {*VM_AND_NIC, "effective_security_groups", "effective_routes"},
    ),
    "monitorvm": (OMS, ["omsfail.057"], {"vm"}),
    "vm1000002": (f"{ON_V2}/vm1000002", ["tl2.015", "tl2.016"], VM_AND_NIC),
    "vm4000005": (f"{ON_V2}/vm4000005", ["tl2.087", "tl2.088"], VM_AND_NIC),
    "updated": (UPDATED, ["tlu.013", "tlu.014"], VM_AND_NIC),
    "launched": (LAUNCHED, ["tl.012", "tl.013", "tl.014"], {*VM_AND_NIC, "public_ip_address"}),
}
FOLDERS = {
    "ga": "guest-attestation",
    "eff": "effective-rules-and-routes",
    "omsfail": "extension-failed",
    "tl2": "security-types",
    "tl": "trusted-launch",
    "tlu": "trusted-launch-update",
}


def captured(excerpt: Excerpt, vm: str, folder: Path) -> Captured:
    below = ReplayAdapter(excerpt.snapshot())
    return capture(parse_vm_id(vm), PUBLIC, folder, FixedCredential(), below=below, patience=AT_ONCE)


@pytest.mark.parametrize("case", CAPTURES)
def test_a_whole_capture_of_a_recorded_vm_gives_the_recordings_diagnosis(
    case: str, excerpt: Excerpt, tmp_path: Path
) -> None:
    vm, names, answered = CAPTURES[case]
    excerpt.copy(*(f"{FOLDERS[name.partition('.')[0]]}/{name}" for name in names))

    outcomes = captured(excerpt, vm, tmp_path / "again").outcomes

    assert {it.request.read.name for it in outcomes if it.answer is not None} == answered
    assert not [it.why for it in outcomes if it.answer is not None and not it.answer.ok]
    assert all(it.error.startswith("not in the snapshot: ") for it in outcomes if it.answer is None)
    again = replace(open_snapshot(tmp_path / "again"), captured_at=excerpt.snapshot().captured_at)
    ours, theirs = diagnose(gather(again, parse_vm_id(vm))), excerpt.diagnose(vm)
    assert statuses(ours) == statuses(theirs)
    assert causes(ours) == causes(theirs)


def test_what_a_recorded_vm_names_is_asked_for(excerpt: Excerpt, tmp_path: Path) -> None:
    excerpt.copy("guest-attestation/ga.017", "guest-attestation/ga.021", "guest-attestation/ga.022")

    outcomes = captured(excerpt, attested_vm("vm000002"), tmp_path / "again").outcomes

    (versions,) = (it for it in outcomes if it.request.read.name == "extension_versions")
    assert versions.answer is not None
    assert [item["name"] for item in versions.answer.body.value][11] == "1.0.1.21"  # type: ignore[attr-defined]
    asked = {it.request.url for it in outcomes}
    assert f"{ATTESTED_GROUP}/providers/Microsoft.Network/networkSecurityGroups/vm000002NSG" in asked
    assert f"{ATTESTED_GROUP}/providers/Microsoft.Network/publicIPAddresses/vm000002PublicIP" in asked
