"""Each sample captured live from a server that holds it: the snapshot gives the verdict that the sample gives.

What may differ is left out of the comparison: when it was captured, in which files the evidence lies, and how a check
says that something is not known: the sample says that it is not in the snapshot, the capture that Azure answered 404.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.incident import Incident
from guest_attestation.runbook import open_incident
from guest_attestation.snapshot.reader import open_snapshot
from guest_attestation.verdict import verdict_text
from tests.scenario import SAMPLES
from tests.wire.arm import Answer
from tests.wire.live import Live
from tests.wire.recorded_arm import RecordedArm

NAMES = sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "snapshot").is_dir())
every_sample = pytest.mark.parametrize("name", NAMES)


def document_of(folder: Path, live: Live) -> dict[str, Any]:
    document = open_incident(Incident(name="incident", vm=live.vm, snapshot=folder)).verdict()
    plain: dict[str, Any] = json.loads(verdict_text(document))
    return plain


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    def without_evidence(value: dict[str, Any]) -> dict[str, Any]:
        kept = {key: item for key, item in value.items() if key != "evidence"}
        return {key: plain(item) if key in ("summary", "disproof") else item for key, item in kept.items()}

    def plain(text: str) -> str:
        at = re.sub(r"(.{10})T(.{5}):..Z", r"\1 \2 UTC", document["captured_at"])
        said = text.replace(at, "the time of the capture")
        return re.sub(r"(?:not in the snapshot|answered 404 ResourceNotFound): (?=GET|POST)", "not known: ", said)

    return {
        **{key: document[key] for key in ("vm", "verdict", "plan", "path", "other_paths")},
        "root_causes": [without_evidence(cause) for cause in document["root_causes"]],
        "checks": {check["id"]: without_evidence(check) for check in document["checks"]},
    }


@every_sample
def test_a_live_capture_of_a_sample_gives_its_verdict(name: str, live: Callable[[Answer], Live]) -> None:
    sample = SAMPLES / name / "snapshot"
    held = open_snapshot(sample)
    ours = live(RecordedArm(held))

    captured = ours.capture()

    assert not captured.nothing_answered
    refused = {it.request.key for it in captured.outcomes if it.is_refused}
    assert refused == {key for key in held.exchanges if (answer := held.newest(key)) and answer.status == 403}
    assert not [it.why for it in captured.outcomes if it.is_failed]
    assert comparable(document_of(ours.folder, ours)) == comparable(document_of(sample, ours))


@every_sample
def test_a_live_capture_reads_what_the_sample_holds(name: str, live: Callable[[Answer], Live]) -> None:
    sample = open_snapshot(SAMPLES / name / "snapshot")
    ours = live(RecordedArm(sample, paged="nothing"))

    ours.capture()

    recorded = ours.snapshot
    for key in sample.exchanges:
        if "microsoft.insights" not in key.path:  # what was asked of the log depends on when it was asked
            held, newest = sample.newest(key), recorded.newest(key)
            assert held is not None
            assert newest is not None, f"{key.method} {key.path} was not read"
            assert (newest.status, newest.body) == (held.status, held.body)
