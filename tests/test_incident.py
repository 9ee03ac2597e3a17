"""Parameters of an incident: what is taken, what is refused, and where relative paths lead."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.errors import BadInput
from guest_attestation.incident import PARAMETERS, Incident, checked_name, default_snapshot, incident_from, project_root
from tests.scenario import SUBSCRIPTION, VM

GUID = SUBSCRIPTION.rsplit("/", 1)[-1]
PARTS = {"subscription_id": GUID, "resource_group": "shop-prod-rg", "vm_name": "web-01"}
INSTANCE = (
    f"{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/front/virtualMachines/3"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's root with a folder for parameters and one to stand in."""
    root = tmp_path / "project"
    for name in ("notebooks", "parameters/case", "elsewhere"):
        (root / name).mkdir(parents=True)
    monkeypatch.chdir(root / "elsewhere")
    return root


def made(folder: Path | None = None, /, **values: object) -> Incident:
    return incident_from({"incident": "case-1", "vm_id": VM, **values}, origin="my.yaml", folder=folder)


def refused(**values: object) -> str:
    with pytest.raises(BadInput) as caught:
        made(**values)
    message = str(caught.value)
    assert message.startswith("my.yaml: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "name", ["a", "7", "case-1", "A.b_c-d", "x" * 64, "com", "console", "nullable", "lpt", "a..b", "com10"]
)
def test_a_plain_name_is_taken(name: str) -> None:
    assert checked_name(name, "my.yaml") == name


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../up", id="path upward"),
        pytest.param("a/b", id="path"),
        pytest.param("a\\b", id="Windows path"),
        pytest.param("/tmp/a", id="absolute path"),  # noqa: S108 - never made
        pytest.param("C:a", id="drive"),
        pytest.param(".", id="this folder"),
        pytest.param("..", id="parent folder"),
        pytest.param("a.", id="trailing dot"),
        pytest.param("a..", id="trailing dots"),
        pytest.param(".hidden", id="leading dot"),
        pytest.param("-rf", id="leading dash"),
        pytest.param("_a", id="leading underscore"),
        pytest.param("x" * 65, id="65 characters"),
        pytest.param("a b", id="space"),
        pytest.param(" a", id="leading space"),
        pytest.param("a\n", id="line break"),
        pytest.param("a\0", id="null"),
        pytest.param("é", id="accent"),
        pytest.param("a٣", id="digit of another script"),
        *("con", "CON", "Prn", "aux", "nul", "com1", "COM9", "lpt1", "con.txt", "nul.tar.gz", "aux.a"),
    ],
)
def test_a_name_that_is_no_folder_of_its_own_is_refused(name: str) -> None:
    message = refused(incident=name)

    assert repr(name) in message


@pytest.mark.parametrize("vm_id", [VM, VM.upper(), VM + "/", f"  {VM}\n", VM.replace("web-01", "web_01.a")])
def test_a_vm_id_is_taken_in_any_letter_case(vm_id: str) -> None:
    assert made(vm_id=vm_id).vm.text == vm_id.strip().rstrip("/")


def test_three_parts_make_the_same_vm_as_its_id() -> None:
    assert made(vm_id=None, **PARTS).vm == made().vm


def test_a_scale_set_instance_is_a_vm() -> None:
    vm = made(vm_id=INSTANCE).vm

    assert vm.scale_set_id == INSTANCE.rsplit("/", 2)[0]
    assert vm.name == "front_3"


@pytest.mark.parametrize("part", PARTS)
def test_a_vm_id_and_any_of_the_parts_are_not_both_taken(part: str) -> None:
    assert "not both" in refused(**{part: PARTS[part]})


@pytest.mark.parametrize("part", PARTS)
def test_two_of_the_three_parts_are_not_enough(part: str) -> None:
    assert "the VM is missing" in refused(vm_id="", **{**PARTS, part: ""})


def test_the_vm_is_required() -> None:
    assert "the VM is missing" in refused(vm_id=None)


def test_the_incidents_name_is_required() -> None:
    assert "parameter incident is missing" in refused(incident=None)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_with_a_path_in_it_is_refused(part: str) -> None:
    with pytest.raises(BadInput, match="is not the id of a VM"):
        made(vm_id=None, **{**PARTS, part: f"{PARTS[part]}/extensions/x"})


@pytest.mark.parametrize("name", ["vm", "Incident", "vmId", "snapshot "])
def test_an_unknown_parameter_is_refused_and_the_known_ones_are_named(name: str) -> None:
    message = refused(**{name: "x"})

    assert f"parameter {name!r} is unknown" in message
    assert all(parameter.name in message for parameter in PARAMETERS)


TEXTS = [parameter.name for parameter in PARAMETERS if parameter.type is str]
FLAGS = [parameter.name for parameter in PARAMETERS if parameter.type is bool]
NO_TEXTS: list[object] = [True, False, 7, 1.5, ["a"], {"a": "b"}, datetime.date(2026, 11, 24), b"a"]
NO_FLAGS: list[object] = ["true", "False", "yes", 0, 1, 1.0, [True], {"a": True}, datetime.date(2026, 11, 24)]


@pytest.mark.parametrize("value", NO_TEXTS, ids=repr)
@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_text_is_refused(name: str, value: object) -> None:
    assert f"{name} must be text" in refused(**{name: value})


@pytest.mark.parametrize("value", NO_FLAGS, ids=repr)
@pytest.mark.parametrize("name", FLAGS)
def test_what_is_neither_true_nor_false_is_refused(name: str, value: object) -> None:
    assert f"{name} must be true or false" in refused(**{name: value})


def test_a_value_that_cannot_be_shown_is_named_by_its_type() -> None:
    bomb: list[object] = []
    for _ in range(30):
        bomb = [bomb] * 9

    assert refused(snapshot=bomb).endswith("not a value of type list")
    assert refused(snapshot=1 << 50_000).endswith("not a value of type int")


@pytest.mark.parametrize("name", [it for it in TEXTS if it not in ("incident", "vm_id")] + FLAGS)
@pytest.mark.parametrize("absent", [None, ""], ids=["null", "empty"])
def test_null_and_empty_count_as_absent(name: str, absent: object) -> None:
    assert made(**{name: absent}) == made()


@pytest.mark.parametrize("name", CLOUDS)
def test_a_cloud_goes_by_azures_own_name(name: str) -> None:
    assert made(cloud=name).cloud is CLOUDS[name]


@pytest.mark.parametrize("name", ["azurecloud", "Azure", "AzureGermanCloud", " AzureCloud"])
def test_any_other_cloud_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=r"use AzureCloud, AzureUSGovernment, AzureChinaCloud"):
        made(cloud=name)


@pytest.mark.parametrize("proxy", ["proxy:3128", "192.0.2.7:1", "proxy.example.com:65535", "[2001:db8::1]:8080"])
def test_a_proxy_is_host_and_port(proxy: str) -> None:
    assert made(proxy=proxy).proxy == proxy


@pytest.mark.parametrize(
    "proxy",
    [
        *("proxy", ":3128", "proxy:", "proxy:http", "http://proxy:3128", "proxy:3128/", "user:word@proxy:3128"),
        *("proxy:0", "proxy:65536", "proxy:٣١٢٨", "2001:db8::1:8080", "proxy :3128", "proxy:3128\n"),
    ],
)
def test_what_is_no_host_and_port_is_refused_as_a_proxy(proxy: str) -> None:
    assert "proxy must be host:port" in refused(proxy=proxy)


def test_a_path_is_looked_up_from_the_parameters_file_then_here_then_the_root(project: Path) -> None:
    folder, here = project / "parameters" / "case", project / "elsewhere"
    found = []
    for place in (project, here, folder):
        (place / "answers").mkdir()
        found.append(made(folder, snapshot="answers").snapshot)

    assert found == [project / "answers", here / "answers", folder / "answers"]


def test_without_a_parameters_file_a_path_is_looked_up_from_here_then_the_root(project: Path) -> None:
    (project / "answers").mkdir()

    assert made(snapshot="answers").snapshot == project / "answers"


def test_an_absolute_path_is_taken_as_it_is(project: Path, tmp_path: Path) -> None:
    (project / "answers").mkdir()

    assert made(snapshot=str(tmp_path / "answers")).snapshot == tmp_path / "answers"


def test_a_path_that_leads_nowhere_is_meant_from_the_parameters_file(project: Path) -> None:
    folder = project / "parameters" / "case"

    assert made(folder, snapshot="answers").snapshot == folder / "answers"


@pytest.mark.parametrize("name", ["service_tags", "guest_probe"])
def test_a_file_is_looked_up_like_the_snapshot(project: Path, name: str) -> None:
    folder = project / "parameters" / "case"
    (project / "given.json").write_text("{}", "utf-8")

    assert getattr(made(folder, **{name: "given.json"}), name) == project / "given.json"


@pytest.mark.parametrize("name", ["service_tags", "guest_probe"])
@pytest.mark.parametrize("path", ["nowhere.json", "case", "a" * 5000, "a\0b"], ids=["absent", "folder", "long", "null"])
def test_a_file_that_is_none_is_refused(project: Path, name: str, path: str) -> None:
    (project / "case").mkdir()

    assert f"{name} {path!r} does not exist" in refused(**{name: path})


def test_the_projects_root_is_the_nearest_folder_with_notebooks_and_parameters(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = project / "elsewhere" / "inner"
    (inner / "notebooks").mkdir(parents=True)  # alone it makes no project
    monkeypatch.chdir(inner / "notebooks")

    assert project_root() == project


def test_without_a_project_the_current_folder_is_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert project_root() == tmp_path


def test_an_absent_snapshot_lies_below_the_projects_outputs(project: Path) -> None:
    expected = project / "outputs" / "case-1" / "snapshot"

    assert made().snapshot == default_snapshot("case-1") == expected


def test_every_parameter_survives_a_notebook(project: Path) -> None:
    for name in ("tags.json", "probe.json"):
        (project / "parameters" / "case" / name).write_text("{}", "utf-8")
    (project / "outputs" / "case-1" / "snapshot").mkdir(parents=True)
    incident = made(
        project / "parameters" / "case",
        cloud="AzureUSGovernment",
        snapshot="outputs/case-1/snapshot",
        offline=True,
        service_tags="tags.json",
        proxy="proxy:3128",
        guest_probe="probe.json",
        allow_guest_probe=True,
    )

    parameters = incident.parameters()

    assert list(parameters) == [parameter.name for parameter in PARAMETERS]
    assert parameters["snapshot"] == "outputs/case-1/snapshot"
    assert parameters["service_tags"] == "parameters/case/tags.json"
    assert incident_from(parameters, origin="notebook") == incident


def test_a_bare_incident_survives_a_notebook(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    incident = incident_from({"incident": "case-1", **PARTS}, origin="my.yaml")

    assert incident_from(incident.parameters(), origin="notebook") == incident


def test_a_path_outside_the_project_stays_whole(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    incident = made(snapshot=str(outside))

    assert project.is_dir()
    assert incident.parameters()["snapshot"] == str(outside)
    assert incident_from(incident.parameters(), origin="notebook") == incident


def test_a_path_upward_in_the_project_is_kept_from_the_root(project: Path) -> None:
    (project / "answers").mkdir()

    assert made(snapshot="../answers").parameters()["snapshot"] == "answers"
