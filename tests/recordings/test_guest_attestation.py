"""The recording guest-attestation: four Trusted Launch VMs before and after the extension is installed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from guest_attestation.commands.main import main
from tests.recordings.recorded import (
    ATTESTATION_ASSESSMENT,
    ATTESTED_GROUP,
    Excerpt,
    attested_vm,
    body_of,
    causes,
    documented,
    statuses,
)

NETWORK = f"{ATTESTED_GROUP}/providers/Microsoft.Network"

VMS = {
    "before": {"vm000002": "ga.014", "vm000003": "ga.037", "vm000004": "ga.054", "vm000005": "ga.077"},
    "after": {"vm000002": "ga.021", "vm000004": "ga.061", "vm000005": "ga.084"},
}
NICS = {"vm000002": "ga.022", "vm000003": "ga.038", "vm000004": "ga.062", "vm000005": "ga.085"}

NOT_READ = {
    "path.admin-rules": "unknown",
    "path.nic-nsg": "unknown",
    "path.subnet-nsg": "unknown",
    "path.route": "unknown",
    "path.firewall": "unknown",
    "path.egress": "unknown",
    "path.provider": "pass",  # by the table: West US is wus
    "path.proxy": "not-applicable",
    "path.shadowed-rules": "pass",
    "path.failover": "pass",
    "path.other-paths": "not-applicable",
    "path.azure-answer": "unknown",
    "path.azure-rules": "unknown",
    "path.azure-route": "unknown",
    "path.azure-effective-rules": "unknown",
    "path.model-contradicted": "not-applicable",
    "path.imds": "unknown",
    "dns.servers": "unknown",
    "defender.plan": "unknown",
    "defender.attestation-status": "unknown",
    "defender.recommendations": "unknown",
    "guest.probe": "not-applicable",
}
TRUSTED_LAUNCH = {
    "prerequisites.security-type": "pass",
    "prerequisites.secure-boot": "pass",
    "prerequisites.vtpm": "pass",
    "prerequisites.generation": "pass",
    "prerequisites.size": "pass",
    "prerequisites.power-state": "pass",
    "prerequisites.identity": "pass",
    "prerequisites.proxy-agent": "not-applicable",
    "prerequisites.other-extensions": "pass",
}


def take(excerpt: Excerpt, when: str, *vms: str) -> Excerpt:
    return excerpt.copy(*(f"guest-attestation/{names[vm]}" for vm in vms for names in (VMS[when], NICS)))


@pytest.mark.parametrize("vm", ["vm000002", "vm000005"])
def test_before_the_extension_while_the_agent_is_not_ready(excerpt: Excerpt, vm: str) -> None:
    diagnosis = take(excerpt, "before", vm).diagnose(attested_vm(vm))

    assert str(diagnosis.verdict) == "fail"
    assert causes(diagnosis) == [("agent-not-ready", "proven"), ("extension-not-installed", "proven")]
    assert statuses(diagnosis) == TRUSTED_LAUNCH | NOT_READ | {
        "prerequisites.agent": "fail",
        "extension.installed": "fail",
        "extension.state": "not-applicable",
        "extension.reporting": "not-applicable",
        "extension.auto-upgrade": "not-applicable",
    }


@pytest.mark.parametrize("vm", ["vm000003", "vm000004"])
def test_before_the_extension_while_the_agent_is_ready(excerpt: Excerpt, vm: str) -> None:
    diagnosis = take(excerpt, "before", vm).diagnose(attested_vm(vm))

    assert str(diagnosis.verdict) == "fail"
    assert causes(diagnosis) == [("extension-not-installed", "proven")]
    assert diagnosis.check("prerequisites.agent").status == "pass"


@pytest.mark.parametrize("vm", ["vm000002", "vm000004", "vm000005"])
def test_after_the_extension_was_installed_nothing_fails_and_much_is_unknown(excerpt: Excerpt, vm: str) -> None:
    diagnosis = take(excerpt, "after", vm).diagnose(attested_vm(vm))

    assert str(diagnosis.verdict) == "unknown"
    assert causes(diagnosis) == []
    assert statuses(diagnosis) == TRUSTED_LAUNCH | NOT_READ | {
        "prerequisites.agent": "pass",
        "extension.installed": "pass",
        "extension.state": "pass",
        "extension.reporting": "unknown",
        "extension.auto-upgrade": "pass",
    }


def test_the_unknown_report_names_the_assessment_that_was_not_read(excerpt: Excerpt) -> None:
    check = take(excerpt, "after", "vm000002").diagnose(attested_vm("vm000002")).check("extension.reporting")

    wanted = f"{attested_vm('vm000002')}/providers/Microsoft.Security/assessments/{ATTESTATION_ASSESSMENT}"
    assert f"not in the snapshot: GET {wanted}" in check.summary
    assert check.missing_permission is None


@pytest.mark.parametrize(("place", "status"), [(0, "pass"), (1, "unknown")], ids=["Healthy", "NotApplicable"])
def test_a_documented_assessment_stands_for_the_legs_only_if_healthy(excerpt: Excerpt, place: int, status: str) -> None:
    listed = documented("security-2020-01-01/ListAssessments_example")["value"]
    vm = attested_vm("vm000002")
    take(excerpt, "after", "vm000002").answered("assessment", listed[place], vm=vm, key=ATTESTATION_ASSESSMENT)

    check = excerpt.diagnose(vm).check("extension.reporting")

    assert check.status == status
    assert bool(check.assumptions) == (status == "pass")


@pytest.mark.parametrize(
    ("vm", "identity"),
    [
        ("vm000002", "SystemAssigned, UserAssigned"),
        ("vm000003", None),
        ("vm000004", "SystemAssigned, UserAssigned"),
        ("vm000005", "SystemAssigned"),
    ],
)
def test_facts_of_the_vms(excerpt: Excerpt, vm: str, identity: str | None) -> None:
    facts = take(excerpt, "before", vm).facts(attested_vm(vm)).vm.value

    assert facts is not None
    assert (facts.id, facts.name, facts.location) == (attested_vm(vm), vm, "westus")
    assert (facts.security_type, facts.secure_boot_enabled, facts.v_tpm_enabled) == ("TrustedLaunch", True, True)
    assert (facts.vm_size, facts.hyper_v_generation, facts.power_state) == ("Standard_DS1_v2", "V2", "running")
    assert facts.identity_type == identity
    assert facts.proxy_agent_enabled is None
    assert [(nic.id, nic.primary) for nic in facts.network_interfaces] == [
        (f"{NETWORK}/networkInterfaces/{vm}VMNic", True)
    ]


@pytest.mark.parametrize(
    ("vm", "when", "code", "display_status", "time"),
    [
        (
            "vm000002",
            "before",
            "ProvisioningState/Unavailable",
            "Not Ready",
            datetime(2023, 5, 26, 1, 45, 37, tzinfo=UTC),
        ),
        ("vm000002", "after", "ProvisioningState/succeeded", "Ready", datetime(2023, 5, 26, 1, 45, 50, tzinfo=UTC)),
        ("vm000003", "before", "ProvisioningState/succeeded", "Ready", datetime(2023, 5, 26, 1, 47, 16, tzinfo=UTC)),
        ("vm000004", "before", "ProvisioningState/succeeded", "Ready", datetime(2023, 5, 26, 1, 48, 50, tzinfo=UTC)),
        ("vm000004", "after", "ProvisioningState/succeeded", "Ready", datetime(2023, 5, 26, 1, 49, 13, tzinfo=UTC)),
        (
            "vm000005",
            "before",
            "ProvisioningState/Unavailable",
            "Not Ready",
            datetime(2023, 5, 26, 1, 50, 40, tzinfo=UTC),
        ),
        ("vm000005", "after", "ProvisioningState/succeeded", "Ready", datetime(2023, 5, 26, 1, 50, 53, tzinfo=UTC)),
    ],
)
def test_agent_states_as_recorded(
    excerpt: Excerpt, vm: str, when: str, code: str, display_status: str, time: datetime
) -> None:
    facts = take(excerpt, when, vm).facts(attested_vm(vm)).vm.value

    assert facts is not None
    assert facts.vm_agent is not None
    assert [(it.code, it.display_status, it.time) for it in facts.vm_agent] == [(code, display_status, time)]


@pytest.mark.parametrize("vm", ["vm000002", "vm000004", "vm000005"])
def test_facts_of_the_extension(excerpt: Excerpt, vm: str) -> None:
    facts = take(excerpt, "after", vm).facts(attested_vm(vm))

    assert facts.vm.value is not None
    (extension,) = facts.extensions.value or ()
    (view,) = facts.vm.value.extension_views
    assert (extension.name, extension.provisioning_state) == ("GuestAttestation", "Succeeded")
    assert extension.handler == view.handler == "Microsoft.Azure.Security.LinuxAttestation.GuestAttestation"
    assert (extension.type_handler_version, view.type_handler_version) == ("1.0", "1.0.1.21")
    assert (extension.enable_automatic_upgrade, extension.maa_endpoint, extension.suppress_failures) == (
        None,
        None,
        False,
    )
    assert [(status.code, status.message, status.time) for status in view.statuses] == [
        ("ProvisioningState/succeeded", "Plugin enabled", None)
    ]
    assert extension.statuses == extension.substatuses == view.substatuses == ()


def test_an_extension_that_is_still_being_created_as_its_write_answered_is_suspected_to_be_stuck(
    excerpt: Excerpt,
) -> None:
    def with_extension(vm: dict[str, Any]) -> None:
        vm["resources"] = [body_of("guest-attestation/ga.018")]

    diagnosis = excerpt.changed("guest-attestation/ga.037", with_extension).diagnose(attested_vm("vm000003"))

    assert causes(diagnosis) == [("extension-stuck", "suspected")]
    assert str(diagnosis.verdict) == "unknown"
    assert statuses(diagnosis, "extension") == {
        "extension.installed": "pass",
        "extension.state": "warn",
        "extension.reporting": "not-applicable",
        "extension.auto-upgrade": "pass",
    }


def test_what_is_said_of_the_automatic_upgrade_is_that_the_answer_does_not_say(excerpt: Excerpt) -> None:
    check = take(excerpt, "after", "vm000002").diagnose(attested_vm("vm000002")).check("extension.auto-upgrade")

    assert check.status == "pass"
    assert "does not say" in check.summary


def test_facts_of_the_network_interface(excerpt: Excerpt) -> None:
    facts = take(excerpt, "after", "vm000002").facts(attested_vm("vm000002"))

    nic = facts.primary.nic.value
    assert nic is not None
    assert nic.id == f"{NETWORK}/networkInterfaces/vm000002VMNic"
    assert nic.network_security_group_id == f"{NETWORK}/networkSecurityGroups/vm000002NSG"
    assert nic.dns_servers == ()
    (ip,) = nic.ip_configurations
    assert (ip.name, ip.private_ip_address, ip.private_ip_address_version) == ("ipconfigvm000002", "10.0.0.4", "IPv4")
    assert ip.primary
    assert ip.subnet_id == f"{NETWORK}/virtualNetworks/vm000002VNET/subnets/vm000002Subnet"
    assert ip.public_ip_address_id == f"{NETWORK}/publicIPAddresses/vm000002PublicIP"
    assert ip.application_security_groups == ip.backend_pools == ()
    assert facts.primary.ip_configuration == ip


@pytest.mark.parametrize(
    ("vm", "vnet", "address"),
    [
        ("vm000002", "vm000002VNET", "10.0.0.4"),
        ("vm000003", "vm000002VNET", "10.0.0.5"),
        ("vm000004", "vm000002VNET", "10.0.0.6"),
        ("vm000005", "vm000002VNET", "10.0.0.7"),
    ],
)
def test_the_four_vms_share_one_network(excerpt: Excerpt, vm: str, vnet: str, address: str) -> None:
    ip = take(excerpt, "before", vm).facts(attested_vm(vm)).primary.ip_configuration

    assert ip is not None
    assert ip.private_ip_address == address
    assert ip.subnet_id == f"{NETWORK}/virtualNetworks/{vnet}/subnets/vm000002Subnet"


def test_groups_that_were_not_read_are_unknown_and_named(excerpt: Excerpt) -> None:
    diagnosis = take(excerpt, "after", "vm000002").diagnose(attested_vm("vm000002"))

    nic_group, subnet_group = diagnosis.check("path.nic-nsg"), diagnosis.check("path.subnet-nsg")
    assert nic_group.status == subnet_group.status == "unknown"
    assert f"not in the snapshot: GET {NETWORK}/networkSecurityGroups/vm000002NSG" in nic_group.summary
    assert f"not in the snapshot: GET {NETWORK}/virtualNetworks/vm000002VNET" in subnet_group.summary
    assert nic_group.missing_permission is subnet_group.missing_permission is None


def test_the_evidence_of_a_cause_is_what_azure_said(excerpt: Excerpt) -> None:
    diagnosis = take(excerpt, "before", "vm000002").diagnose(attested_vm("vm000002"))

    agent, extension = diagnosis.root_causes
    (pointer,) = agent.evidence
    assert excerpt.evidence(pointer)["message"] == "VM status blob is found but not yet populated."
    (pointer,) = extension.evidence
    assert "resources" not in excerpt.evidence(pointer)
    assert agent.resource == extension.resource == attested_vm("vm000002")


@pytest.mark.parametrize("when", ["before", "after"])
def test_every_piece_of_evidence_can_be_found(excerpt: Excerpt, when: str) -> None:
    diagnosis = take(excerpt, when, "vm000005").diagnose(attested_vm("vm000005"))

    pointers = [it for check in diagnosis.checks for it in check.evidence]
    pointers += [it for cause in diagnosis.root_causes for it in cause.evidence]

    assert pointers
    for pointer in pointers:
        excerpt.evidence(pointer)


@pytest.mark.parametrize(
    ("when", "code", "verdict", "ranked"),
    [
        ("before", 3, "fail", ["agent-not-ready", "extension-not-installed"]),
        ("after", 4, "unknown", []),
    ],
)
def test_diagnose_prints_the_verdict_of_a_snapshot_folder(
    excerpt: Excerpt,
    capsys: pytest.CaptureFixture[str],
    when: str,
    code: int,
    verdict: str,
    ranked: list[str],
) -> None:
    folder = take(excerpt, when, "vm000002").write_header()

    assert main(["diagnose", str(folder), "--json"]) == code

    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == verdict
    assert document["vm"] == attested_vm("vm000002")
    assert document["incident"] == folder.parent.name
    assert document["captured_at"] == "2023-05-26T01:46:11Z"
    assert [cause["code"] for cause in document["root_causes"]] == ranked
    assert [hop["hop"] for hop in document["path"]] == [
        "admin-rules", "nic-nsg", "subnet-nsg", "route", "firewall", "egress", "provider",
    ]  # fmt: skip


def test_diagnose_asks_which_of_several_vms_is_meant_and_lists_them(
    excerpt: Excerpt, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = take(excerpt, "before", *NICS).write_header()

    assert main(["diagnose", str(folder)]) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    first, *listed = shown.err.splitlines()
    assert "--vm" in first
    assert [line.strip() for line in listed] == [attested_vm(vm) for vm in NICS]


def test_diagnose_takes_the_vm_that_is_named(excerpt: Excerpt, capsys: pytest.CaptureFixture[str]) -> None:
    folder = take(excerpt, "before", *NICS).write_header()

    for named in ("vm000004", "VM000004", attested_vm("vm000004")):
        assert main(["diagnose", str(folder), "--vm", named, "--json"]) == 3

        document = json.loads(capsys.readouterr().out)
        assert document["vm"] == attested_vm("vm000004")
        assert [cause["code"] for cause in document["root_causes"]] == ["extension-not-installed"]


def test_diagnose_refuses_a_vm_that_the_snapshot_does_not_hold(
    excerpt: Excerpt, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = take(excerpt, "before", "vm000002", "vm000003").write_header()

    assert main(["diagnose", str(folder), "--vm", "vm000005"]) == 2

    shown = capsys.readouterr().err
    assert "vm000005" in shown.splitlines()[0]
    assert [line.strip() for line in shown.splitlines()[1:]] == [attested_vm("vm000002"), attested_vm("vm000003")]


def test_one_vm_needs_no_choice_though_more_was_recorded_of_others(
    excerpt: Excerpt, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = (
        take(excerpt, "after", "vm000004").copy("guest-attestation/ga.018", "guest-attestation/ga.112").write_header()
    )

    assert main(["diagnose", str(folder)]) == 4

    assert attested_vm("vm000004") in capsys.readouterr().out
