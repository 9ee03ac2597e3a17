"""A place in recorded JSON: read without trusting its shape, and quoted as evidence."""

from __future__ import annotations

from collections.abc import Iterator


class Node:
    """A JSON value with its evidence pointer `responses/….json#/response/body/…`.

    Whatever is missing or of another type reads as None or empty; its evidence is then the deepest place that exists.
    """

    __slots__ = ("evidence", "value")

    def __init__(self, value: object, evidence: str) -> None:
        self.value = value
        self.evidence = evidence

    def at(self, *keys: str) -> Node:
        """Walk down object keys."""
        value, evidence = self.value, self.evidence
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                return Node(None, evidence)
            value = value[key]
            evidence += "/" + key.replace("~", "~0").replace("/", "~1")
        return Node(value, evidence)

    def _value(self, keys: tuple[str, ...]) -> object:
        """Walk down as `at` does, where nobody asks for the evidence."""
        value = self.value
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                return None
            value = value[key]
        return value

    def text(self, *keys: str) -> str | None:
        """Return a non-empty string, else None."""
        value = self._value(keys)
        return value if isinstance(value, str) and value else None

    def flag(self, *keys: str) -> bool | None:
        """Return a boolean, else None; Azure writes some as the strings "true" and "false"."""
        value = self._value(keys)
        if isinstance(value, str):
            return {"true": True, "false": False}.get(value.casefold())
        return value if isinstance(value, bool) else None

    def integer(self, *keys: str) -> int | None:
        """Return a whole number, else None."""
        value = self._value(keys)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, *keys: str) -> tuple[str, ...]:
        """Return the strings of a list; a lone string counts as a list of one."""
        value = self._value(keys)
        if isinstance(value, str):
            return (value,) if value else ()
        return tuple([item for item in value if isinstance(item, str) and item]) if isinstance(value, list) else ()

    def ids(self, *keys: str) -> tuple[str, ...]:
        """Return the ids of a list of references `{"id": …}`."""
        return tuple(resource_id for item in self.items(*keys) if (resource_id := item.text("id")) is not None)

    def items(self, *keys: str) -> Iterator[Node]:
        """Yield the elements of a list."""
        node = self.at(*keys)
        if isinstance(node.value, list):
            for index, item in enumerate(node.value):
                yield Node(item, f"{node.evidence}/{index}")
