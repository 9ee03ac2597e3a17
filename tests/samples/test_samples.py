"""Each sample gets the root cause in its name, proved by evidence that is there."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from guest_attestation.incident import incident_from
from guest_attestation.runbook import open_incident
from guest_attestation.verdict import exit_code, verdict_text
from tests.samples.pointers import resolved_in
from tests.samples.verdict_contract import CODES, LEAVE_UNKNOWN, assert_verdict
from tests.scenario import ROOT, SAMPLES, SUBNET_NSG, VM

NAMES = sorted(folder.name for folder in SAMPLES.iterdir() if folder.is_dir())
every_sample = pytest.mark.parametrize("name", NAMES)


def code_of(name: str) -> str | None:
    """The code that a sample's name promises, None for a healthy one."""
    if re.match(r"healthy(-|$)", name):
        return None
    found = [code for code in CODES if re.match(rf"{code}(-|$)", name)]
    assert found, f"{name} promises no code"
    return max(found, key=len)


@cache
def text_of(name: str) -> tuple[str, int]:
    file = SAMPLES / name / "parameters.yaml"
    runbook = open_incident(incident_from(yaml.safe_load(file.read_text("utf-8")), origin=name, folder=file.parent))
    return verdict_text(runbook.verdict()), exit_code(runbook.diagnosis.verdict)


def verdict_of(name: str) -> Any:
    return json.loads(text_of(name)[0])


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_first_samples_are_there() -> None:
    first = {"healthy", "nsg-denies-attestation", "secure-boot-off", "extension-not-installed", "extension-failed"}

    assert set(NAMES) >= first


@every_sample
def test_the_code_in_its_name_is_rank_1_and_proven(name: str) -> None:
    causes = verdict_of(name)["root_causes"]

    assert [(it["code"], it["confidence"]) for it in causes[:1]] == (
        [(code_of(name), "proven")] if code_of(name) else []
    )


@every_sample
def test_a_failure_exits_with_3_a_healthy_vm_with_0_and_what_is_not_known_with_4(name: str) -> None:
    code = code_of(name)
    expected = ("unknown", 4) if code in LEAVE_UNKNOWN else ("fail", 3) if code else ("pass", 0)

    assert (verdict_of(name)["verdict"], text_of(name)[1]) == expected


NOT_KNOWN = {
    "custom-provider-unreachable": ["path.nic-nsg", "path.subnet-nsg", "path.route", "path.firewall", "path.egress"],
    "next-hop-not-visible": ["path.firewall", "path.egress"],
}


@every_sample
def test_everything_required_is_known_but_the_way_that_cannot_be_seen(name: str) -> None:
    checks = verdict_of(name)["checks"]

    unknown = [it["id"] for it in checks if it["required"] and it["status"] == "unknown"]
    assert unknown == NOT_KNOWN.get(name, [])


def test_the_denying_sample_names_the_rule_that_decides() -> None:
    document = verdict_of("nsg-denies-attestation")

    cause = document["root_causes"][0]
    assert (cause["rule"], cause["resource"]) == ("Deny-Internet-Outbound", SUBNET_NSG)
    hop = next(it for it in document["path"] if it["hop"] == "subnet-nsg")
    assert (hop["decision"], hop["rule"], hop["resource"]) == ("deny", "Deny-Internet-Outbound", SUBNET_NSG)
    taken = [line["rule"] for line in hop["trace"] if line["matched"]]
    assert taken == ["Deny-Internet-Outbound"]
    assert resolved_in(SAMPLES / "nsg-denies-attestation/snapshot", cause["evidence"][0])["access"] == "Deny"


@every_sample
def test_its_verdict_keeps_the_contract(name: str) -> None:
    document = verdict_of(name)

    assert_verdict(document)
    assert (document["incident"], document["vm"]) == (name, VM)
    header = json.loads((SAMPLES / name / "snapshot/snapshot.json").read_text("utf-8"))
    assert document["captured_at"] == header["captured_at"]


@every_sample
def test_every_piece_of_evidence_is_there(name: str) -> None:
    document = verdict_of(name)
    pointers = [it for part in ("root_causes", "checks") for item in document[part] for it in item["evidence"]]

    assert pointers
    for pointer in pointers:
        assert pointer.startswith("responses/")
        resolved_in(SAMPLES / name / "snapshot", pointer)


@every_sample
def test_every_cause_and_every_known_required_check_has_evidence(name: str) -> None:
    document = verdict_of(name)

    silent = [it["code"] for it in document["root_causes"] if not it["evidence"]]
    decided = ("pass", "fail", "warn")
    silent += [
        it["id"] for it in document["checks"] if it["required"] and it["status"] in decided and not it["evidence"]
    ]
    assert silent == []


@every_sample
def test_the_rules_of_the_path_are_those_of_azures_answers(name: str) -> None:
    answers = [
        json.loads(file.read_text("utf-8"))["response"]["body"]
        for file in (SAMPLES / name / "snapshot/responses").rglob("*.json")
    ]
    named = {item["name"].rsplit("/", 1)[-1] for item in objects(answers) if isinstance(item.get("name"), str)}
    unnamed = {label for item in objects(answers) for label in _labels_of_an_unnamed_route(item)}

    for hop in verdict_of(name)["path"]:
        assert {line["rule"] for line in hop["trace"]} <= (named | unnamed if hop["hop"] == "route" else named)
        assert hop["rule"] is None or hop["rule"] in {line["rule"] for line in hop["trace"]}


def _labels_of_an_unnamed_route(item: dict[str, Any]) -> Iterator[str]:
    """Say how a route without a name is shown: by whose it is, and by what it says."""
    prefixes, whose = item.get("addressPrefix"), {"Default": "system's", "VirtualNetworkGateway": "learned"}
    if isinstance(prefixes, list) and item.get("source") in whose:
        yield f"{whose[item['source']]} {', '.join(prefixes[:2])} → {item['nextHopType']}"


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner: Any = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from objects(item)


@every_sample
def test_its_files_are_pretty_printed_exchanges_of_the_sample(name: str) -> None:
    folder = SAMPLES / name / "snapshot"
    assert json.loads((folder / "snapshot.json").read_text("utf-8"))["source"] == "sample"

    for file in (folder / "responses").rglob("*"):
        if file.is_file():
            text = file.read_text("utf-8")
            assert sorted(json.loads(text)) == ["at", "request", "response"]
            assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
            assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}--[0-9a-f]{8}\.json", file.name)


@every_sample
def test_its_parameters_explain_themselves(name: str) -> None:
    text = (SAMPLES / name / "parameters.yaml").read_text("utf-8")

    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z_]+: \S+  # \S.*", line) for line in lines)
    assert yaml.safe_load(text)["snapshot"] == f"parameters/samples/{name}/snapshot"
    assert yaml.safe_load(text)["offline"] is True


DOCUMENTATION = [
    ipaddress.ip_network(it) for it in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
PLATFORM = [ipaddress.ip_network(it) for it in ("168.63.129.16/32", "169.254.169.254/32")]
SYSTEM_ROUTES = {"0.0.0.0/0", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"}
EXPANSIONS = ("expandedSourceAddressPrefix", "expandedDestinationAddressPrefix", "tagMap")


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from strings(item, key if key in EXPANSIONS else name)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, key)


def addresses(text: str) -> Iterator[str]:
    yield from re.findall(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?(?![\w.])", text)
    if ":" in text and re.fullmatch(r"[0-9A-Fa-f:.]+(?:/\d+)?", text):
        yield text


def is_ours(address: str) -> bool:
    network = ipaddress.ip_network(address, strict=False)
    ranges = (*DOCUMENTATION, *PLATFORM)
    return any(it.version == network.version and network.subnet_of(it) for it in ranges)  # type: ignore[arg-type]


@every_sample
def test_its_addresses_come_from_the_documentation_ranges(name: str) -> None:
    foreign: list[tuple[str, str, str]] = []
    for file in (SAMPLES / name).rglob("*.json"):
        for key, text in strings(json.loads(file.read_text("utf-8"))):
            if key.casefold().endswith("version") or key in EXPANSIONS:
                continue  # version numbers look alike; what Azure expands the tag Internet to is everything else
            foreign += [(file.name, key, it) for it in addresses(text) if it not in SYSTEM_ROUTES and not is_ours(it)]

    assert foreign == []
    assert list(addresses((SAMPLES / name / "parameters.yaml").read_text("utf-8"))) == []


@every_sample
def test_the_vm_of_a_sample_belongs_to_nobody(name: str) -> None:
    text = "".join(file.read_text("utf-8") for file in sorted((SAMPLES / name).rglob("*.json")))

    subscriptions = set(re.findall(r"/subscriptions/([^/\"?']+)", text))
    assert "aaaaaaaa-0000-4000-8000-000000000001" in subscriptions
    assert subscriptions <= {f"aaaaaaaa-0000-4000-8000-00000000000{number}" for number in (1, 2)}  # the VM's, a hub's


def test_a_pointer_that_leads_nowhere_is_noticed() -> None:
    folder: Path = SAMPLES / "healthy/snapshot"
    file = next(it for it in (folder / "responses").rglob("*.json")).relative_to(folder).as_posix()

    assert resolved_in(folder, f"{file}#/response/status") == 200
    for pointer in ("/response/nowhere", "/response/status/deeper", "response", "/response/body/~2"):
        with pytest.raises((LookupError, ValueError)):
            resolved_in(folder, f"{file}#{pointer}")
