"""The file that the in-guest probe wrote: checked to be one; this version does not read what it says yet."""

from pathlib import Path

from guest_attestation.errors import BadInput
from guest_attestation.snapshot.exchange import load_json

FORMAT = 1


def check_guest_probe(file: Path) -> None:
    """Raise BadInput where the file is no guest probe of a format that this version knows."""
    document = load_json(file)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadInput(f"{file}: is not a guest probe of format {FORMAT}")
