"""`guest-attestation run TARGET` where nothing is recorded yet: a capture, then everything offline on it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.run.notebooks import Outcome
from guest_attestation.runbook import Runbook
from guest_attestation.snapshot.reader import is_unfinished, open_snapshot
from tests.commands.cli import call, tree
from tests.scenario import SAMPLES, VM, Scenario
from tests.wire.arm import RESET, Arm, Reply, Seen
from tests.wire.credential import TENANT
from tests.wire.recorded_arm import RecordedArm

SAMPLE = open_snapshot(SAMPLES / "nsg-denies-attestation/snapshot")
LOGGED_IN = f"logged in to AzureCloud by Azure CLI, tenant {TENANT}"


@pytest.fixture(autouse=True)
def copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notebooks are copied instead of executed."""

    def copy(notebook: Path, folder: Path, runbook: Runbook) -> Outcome:
        assert runbook.snapshot.exchanges
        return Outcome(Path(shutil.copy(notebook, folder)), 1.0, None)

    monkeypatch.setattr("guest_attestation.run.notebooks.run_notebook", copy)


def parameters(project: Path, **more: Any) -> Path:
    file = project / "mine.yaml"
    file.write_text(json.dumps({"incident": "mine", "vm_id": VM, **more}), "utf-8")
    return file


def verdict(folder: Path) -> Any:
    return json.loads((folder / "verdict.json").read_text("utf-8"))


def test_an_id_is_all_that_is_needed(arm: Arm, project: Path) -> None:
    result = call("run", VM)

    folder = project / "outputs" / "web-01"
    said = result.out.splitlines()
    assert (result.code, result.err) == (3, "")
    assert said[0] == LOGGED_IN
    place = said.index(f"snapshot: {folder / 'snapshot'}")
    assert said[place + 1] == "[1/1] ✔ 01-first (1.0 s)"
    assert said[-1] == f"evidence: {folder}"
    assert sorted(it.name for it in folder.iterdir()) == ["01-first.ipynb", "snapshot", "verdict.json"]
    assert verdict(folder)["root_causes"][0]["code"] == "nsg-denies-attestation"
    diagnosed = call("diagnose", VM, "--json")
    assert diagnosed.out == (folder / "verdict.json").read_text("utf-8")
    assert arm.seen


def test_what_is_recorded_is_not_asked_for_again_unless_it_is_refreshed(arm: Arm) -> None:
    call("run", VM)
    seen = len(arm.seen)

    again = call("run", VM)
    assert (again.code, len(arm.seen)) == (3, seen)
    assert LOGGED_IN not in again.out

    refreshed = call("run", VM, "--refresh")
    assert refreshed.code == 3
    assert len(arm.seen) > seen + 20


def test_a_capture_that_was_cut_short_is_gone_on_with(arm: Arm, project: Path) -> None:
    recorded = RecordedArm(SAMPLE)
    arm.answer = lambda seen: RESET if "virtualNetworks" in seen.target else recorded(seen)
    first = call("run", VM)
    assert is_unfinished(project / "outputs/web-01/snapshot")
    arm.answer, seen = recorded, len(arm.seen)

    offline = call("run", VM, "--offline")
    assert (offline.code, len(arm.seen)) == (first.code, seen)

    second = call("run", VM)

    assert second.code == 3
    assert VM not in [it.path for it in arm.seen[seen:]]
    assert not is_unfinished(project / "outputs/web-01/snapshot")


def test_a_parameters_file_without_a_snapshot_goes_live(arm: Arm, project: Path) -> None:
    result = call("run", parameters(project))

    assert result.code == 3
    assert arm.seen
    assert (project / "outputs/mine/snapshot/snapshot.json").is_file()
    assert verdict(project / "outputs/mine")["incident"] == "mine"


@pytest.mark.parametrize("left", [[], [".lock"], ["snapshot.json"]])
def test_a_folder_in_which_nothing_is_recorded_goes_live(left: list[str], arm: Arm, project: Path) -> None:
    (project / "taken").mkdir()
    for name in left:
        shutil.copy(SAMPLES / "healthy/snapshot/snapshot.json", project / "taken" / name)

    assert call("run", parameters(project, snapshot="taken"), "--offline").code == 2
    assert arm.seen == []
    assert call("run", parameters(project, snapshot="taken")).code == 3
    assert arm.seen


@pytest.mark.parametrize("more", [{"snapshot": "taken"}, {"snapshot": "taken", "offline": True}])
def test_a_parameters_file_with_a_snapshot_never_goes_live(more: dict[str, Any], arm: Arm, project: Path) -> None:
    Scenario.sample("nsg-denies-attestation").write(project / "taken")
    before = tree(project / "taken")

    result = call("run", parameters(project, **more))

    assert (result.code, arm.seen) == (3, [])
    assert tree(project / "taken") == before


def test_offline_never_goes_live(arm: Arm, project: Path) -> None:
    file = parameters(project, offline=True)
    before = tree(project)

    for words in ((file,), (file, "--refresh"), (file, "--offline"), (VM, "--offline"), (VM, "--offline", "--refresh")):
        result = call("run", *words)
        assert (result.code, result.out) == (2, "")
        assert result.err.count("\n") == 1

    assert "record it with `guest-attestation capture" in call("run", VM, "--offline").err
    assert arm.seen == []
    assert tree(project) == before


@pytest.mark.parametrize("option", [["--refresh"], ["--snapshot", "x"], ["--cloud", "AzureCloud"]])
def test_a_snapshot_folder_is_looked_at_as_it_is(option: list[str], arm: Arm) -> None:
    result = call("run", SAMPLES / "healthy/snapshot", *option)

    assert (result.code, arm.seen) == (2, [])
    assert f"a snapshot folder is looked at as it is: {option[0]} does not fit" in result.err


@pytest.mark.parametrize(
    ("words", "snapshot", "evidence"),
    [
        (["--output", "out"], "out/web-01/snapshot", "out/web-01"),
        (["--snapshot", "kept"], "kept", "outputs/web-01"),
        (["--snapshot", "kept", "--output", "out"], "kept", "out/web-01"),
    ],
)
def test_options_say_where_everything_is(
    words: list[str], snapshot: str, evidence: str, arm: Arm, project: Path
) -> None:
    assert call("run", VM, *words).code == 3

    assert (project / snapshot / "snapshot.json").is_file()
    assert (project / evidence / "verdict.json").is_file()
    seen = len(arm.seen)
    assert call("run", VM, *words).code == 3
    assert len(arm.seen) == seen


def test_what_is_recorded_serves_wherever_the_evidence_goes(arm: Arm, project: Path) -> None:
    call("capture", VM)
    seen = len(arm.seen)

    assert call("run", VM, "--output", "out").code == 3

    assert len(arm.seen) == seen
    assert not (project / "out/web-01/snapshot").exists()


def test_a_vm_that_does_not_exist_is_bad_input(arm: Arm, project: Path) -> None:
    arm.answer = lambda _: Reply(404, {"error": {"code": "ResourceNotFound", "message": "no"}})

    result = call("run", VM)

    assert result.code == 2
    assert "Azure answers 404 ResourceNotFound" in result.err
    assert not (project / "outputs/web-01/verdict.json").exists()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_after_a_run_that_read_nothing_azure_is_asked_again(status: int, arm: Arm) -> None:
    arm.answer = lambda _: Reply(status, {"error": {"code": "Code", "message": "no"}})
    assert call("run", VM).code == (2 if status == 404 else 1)
    arm.answer = RecordedArm(SAMPLE)

    assert call("run", VM).code == 3


def test_without_an_answer_nothing_is_run(arm: Arm, project: Path) -> None:
    arm.answer = lambda _: RESET
    before = {name for name in tree(project) if "web-01" in name}

    result = call("run", VM)

    assert result.code == 1
    assert "nothing was read of" in result.err
    assert {name for name in tree(project) if "web-01" in name} == {*before, "outputs/web-01"}


def test_outside_a_project_nobody_is_asked(arm: Arm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    result = call("run", VM)

    assert (result.code, result.out, arm.seen) == (1, "", [])
    assert tree(elsewhere) == {}


def test_an_interrupted_run_goes_on_where_it_was(arm: Arm, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from guest_attestation.commands import recording

    said: list[str] = []

    def interrupting(text: str = "") -> None:
        said.append(text)
        if len(said) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recording, "say", interrupting)
        result = call("run", VM)
    assert (result.code, result.err) == (1, "guest-attestation: interrupted\n")
    seen = len(arm.seen)

    assert call("run", VM).code == 3

    asked = [it.path for it in arm.seen[seen:]]
    assert VM not in asked
    assert verdict(project / "outputs/web-01")["verdict"] == "fail"


def test_refusals_do_not_stop_a_run(arm: Arm) -> None:
    recorded = RecordedArm(SAMPLE)

    def answer(seen: Seen) -> Reply:
        if "/effective" in seen.target:
            return Reply(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
        return recorded(seen)

    arm.answer = answer
    result = call("run", VM)
    seen = len(arm.seen)

    assert result.code == 3
    assert "  refused: Microsoft.Network/networkInterfaces/effectiveRouteTable/action: POST " in result.out
    assert call("run", VM).code == 3
    assert len(arm.seen) == seen, "to ask again would not help"
