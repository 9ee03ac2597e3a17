"""Text that comes from Azure: untrusted, made harmless before anyone sees it."""

import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def clean(text: str) -> str:
    """Replace control and direction characters, which could rewrite what is shown; breaks become spaces."""
    text = " ".join(text.split())
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(it) in _HIDDEN else it for it in text)
