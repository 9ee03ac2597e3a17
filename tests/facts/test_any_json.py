"""Whatever JSON stands anywhere in Azure's answers, the facts are gathered without an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.any_json import KINDS, changes, with_json_at


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_no_json_in_an_answer_makes_gathering_raise(kind: str, data: st.DataObject) -> None:
    facts = with_json_at(kind, data.draw(changes(kind))).facts()

    assert facts.captured_at.isoformat() == "2026-11-20T09:30:00+00:00"
