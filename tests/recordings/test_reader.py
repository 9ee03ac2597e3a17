"""What the reader takes from recordings, and what it leaves alone."""

from __future__ import annotations

import json

import pytest

from guest_attestation.errors import BadInput
from guest_attestation.snapshot.exchange import parse_exchange
from tests.recordings.recorded import (
    ATTESTED_GROUP,
    RECORDINGS,
    Excerpt,
    attested_vm,
    body_of,
    causes,
    path_of,
    recording,
    statuses,
)

VM_2 = attested_vm("vm000002")
BEFORE = ("guest-attestation/ga.014", "guest-attestation/ga.022")
EXCHANGES = {
    "attestation": 35,
    "defender": 1,
    "effective-rules-and-routes": 9,
    "errors": 23,
    "extension-failed": 54,
    "firewall": 32,
    "guest-attestation": 54,
    "ip-groups": 9,
    "network-manager": 71,
    "nsg": 45,
    "route-tables": 19,
    "security-types": 28,
    "trusted-launch": 7,
    "trusted-launch-update": 6,
}
NO_EXCHANGE = "errors/lro.retry-after.powershell2015.nsg"


def test_every_recorded_exchange_is_read(excerpt: Excerpt) -> None:
    for folder, files in EXCHANGES.items():
        for path in (RECORDINGS / folder).glob("*.json"):
            if path != path_of(NO_EXCHANGE):
                excerpt.put(json.loads(path.read_text("utf-8")), f"{folder}/{path.name}")
        assert len(list((excerpt.folder / "responses" / folder).iterdir())) == files

    read = [exchange for recorded in excerpt.snapshot().exchanges.values() for exchange in recorded]

    assert len(read) == 393
    assert {exchange.at for exchange in read} == {None}
    for exchange in read:
        document = excerpt.evidence(exchange.file)
        assert (exchange.key.method, exchange.status) == (document["request"]["method"], document["response"]["status"])


def test_a_header_that_was_repeated_is_read_once() -> None:
    exchange = parse_exchange(recording("guest-attestation/ga.014"), "ga.014.json")

    assert exchange.headers["server"] == "Microsoft-HTTPAPI/2.0"


def test_a_recording_of_another_format_is_refused_by_its_name(excerpt: Excerpt) -> None:
    excerpt.copy("guest-attestation/ga.014").put(json.loads(path_of(NO_EXCHANGE).read_text("utf-8")), "powershell.json")

    with pytest.raises(BadInput, match=r"responses/powershell\.json: is no recorded exchange"):
        excerpt.snapshot()


def test_the_later_file_name_wins_without_a_time(excerpt: Excerpt) -> None:
    excerpt.copy("guest-attestation/ga.014", "guest-attestation/ga.021")

    facts = excerpt.facts(VM_2)

    assert facts.vm.evidence.startswith("responses/guest-attestation/ga.021.")
    assert [extension.name for extension in facts.extensions.value or ()] == ["GuestAttestation"]


def test_the_name_decides_and_not_which_answer_is_older(excerpt: Excerpt) -> None:
    excerpt.put(recording("guest-attestation/ga.021"), "a.json").put(recording("guest-attestation/ga.014"), "b.json")

    facts = excerpt.facts(VM_2)

    assert facts.vm.evidence == "responses/b.json#/response/body"
    assert facts.extensions.value == ()


def test_a_time_wins_over_the_file_name(excerpt: Excerpt) -> None:
    for name, file, at in (
        ("guest-attestation/ga.021", "a.json", "2023-05-26T01:46:11Z"),
        ("guest-attestation/ga.014", "b.json", "2023-05-26T01:45:36Z"),
    ):
        excerpt.put({**recording(name), "at": at}, file)

    assert excerpt.facts(VM_2).vm.evidence == "responses/a.json#/response/body"


def test_writes_and_the_polls_of_their_operations_answer_no_read(excerpt: Excerpt) -> None:
    put, polled, extension_alone = "guest-attestation/ga.018", "guest-attestation/ga.019", "guest-attestation/ga.020"

    diagnosis = excerpt.copy(*BEFORE, put, polled, extension_alone).diagnose(VM_2)

    assert causes(diagnosis) == [("agent-not-ready", "proven"), ("extension-not-installed", "proven")]


@pytest.mark.parametrize(
    ("put", "vm"),
    [
        pytest.param("extension-failed/omsfail.067", "monitorvm", id="VM whose extension failed"),
        pytest.param("security-types/tl2.025", "vm1000002", id="VM made Trusted Launch"),
    ],
)
def test_the_answer_to_a_write_of_a_vm_is_no_answer_to_the_read_of_it(excerpt: Excerpt, put: str, vm: str) -> None:
    excerpt.copy(put)
    document = recording(put)
    document["request"]["url"] += "&$expand=instanceView"
    excerpt.put(document, "as-if-expanded.json")

    facts = excerpt.facts(body_of(put)["id"])

    assert facts.vm.value is None
    assert facts.vm.why_not.startswith("not in the snapshot: GET /subscriptions/")
    assert facts.vm.why_not.endswith(f"/virtualMachines/{vm}?$expand=instanceView")
    assert facts.vm.missing_permission is None


def test_a_vm_read_without_its_instance_view_is_another_request(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy("guest-attestation/ga.024").diagnose(VM_2)

    assert set(statuses(diagnosis, "prerequisites", "extension").values()) == {"unknown"}
    assert str(diagnosis.verdict) == "unknown"
    assert causes(diagnosis) == []


def test_letter_case_and_encoding_of_a_recorded_url_do_not_matter(excerpt: Excerpt) -> None:
    document = recording("guest-attestation/ga.014")
    document["request"]["url"] = (
        document["request"]["url"].upper().replace("$EXPAND=INSTANCEVIEW", "%24expand=instanceView")
    )

    assert excerpt.put(document, "upper.json").facts(VM_2).vm.value is not None


def test_the_snapshot_lists_every_vm_that_was_read(excerpt: Excerpt) -> None:
    excerpt.copy(
        "guest-attestation/ga.018",
        "guest-attestation/ga.037",
        "guest-attestation/ga.064",
        "extension-failed/omsfail.067",
    )
    excerpt.copy("guest-attestation/ga.085", "guest-attestation/ga.112", "guest-attestation/ga.113")

    held = excerpt.snapshot().virtual_machines()

    assert held == [attested_vm("vm000003"), attested_vm("vm000004")]


def test_the_snapshot_knows_a_vm_by_what_was_recorded_below_it(excerpt: Excerpt) -> None:
    snapshot = excerpt.copy("guest-attestation/ga.020").snapshot()

    assert snapshot.knows(VM_2)
    assert not snapshot.knows(attested_vm("vm00000"))
    assert not snapshot.knows(f"{ATTESTED_GROUP}/providers/Microsoft.Compute/virtualMachines/vm000003")
