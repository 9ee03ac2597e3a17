"""The recording extension-failed: OmsAgentForLinux fails on a plain VM.

The answers with an instance view (.017, .027, .057) were recorded before the failure, those that show the failure
(.068, .074) without instance view. What a read with `$expand=instanceView` would have answered is put together here:
the later answer, with the instance view that shows the extension succeeded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.recordings.recorded import SUBSCRIPTION, Excerpt, attested_vm, body_of, causes, statuses

GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_test_vm_update_with_workspace_linux000001"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/monitorvm"
VM_2 = attested_vm("vm000002")

Body = dict[str, Any]


def failed_vm() -> Body:
    body: Body = body_of("extension-failed/omsfail.074")
    body["properties"]["instanceView"] = body_of("extension-failed/omsfail.057")["properties"]["instanceView"]
    return body


def as_guest_attestation(publisher: str) -> Body:
    """The failed VM, publisher and type of its extension changed to those of Guest Attestation."""
    body = failed_vm()
    body["resources"][0]["properties"].update(publisher=publisher, type="GuestAttestation")
    view = body["properties"]["instanceView"]
    for reported in (*view["extensions"], *view["vmAgent"]["extensionHandlers"]):
        reported["type"] = f"{publisher}.GuestAttestation"
    return body


def test_facts_of_the_failed_extension(excerpt: Excerpt) -> None:
    facts = excerpt.answered("vm", failed_vm(), vm=VM).facts(VM)

    assert facts.vm.value is not None
    (extension,) = facts.extensions.value or ()
    (view,) = facts.vm.value.extension_views
    assert (extension.name, extension.provisioning_state) == ("OmsAgentForLinux", "Failed")
    assert extension.handler == view.handler == "Microsoft.EnterpriseCloud.Monitoring.OmsAgentForLinux"
    assert (extension.type_handler_version, view.type_handler_version) == ("1.0", "1.14.23")
    assert [(status.code, status.message) for status in view.statuses] == [
        ("ProvisioningState/succeeded", "Enable succeeded")
    ]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param("extension-failed/omsfail.017", "pass", id="not installed yet"),
        pytest.param("extension-failed/omsfail.057", "pass", id="succeeded"),
    ],
)
def test_before_its_failure_no_other_extension_failed(excerpt: Excerpt, name: str, status: str) -> None:
    check = excerpt.copy(name).diagnose(VM).check("prerequisites.other-extensions")

    assert check.status == status


def test_the_failed_operation_is_no_answer_to_a_read(excerpt: Excerpt) -> None:
    names = [f"extension-failed/omsfail.{number:03}" for number in (57, 58, 64, 67, 68, 74)]

    check = excerpt.copy(*names).diagnose(VM).check("prerequisites.other-extensions")

    assert check.status == "pass"


def test_another_extension_that_failed_warns_although_its_instance_view_says_succeeded(excerpt: Excerpt) -> None:
    diagnosis = excerpt.answered("vm", failed_vm(), vm=VM).diagnose(VM)

    check = diagnosis.check("prerequisites.other-extensions")
    assert check.status == "warn"
    assert "OmsAgentForLinux" in check.summary
    (pointer,) = check.evidence
    assert excerpt.evidence(pointer)["provisioningState"] == "Failed"
    assert causes(diagnosis) == [
        ("generation-1", "proven"),
        ("not-trusted-launch", "proven"),
        ("extension-not-installed", "proven"),
    ]


def test_the_list_of_extensions_shows_the_failure_that_the_vms_earlier_answer_does_not(excerpt: Excerpt) -> None:
    failed = {"value": body_of("extension-failed/omsfail.068")["resources"]}
    excerpt.copy("extension-failed/omsfail.057").answered("vm_extensions", failed, vm=VM)

    check = excerpt.diagnose(VM).check("prerequisites.other-extensions")

    assert check.status == "warn"
    assert check.evidence[0].startswith("responses/vm_extensions/")


def test_a_failed_guest_attestation_made_of_the_recording_fails_but_other_causes_of_that_vm_come_first(
    excerpt: Excerpt,
) -> None:
    body = as_guest_attestation("Microsoft.Azure.Security.LinuxAttestation")

    diagnosis = excerpt.answered("vm", body, vm=VM).diagnose(VM)

    assert str(diagnosis.verdict) == "fail"
    assert statuses(diagnosis, "extension.installed", "extension.state", "prerequisites.other-extensions") == {
        "extension.installed": "pass",
        "extension.state": "fail",
        "prerequisites.other-extensions": "pass",
    }
    assert causes(diagnosis) == [("generation-1", "proven"), ("not-trusted-launch", "proven")]


def failed_in_resources(body: Body) -> None:
    body["resources"][0]["properties"]["provisioningState"] = "Failed"


def failed_in_the_instance_view(body: Body) -> None:
    body["properties"]["instanceView"]["extensions"][0]["statuses"][0]["code"] = "ProvisioningState/failed/52"


def error_in_the_instance_view(body: Body) -> None:
    body["properties"]["instanceView"]["extensions"][0]["statuses"][0]["level"] = "Error"


def failed_under_another_name(body: Body) -> None:
    failed_in_resources(body)
    body["resources"][0]["name"] = "IntegrityMonitoring"
    body["resources"][0]["properties"].update(
        publisher="microsoft.azure.security.linuxattestation", type="guestattestation"
    )


@pytest.mark.parametrize(
    "change",
    [failed_in_resources, failed_in_the_instance_view, error_in_the_instance_view, failed_under_another_name],
)
def test_a_guest_attestation_changed_to_failed_is_the_cause_and_every_unknown_hop_is_suspected(
    excerpt: Excerpt, change: Callable[[Body], None]
) -> None:
    diagnosis = excerpt.changed("guest-attestation/ga.021", change).copy("guest-attestation/ga.022").diagnose(VM_2)

    assert str(diagnosis.verdict) == "fail"
    assert diagnosis.check("extension.state").status == "fail"
    assert causes(diagnosis) == [
        ("extension-failed", "proven"),
        ("admin-rule-denies-attestation", "suspected"),
        ("nsg-denies-attestation", "suspected"),
        ("nsg-denies-attestation", "suspected"),
        ("route-drops-attestation", "suspected"),
        ("firewall-denies-attestation", "suspected"),
        ("no-egress", "suspected"),
    ]


def test_a_failure_that_stands_only_in_the_list_of_extensions_counts(excerpt: Excerpt) -> None:
    failed = body_of("guest-attestation/ga.021")
    failed_in_resources(failed)
    excerpt.copy("guest-attestation/ga.021").answered("vm_extensions", {"value": failed["resources"]}, vm=VM_2)

    diagnosis = excerpt.diagnose(VM_2)

    assert diagnosis.check("extension.state").status == "fail"
    assert causes(diagnosis)[0] == ("extension-failed", "proven")


def test_a_failure_that_stands_only_in_the_vms_resources_counts(excerpt: Excerpt) -> None:
    succeeded = {"value": body_of("guest-attestation/ga.021")["resources"]}
    excerpt.changed("guest-attestation/ga.021", failed_in_resources)
    excerpt.answered("vm_extensions", succeeded, vm=VM_2)

    diagnosis = excerpt.diagnose(VM_2)

    assert diagnosis.check("extension.state").status == "fail"
    assert causes(diagnosis)[0] == ("extension-failed", "proven")


def test_the_instance_view_of_a_vm_changed_to_stopped_does_not_count_but_the_model_does(excerpt: Excerpt) -> None:
    def stopped(body: Body) -> None:
        body["properties"]["instanceView"]["statuses"][1]["code"] = "PowerState/stopped"

    def both(body: Body) -> None:
        stopped(body)
        failed_in_the_instance_view(body)

    stale = excerpt.changed("guest-attestation/ga.021", both).diagnose(VM_2)
    assert stale.check("extension.state").status == "pass"
    assert causes(stale) == [("vm-not-running", "proven")]

    def model(body: Body) -> None:
        stopped(body)
        failed_in_resources(body)

    failed = excerpt.changed("guest-attestation/ga.021", model).diagnose(VM_2)
    assert failed.check("extension.state").status == "fail"
    assert str(failed.verdict) == "fail"
    assert causes(failed)[0] == ("extension-failed", "proven")
    assert causes(failed)[-1] == ("vm-not-running", "proven")
