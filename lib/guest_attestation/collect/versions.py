"""The api-version that each kind of resource is read with: what a look-up ignores, and Azure insists on."""

from __future__ import annotations

from urllib.parse import urlsplit

NETWORK = "2024-07-01"

_VERSIONS = (
    ("/providers/microsoft.security/assessments/", "2021-06-01"),
    ("/providers/microsoft.security/", "2024-01-01"),
    ("/providers/microsoft.insights/", "2015-04-01"),
    ("/providers/microsoft.attestation/", "2021-06-01"),
    ("/networkinterfaces", NETWORK),
    ("/providers/microsoft.compute/disks/", "2024-03-02"),
    ("/providers/microsoft.compute/skus", "2021-07-01"),
    ("/providers/microsoft.compute/", "2024-11-01"),
    ("/providers/microsoft.network/privatednszones", "2020-06-01"),
    ("/providers/microsoft.network/", NETWORK),
    ("/subscriptions/", "2022-12-01"),
)
_SCALE_SET_NETWORK = "2018-10-01"


def versioned(url: str) -> str:
    """Add the api-version to a URL of the table of reads, which has none; a next link carries its own."""
    parts = urlsplit(url)
    if "api-version=" in parts.query.casefold():
        return url
    path = parts.path.casefold()
    version = next(version for part, version in _VERSIONS if part in path)
    if "/virtualmachinescalesets/" in path and version == NETWORK:
        version = _SCALE_SET_NETWORK  # these interfaces are listed in no other version (azure-mgmt-network 33.1)
    return f"{url}{'&' if parts.query else '?'}api-version={version}"
