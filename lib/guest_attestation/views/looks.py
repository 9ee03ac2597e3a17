"""A status is a word, a symbol and a colour, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a status or decision looks; colours are Okabe and Ito's, told apart with any kind of colour vision."""

    word: str
    symbol: str
    colour: str

    @property
    def text(self) -> str:
        """Symbol and word together."""
        return f"{self.symbol} {self.word}"


_GREEN, _VERMILLION, _ORANGE, _BLUE, _GREY = "#009E73", "#D55E00", "#E69F00", "#0072B2", "#767676"

LOOKS = {
    "pass": Look("pass", "✔", _GREEN),
    "allow": Look("allow", "✔", _GREEN),
    "fail": Look("fail", "✘", _VERMILLION),
    "deny": Look("deny", "✘", _VERMILLION),
    "warn": Look("warn", "▲", _ORANGE),
    "partial": Look("partial", "▲", _ORANGE),
    "unknown": Look("unknown", "?", _BLUE),
    "not-applicable": Look("not applicable", "–", _GREY),
}
