"""Places in recorded JSON: pointers that resolve, and types that are not trusted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.snapshot.node import Node
from tests.samples.pointers import resolved

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
BODY: dict[str, Any] = {
    "text": "words",
    "empty": "",
    "number": 7,
    "real": 1.5,
    "yes": True,
    "no": False,
    "spelled": "TRUE",
    "null": None,
    "list": ["a", "", 5, None, "b"],
    "objects": [{"id": "x"}, "no object", {"id": 5}],
    "a/b~c": {"": {"~1": "deep"}},
}
NODE = Node(BODY, "file.json#/response/body")


def test_text_is_a_string_that_is_not_empty() -> None:
    assert NODE.text("text") == "words"
    assert [NODE.text(key) for key in BODY if key not in ("text", "spelled")] == [None] * (len(BODY) - 2)
    assert NODE.text("text", "deeper") is None
    assert NODE.text("nowhere") is None


def test_a_flag_is_a_boolean_or_its_word() -> None:
    assert (NODE.flag("yes"), NODE.flag("no"), NODE.flag("spelled")) == (True, False, True)
    assert [NODE.flag(key) for key in ("text", "number", "null", "list", "nowhere")] == [None] * 5
    assert Node("False", "").flag() is False


def test_an_integer_is_a_whole_number_and_no_boolean() -> None:
    assert NODE.integer("number") == 7
    assert [NODE.integer(key) for key in ("real", "yes", "text", "null", "nowhere")] == [None] * 5


def test_texts_are_the_strings_of_a_list_or_a_lone_string() -> None:
    assert NODE.texts("list") == ("a", "b")
    assert NODE.texts("text") == ("words",)
    assert [NODE.texts(key) for key in ("empty", "number", "null", "objects", "nowhere")] == [
        (), (), (), ("no object",), (),
    ]  # fmt: skip


def test_items_are_the_elements_of_a_list_with_their_places() -> None:
    assert [item.evidence for item in NODE.items("objects")] == [
        f"file.json#/response/body/objects/{index}" for index in range(3)
    ]
    assert [item.text("id") for item in NODE.items("objects")] == ["x", None, None]
    assert [list(NODE.items(key)) for key in ("text", "null", "a/b~c", "nowhere")] == [[], [], [], []]


def test_a_pointer_escapes_slash_and_tilde() -> None:
    deep = NODE.at("a/b~c", "", "~1")

    assert deep.value == "deep"
    assert deep.evidence == "file.json#/response/body/a~1b~0c//~01"


@pytest.mark.parametrize(
    ("keys", "pointer"),
    [
        (("nowhere",), "file.json#/response/body"),
        (("a/b~c", "nowhere", "deeper"), "file.json#/response/body/a~1b~0c"),
        (("text", "deeper"), "file.json#/response/body/text"),
        (("list", "0"), "file.json#/response/body/list"),
    ],
)
def test_what_is_missing_points_to_the_deepest_place_that_exists(keys: tuple[str, ...], pointer: str) -> None:
    node = NODE.at(*keys)

    assert (node.value, node.evidence) == (None, pointer)


def places(node: Node) -> list[Node]:
    inner = [node.at(key) for key in node.value] if isinstance(node.value, dict) else list(node.items())
    return [node, *(deeper for place in inner for deeper in places(place))]


@given(JSON)
def test_every_place_of_any_json_is_found_by_its_pointer(value: object) -> None:
    document = {"response": {"body": value}}

    for place in places(Node(value, "file.json#/response/body")):
        assert resolved(document, place.evidence.removeprefix("file.json#")) is place.value


@given(JSON, st.lists(st.text(), max_size=3))
def test_no_json_and_no_key_makes_a_node_raise(value: object, keys: list[str]) -> None:
    node = Node(value, "")

    for read in (node.text, node.flag, node.integer, node.texts):
        read(*keys)
    assert all(isinstance(item, Node) for item in node.items(*keys))
