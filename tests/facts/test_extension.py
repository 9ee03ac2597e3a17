"""Extensions: settings of every shape, and the Guest Attestation extension found whatever its name."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.extension import (
    guest_attestation_of,
    is_guest_attestation,
    parse_extension,
    parse_instance_view,
)
from guest_attestation.snapshot.node import Node
from tests.scenario import Scenario

WINDOWS = "Microsoft.Azure.Security.WindowsAttestation"
LINUX = "Microsoft.Azure.Security.LinuxAttestation"
CUSTOM = "https://mine.eus.attest.azure.net"


def extension(**properties: Any) -> Any:
    return parse_extension(Node({"name": "it", "properties": properties}, "file.json#/response/body"))


@pytest.mark.parametrize("name", ["web-01/extensions", "virtualMachines/web-01"])
def test_the_samples_extension_is_read_from_the_list_and_from_the_vm(name: str) -> None:
    body = Scenario.sample("nsg-denies-attestation").body(name)
    items = body.get("value") or body["resources"]

    found = guest_attestation_of(parse_extension(Node(item, f"f.json#/{place}")) for place, item in enumerate(items))

    assert found is not None
    assert (found.name, found.publisher, found.type) == ("GuestAttestation", WINDOWS, "GuestAttestation")
    assert found.handler == f"{WINDOWS}.GuestAttestation"
    assert (found.type_handler_version, found.provisioning_state) == ("1.0", "Failed")
    assert (found.enable_automatic_upgrade, found.suppress_failures, found.maa_endpoint) == (True, False, None)
    assert found.evidence == "f.json#/1/properties"
    assert [status.code for status in found.statuses] == (["ProvisioningState/failed/-7"] if "value" in body else [])
    assert len(found.substatuses) == len(found.statuses)


@pytest.mark.parametrize(
    ("settings", "endpoint"),
    [
        pytest.param(None, None, id="null"),
        pytest.param({}, None, id="empty"),
        pytest.param({"AttestationConfig": {"MaaSettings": {"maaEndpoint": ""}}}, None, id="nested, by region"),
        pytest.param({"AttestationConfig": {"MaaSettings": {"maaEndpoint": CUSTOM}}}, CUSTOM, id="nested"),
        pytest.param({"MaaSettings": {"maaEndpoint": CUSTOM}}, CUSTOM, id="only MaaSettings"),
        pytest.param({"maaEndpoint": CUSTOM, "maaTenantName": "GuestAttestation"}, CUSTOM, id="flat"),
        pytest.param({"maaEndpoint": "", "useAlternateToken": "false"}, None, id="flat, by region"),
        pytest.param({"maaEndpoint": f"  {CUSTOM}\n"}, CUSTOM, id="spaces around it"),
        pytest.param({"maaEndpoint": "  "}, None, id="only spaces"),
        pytest.param({"maaEndpoint": None}, None, id="null endpoint"),
        pytest.param({"maaEndpoint": 5}, None, id="number for an endpoint"),
        pytest.param({"AttestationConfig": None, "maaEndpoint": CUSTOM}, CUSTOM, id="null beside flat"),
        pytest.param({"AttestationConfig": "MaaSettings"}, None, id="text for an object"),
        pytest.param({"AttestationConfig": {"MaaSettings": [CUSTOM]}}, None, id="list for an object"),
        pytest.param('{"maaEndpoint": "x"}', None, id="JSON as text"),
        pytest.param([], None, id="list"),
    ],
)
def test_settings_of_any_shape_name_the_endpoint_or_none(settings: object, endpoint: str | None) -> None:
    assert extension(settings=settings).maa_endpoint == endpoint


def test_absent_settings_name_no_endpoint() -> None:
    assert extension().maa_endpoint is None


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), (False, False), ("true", True), ("FALSE", False), (None, None), (1, None)]
)
def test_automatic_upgrade_is_on_off_or_not_said(value: object, expected: bool | None) -> None:
    assert extension(enableAutomaticUpgrade=value).enable_automatic_upgrade is expected
    assert extension().enable_automatic_upgrade is None


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (None, False)])
def test_failures_are_suppressed_only_where_azure_says_so(value: object, expected: bool) -> None:
    assert extension(suppressFailures=value).suppress_failures is expected


@pytest.mark.parametrize(
    ("publisher", "kind", "expected"),
    [
        (WINDOWS, "GuestAttestation", True),
        (LINUX, "GuestAttestation", True),
        (WINDOWS.upper(), "GUESTATTESTATION", True),
        (LINUX.lower(), "guestAttestation", True),
        (WINDOWS, "GuestAttestation2", False),
        ("Contoso.WindowsAttestation", "GuestAttestation", False),
        ("Microsoft.Azure.Monitor", "AzureMonitorWindowsAgent", False),
        ("", "GuestAttestation", False),
        ("", "", False),
    ],
)
def test_the_extension_is_known_by_publisher_and_type(publisher: str, kind: str, expected: bool) -> None:
    found = extension(publisher=publisher, type=kind)

    assert is_guest_attestation(found.handler) is expected
    assert (guest_attestation_of([extension(), found]) is found) is expected


def test_no_extension_is_none() -> None:
    assert guest_attestation_of([]) is None


def test_an_instance_view_is_known_by_its_full_handler_name() -> None:
    views = Scenario.sample("nsg-denies-attestation").body("virtualMachines/web-01")["properties"]["instanceView"]
    parsed = [parse_instance_view(Node(item, "f.json#/view")) for item in views["extensions"]]

    assert [is_guest_attestation(view.handler) for view in parsed] == [False, True]
    assert [status.component for status in parsed[1].substatuses] == ["guestattestation"]
    assert (parsed[1].name, parsed[1].type_handler_version) == ("GuestAttestation", "1.0.2.1046")
    assert parsed[1].substatuses[0].evidence == "f.json#/view/substatuses/0"
