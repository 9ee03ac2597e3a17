"""Whatever JSON stands anywhere in Azure's answers, there is a verdict, never an error and never a pass."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.diagnosis.diagnose import diagnose
from guest_attestation.verdict import verdict_document, verdict_text
from tests.facts.any_json import KINDS, changes, with_json_at


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_json_in_an_answer_gives_a_verdict_that_is_no_pass(kind: str, data: st.DataObject) -> None:
    facts = with_json_at(kind, data.draw(changes(kind))).facts()

    document = json.loads(verdict_text(verdict_document("any", facts, diagnose(facts))))

    assert document["verdict"] in ("fail", "warn", "unknown")
