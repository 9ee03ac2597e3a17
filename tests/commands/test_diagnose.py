"""`guest-attestation diagnose`: the verdict, printed; its exit code; nothing written and little imported."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from guest_attestation import __version__
from guest_attestation.commands.main import main
from tests.commands.cli import call, environment, program, script, spawned, tree
from tests.samples.verdict_contract import assert_verdict
from tests.scenario import ROOT, SAMPLES, SUBNET_NSG, VM, Scenario

DENIED = SAMPLES / "nsg-denies-attestation"
CODES = {
    "healthy": 0,
    "nsg-denies-attestation": 3,
    "secure-boot-off": 3,
    "extension-not-installed": 3,
    "extension-failed": 3,
    "custom-provider-unreachable": 3,
}

ONLY = """
import sys
ALLOWED = sys.stdlib_module_names | {"guest_attestation", *WORDS}
class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in ALLOWED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent)
"""
PYYAML = ["yaml", "_yaml"]
RUN_MAIN = """
import sys
from guest_attestation.commands.main import main
code = main(sys.argv[1:])
"""


def with_only(packages: list[str]) -> str:
    """Code that runs the command line where no other package can be imported."""
    return f"{ONLY.replace('WORDS', repr(packages))}{RUN_MAIN}\nsys.exit(code)"


@pytest.mark.parametrize("name", CODES)
def test_a_sample_ends_with_its_exit_code_and_names_its_cause_first(name: str) -> None:
    result = call("diagnose", SAMPLES / name / "snapshot")

    assert (result.code, result.err) == (CODES[name], "")
    first = result.out.splitlines()[0]
    if name == "healthy":
        assert first == f"✔ PASS   healthy   {VM}"
    else:
        assert first == f"✘ FAIL: {name}   {name}   {VM}"


def test_the_verdict_names_the_rule_the_resource_and_what_would_disprove_it() -> None:
    out = call("diagnose", DENIED / "snapshot").out.splitlines()

    assert out[1].startswith("  1. nsg-denies-attestation (proven): rule Deny-Internet-Outbound denies TCP 443")
    assert out[2] == f"     on {SUBNET_NSG}, rule Deny-Internet-Outbound"
    assert out[3].startswith("     disproved if ")
    assert any("warn    defender.attestation-status: " in line for line in out)


def test_a_missing_permission_is_shown_below_its_check(tmp_path: Path) -> None:
    scenario = Scenario.sample("healthy").answer("virtualMachines/web-01", 403)

    out = call("diagnose", scenario.write(tmp_path / "taken")).out

    assert "     missing permission: Microsoft.Compute/virtualMachines/read\n" in out


def test_assumptions_are_shown_once(tmp_path: Path) -> None:
    scenario = Scenario.sample("healthy").drop("/effectiveRouteTable")

    out = call("diagnose", scenario.write(tmp_path / "taken")).out

    assert out.count("assumed: routes were computed from the route table") == 1


def test_json_is_the_whole_verdict_and_nothing_else() -> None:
    result = call("diagnose", DENIED / "snapshot", "--json")

    assert result.code == 3
    assert_verdict(json.loads(result.out))


@pytest.mark.parametrize("name", CODES)
def test_json_is_the_same_from_every_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for here in (ROOT, ROOT / "notebooks", tmp_path):
        monkeypatch.chdir(here)
        for target in ("snapshot", "snapshot/"):
            found.add(call("diagnose", f"{SAMPLES / name}/{target}", "--json").out)
    monkeypatch.chdir(ROOT)
    found.add(call("diagnose", SAMPLES / name / "parameters.yaml", "--json").out)

    assert len(found) == 1


def test_nothing_is_written(project: Path) -> None:
    before = tree(project)

    for words in (("diagnose", project / "parameters/samples/nsg-denies-attestation/snapshot"), ("diagnose", VM)):
        call(*words)
        call(*words, "--json")

    assert tree(project) == before


@pytest.mark.parametrize("words", [["--help"], ["diagnose", "--help"], ["run", "--help"], ["-h"]])
def test_help_explains_exit_codes(words: list[str]) -> None:
    result = call(*words)

    assert (result.code, result.err) == (0, "")
    assert "exit codes: 0 pass, 1 the tool failed, 2 bad input, 3 fail, 4 only warn" in " ".join(result.out.split())


def test_help_names_every_command_and_option() -> None:
    assert all(f" {command} " in call("--help").out for command in ("run", "diagnose"))
    assert all(it in call("diagnose", "--help").out for it in ("TARGET", "--vm", "--json"))
    assert all(it in call("run", "--help").out for it in ("TARGET", "--vm", "--output"))


def test_the_version_is_shown() -> None:
    result = call("--version")

    assert (result.code, result.out) == (0, f"guest-attestation {__version__}\n")


def test_only_the_standard_library_and_pyyaml_are_imported() -> None:
    code = f"import sys; before = set(sys.modules)\n{RUN_MAIN}\nprint(*sorted(set(sys.modules) - before), sep='\\n')"

    result = script(code, "diagnose", DENIED / "parameters.yaml", "--json", cwd=ROOT)

    assert result.err == ""
    imported = {line.partition(".")[0] for line in result.out.rpartition("}\n")[2].split()}
    others = {it for it in imported - set(sys.stdlib_module_names) if not it.startswith(("_cython", "cython_"))}
    assert others == {"guest_attestation", "yaml"}  # Cython is what pyyaml's own parser is made of


@pytest.mark.parametrize("name", CODES)
def test_it_works_where_only_pyyaml_is_installed(name: str) -> None:
    result = script(with_only(PYYAML), "diagnose", SAMPLES / name / "parameters.yaml", cwd=ROOT)

    assert (result.code, result.err) == (CODES[name], "")
    assert VM in result.out


def test_help_works_where_nothing_at_all_is_installed() -> None:
    result = script(with_only([]), "--help")

    assert (result.code, result.err) == (0, "")


def test_a_command_whose_extra_is_absent_says_which_in_one_line(project: Path) -> None:
    before = tree(project)
    target = project / "parameters/samples/nsg-denies-attestation/parameters.yaml"

    result = script(with_only(PYYAML), "run", target, cwd=project)

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("guest-attestation: run needs ")
    assert result.err.endswith(", which is not installed: pip install 'guest-attestation[notebooks]'\n")
    assert result.err.count("\n") == 1
    assert tree(project) == before


def test_without_papermill_alone_run_names_it(project: Path) -> None:
    code = f"import sys; sys.modules['papermill'] = None\n{RUN_MAIN}\nsys.exit(code)"

    result = script(code, "run", "parameters/samples/nsg-denies-attestation/parameters.yaml", cwd=project)

    assert result.code == 1
    expected = "run needs papermill, which is not installed: pip install 'guest-attestation[notebooks]'"
    assert result.err == f"guest-attestation: {expected}\n"


def test_the_installed_program_and_the_module_do_the_same() -> None:
    module = [sys.executable, "-m", "guest_attestation.commands.main"]
    words = ["diagnose", str(DENIED / "parameters.yaml"), "--json"]

    by_name, by_module = program(*words, cwd=ROOT), spawned([*module, *words], cwd=ROOT)

    assert by_name == by_module
    assert by_name.code == 3
    assert by_name.out == call("diagnose", DENIED / "snapshot", "--json").out


def output_to(stdout: int, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "guest_attestation.commands.main", "diagnose", str(DENIED / "snapshot"), *words]
    done = subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, env=environment(), encoding="utf-8", timeout=100, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["text", "json"])
def test_a_reader_that_goes_away_is_no_error_to_show(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert output_to(writing, *words) == (1, "")
    finally:
        os.close(writing)


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["text", "json"])
def test_a_full_disk_is_said_in_one_line(words: list[str]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        code, err = output_to(full, *words)
    finally:
        os.close(full)

    assert code == 1
    assert err == "guest-attestation: [Errno 28] No space left on device\n"


class Unflushed(io.StringIO):
    """A stream that takes everything, and fails when it must pass it on."""

    def __init__(self, error: OSError, descriptor: int) -> None:
        super().__init__()
        self.error, self.descriptor = error, descriptor

    def flush(self) -> None:
        raise self.error

    def fileno(self) -> int:
        return self.descriptor


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "guest-attestation: [Errno 28] No space left on device\n"),
        (BrokenPipeError(32, "Broken pipe"), ""),
    ],
    ids=["full disk", "gone reader"],
)
def test_what_could_not_be_passed_on_is_not_tried_again(error: OSError, said: str, tmp_path: Path) -> None:
    complaints = io.StringIO()
    with (tmp_path / "out").open("w") as file:
        with redirect_stdout(Unflushed(error, file.fileno())), redirect_stderr(complaints):
            code = main(["diagnose", str(DENIED / "snapshot"), "--json"])
        leads_to = os.fstat(file.fileno()).st_ino

    assert (code, complaints.getvalue()) == (1, said)
    assert leads_to == Path(os.devnull).stat().st_ino


def test_a_terminal_that_cannot_show_a_character_shows_another() -> None:
    command = [sys.executable, "-m", "guest_attestation.commands.main", "diagnose", str(DENIED / "snapshot")]
    done = subprocess.run(
        command,
        env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert (done.returncode, done.stderr) == (3, b"")
    assert done.stdout.startswith(b"? FAIL: nsg-denies-attestation")


def test_an_interruption_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("guest_attestation.commands.diagnose.open_incident", interrupted)

    result = call("diagnose", DENIED / "snapshot")

    assert (result.code, result.out, result.err) == (1, "", "guest-attestation: interrupted\n")
