"""The recording errors: each of its answers as the answer to each read, its request alone replaced.

An answer that refuses or fails proves nothing: every check ends as if the read had never been made, and where it was
refused the missing permission is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from guest_attestation.commands.main import main
from guest_attestation.diagnosis.diagnose import diagnose
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.reading import Reading
from tests.recordings.moved import (
    NIC_GROUP,
    PUBLIC_IP,
    ROUTE_TABLE,
    SUBNET,
    SUBNET_GROUP,
    VM,
    VNET,
    VNET_GROUP,
    into,
    naming,
)
from tests.recordings.recorded import (
    ATTESTATION_ASSESSMENT,
    ATTESTED_GROUP,
    RECORDINGS,
    SUBSCRIPTION_ID,
    Document,
    Excerpt,
    body_of,
    causes,
    recording,
    request_of,
    statuses,
)

NIC = f"{ATTESTED_GROUP}/providers/Microsoft.Network/networkInterfaces/vm000002VMNic"
BALANCER = f"{ATTESTED_GROUP}/providers/Microsoft.Network/loadBalancers/vmss000007LB"
NAT_GATEWAY = f"{VNET_GROUP}/natGateways/gateway"

UNAUTHENTICATED = ["401.test_swiftlet.062"]
FORBIDDEN = [
    "403.test_aks_approuting_zone_add_delete_list.024",
    "403.test_backup_csr.125",
    "403.test_resource_policy_identity.001",
]
NOT_GIVEN = [
    "404.test_disk_trusted_launch.007",
    "404.test_network_manager_reachability_analysis_run.014",
    "404.test_network_manager_reachability_analysis_run.016",
    "404.test_network_manager_reachability_analysis_run.022",
    "404.test_network_manager_reachability_analysis_run.024",
    "404.test_network_manager_reachability_analysis_run.029",
    "404.test_network_manager_static_cidr_crud.013",
    "404.test_network_manager_static_cidr_crud.014",
    "404.test_network_watcher_vm.006",
    "404.test_vm_boot_diagnostics.022",
    "404.test_vm_update_with_workspace_linux.021",
    "409.test_guest_attestation_extension_and_msi.148",
    "429.test_backend_pool_backend.015",
    "429.test_backup_csr.103",
    "429.test_check_resource_VM.080",
    "429.test_containerapp_preview_create_with_environment_id.085",
    "429.test_content_key_policy_create_with_playready_success.000",
    "429.test_machine_and_extension.009",
    "429.test_network_vpn_connection_nat_rule.009",
]
SOME = [
    UNAUTHENTICATED[0],
    FORBIDDEN[0],
    "404.test_network_watcher_vm.006",
    "404.test_vm_boot_diagnostics.022",
    "409.test_guest_attestation_extension_and_msi.148",
    "429.test_backup_csr.103",
    "429.test_check_resource_VM.080",
]
STRINGS = ["404.test_vm_boot_diagnostics.022", "429.test_check_resource_VM.080", "429.test_machine_and_extension.009"]


@dataclass(frozen=True)
class Asked:
    """A read, what it is asked of, the permission it needs, and the checks that are unknown without it."""

    read: str
    permission: str
    unknown: tuple[str, ...]
    values: dict[str, str]
    reading: Callable[[Facts], Reading[Any] | None]
    references: dict[str, str] = field(default_factory=dict)
    leaves_out: tuple[str, ...] = ()


PREREQUISITES = (
    "security-type", "secure-boot", "vtpm", "generation", "size", "power-state", "agent", "identity", "proxy-agent",
)  # fmt: skip
ASKED = {
    "vm": Asked(
        "vm",
        "Microsoft.Compute/virtualMachines/read",
        (
            *(f"prerequisites.{name}" for name in PREREQUISITES),
            *("path.nic-nsg", "path.subnet-nsg", "path.provider", "dns.servers", "defender.recommendations"),
        ),
        {"vm": VM},
        lambda facts: facts.vm,
        leaves_out=("guest-attestation/ga.021",),
    ),
    "extensions, with the VM not read": Asked(
        "vm_extensions",
        "Microsoft.Compute/virtualMachines/extensions/read",
        ("extension.installed", "extension.state", "extension.reporting", "prerequisites.other-extensions"),
        {"vm": VM},
        lambda facts: facts.extensions,
        leaves_out=("guest-attestation/ga.021",),
    ),
    "NIC": Asked(
        "network_interface",
        "Microsoft.Network/networkInterfaces/read",
        ("path.nic-nsg", "path.subnet-nsg", "path.route", "path.imds", "dns.servers"),
        {"id": NIC},
        lambda facts: facts.primary.nic,
        leaves_out=("guest-attestation/ga.022",),
    ),
    "VNet": Asked(
        "virtual_network",
        "Microsoft.Network/virtualNetworks/read",
        ("path.subnet-nsg", "path.route", "path.imds", "dns.servers"),
        {"id": VNET},
        lambda facts: facts.primary.vnet,
        leaves_out=("nsg/vnetnsg.007",),
    ),
    "NSG of the NIC": Asked(
        "security_group",
        "Microsoft.Network/networkSecurityGroups/read",
        ("path.nic-nsg", "path.imds", "dns.servers"),
        {"id": NIC_GROUP},
        lambda facts: facts.primary.nic_group,
        leaves_out=("nsg/nsg.011",),
    ),
    "NSG of the subnet": Asked(
        "security_group",
        "Microsoft.Network/networkSecurityGroups/read",
        ("path.subnet-nsg", "path.imds", "dns.servers"),
        {"id": SUBNET_GROUP},
        lambda facts: facts.primary.subnet_group,
        leaves_out=("nsg/vnetnsg.003",),
    ),
    "route table": Asked(
        "route_table",
        "Microsoft.Network/routeTables/read",
        ("path.route",),
        {"id": ROUTE_TABLE},
        lambda facts: facts.primary.route_table,
        references={"routeTable": ROUTE_TABLE},
    ),
    "NAT gateway": Asked(
        "nat_gateway",
        "Microsoft.Network/natGateways/read",
        ("path.egress",),
        {"id": NAT_GATEWAY},
        lambda facts: facts.primary.nat_gateway,
        references={"natGateway": NAT_GATEWAY},
    ),
    "load balancer": Asked(
        "load_balancer",
        "Microsoft.Network/loadBalancers/read",
        ("path.egress",),
        {"id": BALANCER},
        lambda facts: facts.primary.load_balancers[0],
    ),
    "admin rules": Asked(
        "effective_admin_rules",
        "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
        ("path.admin-rules",),
        {"vnet": VNET},
        lambda facts: facts.primary.admin_rules,
    ),
    "assessment": Asked(
        "assessment",
        "Microsoft.Security/assessments/read",
        ("extension.reporting", "defender.attestation-status"),
        {"vm": VM, "key": ATTESTATION_ASSESSMENT},
        lambda facts: facts.assessment,
    ),
    "recommendation": Asked(
        "assessment",
        "Microsoft.Security/assessments/read",
        ("defender.recommendations",),
        {"vm": VM, "key": "e94a7421-fc27-7a4d-e9ba-2ba01384cacd"},
        lambda facts: facts.recommendations["e94a7421-fc27-7a4d-e9ba-2ba01384cacd"],
    ),
    "Defender's plan": Asked(
        "defender_plan",
        "Microsoft.Security/pricings/read",
        ("defender.plan",),
        {"subscription": SUBSCRIPTION_ID},
        lambda facts: facts.defender_plan,
    ),
}


def behind_the_balancer(nic: Document) -> None:
    into(SUBNET, NIC_GROUP)(nic)
    ip = nic["properties"]["ipConfigurations"][0]["properties"]
    del ip["publicIPAddress"]
    ip["loadBalancerBackendAddressPools"] = [{"id": f"{BALANCER}/backendAddressPools/vmss000007LBBEPool"}]


def world(excerpt: Excerpt, asked: Asked | None = None) -> Excerpt:
    """The VM in the recorded network, without what is asked for."""
    balanced = asked is not None and asked.read == "load_balancer"
    changes: dict[str, Callable[[Document], None] | None] = {
        "guest-attestation/ga.021": None,
        "guest-attestation/ga.022": behind_the_balancer if balanced else into(SUBNET, NIC_GROUP),
        "nsg/nsg.011": None,
        "nsg/vnetnsg.003": None,
        "nsg/vnetnsg.007": naming(**asked.references) if asked is not None else None,
    }
    for name, change in changes.items():
        if asked is not None and name in asked.leaves_out:
            continue
        if change is None:
            excerpt.copy(name)
        else:
            excerpt.changed(name, change)
    return excerpt


def refuse(excerpt: Excerpt, error: str, asked: Asked) -> Excerpt:
    """Record an error as the answer to a read, in place of the error before it."""
    document = {**recording(f"errors/{error}.json"), "request": request_of(asked.read, asked.values)}
    return excerpt.put(document, f"{asked.read}/error.json")


def test_the_recording_holds_these_answers_and_no_other() -> None:
    found = {path.stem for path in (RECORDINGS / "errors").glob("[0-9]*.json")}

    assert found == {*UNAUTHENTICATED, *FORBIDDEN, *NOT_GIVEN}
    assert {name for name in found if isinstance(recording(f"errors/{name}.json")["response"]["body"], str)} == set(
        STRINGS
    )


@pytest.mark.parametrize("name", list(ASKED))
def test_an_answer_that_gives_nothing_leaves_the_checks_as_they_are_without_it(excerpt: Excerpt, name: str) -> None:
    asked = ASKED[name]
    without = statuses(world(excerpt, asked).diagnose(VM, excerpt.prefixes))

    for error in (*UNAUTHENTICATED, *FORBIDDEN, *NOT_GIVEN):
        diagnosis = refuse(excerpt, error, asked).diagnose(VM, excerpt.prefixes)

        found = statuses(diagnosis)
        assert found == without, error
        assert {found[check] for check in asked.unknown} == {"unknown"}, error
        assert causes(diagnosis) == [], error
        assert str(diagnosis.verdict) == "unknown", error


@pytest.mark.parametrize("name", list(ASKED))
def test_where_a_read_was_forbidden_its_permission_is_named(excerpt: Excerpt, name: str) -> None:
    asked = ASKED[name]
    world(excerpt, asked)

    for error in FORBIDDEN:
        facts = refuse(excerpt, error, asked).facts(VM, excerpt.prefixes)
        reading, diagnosis = asked.reading(facts), diagnose(facts)

        assert reading is not None
        assert (reading.value, reading.missing_permission) == (None, asked.permission)
        for check in (diagnosis.check(check) for check in asked.unknown):
            assert check.missing_permission == asked.permission, check.id
            assert asked.permission in check.summary


@pytest.mark.parametrize("name", list(ASKED))
def test_where_an_answer_gives_nothing_for_another_reason_its_status_is_named_and_no_permission(
    excerpt: Excerpt, name: str
) -> None:
    asked = ASKED[name]
    world(excerpt, asked)

    for error in NOT_GIVEN:
        facts = refuse(excerpt, error, asked).facts(VM, excerpt.prefixes)
        reading, diagnosis = asked.reading(facts), diagnose(facts)

        assert reading is not None
        assert (reading.value, reading.missing_permission) == (None, None)
        assert reading.why_not.startswith(f"answered {error[:3]}")
        for check in (diagnosis.check(check) for check in asked.unknown):
            assert check.missing_permission is None, check.id
            assert f"answered {error[:3]}" in check.summary


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("404.test_network_watcher_vm.006", "ResourceNotFound"),
        ("409.test_guest_attestation_extension_and_msi.148", "Conflict"),
        ("429.test_backend_pool_backend.015", "TooManyRequests"),
        ("429.test_network_vpn_connection_nat_rule.009", "RetryableError"),
    ],
)
def test_azures_own_error_code_is_shown(excerpt: Excerpt, error: str, code: str) -> None:
    asked = ASKED["NSG of the NIC"]
    refuse(world(excerpt, asked), error, asked)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.nic-nsg")

    assert f"answered {error[:3]} {code}: GET {NIC_GROUP}" in check.summary


@pytest.mark.parametrize("error", SOME)
def test_a_list_of_extensions_that_was_not_given_leaves_what_the_vm_shows(excerpt: Excerpt, error: str) -> None:
    world(excerpt).asked(f"errors/{error}.json", "vm_extensions", vm=VM)

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    assert statuses(diagnosis, "extension.installed", "extension.state") == {
        "extension.installed": "pass",
        "extension.state": "pass",
    }


@pytest.mark.parametrize("error", SOME)
def test_a_public_address_that_was_not_given_is_still_the_vms_own(excerpt: Excerpt, error: str) -> None:
    world(excerpt).asked(f"errors/{error}.json", "public_ip_address", id=PUBLIC_IP)

    facts = excerpt.facts(VM, excerpt.prefixes)

    assert facts.primary.public_ip is not None
    assert facts.primary.public_ip.value is None
    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.egress").status == "pass"


@pytest.mark.parametrize("error", SOME)
@pytest.mark.parametrize("read", ["effective_security_groups", "effective_routes"])
def test_effective_rules_and_routes_that_were_not_given_leave_what_is_configured(
    excerpt: Excerpt, read: str, error: str
) -> None:
    world(excerpt).asked(f"errors/{error}.json", read, nic=NIC)

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    assert statuses(diagnosis, "path.admin-rules", "path.nic-nsg", "path.subnet-nsg", "path.route") == {
        "path.admin-rules": "unknown",
        "path.nic-nsg": "pass",
        "path.subnet-nsg": "pass",
        "path.route": "pass",
    }


@pytest.mark.parametrize("error", FORBIDDEN)
def test_effective_routes_that_were_forbidden_are_missed_where_a_better_route_can_be_learned(
    excerpt: Excerpt, error: str
) -> None:
    def with_gateway(vnet: Document) -> None:
        gateway = SUBNET.replace("subnet1", "GatewaySubnet")
        vnet["properties"]["subnets"].append({"id": gateway, "properties": {"addressPrefix": "20.0.255.0/27"}})

    world(excerpt).changed("nsg/vnetnsg.007", with_gateway)
    excerpt.asked(f"errors/{error}.json", "effective_routes", nic=NIC)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.route")

    assert (check.status, check.missing_permission) == (
        "unknown",
        "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
    )


@pytest.mark.parametrize("error", SOME)
@pytest.mark.parametrize(
    ("read", "values"),
    [("service_tag", {"tag": "AzureAttestation"}), ("service_tags", {})],
    ids=["one tag", "the list"],
)
def test_service_tags_that_were_not_given_leave_the_documented_containment(
    excerpt: Excerpt, read: str, values: dict[str, str], error: str
) -> None:
    world(excerpt)
    excerpt.asked(f"errors/{error}.json", read, subscription=SUBSCRIPTION_ID, location="westus", **values)

    diagnosis = excerpt.diagnose(VM)

    assert excerpt.facts(VM).service_tags.tags == {}
    check = diagnosis.check("path.nic-nsg")
    assert check.status == "pass"
    assert any("prefixes of AzureAttestation are not known" in text for text in check.assumptions)


@pytest.mark.parametrize("error", [FORBIDDEN[0], *SOME[2:]])
def test_an_activity_log_that_was_not_given_covers_nothing(excerpt: Excerpt, error: str) -> None:
    world(excerpt)
    document = recording(f"errors/{error}.json")
    condition = "eventTimestamp ge '2023-05-12T00:00:00Z' and eventTimestamp le '2023-05-26T01:50:00Z'"
    document["request"] = {
        "method": "GET",
        "url": f"https://management.azure.com/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Insights/eventtypes"
        f"/management/values?api-version=2015-04-01&$filter={condition} and resourceGroupName eq 'cli_test_nsg000001'",
        "body": None,
    }

    activity = excerpt.put(document, "activity.json").facts(VM).activity

    assert activity.windows == ()
    assert activity.writes == ()
    wanted = "Microsoft.Insights/eventtypes/values/read" if error in FORBIDDEN else None
    assert activity.missing_permission == wanted


@pytest.mark.parametrize("error", [FORBIDDEN[1], NOT_GIVEN[0], *STRINGS])
def test_diagnose_of_a_vm_that_was_not_given_ends_as_unknown(
    excerpt: Excerpt, capsys: pytest.CaptureFixture[str], error: str
) -> None:
    folder = excerpt.asked(f"errors/{error}.json", "vm", vm=VM).write_header()

    assert main(["diagnose", str(folder)]) == 4

    shown = capsys.readouterr().out
    assert "UNKNOWN" in shown.splitlines()[0]
    assert ("missing permission: Microsoft.Compute/virtualMachines/read" in shown) == error.startswith("403")


def test_a_later_answer_that_was_given_makes_an_earlier_refusal_good(excerpt: Excerpt) -> None:
    asked = ASKED["NSG of the NIC"]
    world(excerpt, asked).asked(f"errors/{FORBIDDEN[0]}.json", asked.read, **asked.values)
    excerpt.answered("security_group", recording("nsg/nsg.011")["response"]["body"], id=NIC_GROUP)

    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.nic-nsg").status == "pass"


def test_of_two_reads_that_were_forbidden_the_first_one_is_named_and_the_other_in_words(excerpt: Excerpt) -> None:
    world(excerpt).asked(f"errors/{FORBIDDEN[0]}.json", "effective_admin_rules", vnet=VNET)
    excerpt.asked(f"errors/{FORBIDDEN[1]}.json", "effective_security_groups", nic=NIC)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.admin-rules")

    assert check.status == "unknown"
    assert check.missing_permission == "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action"
    assert ASKED["admin rules"].permission in check.summary


@pytest.mark.parametrize("name", list(ASKED))
def test_a_body_that_is_no_object_gives_nothing_though_its_status_is_200(excerpt: Excerpt, name: str) -> None:
    asked = ASKED[name]
    without = statuses(world(excerpt, asked).diagnose(VM, excerpt.prefixes))

    for text in (body_of("guest-attestation/ga.111"), *(body_of(f"errors/{error}.json") for error in STRINGS)):
        assert isinstance(text, str)
        diagnosis = excerpt.answered(asked.read, text, **asked.values).diagnose(VM, excerpt.prefixes)

        assert statuses(diagnosis) == without
        assert causes(diagnosis) == []
        assert str(diagnosis.verdict) == "unknown"


@pytest.mark.parametrize("read", ["vm_extensions", "effective_security_groups", "effective_routes"])
def test_a_body_that_is_no_object_hides_nothing_that_another_answer_shows(excerpt: Excerpt, read: str) -> None:
    without = statuses(world(excerpt).diagnose(VM, excerpt.prefixes))

    for error in STRINGS:
        body = body_of(f"errors/{error}.json")
        assert statuses(excerpt.answered(read, body, vm=VM, nic=NIC).diagnose(VM, excerpt.prefixes)) == without


def test_an_answer_without_content_is_no_answer_of_a_vm(excerpt: Excerpt) -> None:
    document = recording("network-manager/admin_rule_crud.013")
    assert document["response"]["status"] == 204

    diagnosis = excerpt.asked("network-manager/admin_rule_crud.013", "vm", vm=VM).diagnose(VM)

    assert causes(diagnosis) == []
    assert str(diagnosis.verdict) == "unknown"
