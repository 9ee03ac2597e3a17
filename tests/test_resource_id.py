"""Ids of resources: what is a VM's, and how two are compared."""

from __future__ import annotations

import pytest

from guest_attestation.errors import BadInput
from guest_attestation.resource_id import name_of, parse_vm_id, same_id, subscription_of, vm_id_of
from tests.scenario import NIC, SUBSCRIPTION, VM

GUID = SUBSCRIPTION.rsplit("/", 1)[-1]


def test_a_vm_id_is_taken_apart_and_kept_as_written() -> None:
    text = VM.replace("resourceGroups", "RESOURCEGROUPS").replace("shop", "Shop")

    vm = parse_vm_id(text)

    assert (vm.text, vm.subscription_id, vm.resource_group, vm.name) == (text, GUID, "Shop-prod-rg", "web-01")
    assert vm.scale_set_id is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("web-01", id="name"),
        pytest.param(SUBSCRIPTION, id="subscription"),
        pytest.param(NIC, id="network interface"),
        pytest.param(f"{VM}/extensions/GuestAttestation", id="extension"),
        pytest.param(VM.lstrip("/"), id="without its first slash"),
        pytest.param(f"https://management.azure.com{VM}", id="URL"),
        pytest.param(VM.replace(GUID, "my-subscription"), id="subscription's name"),
        pytest.param(VM.replace(GUID, GUID[:-1]), id="short GUID"),
        pytest.param(VM.replace("web-01", ""), id="no name"),
        pytest.param(VM.replace("web-01", "web 01"), id="space"),
        pytest.param(VM.replace("web-01", "web\n01"), id="line break"),
        pytest.param(VM.replace("web-01", "web\x1b[2J"), id="escape"),
        pytest.param(f"{VM}?$expand=instanceView", id="query"),
        pytest.param(f"{VM}#overview", id="fragment"),
        pytest.param(VM.replace("shop", "shop%2F"), id="percent-encoding"),
        pytest.param(VM.replace("Compute", "ClassicCompute"), id="classic"),
        pytest.param(VM.replace("virtualMachines/web-01", "virtualMachineScaleSets/front"), id="scale set"),
        pytest.param(
            VM.replace("virtualMachines/web-01", "virtualMachineScaleSets/front/virtualMachines/one"),
            id="instance name",
        ),
    ],
)
def test_what_is_no_id_of_a_vm_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not the id of a VM: expected /subscriptions/<guid>/"):
        parse_vm_id(text)


def test_parts_that_make_no_id_are_refused() -> None:
    with pytest.raises(BadInput):
        vm_id_of(GUID, "group", "web-01/../web-02")


def test_ids_are_compared_in_any_letter_case() -> None:
    assert same_id(VM, VM.upper())
    assert not same_id(VM, VM + "2")


@pytest.mark.parametrize("pair", [(None, None), (None, VM), (VM, None)])
def test_an_absent_id_is_never_the_same(pair: tuple[str | None, str | None]) -> None:
    assert not same_id(*pair)


@pytest.mark.parametrize(
    ("text", "expected"), [(NIC, GUID), (NIC.upper(), GUID.upper()), ("/providers/x", ""), ("", "")]
)
def test_an_id_tells_its_subscription(text: str, expected: str) -> None:
    assert subscription_of(text) == expected


def test_an_id_tells_the_resources_own_name() -> None:
    assert name_of(NIC) == "web-01-nic"
