"""Opening an incident: its snapshot must fit it, and a notebook's parameters are taken by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.errors import BadInput
from guest_attestation.incident import PARAMETERS, Incident, incident_from
from guest_attestation.runbook import open_incident, open_runbook
from tests.scenario import SAMPLES, SUBSCRIPTION, VM, Scenario

SNAPSHOT = SAMPLES / "nsg-denies-attestation" / "snapshot"
PARTS = {"subscription_id": SUBSCRIPTION.rsplit("/", 1)[-1], "resource_group": "shop-prod-rg", "vm_name": "web-01"}
DEFAULTS: dict[str, Any] = {
    **{parameter.name: False if parameter.type is bool else "" for parameter in PARAMETERS},
    **PARTS,
    "incident": "nsg-denies-attestation",
    "snapshot": str(SNAPSHOT),
    "offline": True,
}


def incident(**more: object) -> Incident:
    return incident_from({"incident": "case", "vm_id": VM, "snapshot": str(SNAPSHOT), **more}, origin="test")


def test_an_incident_is_read_and_diagnosed_once() -> None:
    runbook = open_incident(incident())

    assert runbook.is_sample
    assert runbook.verdict()["incident"] == "case"
    assert runbook.verdict()["root_causes"][0]["code"] == "nsg-denies-attestation"


@pytest.mark.parametrize("source", ["live", "har"])
def test_only_a_samples_snapshot_makes_a_sample(source: str, tmp_path: Path) -> None:
    folder = Scenario.sample("healthy").write(tmp_path / "snapshot")
    header = json.loads((folder / "snapshot.json").read_text("utf-8"))
    (folder / "snapshot.json").write_text(json.dumps({**header, "source": source}), "utf-8")

    assert not open_incident(incident(snapshot=str(folder))).is_sample


def test_the_vm_is_found_in_any_letter_case() -> None:
    assert open_incident(incident(vm_id=VM.upper())).verdict()["verdict"] == "fail"


def test_a_snapshot_of_another_vm_is_refused_and_says_which_it_holds() -> None:
    with pytest.raises(BadInput, match="holds nothing about") as caught:
        open_incident(incident(vm_id=VM + "2"))

    assert str(caught.value).endswith(f"it holds {VM}")


def test_a_snapshot_of_another_cloud_is_refused() -> None:
    with pytest.raises(BadInput, match="was recorded in AzureCloud, but the incident says AzureChinaCloud"):
        open_incident(incident(cloud="AzureChinaCloud"))


def test_without_a_cloud_the_snapshots_counts(tmp_path: Path) -> None:
    scenario = Scenario.sample("healthy")
    scenario.cloud = "AzureUSGovernment"

    runbook = open_incident(incident(snapshot=str(scenario.write(tmp_path / "snapshot"))))

    assert runbook.facts.cloud.name == "AzureUSGovernment"


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"format": 2}', '{"format": "1"}', "{}", b"\xff\xfe\xfa"])
def test_a_guest_probe_that_cannot_be_read_or_is_newer_is_refused(text: str | bytes, tmp_path: Path) -> None:
    probe = tmp_path / "probe.json"
    probe.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(BadInput, match=r"probe\.json: is not"):
        open_incident(incident(guest_probe=str(probe)))


def test_a_guest_probe_is_said_to_wait_for_a_later_version(tmp_path: Path) -> None:
    probe = tmp_path / "probe.json"
    probe.write_text('{"format": 1, "os": "Linux"}', "utf-8")

    checks = {check["id"]: check for check in open_incident(incident(guest_probe=str(probe))).verdict()["checks"]}

    assert checks["guest.probe"]["status"] == "unknown"
    assert {
        check["status"] for check in open_incident(incident()).verdict()["checks"] if check["id"] == "guest.probe"
    } == {"not-applicable"}


@pytest.mark.parametrize("text", ["{}", '{"values": []}', "[1]", "no json"])
def test_a_service_tag_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "tags.json"
    file.write_text(text, "utf-8")

    with pytest.raises(BadInput, match=r"tags\.json: is not"):
        open_incident(incident(service_tags=str(file)))


def test_a_notebook_runs_on_its_defaults() -> None:
    runbook = open_runbook({**DEFAULTS, "In": [], "get_ipython": None, "__name__": "__main__"})

    assert runbook.incident.vm.text == VM
    assert runbook.incident.offline


def test_a_vm_id_wins_over_the_defaults_of_its_parts() -> None:
    with pytest.raises(BadInput, match=r"holds nothing about /subscriptions/.*/web-02"):
        open_runbook({**DEFAULTS, "vm_id": VM.replace("web-01", "web-02")})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offline": "yes"}, "offline must be true or false"),
        ({"incident": 5}, "incident must be text"),
        ({"incident": "../up"}, "cannot be a folder's name"),
        ({"vm_id": "web-01"}, "is not the id of a VM"),
        ({"vm_name": ""}, "the VM is missing"),
        ({"snapshot": "nowhere"}, "no such snapshot folder"),
    ],
)
def test_a_notebook_refuses_parameters_that_cannot_be_used(change: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        open_runbook({**DEFAULTS, **change})
