"""What a command can be pointed at, and which incident that makes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.commands.cli import Result, call
from tests.facts.scale_set import INSTANCE, instance_of
from tests.scenario import GROUP, SAMPLES, SUBSCRIPTION, VM, Scenario

SAMPLE = Path("parameters/samples/nsg-denies-attestation")
OTHER = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web-02"
NAMESAKE = f"{SUBSCRIPTION}/resourceGroups/other-rg/providers/Microsoft.Compute/virtualMachines/web-01"


def verdict(*words: str | Path) -> Any:
    result = call("diagnose", *words, "--json")
    assert result.err == ""
    return json.loads(result.out)


def several(folder: Path, *ids: str) -> Path:
    """A snapshot that holds web-01, and answers about other VMs."""
    scenario = Scenario.sample("nsg-denies-attestation")
    for vm_id in ids:
        scenario.read("vm", {"id": vm_id, "properties": {}}, vm=vm_id)
    return scenario.write(folder)


def test_a_parameters_file_names_its_incident(project: Path) -> None:
    document = verdict(SAMPLE / "parameters.yaml")

    assert project.is_dir()
    assert (document["incident"], document["vm"]) == ("nsg-denies-attestation", VM)


def test_a_parameters_file_is_found_from_any_folder(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SAMPLES / "healthy/snapshot", tmp_path / "case" / "answers")
    (tmp_path / "case" / "mine.yaml").write_text(f"incident: mine\nvm_id: {VM}\nsnapshot: answers\n", "utf-8")

    for here in (project, tmp_path, tmp_path / "case"):
        monkeypatch.chdir(here)
        assert verdict(tmp_path / "case" / "mine.yaml")["incident"] == "mine"


def test_an_id_is_looked_up_in_the_projects_outputs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SAMPLE / "snapshot", project / "outputs" / "web-01" / "snapshot")
    monkeypatch.chdir(project / "notebooks")

    for target in (VM, f"{VM}/", VM.replace("resourceGroups", "RESOURCEGROUPS")):
        assert verdict(target)["incident"] == "web-01"


def test_an_id_without_a_snapshot_says_how_to_record_one(project: Path) -> None:
    result = call("diagnose", VM)

    assert result.code == 2
    expected = f"{VM}: nothing is recorded at {project}/outputs/web-01/snapshot: record it with"
    assert result.err == f"guest-attestation: {expected} `guest-attestation capture {VM}`\n"


def test_a_scale_set_instance_is_looked_up_under_its_own_name(project: Path) -> None:
    instance_of("nsg-denies-attestation").write(project / "outputs" / "front_3" / "snapshot")

    document = verdict(INSTANCE)

    assert (document["incident"], document["vm"]) == ("front_3", INSTANCE)
    assert document["root_causes"][0]["code"] == "nsg-denies-attestation"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("case-7", "case-7"),
        ("case-7/snapshot", "case-7"),
        ("snapshots", "snapshots"),
        ("my case (2)", "my-case-2"),
        ("ünï", "n"),
        ("案件/snapshot", "incident"),
        ("-_.x._-", "x"),
        ("a" * 70, "a" * 64),
        (f"{'a' * 63}.b", "a" * 63),
        ("a" * 64 + "/snapshot", "a" * 64),
    ],
)
def test_a_snapshot_folder_names_the_incident_or_its_parent_does(folder: str, name: str, project: Path) -> None:
    Scenario.sample("healthy").write(project / folder)

    assert verdict(project / folder)["incident"] == name


def test_a_snapshot_folder_is_named_by_where_it_really_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Scenario.sample("healthy").write(project / "case-7" / "snapshot")

    for here, target in (
        (folder, "."),
        (folder.parent, "snapshot"),
        (folder / "responses", ".."),
        (project, "case-7/snapshot/"),
    ):
        monkeypatch.chdir(here)
        assert verdict(target)["incident"] == "case-7"


def test_a_folder_with_a_devices_name_is_refused(project: Path) -> None:
    Scenario.sample("healthy").write(project / "con")

    result = call("diagnose", project / "con")

    assert (result.code, result.out) == (2, "")
    assert "incident 'con' cannot be a folder's name" in result.err


def refusal(*words: str | Path) -> Result:
    result = call("diagnose", *words)
    assert (result.code, result.out) == (2, "")
    return result


def test_a_snapshot_of_several_vms_needs_one_to_be_chosen_and_lists_them(project: Path) -> None:
    folder = several(project / "taken", OTHER)

    result = refusal(folder)

    assert result.err.splitlines() == [
        f"guest-attestation: {folder}: holds several VMs: choose one with --vm; VMs in it:",
        f"  {VM}",
        f"  {OTHER}",
    ]


@pytest.mark.parametrize("choice", ["web-01", "WEB-01", VM, VM.upper()])
def test_a_vm_is_chosen_by_name_or_id(choice: str, project: Path) -> None:
    document = verdict(several(project / "taken", OTHER), "--vm", choice)

    assert document["vm"] == VM
    assert document["root_causes"][0]["code"] == "nsg-denies-attestation"


def test_the_chosen_vm_is_the_one_that_is_diagnosed(project: Path) -> None:
    document = verdict(several(project / "taken", OTHER), "--vm", "web-02")

    assert document["vm"] == OTHER
    assert document["root_causes"][0]["code"] == "not-trusted-launch"


def test_a_choice_that_is_not_there_lists_what_is(project: Path) -> None:
    result = refusal(several(project / "taken", OTHER), "--vm", "web-03")

    assert "does not hold VM 'web-03'" in result.err
    assert f"  {OTHER}\n" in result.err


def test_a_name_that_two_vms_share_needs_an_id(project: Path) -> None:
    folder = several(project / "taken", NAMESAKE)

    assert "holds several VMs" in refusal(folder, "--vm", "web-01").err
    assert verdict(folder, "--vm", VM)["vm"] == VM


def test_one_vm_needs_no_choice_and_a_wrong_one_is_refused(project: Path) -> None:
    folder = Scenario.sample("healthy").write(project / "taken")

    assert verdict(folder)["vm"] == VM
    assert "does not hold VM 'web-9'" in refusal(folder, "--vm", "web-9").err


def test_a_snapshot_without_any_vm_is_refused(project: Path) -> None:
    scenario = Scenario.sample("healthy").drop("virtualMachines/web-01")

    assert refusal(scenario.write(project / "taken")).err.endswith("taken: holds no VM\n")


@pytest.mark.parametrize("target", [SAMPLE / "parameters.yaml", VM, "a" * 5000], ids=["parameters", "id", "long"])
def test_a_vm_is_chosen_only_within_a_snapshot(target: str | Path, project: Path) -> None:
    assert project.is_dir()
    assert refusal(target, "--vm", "web-01").err.count("\n") == 1


def test_a_recorded_404_of_the_vm_itself_is_unknown(project: Path) -> None:
    scenario = Scenario.sample("healthy").answer("virtualMachines/web-01", 404)
    for ending in ("web-01/extensions", "networkInterfaces/web-01-nic"):
        scenario.answer(ending, 404)

    result = call("diagnose", scenario.write(project / "taken"))

    assert result.code == 4
    assert "answered 404 ResourceNotFound" in result.out
