from pathlib import Path

import pytest

from tests import strict_skips

SKIPS = {
    "test_call": "def test_it():\n    pytest.skip('no browser')",
    "test_mark": "@pytest.mark.skip(reason='no browser')\ndef test_it():\n    pass",
    "test_setup": "@pytest.fixture\ndef page():\n    pytest.skip('no browser')\ndef test_it(page):\n    pass",
    "test_module": "pytest.skip('no browser', allow_module_level=True)",
    "test_case": "import unittest\nclass It(unittest.TestCase):\n    def test_it(self): self.skipTest('no browser')",
}
OTHERS = {
    "test_passes": "def test_it():\n    pass",
    "test_known_failure": "@pytest.mark.xfail(run=False)\ndef test_it():\n    pass",
}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("STRICT", "1")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(Path(strict_skips.__file__).read_text(encoding="utf-8"))
    pytester.makepyfile(**{name: f"import pytest\n{body}" for name, body in (SKIPS | OTHERS).items()})
    return pytester


def allow(project: pytest.Pytester, reason: str) -> None:
    project.mkdir("tests").joinpath("allowed_skips.txt").write_text(f"# a comment\n\n{reason}\n", encoding="utf-8")


def failed(result: pytest.RunResult) -> set[str]:
    return {name for name in SKIPS for line in result.outlines if f"{name}.py:" in line and "no browser" in line}


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "xdist"])
def test_every_kind_of_skip_fails(project: pytest.Pytester, options: tuple[str, ...]) -> None:
    result = project.runpytest_subprocess("--continue-on-collection-errors", *options, timeout=60)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert failed(result) == set(SKIPS)
    assert result.parseoutcomes()["passed"] == 1
    assert result.parseoutcomes()["xfailed"] == 1
    assert "skipped" not in result.parseoutcomes()


def test_an_allowed_skip_does_not_fail(project: pytest.Pytester) -> None:
    allow(project, "no browser")

    result = project.runpytest_subprocess(timeout=60)

    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes() == {"passed": 1, "skipped": len(SKIPS), "xfailed": 1}


def test_a_reason_must_match_exactly(project: pytest.Pytester) -> None:
    allow(project, "no browser on Mondays")

    assert project.runpytest_subprocess("test_call.py", timeout=60).ret == pytest.ExitCode.TESTS_FAILED


def test_without_the_switch_a_skip_is_a_skip(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRICT")

    assert project.runpytest_subprocess(timeout=60).ret == pytest.ExitCode.OK
