"""The project's own files agree with each other, and the Makefile says what it needs."""

import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]
LOCKED = [*PROJECT["project"]["dependencies"], *EXTRAS["azure"], *EXTRAS["notebooks"], *EXTRAS["lab"], *GROUPS["build"]]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def pins(lock: str) -> set[tuple[str, str]]:
    found = re.findall(r"^([\w.-]+)==([\w.!+]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    return {(canonicalize_name(name), version) for name, version in found}


def test_conda_installs_the_lock_and_nothing_else() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

    assert environment["dependencies"] == ["python", "pip", {"pip": ["-r requirements.lock"]}]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert pins(lock)
    assert not re.findall(r".*(?:://|--(?:extra-)?index-url|--find-links|--trusted-host).*", text)


def test_the_developers_lock_holds_the_same_pins() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.parametrize(("lock", "wanted"), [(LOCKS[0], LOCKED), (LOCKS[1], [*LOCKED, *GROUPS["dev"]])], ids=LOCKS)
def test_a_lock_is_in_step_with_pyproject(lock: str, wanted: list[str]) -> None:
    pinned = pins(lock)
    requirements = [Requirement(line) for line in wanted]

    unmet = [
        str(requirement)
        for requirement in requirements
        if not any(
            name == canonicalize_name(requirement.name) and version in requirement.specifier for name, version in pinned
        )
    ]
    assert unmet == []


def test_every_dependency_gives_its_reason() -> None:
    tables = [PROJECT["project"]["dependencies"], *EXTRAS.values(), *GROUPS.values()]

    silent = [
        dependency
        for table in tables
        for dependency in table
        if not re.search(rf'^\s*"{re.escape(dependency)}",  # \w.+$', PYPROJECT, re.MULTILINE)
    ]
    assert silent == []


def make(target: str, *variables: str) -> subprocess.CompletedProcess[str]:
    # Without what a surrounding make hands down.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--no-print-directory", target, *variables]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def python_where(setting: str, folder: Path) -> Path:
    """Make this very Python believe `setting` before it runs what make gives it."""
    path = folder / "python"
    path.write_text(f"""#!/bin/sh\nexec "{sys.executable}" -c 'import sys; {setting}; exec(sys.argv[2])' "$@"\n""")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("target", ["run", "test"])
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        pytest.param("sys.version_info = (3, 10, 13)", "Install Python 3.11 or newer", id="old"),
        pytest.param("sys.modules['ensurepip'] = None", "apt install python3-venv", id="no venv"),
    ],
)
def test_make_says_what_to_install(target: str, setting: str, message: str, tmp_path: Path) -> None:
    python = python_where(setting.replace("'", '"'), tmp_path)

    result = make(target, f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")

    assert result.returncode != 0
    assert message in result.stderr.splitlines()[0]
    assert not (tmp_path / "venv").exists()


def test_make_says_so_when_there_is_no_python(tmp_path: Path) -> None:
    result = make("run", f"PYTHON={tmp_path / 'nowhere'}", f"VENV={tmp_path / 'venv'}")

    assert result.returncode != 0
    assert "Install Python 3.11 or newer" in result.stderr.splitlines()[0]


def test_make_help_lists_every_target() -> None:
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets

    listed = re.findall(r"^make (\w+)", make("help").stdout, re.MULTILINE)

    assert sorted(listed) == sorted(targets[1].split())
