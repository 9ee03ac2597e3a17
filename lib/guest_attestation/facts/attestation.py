"""Attestation endpoints: the shared provider of a region, or a customer's own."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from guest_attestation.clouds import Cloud


def custom_host(endpoint: str | None, cloud: Cloud) -> str | None:
    """Return the host of a customer's own provider, None where the extension uses a region's shared one."""
    if endpoint is None or is_shared_endpoint(endpoint, cloud):
        return None
    return endpoint_host(endpoint) or endpoint


def endpoint_host(endpoint: str) -> str:
    """Return the host of a `maaEndpoint`, whether written as a URL or as a bare name."""
    try:
        return (urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_shared_endpoint(endpoint: str, cloud: Cloud) -> bool:
    """Tell a region's shared provider, `shared<abbr>.<abbr>.<suffix>`, from a customer's own (facts 3.1)."""
    match = re.fullmatch(rf"shared([a-z0-9]+)\.\1\.{re.escape(cloud.attestation_suffix)}", endpoint_host(endpoint))
    return match is not None
