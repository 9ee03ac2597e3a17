from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from tests.wire.arm import Answer, Arm, serving
from tests.wire.live import Live


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that vouches for every server of the tests."""
    return trustme.CA()


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of this machine's stands between."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def serve(authority: trustme.CA) -> Iterator[Callable[..., Arm]]:
    """Start servers that are gone after the test."""
    with ExitStack() as stack:
        yield lambda answer, *hosts: stack.enter_context(serving(answer, authority, *hosts))


@pytest.fixture
def live(serve: Callable[..., Arm], authority: trustme.CA, tmp_path: Path) -> Callable[[Answer], Live]:
    """Make a capture's whole surroundings of what the server answers."""
    return lambda answer: Live(serve(answer), authority, tmp_path / "snapshot")
