"""Nothing leaves but listed reads, and only to the cloud's own Resource Manager; on every client that is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from azure.core.exceptions import AzureError, ResourceExistsError
from azure.core.rest import HttpRequest

from guest_attestation.clouds import CLOUDS
from guest_attestation.collect.adapter import Document, RecordingAdapter
from guest_attestation.collect.clients import Clients
from guest_attestation.collect.failure import Refused
from guest_attestation.collect.guard import check
from guest_attestation.collect.request import Request, request
from guest_attestation.reads import READS
from tests.scenario import GROUP, NETWORK, NIC, SUBSCRIPTION, VM, VNET
from tests.wire.arm import ARM_HOST, Answer, Arm, Reply, Seen
from tests.wire.credential import FixedCredential
from tests.wire.live import HASTE
from tests.wire.loopback import LoopbackAdapter, pem_of

PUBLIC = CLOUDS["AzureCloud"]
ARM = f"https://{ARM_HOST}"
EVIL_HOST = "management.azure.com.example.net"
EVIL = f"https://{EVIL_HOST}"
SUBSCRIPTION_ID = SUBSCRIPTION.rpartition("/")[2]
WATCHER = f"{NETWORK}/networkWatchers/watcher"
CLOUD_TAGS = f"{SUBSCRIPTION}/providers/Microsoft.Security/pricings/VirtualMachines"

Call = Callable[["Wire"], Any]


@dataclass
class Wire:
    """The clients as they are shipped, above a server that is Azure's and one that is nobody's."""

    clients: Clients
    arm: Arm
    evil: Arm
    credential: FixedCredential
    recorded: list[Document] = field(default_factory=list)

    @property
    def compute(self) -> Any:
        return self.clients.compute(SUBSCRIPTION_ID)

    @property
    def network(self) -> Any:
        return self.clients.network(SUBSCRIPTION_ID)

    def send(self, method: str, url: str, body: Any = None) -> Any:
        """Send through the client for other providers."""
        return self.clients.generic.send_request(HttpRequest(method, url, json=body))


@pytest.fixture
def wire(serve: Callable[..., Arm], authority: trustme.CA) -> Callable[..., Any]:
    @contextmanager
    def open_wire(answer: Answer = lambda _: Reply(200, {})) -> Iterator[Wire]:
        arm, evil = serve(answer), serve(lambda _: Reply(200, {"value": []}), EVIL_HOST)
        recorded: list[Document] = []
        below = LoopbackAdapter({ARM_HOST: arm.port, EVIL_HOST: evil.port}, pem_of(authority))
        adapter = RecordingAdapter(PUBLIC, recorded.append, below)
        credential = FixedCredential()
        try:
            yield Wire(Clients(PUBLIC, credential, adapter, HASTE), arm, evil, credential, recorded)
        finally:
            adapter.close()

    return open_wire


FORBIDDEN: dict[str, Call] = {
    "compute PUT": lambda it: it.compute.virtual_machines.begin_create_or_update("rg", "vm", {"location": "eastus"}),
    "compute PATCH": lambda it: it.compute.virtual_machines.begin_update("rg", "vm", {"tags": {}}),
    "compute DELETE": lambda it: it.compute.virtual_machines.begin_delete("rg", "vm"),
    "compute POST": lambda it: it.compute.virtual_machines.begin_restart("rg", "vm"),
    "compute run command": lambda it: it.compute.virtual_machines.begin_run_command("rg", "vm", {"commandId": "x"}),
    "compute extension": lambda it: it.compute.virtual_machine_extensions.begin_create_or_update("rg", "vm", "e", {}),
    "network PUT": lambda it: it.network.network_security_groups.begin_create_or_update("rg", "nsg", {}),
    "network PATCH": lambda it: it.network.network_security_groups.update_tags("rg", "nsg", {"tags": {}}),
    "network DELETE": lambda it: it.network.network_security_groups.begin_delete("rg", "nsg"),
    "network POST": lambda it: it.network.network_watchers.begin_check_connectivity("rg", "watcher", {}),
    "network rule": lambda it: it.network.security_rules.begin_create_or_update("rg", "nsg", "rule", {}),
    "other PUT": lambda it: it.send("PUT", f"{ARM}{CLOUD_TAGS}?api-version=2024-01-01", {}),
    "other PATCH": lambda it: it.send("PATCH", f"{ARM}{CLOUD_TAGS}?api-version=2024-01-01", {}),
    "other DELETE": lambda it: it.send("DELETE", f"{ARM}{CLOUD_TAGS}?api-version=2024-01-01"),
    "other POST": lambda it: it.send("POST", f"{ARM}{SUBSCRIPTION}/providers/Microsoft.Security/register", {}),
    "other HEAD": lambda it: it.send("HEAD", f"{ARM}{GROUP}"),
    "another host": lambda it: it.send("GET", f"{EVIL}{CLOUD_TAGS}"),
    "plain HTTP": lambda it: it.send("GET", f"http://{ARM_HOST}{CLOUD_TAGS}"),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_what_is_no_listed_read_never_leaves(case: str, wire: Callable[..., Any]) -> None:
    with wire() as it:
        with pytest.raises(Exception, match=r"refused|Bearer token authentication is not permitted") as raised:
            FORBIDDEN[case](it)

        assert isinstance(raised.value, Refused) or case == "plain HTTP"
        assert (it.arm.seen, it.evil.seen, it.recorded) == ([], [], [])


READ: dict[str, Call] = {
    "compute": lambda it: it.compute.virtual_machines.get("rg", "vm"),
    "compute raw": lambda it: it.clients.perform(request("vm", vm=VM)),
    "network": lambda it: it.network.network_security_groups.get("rg", "nsg"),
    "network raw": lambda it: it.clients.perform(request("virtual_network", id=VNET)),
    "network POST": lambda it: it.clients.perform(request("effective_admin_rules", vnet=VNET)),
    "network long": lambda it: it.network.network_interfaces.begin_get_effective_route_table("rg", "nic").result(),
    "other": lambda it: it.clients.perform(request("defender_plan", subscription=SUBSCRIPTION_ID)),
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("case", READ)
def test_a_redirect_to_another_host_is_not_followed(case: str, status: int, wire: Callable[..., Any]) -> None:
    with wire(lambda seen: Reply(status, None, {"Location": f"{EVIL}{seen.target}"})) as it:
        with suppress(Refused, AzureError):  # a POST's redirect is an answer to some methods of the SDK's
            READ[case](it)

        assert it.evil.seen == []
        assert [exchange["response"]["status"] for exchange in it.recorded] == [status]
        assert len(it.arm.seen) == 1


def test_a_redirect_to_what_is_no_read_is_not_followed(wire: Callable[..., Any]) -> None:
    place = f"{ARM}{VM}/restart?api-version=2024-11-01"
    with wire(lambda _: Reply(307, None, {"Location": place})) as it:
        with pytest.raises(Refused, match="it is no read"):
            it.clients.perform(request("effective_admin_rules", vnet=VNET))

        assert it.arm.asked() == [f"POST {VNET}/listNetworkManagerEffectiveSecurityAdminRules"]


PAGERS: dict[str, Call] = {
    "compute": lambda it: list(it.compute.virtual_machines.list("rg")),
    "network": lambda it: list(it.network.network_security_groups.list("rg")),
    "other": lambda it: it.clients.perform(Request(READS["locations"], f"{EVIL}{SUBSCRIPTION}/locations?page=2")),
}


@pytest.mark.parametrize("case", PAGERS)
def test_a_next_link_to_another_host_is_not_followed(case: str, wire: Callable[..., Any]) -> None:
    with wire(lambda seen: Reply(200, {"value": [], "nextLink": f"{EVIL}{seen.path}?page=2"})) as it:
        with pytest.raises(Refused, match=f"only {ARM} is asked"):
            PAGERS[case](it)

        assert it.evil.seen == []


@pytest.mark.parametrize("header", ["Location", "Azure-AsyncOperation"])
@pytest.mark.parametrize("read", ["effective_routes", "effective_security_groups"])
def test_a_poll_at_another_host_is_not_made(header: str, read: str, wire: Callable[..., Any]) -> None:
    with wire(lambda _: Reply(202, None, {header: f"{EVIL}/operations/1"})) as it:
        with pytest.raises(Refused, match=f"only {ARM} is asked"):
            it.clients.perform(request(read, nic=NIC))

        assert it.evil.seen == []
        assert [(len(it.arm.seen), exchange["response"]["status"]) for exchange in it.recorded] == [(1, 202)]


@pytest.mark.parametrize("case", ["compute raw", "network raw", "network POST", "network long", "other"])
def test_a_provider_is_never_registered(case: str, wire: Callable[..., Any]) -> None:
    message = "The subscription is not registered to use namespace 'Microsoft.Attestation'."
    body = {"error": {"code": "MissingSubscriptionRegistration", "message": message}}
    with wire(lambda _: Reply(409, body)) as it:
        # A long-running read's answer is not looked into by the policy that would register: it is an error as it is.
        kind = ResourceExistsError if case == "network long" else Refused
        with pytest.raises(kind, match=r"Microsoft\.Attestation(/register: refused: it is no read|')"):
            READ[case](it)

        assert len(it.arm.seen) == 1
        assert [exchange["response"] for exchange in it.recorded] == [
            {"status": 409, "headers": it.recorded[0]["response"]["headers"], "body": body}
        ]


def test_the_token_goes_to_resource_manager_and_is_asked_for_nothing_else(wire: Callable[..., Any]) -> None:
    def answer(seen: Seen) -> Reply:
        return Reply(307, None, {"Location": f"{EVIL}/"}) if "pricings" in seen.path else Reply(200, {"value": []})

    with wire(answer) as it:
        for call in READ.values():
            with suppress(Refused):
                call(it)

        assert (len(it.arm.seen), it.evil.seen) == (len(READ), [])
        assert {seen.headers["authorization"] for seen in it.arm.seen} == {f"Bearer {it.credential.token}"}
        assert set(it.credential.scopes) == {f"{ARM}/.default"}
        assert it.credential.token not in str(it.recorded)


def test_a_netrc_file_takes_no_part(wire: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login somebody password hunter2\n", "utf-8")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    with wire(lambda _: Reply(200, {"value": []})) as it:
        for call in READ.values():
            call(it)

        assert {seen.headers["authorization"] for seen in it.arm.seen} == {f"Bearer {it.credential.token}"}


NO_IDS = ["nic", "/", "", "http://[x", "//evil.example/x", "/subscriptions", "/providers/Microsoft.Network/x"]


@pytest.mark.parametrize("text", NO_IDS)
@pytest.mark.parametrize("read", ["network_interface", "disk", "effective_routes", "effective_admin_rules"])
def test_what_an_answer_calls_an_id_and_is_none_is_not_asked_for(
    read: str, text: str, wire: Callable[..., Any]
) -> None:
    with wire() as it:
        with pytest.raises(Refused, match="refused: "):
            it.clients.perform(request(read, id=text, nic=text, vnet=text))

        assert (it.arm.seen, it.evil.seen) == ([], [])


LISTED = [
    ("GET", f"{ARM}{VM}?api-version=1"),
    ("GET", f"{ARM}:443{VM}"),
    ("GET", f"{ARM.upper().replace('HTTPS', 'https')}{VM}"),
    ("GET", f"{ARM}//subscriptions//x"),
    ("POST", f"{ARM}{NIC}/effectiveRouteTable?api-version=1"),
    ("POST", f"{ARM}{NIC.upper()}/EFFECTIVENETWORKSECURITYGROUPS"),
    ("POST", f"{ARM}{VNET}/listNetworkManagerEffectiveSecurityAdminRules"),
    ("POST", f"{ARM}{WATCHER}/nextHop"),
    ("POST", f"{ARM}{WATCHER}/ipFlowVerify"),
    ("POST", f"{ARM}{WATCHER}/networkConfigurationDiagnostic"),
    ("POST", f"{ARM}/subscriptions/s/resourceGroups/a(b)%C3%A4/providers/Microsoft.Network/networkWatchers/w/nextHop"),
]


@pytest.mark.parametrize(("method", "url"), LISTED)
def test_a_listed_read_passes(method: str, url: str) -> None:
    check(method, url, PUBLIC)


NOT_LISTED = [
    ("POST", f"{ARM}{VM}/nextHop"),
    ("POST", f"{ARM}{WATCHER}/nextHop/"),
    ("POST", f"{ARM}{WATCHER}/packetCaptures"),
    ("POST", f"{ARM}{WATCHER}/x/nextHop"),
    ("POST", f"{ARM}{NIC}/../web-02-nic/effectiveRouteTable"),
    ("POST", f"{ARM}{NETWORK}/networkInterfaces/../effectiveRouteTable"),
    ("POST", f"{ARM}{NETWORK}/networkInterfaces/%2e%2e/effectiveRouteTable"),
    ("POST", f"{ARM}{NETWORK}/networkInterfaces/x%2fy/effectiveRouteTable"),
    ("POST", f"{ARM}{NETWORK}/networkInterfaces/x%252fy/effectiveRouteTable"),
    ("POST", f"{ARM}{NETWORK}/networkInterfaces/x%0a/effectiveRouteTable"),
    ("POST", f"{ARM}{VM}/restart?x={NIC}/effectiveRouteTable"),
    ("POST", f"{ARM}{VM}/restart#{NIC}/effectiveRouteTable"),
    ("PUT", f"{ARM}{NIC}/effectiveRouteTable"),
    ("get", f"{ARM}{VM}"),
    ("", f"{ARM}{VM}"),
    ("GET", f"http://{ARM_HOST}{VM}"),
    ("GET", f"{ARM}:444{VM}"),
    ("GET", f"{EVIL}{VM}"),
    ("GET", f"https://{ARM_HOST}@evil.example{VM}"),
    ("GET", f"https://user@{ARM_HOST}{VM}"),
    ("GET", f"https://evil.example\\@{ARM_HOST}{VM}"),
    ("GET", f"https://{ARM_HOST}\\@evil.example{VM}"),
    ("GET", f"https://{ARM_HOST}:443\\@evil.example{VM}"),
    ("GET", f"https://{ARM_HOST}\\evil.example{VM}"),
    ("GET", f"https://evil.example/{ARM_HOST}{VM}"),
    ("GET", f"https://{ARM_HOST}.{VM}"),
    ("GET", f"//{ARM_HOST}{VM}"),
    ("GET", VM),
    ("GET", ""),
    ("GET", "https://[management.azure.com"),
    ("GET", "https://management.usgovcloudapi.net/subscriptions"),
]


@pytest.mark.parametrize(("method", "url"), NOT_LISTED)
def test_whatever_else_is_refused(method: str, url: str) -> None:
    with pytest.raises(Refused, match="refused: "):
        check(method, url, PUBLIC)


@pytest.mark.parametrize("name", ["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"])
def test_each_cloud_has_a_host_of_its_own(name: str) -> None:
    for cloud in CLOUDS.values():
        url = f"https://{cloud.arm_host}{VM}"
        if cloud.name == name:
            check("GET", url, CLOUDS[name])
        else:
            with pytest.raises(Refused):
                check("GET", url, CLOUDS[name])


def test_every_read_of_the_table_passes() -> None:
    ids = {"vm": VM, "scale_set": VM, "nic": NIC, "vnet": VNET, "watcher": WATCHER, "id": VNET, "policy": VNET}
    values = {**ids, "hub": VNET, "zone": VNET, "key": "k", "tag": "t", "location": "l", "publisher": "p"}

    for read in READS.values():
        check(read.method, f"{ARM}{read.url(subscription=SUBSCRIPTION_ID, **values)}", PUBLIC)
