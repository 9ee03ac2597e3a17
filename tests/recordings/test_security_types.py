"""The recordings trusted-launch, trusted-launch-update and security-types: VMs of every security type."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recordings.recorded import SUBSCRIPTION, Excerpt, attested_vm, causes, recording, statuses

PLAIN_GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_test_trusted_launch_on_v2_000001"
TRUSTED_GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_test_vm_trusted_launch_000001"
UPDATED_GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_test_vm_trusted_launch_update_000001"


def vm_in(group: str, name: str) -> str:
    return f"{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def without_instance_view(name: str) -> dict[str, Any]:
    """A VM that was read without `$expand`, as if it had been read with it."""
    document = recording(name)
    document["request"]["url"] = document["request"]["url"].replace("?", "?$expand=instanceView&")
    return document


@pytest.mark.parametrize(
    ("names", "group", "agent"),
    [
        pytest.param(("trusted-launch/tl.012", "trusted-launch/tl.013"), TRUSTED_GROUP, "2.9.0.4", id="created so"),
        pytest.param(
            ("trusted-launch-update/tlu.013", "trusted-launch-update/tlu.014"), UPDATED_GROUP, "2.9.1.1", id="updated"
        ),
    ],
)
def test_a_trusted_launch_vm_lacks_only_the_extension(
    excerpt: Excerpt, names: tuple[str, ...], group: str, agent: str
) -> None:
    vm = vm_in(group, "vm")
    diagnosis = excerpt.copy(*names).diagnose(vm)

    assert str(diagnosis.verdict) == "fail"
    assert causes(diagnosis) == [("extension-not-installed", "proven")]
    found = statuses(diagnosis, "prerequisites")
    assert found.pop("prerequisites.proxy-agent") == "not-applicable"
    assert set(found.values()) == {"pass"}
    (pointer,) = diagnosis.check("prerequisites.agent").evidence
    assert excerpt.evidence(pointer)["message"] == "Guest Agent is running"
    assert excerpt.evidence(pointer.rpartition("/statuses/")[0])["vmAgentVersion"] == agent


def test_the_answer_to_a_vms_update_does_not_hide_the_answer_to_its_read(excerpt: Excerpt) -> None:
    names = [f"trusted-launch-update/tlu.{number:03}" for number in (13, 16, 17, 18, 19)]

    facts = excerpt.copy(*names).facts(vm_in(UPDATED_GROUP, "vm"))

    assert facts.vm.evidence.startswith("responses/trusted-launch-update/tlu.013.")
    assert facts.vm.value is not None
    assert facts.vm.value.vm_agent is not None


def test_the_public_address_of_a_trusted_launch_vm_is_read(excerpt: Excerpt) -> None:
    excerpt.copy("trusted-launch/tl.012", "trusted-launch/tl.013", "trusted-launch/tl.014")

    facts = excerpt.facts(vm_in(TRUSTED_GROUP, "vm"))

    assert facts.primary.public_ip is not None
    assert facts.primary.public_ip.value is not None
    assert facts.primary.public_ip.value.ip_address == "20.225.243.61"
    assert (
        facts.primary.public_ip.value.id == f"{TRUSTED_GROUP}/providers/Microsoft.Network/publicIPAddresses/vmPublicIP"
    )


@pytest.mark.parametrize(
    ("name", "vm", "ranked"),
    [
        (
            "security-types/tl2.015",
            "vm1000002",
            ["not-trusted-launch", "agent-not-ready", "extension-not-installed"],
        ),
        (
            "security-types/tl2.042",
            "vm2000003",
            ["generation-1", "not-trusted-launch", "extension-not-installed"],
        ),
        (
            "security-types/tl2.064",
            "vm3000004",
            ["generation-1", "not-trusted-launch", "extension-not-installed"],
        ),
    ],
)
def test_a_plain_vm_says_no_security_type_and_is_not_trusted_launch(
    excerpt: Excerpt, name: str, vm: str, ranked: list[str]
) -> None:
    excerpt.copy(name)
    facts = excerpt.facts(vm_in(PLAIN_GROUP, vm)).vm.value
    diagnosis = excerpt.diagnose(vm_in(PLAIN_GROUP, vm))

    assert facts is not None
    assert (facts.security_type, facts.secure_boot_enabled, facts.v_tpm_enabled) == (None, None, None)
    assert not facts.is_trusted_launch
    assert str(diagnosis.verdict) == "fail"
    assert causes(diagnosis) == [(code, "proven") for code in ranked]
    assert statuses(diagnosis, "prerequisites.secure-boot", "prerequisites.vtpm", "prerequisites.size") == {
        "prerequisites.secure-boot": "not-applicable",
        "prerequisites.vtpm": "not-applicable",
        "prerequisites.size": "unknown",
    }


@pytest.mark.parametrize(
    ("name", "vm", "generation"),
    [
        ("security-types/tl2.015", "vm1000002", "pass"),
        ("security-types/tl2.042", "vm2000003", "fail"),
        ("security-types/tl2.064", "vm3000004", "fail"),
    ],
)
def test_the_generation_of_a_plain_vm_is_read(excerpt: Excerpt, name: str, vm: str, generation: str) -> None:
    check = excerpt.copy(name).diagnose(vm_in(PLAIN_GROUP, vm)).check("prerequisites.generation")

    assert check.status == generation


def test_a_confidential_vm_is_as_good_as_a_trusted_launch_one(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy("security-types/tl2.087").diagnose(vm_in(PLAIN_GROUP, "vm4000005"))

    assert causes(diagnosis) == [("agent-not-ready", "proven"), ("extension-not-installed", "proven")]
    assert statuses(diagnosis, "prerequisites") == {
        "prerequisites.security-type": "pass",
        "prerequisites.secure-boot": "pass",
        "prerequisites.vtpm": "pass",
        "prerequisites.generation": "pass",
        "prerequisites.size": "pass",
        "prerequisites.power-state": "pass",
        "prerequisites.agent": "fail",
        "prerequisites.identity": "pass",
        "prerequisites.proxy-agent": "not-applicable",
        "prerequisites.other-extensions": "pass",
    }


def test_secure_boot_is_off_on_the_vm_that_was_made_trusted_launch_without_it(excerpt: Excerpt) -> None:
    excerpt.put(without_instance_view("security-types/tl2.027"), "tl2.027.as-if-expanded.json")

    diagnosis = excerpt.diagnose(vm_in(PLAIN_GROUP, "vm1000002"))

    assert str(diagnosis.verdict) == "fail"
    assert causes(diagnosis) == [("secure-boot-off", "proven"), ("extension-not-installed", "proven")]
    assert statuses(diagnosis, "prerequisites.security-type", "prerequisites.secure-boot", "prerequisites.vtpm") == {
        "prerequisites.security-type": "pass",
        "prerequisites.secure-boot": "fail",
        "prerequisites.vtpm": "pass",
    }
    (pointer,) = diagnosis.root_causes[0].evidence
    assert excerpt.evidence(pointer) is False


@pytest.mark.parametrize(
    ("name", "vm", "ranked"),
    [
        ("guest-attestation/ga.024", attested_vm("vm000002"), []),
        ("guest-attestation/ga.040", attested_vm("vm000003"), ["extension-not-installed"]),
        ("guest-attestation/ga.064", attested_vm("vm000004"), []),
        ("guest-attestation/ga.087", attested_vm("vm000005"), []),
        ("trusted-launch/tl.015", vm_in(TRUSTED_GROUP, "vm"), ["extension-not-installed"]),
        ("trusted-launch-update/tlu.019", vm_in(UPDATED_GROUP, "vm"), ["extension-not-installed"]),
        ("security-types/tl2.023", vm_in(PLAIN_GROUP, "vm1000002"), ["not-trusted-launch", "extension-not-installed"]),
        ("security-types/tl2.091", vm_in(PLAIN_GROUP, "vm4000005"), ["extension-not-installed"]),
    ],
)
def test_an_answer_without_instance_view_shows_neither_power_nor_agent(
    excerpt: Excerpt, name: str, vm: str, ranked: list[str]
) -> None:
    diagnosis = excerpt.put(without_instance_view(name), "as-if-expanded.json").diagnose(vm)

    assert statuses(diagnosis, "prerequisites.power-state", "prerequisites.agent") == {
        "prerequisites.power-state": "unknown",
        "prerequisites.agent": "unknown",
    }
    assert causes(diagnosis) == [(code, "proven") for code in ranked]


def test_a_trusted_launch_vm_whose_generation_is_not_shown_is_generation_2(excerpt: Excerpt) -> None:
    excerpt.put(without_instance_view("guest-attestation/ga.024"), "as-if-expanded.json")

    diagnosis = excerpt.diagnose(attested_vm("vm000002"))

    assert statuses(diagnosis, "prerequisites.generation", "prerequisites.size") == {
        "prerequisites.generation": "pass",
        "prerequisites.size": "pass",
    }


def test_the_generation_of_a_plain_vm_that_is_not_shown_is_unknown(excerpt: Excerpt) -> None:
    excerpt.put(without_instance_view("security-types/tl2.050"), "as-if-expanded.json")

    check = excerpt.diagnose(vm_in(PLAIN_GROUP, "vm2000003")).check("prerequisites.generation")

    assert check.status == "unknown"


def test_the_operations_of_a_deallocation_leave_the_vm_as_its_last_answer_shows_it(excerpt: Excerpt) -> None:
    names = [f"security-types/tl2.{number:03}" for number in (15, 18, 19, 20, 21, 22)]

    diagnosis = excerpt.copy(*names).diagnose(vm_in(PLAIN_GROUP, "vm1000002"))

    assert diagnosis.check("prerequisites.power-state").status == "pass"


def deallocated(body: dict[str, Any]) -> None:
    view = body["properties"]["instanceView"]
    for status in view["statuses"]:
        if status["code"] == "PowerState/running":
            status.update(code="PowerState/deallocated", displayStatus="VM deallocated")


def deallocated_without_agent(body: dict[str, Any]) -> None:
    deallocated(body)
    del body["properties"]["instanceView"]["vmAgent"]


@pytest.mark.parametrize("change", [deallocated, deallocated_without_agent])
@pytest.mark.parametrize(
    ("name", "verdict", "ranked"),
    [
        ("guest-attestation/ga.014", "fail", ["extension-not-installed", "vm-not-running"]),
        ("guest-attestation/ga.021", "unknown", ["vm-not-running"]),
    ],
)
def test_the_agent_of_a_vm_whose_answer_was_changed_to_deallocated_is_unknown(
    excerpt: Excerpt, name: str, verdict: str, ranked: list[str], change: Any
) -> None:
    diagnosis = excerpt.changed(name, change).diagnose(attested_vm("vm000002"))

    assert str(diagnosis.verdict) == verdict
    assert causes(diagnosis) == [(code, "proven") for code in ranked]
    assert statuses(diagnosis, "prerequisites.power-state", "prerequisites.agent") == {
        "prerequisites.power-state": "unknown",
        "prerequisites.agent": "unknown",
    }


def test_a_running_vm_whose_agent_was_taken_out_of_its_instance_view_has_no_agent(excerpt: Excerpt) -> None:
    def without_agent(body: dict[str, Any]) -> None:
        del body["properties"]["instanceView"]["vmAgent"]

    diagnosis = excerpt.changed("guest-attestation/ga.021", without_agent).diagnose(attested_vm("vm000002"))

    assert causes(diagnosis) == [("agent-not-ready", "proven")]
