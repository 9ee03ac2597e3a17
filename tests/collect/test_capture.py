"""A capture as a whole: what is asked, what is kept, and what is said of the rest."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.collect.capture import Captured, Outcome
from guest_attestation.errors import BadInput, ToolFailure
from guest_attestation.facts.activity import activity_log_of
from guest_attestation.snapshot.atomic import write_whole
from guest_attestation.snapshot.lock import locked
from guest_attestation.snapshot.reader import is_unfinished, open_snapshot
from tests.collect.test_samples import document_of
from tests.facts.scale_set import INSTANCE, SCALE_SET, instance_of
from tests.scenario import GROUP, NIC, NIC_NSG, SAMPLES, SUBNET_NSG, SUBSCRIPTION, VM, Scenario
from tests.wire.arm import ARM_HOST, RESET, Answer, Reply, Seen
from tests.wire.live import Live, statuses
from tests.wire.recorded_arm import RecordedArm

SAMPLE = open_snapshot(SAMPLES / "nsg-denies-attestation/snapshot")
FORBIDDEN = Reply(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})

Make = Callable[[Answer], Live]


class Changed:
    """The sample's answers, but for requests whose target contains one of these words: theirs come first."""

    def __init__(self, **changes: Reply | Iterable[Reply]) -> None:
        self._arm = RecordedArm(SAMPLE)
        self._changes = {word: self._replies(it) for word, it in changes.items()}

    def _replies(self, given: Reply | Iterable[Reply]) -> list[Reply]:
        return [given] * 1000 if isinstance(given, Reply) else list(given)

    def __call__(self, seen: Seen) -> Reply:
        for word, replies in self._changes.items():
            if word.casefold() in seen.target.casefold() and replies:
                return replies.pop(0)
        return self._arm(seen)


def asked_since(live: Live, place: int) -> list[str]:
    return sorted(seen.target.partition("?")[0].rpartition("/")[2] for seen in live.arm.seen[place:])


def test_a_second_capture_sends_nothing(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    first = ours.capture()
    before, seen = ours.texts(), len(ours.arm.seen)

    second = ours.capture()

    assert first.outcomes
    assert second.outcomes == ()
    assert not second.nothing_answered
    assert len(ours.arm.seen) == seen
    assert ours.texts() == before


def test_a_second_capture_sends_only_what_was_refused_or_failed(live: Make) -> None:
    ours = live(Changed(effectiveRouteTable=FORBIDDEN, defaultProvider=[Reply(503)] * 3, skus=Reply(400, {})))
    ours.capture()
    seen = len(ours.arm.seen)

    ours.capture()

    # The log may be read once more: it goes up to the newest answer, and the provider was newly answered.
    assert set(asked_since(ours, seen)) - {"values"} == {"effectiveRouteTable", "defaultProvider", "skus"}
    assert statuses(ours.heard, "default_provider") == [200]


def test_what_is_refused_again_makes_the_snapshot_no_newer(live: Make) -> None:
    ours = live(Changed(effectiveRouteTable=FORBIDDEN))
    ours.capture()
    captured_at, seen = ours.snapshot.captured_at, len(ours.arm.seen)

    ours.capture()

    assert asked_since(ours, seen) == ["effectiveRouteTable"]
    assert ours.snapshot.captured_at == captured_at


def test_refreshing_reads_everything_anew(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    first = ours.capture()
    before = {file: text for file, text in ours.texts().items() if file.startswith("responses/")}
    ours.arm.answer = Changed(**{"networkSecurityGroups/web-subnet-nsg": Reply(404, {"error": {"code": "Gone"}})})

    second = ours.capture(refresh=True)

    assert {it.request.url for it in first.outcomes if it.request.read.number != 11} <= {
        it.request.url for it in second.outcomes
    }
    assert ours.snapshot.answer("security_group", id=SUBNET_NSG).status == 404
    earlier = [file for file in ours.texts() if file.startswith("earlier/")]
    assert len({file.split("/")[1] for file in earlier}) == 1
    kept = ours.folder / "earlier" / earlier[0].split("/")[1]
    assert open_snapshot(kept).answer("security_group", id=SUBNET_NSG).status == 200
    assert {file: (kept / file).read_text("utf-8") for file in before} == before


def test_refreshing_again_and_again_loses_nothing(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    for refresh in (False, True, True, True):
        ours.capture(refresh=refresh)

    assert len(list((ours.folder / "earlier").iterdir())) == 3


def test_refreshing_without_an_answer_leaves_everything_as_it_was(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    ours.capture()
    before = ours.texts()
    ours.arm.answer = lambda _: RESET

    captured = ours.capture(refresh=True)

    assert captured.nothing_answered
    assert ours.texts() == before


def test_a_refreshed_snapshot_that_was_cut_short_goes_on_with_what_is_new(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    ours.capture()
    ours.arm.answer = Changed(networkSecurityGroups=RESET)
    ours.capture(refresh=True)
    ours.arm.answer, seen = RecordedArm(SAMPLE), len(ours.arm.seen)

    ours.capture()

    assert set(asked_since(ours, seen)) >= {"web-01-nic-nsg", "web-subnet-nsg"}
    assert "web-01" not in asked_since(ours, seen)


def test_refusals_are_recorded_with_the_permission_that_is_missing(live: Make) -> None:
    ours = live(Changed(effective=FORBIDDEN, serviceTagDetails=FORBIDDEN, listNetworkManager=FORBIDDEN))

    captured = ours.capture()

    refused = {it.request.read.permission for it in captured.outcomes if it.is_refused}
    assert refused == {
        "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
        "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
        "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
        "Microsoft.Network/locations/serviceTagDetails/read",
    }
    assert not captured.nothing_answered
    assert not is_unfinished(ours.folder)
    assert ours.snapshot.answer("effective_routes", nic=NIC).status == 403
    assert statuses(captured.outcomes, "service_tags") == [404], "the whole list is asked for instead"


def test_throttled_reads_wait_and_are_answered(live: Make) -> None:
    throttled = Reply(429, {"error": {"code": "TooManyRequests"}}, {"Retry-After": "0"})
    ours = live(Changed(networkSecurityGroups=[throttled, throttled], **{"web-01?": [throttled]}))

    captured = ours.capture()

    assert [it for it in captured.outcomes if it.is_failed] == []
    assert ours.snapshot.answer("security_group", id=SUBNET_NSG).ok


def test_a_read_that_stays_throttled_is_kept_as_such_and_tried_by_the_next_run(live: Make) -> None:
    error = {"error": {"code": "TooManyRequests", "message": "m"}}
    ours = live(Changed(**{"web-subnet-nsg": Reply(429, error, {"Retry-After": "600"})}))

    captured = ours.capture()

    (failed,) = (it for it in captured.outcomes if it.is_failed)
    wait = "Azure asks to wait 600 s: run the command again then"
    assert failed.why == f"answered 429 TooManyRequests: GET {SUBNET_NSG}: {wait}"
    assert ours.snapshot.answer("security_group", id=SUBNET_NSG).status == 429
    assert is_unfinished(ours.folder)
    ours.arm.answer, seen = RecordedArm(SAMPLE), len(ours.arm.seen)
    ours.capture()
    assert set(asked_since(ours, seen)) <= {"web-subnet-nsg", "serviceTagDetails", "values"}
    assert not is_unfinished(ours.folder)


def test_a_connection_that_breaks_midway_leaves_what_was_read(live: Make) -> None:
    ours = live(Changed(virtualNetworks=RESET, **{"networkInterfaces/web-01-nic?": [RESET]}))

    captured = ours.capture()

    failed = [it for it in captured.outcomes if it.is_failed]
    assert {it.request.read.name for it in failed} == {"virtual_network", "effective_admin_rules"}
    assert all(it.status is None and "Connection" in it.why and "\n" not in it.why for it in failed)
    assert not captured.nothing_answered
    assert is_unfinished(ours.folder)
    assert ours.snapshot.answer("network_interface", id=NIC).ok
    ours.arm.answer, seen = RecordedArm(SAMPLE), len(ours.arm.seen)
    ours.capture()
    again = asked_since(ours, seen)
    assert "shop-prod-vnet" in again
    assert "web-01-nic" not in again
    assert not is_unfinished(ours.folder)


def test_an_interruption_leaves_what_was_read_and_the_next_run_goes_on(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    read: list[str] = []

    class Interrupting(list[Outcome]):
        def append(self, outcome: Outcome) -> None:
            read.append(outcome.request.url)
            if len(read) == 5:
                raise KeyboardInterrupt

    ours.heard = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        ours.capture()

    assert is_unfinished(ours.folder)
    held = ours.snapshot
    assert held.answer("vm", vm=VM).ok
    ours.heard, seen = [], len(ours.arm.seen)
    ours.capture()
    assert not set(read) & {it.request.url for it in ours.heard}
    assert not is_unfinished(ours.folder)
    assert len(ours.arm.seen) > seen


def test_a_vm_that_does_not_exist_is_asked_for_and_nothing_else(live: Make) -> None:
    missing = Reply(404, {"error": {"code": "ResourceNotFound", "message": "no"}})
    ours = live(lambda _: missing)

    captured = ours.capture()

    assert captured.vm_is_missing
    assert captured.nothing_answered
    assert sorted(ours.arm.asked()) == [f"GET {VM}", f"GET {VM}/extensions"]
    assert ours.snapshot.answer("vm", vm=VM).status == 404


def test_a_vm_that_was_not_there_is_asked_for_again(live: Make) -> None:
    ours = live(lambda _: Reply(404, {"error": {"code": "SubscriptionNotFound", "message": "no"}}))
    ours.capture()
    assert is_unfinished(ours.folder)
    ours.arm.answer = RecordedArm(SAMPLE)

    captured = ours.capture()

    assert not captured.vm_is_missing
    assert statuses(captured.outcomes, "vm_extensions")[0] == 200
    assert not is_unfinished(ours.folder)
    assert document_of(ours.folder, ours)["root_causes"][0]["code"] == "nsg-denies-attestation"


@pytest.mark.parametrize("status", [401, 403])
def test_where_nothing_was_read_there_is_more_to_come(status: int, live: Make) -> None:
    ours = live(lambda _: Reply(status, {"error": {"code": "Code", "message": "no"}}))

    assert ours.capture().nothing_answered

    assert is_unfinished(ours.folder)


def test_what_another_tenant_holds_is_not_asked_for_by_every_run(live: Make) -> None:
    ours = live(Changed(skus=Reply(401, {"error": {"code": "InvalidAuthenticationTokenTenant", "message": "no"}})))

    ours.capture()

    assert not is_unfinished(ours.folder)


def test_a_subscription_without_access_is_all_refusals(live: Make) -> None:
    ours = live(lambda _: FORBIDDEN)

    captured = ours.capture()

    assert captured.nothing_answered
    assert not captured.vm_is_missing
    assert all(it.is_refused for it in captured.outcomes)
    names = {it.request.read.name for it in captured.outcomes}
    assert {"vm", "vm_extensions", "locations", "defender_plan", "private_dns_zones", "network_watchers"} <= names


def test_a_vm_that_must_not_be_read_leaves_what_does_not_depend_on_it(live: Make) -> None:
    ours = live(Changed(**{"virtualMachines/web-01?": FORBIDDEN}))

    captured = ours.capture()

    assert not captured.nothing_answered
    assert statuses(captured.outcomes, "vm_extensions") == [200] * len(statuses(captured.outcomes, "vm_extensions"))
    assert statuses(captured.outcomes, "locations") == [200]


def test_an_answer_of_a_proxy_is_no_answer(live: Make) -> None:
    ours = live(Changed(**{"web-subnet-nsg": Reply(200, "<html>log in</html>", {"Content-Type": "text/html"})}))

    captured = ours.capture()

    (failed,) = (it for it in captured.outcomes if it.is_failed)
    assert failed.why == f"answered 200 without a JSON body: GET {SUBNET_NSG}"
    assert is_unfinished(ours.folder)


def test_a_list_that_leads_elsewhere_is_kept_and_said_to_be_unfinished(live: Make) -> None:
    page = {"value": [], "nextLink": f"https://evil.example.net{SUBSCRIPTION}/locations?page=2"}
    ours = live(Changed(**{"/locations?": Reply(200, page)}))

    captured = ours.capture()

    (failed,) = (it for it in captured.outcomes if it.is_failed)
    assert "refused: only https://management.azure.com is asked" in failed.why
    assert [it.ok for it in ours.snapshot.pages("locations", subscription=SUBSCRIPTION.rpartition("/")[2])] == [
        True,
        False,
    ]


def test_a_list_that_leads_back_to_itself_ends(live: Make) -> None:
    page = {"value": [], "nextLink": f"https://{ARM_HOST}{SUBSCRIPTION}/locations?api-version=2022-12-01"}
    ours = live(Changed(**{"/locations?": Reply(200, page)}))

    assert statuses(ours.capture().outcomes, "locations") == [200]


def test_a_list_without_an_end_is_given_up(live: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guest_attestation.collect.request._MOST_PAGES", 7)
    recorded, pages = RecordedArm(SAMPLE), iter(range(1000))

    def answer(seen: Seen) -> Reply:
        if "/locations?" not in seen.target:
            return recorded(seen)
        following = f"https://{ARM_HOST}{SUBSCRIPTION}/locations?api-version=2022-12-01&page={next(pages)}"
        return Reply(200, {"value": [], "nextLink": following})

    ours = live(answer)

    assert statuses(ours.capture().outcomes, "locations") == [200] * 7
    assert not ours.snapshot.pages("locations", subscription=SUBSCRIPTION.rpartition("/")[2])[-1].ok


def test_a_provider_that_is_not_registered_is_recorded_and_not_registered(live: Make) -> None:
    message = "The subscription is not registered to use namespace 'Microsoft.Attestation'."
    error = Reply(409, {"error": {"code": "MissingSubscriptionRegistration", "message": message}})
    ours = live(Changed(**{"Microsoft.Attestation": error}))

    captured = ours.capture()

    failed = [it for it in captured.outcomes if it.is_failed]
    assert {(it.request.read.name, it.status) for it in failed} == {
        ("default_provider", 409),
        ("default_providers", 409),
    }
    assert not any("register" in seen.target for seen in ours.arm.seen)
    assert not is_unfinished(ours.folder), "to ask again would not help"


def test_another_clouds_snapshot_is_not_mixed_with(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    ours.capture()
    seen, ours.cloud = len(ours.arm.seen), CLOUDS["AzureChinaCloud"]

    with pytest.raises(BadInput, match="was recorded in AzureCloud: record AzureChinaCloud into another folder"):
        ours.capture()

    assert len(ours.arm.seen) == seen


@pytest.mark.parametrize("name", ["AzureUSGovernment", "AzureChinaCloud"])
def test_another_cloud_is_asked_at_its_own_host_with_a_token_for_it(
    name: str, serve: Callable[..., Any], authority: Any, tmp_path: Path
) -> None:
    cloud = CLOUDS[name]
    ours = Live(serve(RecordedArm(SAMPLE), cloud.arm_host), authority, tmp_path / "snapshot", cloud=cloud)

    captured = ours.capture()

    assert not captured.nothing_answered
    assert {seen.headers["host"] for seen in ours.arm.seen} == {cloud.arm_host}
    assert set(ours.credential.scopes) == {f"https://{cloud.arm_host}/.default"}
    assert ours.snapshot.cloud == cloud


def test_two_runs_at_once_do_not_record_into_one_folder(live: Make) -> None:
    reached, go_on = threading.Event(), threading.Event()
    recorded = RecordedArm(SAMPLE)

    def answer(seen: Seen) -> Reply:
        reached.set()
        go_on.wait(20)
        return recorded(seen)

    ours = live(answer)
    done: list[Captured] = []
    first = threading.Thread(target=lambda: done.append(ours.capture()))
    first.start()
    try:
        assert reached.wait(20)
        with pytest.raises(ToolFailure, match="another run is recording here"):
            Live(ours.arm, ours.authority, ours.folder).capture()
    finally:
        go_on.set()
        first.join(30)
    assert done
    assert not done[0].nothing_answered


def test_reads_that_do_not_depend_on_each_other_run_at_the_same_time(live: Make) -> None:
    together = threading.Barrier(6)
    met = threading.Event()
    recorded = RecordedArm(SAMPLE)

    def answer(seen: Seen) -> Reply:
        if "/assessments/" in seen.target and not met.is_set():
            together.wait(20)
            met.set()
        return recorded(seen)

    ours = live(answer)
    ours.capture()

    assert met.is_set()


def test_a_vm_costs_azure_compute_at_most_6_gets(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE, paged="nothing"))

    ours.capture()

    compute = [seen for seen in ours.arm.seen if "/providers/microsoft.compute/" in seen.path.casefold()]
    own = [seen for seen in compute if "/providers/microsoft.security/" not in seen.path.casefold()]
    assert [seen.method for seen in own] == ["GET"] * len(own)
    assert len(own) <= 6


def test_the_activity_log_is_read_up_to_the_newest_answer(live: Make) -> None:
    ours = live(Changed(eventtypes=Reply(200, {"value": []})))

    ours.capture()

    (seen,) = (seen for seen in ours.arm.seen if "/eventtypes/" in seen.target)
    (condition,) = parse_qs(urlsplit(seen.target).query)["$filter"]
    captured_at = ours.snapshot.captured_at
    assert f"eventTimestamp le '{captured_at:%Y-%m-%dT%H:%M:%SZ}' and resourceGroupName eq 'shop-prod-rg'" in condition
    assert ours.arm.seen[-1] is seen
    newest = max(it.at for held in ours.snapshot.exchanges.values() for it in held if it.at and it.status == 200)
    assert newest >= captured_at or (captured_at - newest).total_seconds() < 2
    log = activity_log_of(ours.snapshot)
    assert log.covers(f"{GROUP}/", datetime.fromisoformat("2026-11-19T00:00:00Z"), captured_at)


def test_a_folder_that_cannot_be_written_stops_the_capture(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))
    ours.folder.mkdir()
    (ours.folder / "responses").write_text("a file", "utf-8")

    with pytest.raises(ToolFailure, match="cannot be written"):
        ours.capture()


@pytest.mark.parametrize("before", [Reply(429, None, {"Retry-After": "0"}), None])
def test_an_answer_that_cannot_be_written_stops_the_capture(
    before: Reply | None, live: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> Path:
        if "web-subnet-nsg--" in path.name and '"status": 200' in text:
            raise ToolFailure(f"{path}: cannot be written: No space left on device")
        return write_whole(path, text)

    monkeypatch.setattr("guest_attestation.snapshot.writer.write_whole", full)
    ours = live(Changed(**{"web-subnet-nsg": [before]} if before else {}))

    with pytest.raises(ToolFailure, match="No space left on device"):
        ours.capture()

    assert is_unfinished(ours.folder)
    assert ours.snapshot.answer("vm", vm=VM).ok


@pytest.mark.parametrize("nic", ["nic", "http://[x", "/subscriptions/s/x"])
def test_an_id_that_is_none_stops_nothing_else(nic: str, live: Make) -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body("virtualMachines/web-01")["properties"]["networkProfile"]["networkInterfaces"][0]["id"] = nic
    ours = live(RecordedArm(scenario.snapshot))

    captured = ours.capture()

    assert {it.request.read.number for it in captured.outcomes if it.is_failed} <= {2, 4}
    assert statuses(captured.outcomes, "locations") == [200]


@pytest.mark.parametrize("depth", [600, 3000])
def test_json_that_is_too_deep_stops_nothing_else(depth: int, live: Make) -> None:
    ours = live(Changed(**{"web-subnet-nsg": Reply(200, '{"a":' * depth + "1" + "}" * depth)}))

    captured = ours.capture()

    (failed,) = (it for it in captured.outcomes if it.is_failed)
    assert failed.request.read.name == "security_group"
    assert ours.snapshot.answer("vm", vm=VM).ok


def test_a_capture_that_reads_nothing_leaves_no_folder(live: Make) -> None:
    ours = live(lambda _: RESET)

    assert ours.capture().nothing_answered
    assert not ours.folder.exists()


SECRETS = {
    "header": "c2VjcmV0LWhlYWRlcg",
    "settings": "settings-of-another-extension",
    "protected": "protected-settings-content",
    "custom data": "I2Nsb3VkLWNvbmZpZw",
    "user data": "dXNlci1kYXRhLXNlY3JldA",
    "signature": "aB3%2Fsignature%3D",
    "command": "install.sh --password hunter2",
    "account key": "A" * 43 + "b" * 43 + "==",
    "password": "correct-horse-battery",
    "printed": "stdout-of-a-script",
    "printed on Linux": "stdout-within-a-status",
    "nested": "settings-in-a-text-of-the-log",
    "request body": "requestbody-of-a-write",
}


def planted() -> Answer:
    """The sample with secrets wherever Azure's answers may hold some."""
    scenario = Scenario.sample("nsg-denies-attestation")
    vm = scenario.body("virtualMachines/web-01")
    link = f"https://store.blob.core.windows.net/x?sv=2024-01-01&sig={SECRETS['signature']}&sp=r"
    profile = vm["properties"].setdefault("osProfile", {})
    profile.update(customData=SECRETS["custom data"], adminPassword=SECRETS["password"])
    vm["properties"]["userData"] = SECRETS["user data"]
    properties = {
        "publisher": "Microsoft.Compute",
        "type": "CustomScriptExtension",
        "provisioningState": "Failed",
        "settings": {"fileUris": [link], "other": SECRETS["settings"], "commandToExecute": SECRETS["command"]},
        "protectedSettings": {"x": SECRETS["protected"]},
        "instanceView": {
            "name": "script",
            "statuses": [
                {
                    "code": "ProvisioningState/failed/1",
                    "level": "Error",
                    "message": f'Command {link} failed: {{"commandToExecute": "{SECRETS["command"]}", '
                    f"AccountKey={SECRETS['account key']};Password='{SECRETS['password']}'}}",
                },
                {"code": "ProvisioningState/succeeded", "message": f"\n[stdout]\n{SECRETS['printed on Linux']}\n"},
            ],
            "substatuses": [{"code": "ComponentStatus/StdOut/succeeded", "message": SECRETS["printed"]}],
        },
    }
    extension = {"id": f"{VM}/extensions/script", "name": "script", "properties": properties}
    scenario.body("web-01/extensions")["value"].append(extension)
    vm.setdefault("resources", []).append(extension)
    vm["properties"]["instanceView"].setdefault("extensions", []).append(properties["instanceView"])
    recorded = RecordedArm(scenario.snapshot)
    message = json.dumps({"error": {"protectedSettings": {"a": {"b": {"c": SECRETS["nested"]}}}}})
    written = {"requestbody": SECRETS["request body"], "statusMessage": message}
    entry = {"operationName": {"value": "x/write"}, "properties": written}
    text = f"<html>AccountKey={SECRETS['account key']} {link} Authorization: Basic {SECRETS['header']}</html>"

    def answer(seen: Seen) -> Reply:
        if "eventtypes" in seen.target:
            return Reply(200, {"value": [{**entry, "authorization": {"scope": SECRETS["protected"]}}]})
        if "skus" in seen.target:
            return Reply(500, text)
        reply = recorded(seen)
        token = {"WWW-Authenticate": f"Bearer {SECRETS['header']}", "Set-Cookie": SECRETS["header"]}
        return Reply(reply.status, reply.body, {**reply.headers, **token, "x-ms-secret": SECRETS["header"]})

    return answer


def test_no_secret_is_in_any_file(live: Make) -> None:
    ours = live(planted())

    captured = ours.capture()

    texts = ours.texts()
    assert not captured.nothing_answered
    assert ours.credential.token not in "".join(texts.values())
    for name, secret in SECRETS.items():
        for written in (secret, json.dumps(secret)[1:-1]):
            found = [file for file, text in texts.items() if written in text]
            assert found == [], f"the {name} is in {found}"
    whole = "".join(texts.values())
    assert "CustomScriptExtension" in whole
    assert "ProvisioningState/failed/1" in whole
    assert "sv=2024-01-01" in whole


def test_the_secrets_would_be_found_without_the_scrubbing(live: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guest_attestation.snapshot.writer.scrubbed", lambda document: document)
    ours = live(planted())

    ours.capture()

    whole = "".join(ours.texts().values())
    assert [name for name, secret in SECRETS.items() if json.dumps(secret)[1:-1] not in whole] == []


def test_the_lock_is_not_left_behind(live: Make) -> None:
    ours = live(RecordedArm(SAMPLE))

    ours.capture()

    assert not [file for file in ours.texts() if file.rpartition("/")[2].startswith(".")]
    with locked(ours.folder):
        assert (ours.folder / ".lock").exists()


def test_a_scale_set_instance_is_followed(live: Make) -> None:
    scenario = instance_of("nsg-denies-attestation")
    ours = live(RecordedArm(scenario.snapshot))
    ours.vm = scenario.vm

    ours.capture()

    asked = set(ours.arm.asked())
    assert {f"GET {it}" for it in (SCALE_SET, f"{SCALE_SET}/extensions", INSTANCE, f"{INSTANCE}/extensions")} <= asked
    assert {f"GET {INSTANCE}/networkInterfaces", f"GET {NIC_NSG}", f"GET {SUBNET_NSG}"} <= asked
    assert not [it for it in asked if "/effective" in it]
    assert "root_causes" in document_of(ours.folder, ours)
    assert document_of(ours.folder, ours)["root_causes"][0]["code"] == "nsg-denies-attestation"
