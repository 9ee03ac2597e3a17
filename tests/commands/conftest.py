from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from guest_attestation.snapshot.reader import open_snapshot
from tests.commands.azure import patched
from tests.scenario import SAMPLES
from tests.wire.arm import Arm, serving
from tests.wire.recorded_arm import RecordedArm


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, with one sample and an earlier run's evidence, and the current folder in it."""
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    (root / "notebooks" / "01-first.ipynb").write_text("{}", "utf-8")
    shutil.copytree(SAMPLES / "nsg-denies-attestation", root / "parameters/samples/nsg-denies-attestation")
    (root / "outputs" / "my-incident").mkdir(parents=True)
    (root / "outputs" / "my-incident" / "verdict.json").write_text("{}", "utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def arm(authority: trustme.CA, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arm]:
    """The sample behind a server that commands take for Azure's, and a project to be in."""
    assert project.is_dir()
    for name in [name for name in os.environ if "proxy" in name.casefold()]:
        monkeypatch.delenv(name)
    sample = open_snapshot(SAMPLES / "nsg-denies-attestation/snapshot")
    with serving(RecordedArm(sample), authority) as server:
        patched(monkeypatch, server, authority)
        yield server
