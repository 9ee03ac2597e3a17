"""A pytest plugin: under STRICT=1 a skipped test fails, unless its reason is a line of tests/allowed_skips.txt."""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

ALLOWED = "tests/allowed_skips.txt"

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


# First, so that it sees a report as it stands after pytest has told an xfail from a skip.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _strict((yield), item.config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _strict((yield), collector.config)


def _strict(report: Report, config: pytest.Config) -> Report:
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if skipped and os.environ.get("STRICT") == "1" and isinstance(report.longrepr, tuple):
        path, line, message = report.longrepr
        reason = message.partition(": ")[2]
        if reason not in _allowed(config):
            report.outcome = "failed"
            report.longrepr = f"{path}:{line}: skipped, and this reason is not in {ALLOWED}: {reason}"
    return report


def _allowed(config: pytest.Config) -> set[str]:
    path = config.rootpath / ALLOWED
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line for line in lines if line and not line.startswith("#")}
