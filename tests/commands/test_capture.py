"""`guest-attestation capture TARGET`: one line a read, what was refused and what failed, and the right exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import trustme

from guest_attestation.snapshot.lock import locked
from guest_attestation.snapshot.reader import is_unfinished, open_snapshot
from tests.commands.azure import patched
from tests.commands.cli import Result, call, environment, script, spawned, tree
from tests.scenario import ROOT, SAMPLES, VM
from tests.wire.arm import RESET, Answer, Arm, Reply, Seen, serving
from tests.wire.credential import TENANT, token_of
from tests.wire.loopback import pem_of
from tests.wire.recorded_arm import RecordedArm

SAMPLE = open_snapshot(SAMPLES / "nsg-denies-attestation/snapshot")
LOGGED_IN = f"logged in to AzureCloud by Azure CLI, tenant {TENANT}"


def changed(**changes: Reply) -> Answer:
    recorded = RecordedArm(SAMPLE)

    def answer(seen: Seen) -> Reply:
        return next((reply for word, reply in changes.items() if word in seen.target), None) or recorded(seen)

    return answer


def lines(result: Result, symbol: str) -> list[str]:
    return [line for line in result.out.splitlines() if line.startswith(symbol)]


def test_an_id_is_all_that_is_needed(arm: Arm, project: Path) -> None:
    result = call("capture", VM)

    folder = project / "outputs" / "web-01" / "snapshot"
    assert (result.code, result.err) == (0, "")
    said = result.out.splitlines()
    assert said[0] == LOGGED_IN
    assert said[-1] == f"snapshot: {folder}"
    assert f"✔ 200 GET {VM}?$expand=instanceView" in said
    assert all(re.fullmatch(r"[✔–] (200|404) (GET|POST) \S.*", line) for line in said[1:-1])
    assert open_snapshot(folder).answer("vm", vm=VM).ok
    assert len(arm.seen) >= len(said) - 2
    assert call("diagnose", VM).code == 3


def test_a_parameters_file_says_where_the_snapshot_is(arm: Arm, project: Path) -> None:
    (project / "mine.yaml").write_text(f"incident: mine\nvm_id: {VM}\nsnapshot: kept/here\n", "utf-8")

    result = call("capture", "mine.yaml")

    assert result.code == 0
    assert result.out.endswith("snapshot: kept/here\n")
    assert open_snapshot(project / "kept/here").answer("vm", vm=VM).ok
    assert arm.seen
    assert call("diagnose", "mine.yaml").code == 3


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["--snapshot", "some/where"], "some/where"),
        (["--output", "out"], "out/web-01/snapshot"),
        (["--output", "out", "--snapshot", "some/where"], "some/where"),
        ([], "outputs/web-01/snapshot"),
    ],
)
def test_options_say_where_the_snapshot_is(words: list[str], place: str, arm: Arm, project: Path) -> None:
    assert call("capture", VM, *words).code == 0

    assert (project / place / "snapshot.json").is_file()
    assert arm.seen


def test_a_second_time_nothing_is_asked_unless_it_is_refreshed(arm: Arm) -> None:
    call("capture", VM)
    seen = len(arm.seen)

    again = call("capture", VM)

    assert (again.code, len(arm.seen)) == (0, seen)
    assert again.out.splitlines()[0] == LOGGED_IN
    assert again.out.endswith("(nothing was missing)\n")
    refreshed = call("capture", VM, "--refresh")
    assert refreshed.code == 0
    kept = next(line for line in refreshed.out.splitlines() if "from before are kept in" in line).rpartition(" ")[2]
    assert open_snapshot(Path(kept)).answer("vm", vm=VM).ok
    assert "from before" not in again.out
    assert len(arm.seen) >= 2 * seen - 5


def test_what_was_refused_is_listed_with_the_permission(arm: Arm) -> None:
    arm.answer = changed(effectiveRouteTable=Reply(403, {"error": {"code": "AuthorizationFailed"}}))

    result = call("capture", VM)

    assert (result.code, result.err) == (0, "")
    (refused,) = (line for line in result.out.splitlines() if line.startswith("  refused: "))
    permission = "Microsoft.Network/networkInterfaces/effectiveRouteTable/action"
    assert refused.startswith(f"  refused: {permission}: POST /subscriptions/")
    (line,) = lines(result, "✘")
    assert line.startswith("✘ 403 POST ")


def test_what_failed_is_listed_line_by_line(arm: Arm) -> None:
    arm.answer = changed(
        **{
            "web-subnet-nsg": RESET,
            "skus": Reply(500, {"error": {"code": "Oops\n✔ 200 GET /forged", "message": "\x1b[2J"}}),
        }
    )

    result = call("capture", VM)

    assert (result.code, result.err) == (0, "")
    failed = [line for line in result.out.splitlines() if line.startswith("  failed: ")]
    assert len(failed) == 2
    assert any(line.startswith("  failed: answered 500 Oops ✔ 200 GET /forged: GET ") for line in failed)
    assert "\x1b" not in result.out
    assert not any(line.startswith("✔ 200 GET /forged") for line in result.out.splitlines())
    assert sorted(line[:5] for line in lines(result, "✘")) == ["✘ ---", "✘ 500"]


def test_a_vm_that_does_not_exist(arm: Arm, project: Path) -> None:
    arm.answer = lambda _: Reply(404, {"error": {"code": "ResourceNotFound", "message": "no"}})

    result = call("capture", VM)

    assert result.code == 2
    said = "Azure answers 404 ResourceNotFound: check the id, and that the tenant is the right one"
    assert result.err == f"guest-attestation: {VM}: {said}\n"
    assert len(arm.seen) == 2
    assert open_snapshot(project / "outputs/web-01/snapshot").answer("vm", vm=VM).status == 404


def test_a_subscription_without_access(arm: Arm) -> None:
    arm.answer = lambda _: Reply(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})

    result = call("capture", VM)

    assert result.code == 1
    assert re.fullmatch(rf"guest-attestation: nothing was read of {VM}: refused \(403\): [^\n]+\n", result.err)
    assert "  refused: Microsoft.Compute/virtualMachines/read: GET " in result.out


def test_a_token_that_azure_does_not_take(arm: Arm) -> None:
    arm.answer = lambda _: Reply(401, {"error": {"code": "InvalidAuthenticationTokenTenant", "message": "no"}})

    result = call("capture", VM)

    assert result.code == 1
    assert "answered 401 InvalidAuthenticationTokenTenant: GET" in result.err


def test_a_connection_that_is_not_there(arm: Arm, project: Path) -> None:
    before = tree(project)
    arm.answer = lambda _: RESET

    result = call("capture", VM)

    assert result.code == 1
    assert re.fullmatch(rf"guest-attestation: nothing was read of {VM}: [^\n]+\n", result.err)
    assert [it for it in tree(project) if it not in before] == ["outputs/web-01"]


def test_a_connection_that_breaks_midway_is_gone_on_from(arm: Arm, project: Path) -> None:
    arm.answer = changed(virtualNetworks=RESET)
    first = call("capture", VM)
    assert first.code == 0
    assert is_unfinished(project / "outputs/web-01/snapshot")
    arm.answer, seen = RecordedArm(SAMPLE), len(arm.seen)

    second = call("capture", VM)

    assert second.code == 0
    assert not [it for it in arm.seen[seen:] if it.path == VM]
    assert not is_unfinished(project / "outputs/web-01/snapshot")


def test_another_run_in_the_same_folder(arm: Arm, project: Path) -> None:
    folder = project / "taken"
    with locked(folder):
        result = call("capture", VM, "--snapshot", folder)

    assert result.code == 1
    assert result.err == (
        f"guest-attestation: {folder}: another run is recording here: wait for it, or choose another folder\n"
    )
    assert arm.seen == []


def test_a_cloud_that_does_not_fit(arm: Arm) -> None:
    call("capture", VM)
    seen = len(arm.seen)

    result = call("capture", VM, "--cloud", "AzureChinaCloud")

    assert (result.code, result.out, len(arm.seen)) == (2, "", seen)
    assert "was recorded in AzureCloud: record AzureChinaCloud into another folder" in result.err


def test_another_cloud(authority: trustme.CA, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = "management.usgovcloudapi.net"
    with serving(RecordedArm(SAMPLE), authority, host) as server:
        answering = patched(monkeypatch, server, authority, host)
        result = call("capture", VM, "--cloud", "AzureUSGovernment")
        again = call("capture", VM)
        anew = call("capture", VM, "--refresh")

    assert result.code == 0
    assert anew.code == 0
    assert anew.out.startswith("logged in to AzureUSGovernment "), "also where everything is read anew"
    assert result.out.splitlines()[0] == f"logged in to AzureUSGovernment by Azure CLI, tenant {TENANT}"
    assert {seen.headers["host"] for seen in server.seen} == {host}
    assert set(answering.scopes) == {f"https://{host}/.default"}
    assert again.out.startswith("logged in to AzureUSGovernment "), "the snapshot's cloud is remembered"
    assert open_snapshot(project / "outputs/web-01/snapshot").cloud.name == "AzureUSGovernment"


def test_a_snapshot_that_cannot_be_read_can_be_read_anew(arm: Arm, project: Path) -> None:
    call("capture", VM)
    (project / "outputs/web-01/snapshot/snapshot.json").write_text("{", "utf-8")

    assert call("capture", VM).code == 2
    assert call("capture", VM, "--refresh").code == 0

    assert arm.seen
    assert open_snapshot(project / "outputs/web-01/snapshot").answer("vm", vm=VM).ok


BAD: dict[str, tuple[list[str], str]] = {
    "a folder": (["notebooks"], "is a folder: to go live, name a parameters file or the ARM id of a VM"),
    "nothing": (["nowhere.yaml"], "no such parameters file or VM id"),
    "an id that is none": (["/subscriptions/x"], "is not the id of a VM"),
    "a name too long": (["a" * 5000], "cannot be read"),
    "an unknown cloud": ([VM, "--cloud", "Azure"], "cloud 'Azure' is not known"),
    "an offline incident": (
        ["parameters/samples/nsg-denies-attestation/parameters.yaml"],
        "says `offline: true`: nothing is recorded",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anybody_is_asked(case: str, arm: Arm, project: Path) -> None:
    words, said = BAD[case]
    before = tree(project)

    result = call("capture", *words)

    assert (result.code, result.out, arm.seen) == (2, "", [])
    assert said in result.err
    assert result.err.count("\n") == 1
    assert tree(project) == before


def test_nobody_is_logged_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(project))
    before = tree(project)

    result = spawned([sys.executable, "-m", "guest_attestation.commands.main", "capture", VM], cwd=project)

    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "guest-attestation: nobody is logged in to AzureCloud: tried environment (not set up),"
        " workload identity (not set up), Azure CLI (not set up): log in with `az login`\n"
    )
    assert tree(project) == before


LIVE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from guest_attestation.commands.main import main
from guest_attestation.collect import capture
from tests.wire.loopback import LoopbackAdapter
port, pem = int(sys.argv[1]), Path(sys.argv[2]).read_text()
capture.HTTPAdapter = lambda **_: LoopbackAdapter({{"management.azure.com": port}}, pem)
sys.exit(main(sys.argv[3:]))
"""


@pytest.fixture
def az(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An Azure CLI that is logged in."""
    answer = {"accessToken": token_of(tid=TENANT), "expires_on": int(time.time()) + 3600, "tokenType": "Bearer"}
    path = project / "bin" / "az"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\necho \"$@\" >> {project}/az.log\ncat <<'E'\n{json.dumps(answer)}\nE\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    for name in [name for name in os.environ if name.startswith("AZURE_") or "proxy" in name.casefold()]:
        monkeypatch.delenv(name)
    return path


@pytest.fixture
def pem(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    path.write_text(pem_of(authority), "utf-8")
    return path


def test_an_engineer_who_is_logged_in_with_az_types_one_id(
    az: Path, pem: Path, authority: trustme.CA, project: Path
) -> None:
    with serving(RecordedArm(SAMPLE), authority) as server:
        result = script(LIVE, str(server.port), pem, "capture", VM, cwd=project)

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[0] == LOGGED_IN
    calls = (project / "az.log").read_text("utf-8").splitlines()
    assert len(calls) == 1, "one token serves all reads"
    assert "get-access-token" in calls[0]
    assert "https://management.azure.com" in calls[0]
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {token_of(tid=TENANT)}"}
    assert az.exists()


def test_an_interruption_ends_at_once_and_keeps_what_was_read(
    az: Path, pem: Path, authority: trustme.CA, project: Path
) -> None:
    recorded, ended = RecordedArm(SAMPLE), threading.Event()

    def answer(seen: Seen) -> Reply:
        if "virtualNetworks" in seen.target or "serviceTagDetails" in seen.target:
            ended.wait(60)  # an answer that nobody waits for
        return recorded(seen)

    with serving(answer, authority) as server:
        running = subprocess.Popen(
            [sys.executable, "-c", LIVE, str(server.port), str(pem), "capture", VM],
            cwd=project,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert running.stdout is not None
        while "networkInterfaces/web-01-nic" not in (line := running.stdout.readline()):
            assert line, "it ended too soon"
        interrupted = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=40)
        assert time.monotonic() - interrupted < 30
        ended.set()
        assert (running.returncode, err) == (1, "guest-attestation: interrupted\n")
        folder = project / "outputs/web-01/snapshot"
        assert is_unfinished(folder)
        assert open_snapshot(folder).answer("vm", vm=VM).ok
        server.answer, seen = recorded, len(server.seen)
        again = script(LIVE, str(server.port), pem, "capture", VM, cwd=project)

    assert again.code == 0
    assert VM not in [it.path for it in server.seen[seen:]]
    assert not is_unfinished(folder)
    assert az.exists()


@pytest.mark.parametrize("package", ["azure", "filelock", "requests"])
@pytest.mark.parametrize("words", [["capture", VM], ["run", VM]])
def test_without_the_azure_extra_it_is_named(package: str, words: list[str], project: Path) -> None:
    code = f"""
import sys
sys.modules[{package!r}] = None
from guest_attestation.commands.main import main
sys.exit(main(sys.argv[1:]))
"""
    before = tree(project)

    result = script(code, *words, cwd=project)

    assert (result.code, result.out) == (1, "")
    said = f"{words[0]} needs {package}, which is not installed: pip install 'guest-attestation[azure]'"
    assert result.err == f"guest-attestation: {said}\n"
    assert tree(project) == before


def test_help_names_the_exit_codes() -> None:
    result = call("capture", "--help")

    assert result.code == 0
    assert "0 something was read, 1 nothing was, 2 bad input or no such VM" in " ".join(result.out.split())
