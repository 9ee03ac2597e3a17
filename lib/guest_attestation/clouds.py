"""The Azure clouds: where their Resource Manager answers, and under which suffix their attestation hosts stand."""

from dataclasses import dataclass

from guest_attestation.errors import BadInput


@dataclass(frozen=True)
class Cloud:
    """One Azure cloud.

    `attestation_suffix` of AzureChinaCloud is not documented: no source that we found names it. `tag_beyond_groups`
    tells whether the tag AzureAttestation may stand in route tables and firewall rules, as well as in NSGs (facts 4.2).
    """

    name: str
    arm_host: str
    attestation_suffix: str
    tag_beyond_groups: bool = True


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud("AzureCloud", "management.azure.com", "attest.azure.net"),
        Cloud("AzureUSGovernment", "management.usgovcloudapi.net", "attest.azure.us"),
        Cloud("AzureChinaCloud", "management.chinacloudapi.cn", "attest.azure.cn", tag_beyond_groups=False),
    )
}


def cloud_named(name: str) -> Cloud:
    """Return the cloud of that name; raises BadInput for any other name."""
    try:
        return CLOUDS[name]
    except KeyError:
        raise BadInput(f"cloud {name!r} is not known: use {', '.join(CLOUDS)}") from None
