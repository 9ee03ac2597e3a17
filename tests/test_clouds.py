"""The Azure clouds, with the hosts of the fact sheet (3.2)."""

from __future__ import annotations

import pytest

from guest_attestation.clouds import CLOUDS, cloud_named
from guest_attestation.errors import BadInput


@pytest.mark.parametrize(
    ("name", "arm_host", "suffix"),
    [
        ("AzureCloud", "management.azure.com", "attest.azure.net"),
        ("AzureUSGovernment", "management.usgovcloudapi.net", "attest.azure.us"),
        ("AzureChinaCloud", "management.chinacloudapi.cn", "attest.azure.cn"),
    ],
)
def test_a_cloud_has_its_own_hosts(name: str, arm_host: str, suffix: str) -> None:
    cloud = cloud_named(name)

    assert (cloud.name, cloud.arm_host, cloud.attestation_suffix) == (name, arm_host, suffix)


def test_there_is_no_other_cloud() -> None:
    assert len(CLOUDS) == 3
    with pytest.raises(BadInput, match=r"^cloud 'AzureGermanCloud' is not known: use AzureCloud, "):
        cloud_named("AzureGermanCloud")
