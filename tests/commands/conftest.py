from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenario import SAMPLES


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
