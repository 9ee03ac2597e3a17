from pathlib import Path

import pytest

from tests.recordings.recorded import RECORDINGS, Excerpt


@pytest.fixture(autouse=True)
def _recordings() -> None:
    if not RECORDINGS.is_dir():
        pytest.skip("the recordings beside the project are absent")


@pytest.fixture
def excerpt(tmp_path: Path) -> Excerpt:
    return Excerpt(tmp_path / "incident" / "snapshot")
