"""Bad input gets one line on standard error, exit code 2, and no half-written evidence (issue 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.cli import call, program, tree
from tests.scenario import SAMPLES, VM, Scenario

SNAPSHOT = "parameters/samples/nsg-denies-attestation/snapshot"
GOOD = {"incident": "my-incident", "vm_id": VM, "snapshot": SNAPSHOT}
HEADER = {"format": 1, "captured_at": "2026-11-20T09:30:00Z", "cloud": "AzureCloud", "source": "live"}


def parameters(**changes: object) -> Callable[[Path], str]:
    """A parameters file that would be good but for these changes (JSON is YAML)."""
    return text(json.dumps({name: value for name, value in {**GOOD, **changes}.items() if value is not None}))


def text(content: str | bytes) -> Callable[[Path], str]:
    """A parameters file of that text."""

    def make(root: Path) -> str:
        file = root / "given.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    return make


def lines(line: str) -> Callable[[Path], str]:
    """A good parameters file with one line more, before the others."""
    return text(
        f"{line}\n" + "".join(f"{name}: {value}\n" for name, value in GOOD.items() if not line.startswith(name))
    )


def snapshot(change: Callable[[Path], object]) -> Callable[[Path], str]:
    """A parameters file whose snapshot was changed."""

    def make(root: Path) -> str:
        folder = Scenario.sample("nsg-denies-attestation").write(root / "taken")
        change(folder)
        return parameters(snapshot=str(folder))(root)

    return make


def emptied(folder: Path) -> None:
    for file in (folder / "responses").rglob("*.json"):
        file.unlink()


def header(**changes: object) -> Callable[[Path], object]:
    return lambda folder: (folder / "snapshot.json").write_text(json.dumps({**HEADER, **changes}), "utf-8")


def broken(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "responses" / "torn.json").write_bytes(content)


def given(word: str) -> Callable[[Path], str]:
    return lambda _: word


CASES: dict[str, tuple[Callable[[Path], str], str]] = {
    "no such file": (given("nowhere.yaml"), "nowhere.yaml: no such parameters file"),
    "a name too long to be one": (given("a" * 5000), "cannot be read"),
    "a null in a name": (given("a\0b"), "no such parameters file"),
    "an empty word": (given(""), "is not a snapshot"),
    "a folder that is no snapshot": (given("notebooks"), "notebooks: is not a snapshot: it has no snapshot.json"),
    "an id that is none": (given("/subscriptions/x/resourceGroups/y"), "is not the id of a VM"),
    "an id without a snapshot": (given(VM), "record it with `guest-attestation capture /subscriptions/"),
    "an id with too long a name": (given(f"{VM}{'a' * 80}"), "cannot be a folder's name"),
    "an id too long to be one": (given(f"{VM}{'a' * 5000}"), "cannot be read"),
    "not YAML": (text("incident: [my"), "given.yaml: is not YAML: "),
    "a tab": (text("\tincident: x"), "is not YAML"),
    "bytes that are no text": (text(b"\xff\xfe\x00incident"), "is not YAML"),
    "a control character": (text("incident: \x1b[2J"), "is not YAML"),
    "a date that is none": (lines("incident: 2026-13-45"), "is not YAML"),
    "a tag that does not fit": (lines("offline: !!bool maybe"), "is not YAML"),
    "a tag that runs code": (lines("offline: !!python/object/apply:os.getcwd []"), "is not YAML"),
    "a number too long to be one": (lines(f"incident: {'1' * 5000}"), "is not YAML"),
    "a huge hexadecimal number": (lines(f"incident: 0x{'f' * 5000}"), "incident must be text"),
    "nested too deep": (text("[" * 10_000), "is not YAML"),
    "two documents": (text("incident: a\n---\nincident: b\n"), "is not YAML"),
    "an empty file": (text(""), "is not a parameters file"),
    "a list": (text("- incident"), "is not a parameters file"),
    "plain words": (text("hello"), "is not a parameters file"),
    "an unknown parameter": (parameters(vmid="x"), "parameter 'vmid' is unknown"),
    "a number for a parameter": (lines("7: x"), "parameter '7' is unknown"),
    "no incident": (parameters(incident=None), "parameter incident is missing"),
    "no VM": (parameters(vm_id=None), "the VM is missing"),
    "part of a VM": (parameters(vm_id=None, vm_name="web-01"), "the VM is missing"),
    "two ways to name a VM": (parameters(vm_name="web-01"), "not both"),
    "a date for a name": (lines("incident: 2026-11-24"), "incident must be text"),
    "a number for a name": (parameters(incident=4711), "incident must be text"),
    "a boolean for text": (parameters(proxy=True), "proxy must be text"),
    "text for a boolean": (parameters(offline="yes please"), "offline must be true or false"),
    "a list for a path": (parameters(snapshot=["a"]), "snapshot must be text"),
    "a path for a name": (parameters(incident="../../etc"), "cannot be a folder's name"),
    "a device for a name": (parameters(incident="con.txt"), "cannot be a folder's name"),
    "a VM id that is none": (parameters(vm_id="web-01"), "'web-01' is not the id of a VM"),
    "an unknown cloud": (parameters(cloud="Azure"), "cloud 'Azure' is not known"),
    "another cloud": (parameters(cloud="AzureChinaCloud"), "but the incident says AzureChinaCloud"),
    "a proxy that is none": (parameters(proxy="http://proxy"), "proxy must be host:port"),
    "service tags that are not there": (
        parameters(service_tags="tags.json"),
        "service_tags 'tags.json' does not exist",
    ),
    "service tags that are none": (parameters(service_tags="given.yaml"), "is not a service tag file"),
    "a probe that is not there": (parameters(guest_probe="probe.json"), "guest_probe 'probe.json' does not exist"),
    "a probe that is none": (parameters(guest_probe="given.yaml"), "is not a guest probe"),
    "a snapshot that is not there": (parameters(snapshot="nowhere"), "no such snapshot folder"),
    "the usual snapshot that is not there": (
        parameters(snapshot=None),
        "outputs/my-incident/snapshot: no such snapshot",
    ),
    "a snapshot with too long a name": (parameters(snapshot="a" * 5000), "cannot be read"),
    "an empty snapshot": (snapshot(emptied), "the snapshot is empty"),
    "a snapshot without a header": (snapshot(lambda it: (it / "snapshot.json").unlink()), "it has no snapshot.json"),
    "a newer snapshot": (snapshot(header(format=2)), "format 2 is not known to this version"),
    "a header that is none": (snapshot(header(format="1")), "is not a snapshot's header"),
    "a header without a time": (snapshot(header(captured_at="now")), "captured_at is not a time"),
    "a header with a list for a cloud": (snapshot(header(cloud=[])), "cloud [] is not known"),
    "a file that is not JSON": (snapshot(broken(b'{"request"')), "torn.json: is not JSON"),
    "a file that is not UTF-8": (snapshot(broken(b'"\xff\xfe"')), "torn.json: is not JSON"),
    "a file nested too deep": (snapshot(broken(b"[" * 100_000)), "torn.json: is not JSON"),
    "a file that is no exchange": (snapshot(broken(b"[]")), "torn.json: is no recorded exchange"),
    "a status that is no number": (
        snapshot(broken(b'{"request": {"method": "GET", "url": "/x"}, "response": {"status": 1e999}}')),
        "torn.json: is no recorded exchange",
    ),
    "a snapshot of another VM": (parameters(vm_id=f"{VM}2"), "holds nothing about"),
}


LIVE = (
    *("an id without a snapshot", "the usual snapshot that is not there", "a snapshot that is not there"),
    "an empty snapshot",
)
"""What `run` records first: it may ask Azure, where `diagnose` never does."""


@pytest.mark.parametrize(
    ("command", "case"),
    [(command, case) for command in ("diagnose", "run") for case in CASES if command == "diagnose" or case not in LIVE],
)
def test_bad_input_ends_in_one_line_and_leaves_nothing_behind(command: str, case: str, project: Path) -> None:
    make, said = CASES[case]
    target = make(project)
    before = tree(project)

    result = call(command, target)

    assert result.code == 2
    assert result.out == ""
    assert re.fullmatch(r"guest-attestation: [^\n]+\n", result.err)
    assert said in result.err
    assert tree(project) == before


def test_bad_input_is_refused_before_the_chosen_output_is_made(project: Path) -> None:
    result = call("run", "nowhere.yaml", "--output", project / "elsewhere")

    assert result.code == 2
    assert not (project / "elsewhere").exists()


def test_json_is_not_begun_on_bad_input(project: Path) -> None:
    result = call("diagnose", "nowhere.yaml", "--json")

    assert (result.code, result.out) == (2, "")
    assert project.is_dir()


@pytest.mark.parametrize("case", ["not YAML", "a file that is not JSON", "an id without a snapshot"])
def test_the_installed_program_shows_no_traceback(case: str, project: Path) -> None:
    make, said = CASES[case]

    result = program("diagnose", make(project), cwd=project)

    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert result.err.count("\n") == 1


def test_names_from_a_snapshot_cannot_add_lines_to_an_error(project: Path) -> None:
    folder = Scenario.sample("healthy").write(project / "taken")
    (folder / "responses" / "a\nguest-attestation: all is well\x1b[2J.json").write_text("no json", "utf-8")

    result = call("diagnose", folder)

    assert result.err.count("\n") == 1
    assert "\x1b" not in result.err


def test_ids_from_a_snapshot_cannot_add_lines_to_an_error(project: Path) -> None:
    scenario = Scenario.sample("healthy")
    scenario.body("virtualMachines/web-01")["id"] = f"{VM}\nguest-attestation: all is well"

    for words in (("diagnose", scenario.write(project / "taken"), "--vm", "other"), ("diagnose", project / "taken")):
        result = call(*words)

        assert "\nguest-attestation" not in result.err
        assert "\nguest-attestation" not in result.out


@pytest.mark.parametrize(
    "words",
    [[], ["diagnose"], ["run"], ["frobnicate"], ["diagnose", "a", "b"], ["run", "a", "--json"], ["diagnose", "--vm"]],
)
def test_words_that_make_no_command_end_with_exit_code_2(words: list[str]) -> None:
    result = call(*words)

    assert (result.code, result.out) == (2, "")
    assert "guest-attestation" in result.err
    assert "Traceback" not in result.err


def test_the_matrix_would_pass_without_its_faults(project: Path) -> None:
    assert call("diagnose", parameters()(project)).code == 3
    assert call("diagnose", SAMPLES / "nsg-denies-attestation/snapshot").code == 3
