"""With an answer taken away or refused, the verdict says less, never more (design 4.3).

`pass` only where all of the data gives it and everything required is still known; no proven cause that all of the data
does not give, but a failed extension's own; `fail` only while a proven cause or a failed extension is left; and what is
unknown now says why.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.diagnosis.diagnose import diagnose
from guest_attestation.verdict import verdict_document, verdict_text
from tests.facts.scale_set import instance_of
from tests.samples.pointers import resolved
from tests.samples.verdict_contract import LEAVE_UNKNOWN, ONLY_WARN, assert_verdict
from tests.scenario import SAMPLES, Scenario

NAMES = sorted(folder.name for folder in SAMPLES.iterdir() if folder.is_dir())
FIRST = ("extension-failed", "extension-not-installed", "healthy", "nsg-denies-attestation", "secure-boot-off")
MAKERS: dict[str, Callable[[], Scenario]] = {
    **{name: lambda name=name: Scenario.sample(name) for name in NAMES},  # type: ignore[misc]
    **{f"instance {name}": lambda name=name: instance_of(name) for name in FIRST},  # type: ignore[misc]
}
CHANGES: dict[str, int | None] = {"dropped": None, "answered 403": 403, "answered 404": 404, "answered 429": 429}
CODES = {403: "AuthorizationFailed", 404: "ResourceNotFound", 429: "TooManyRequests"}

COMPUTE, NETWORK = "Microsoft.Compute", "Microsoft.Network"
PERMISSIONS = [
    (r"virtualMachineScaleSets/[^/]+", f"{COMPUTE}/virtualMachineScaleSets/read"),
    (r"virtualMachineScaleSets/[^/]+/virtualMachines/\d+", f"{COMPUTE}/virtualMachineScaleSets/virtualMachines/read"),
    (
        r"virtualMachineScaleSets/[^/]+/virtualMachines/\d+/(extensions|networkInterfaces)",
        rf"{COMPUTE}/virtualMachineScaleSets/virtualMachines/\1/read",
    ),
    (r"virtualMachines/[^/]+", f"{COMPUTE}/virtualMachines/read"),
    (r"virtualMachines/[^/]+/extensions", f"{COMPUTE}/virtualMachines/extensions/read"),
    (r"(networkInterfaces|virtualNetworks)/[^/]+/(effective\w+|list\w+)", rf"{NETWORK}/\1/\2/action"),
    (r"locations/[^/]+/(serviceTagDetails|serviceTags)", rf"{NETWORK}/locations/\1/read"),
    (r"locations/[^/]+/defaultProvider", "Microsoft.Attestation/defaultProviders/read"),
    (r"attestationProviders", "Microsoft.Attestation/attestationProviders/read"),
    (r".+/providers/Microsoft.Security/assessments/[^/]+", "Microsoft.Security/assessments/read"),
    (r"pricings/VirtualMachines", "Microsoft.Security/pricings/read"),
    (r"privateDnsZones", f"{NETWORK}/privateDnsZones/read"),
    (r"privateDnsZones/[^/]+/(virtualNetworkLinks|A)", rf"{NETWORK}/privateDnsZones/\1/read"),
    (r"(azureFirewalls|networkWatchers)", rf"{NETWORK}/\1/read"),
    (r"networkWatchers/[^/]+/(\w+)", rf"{NETWORK}/networkWatchers/\1/action"),
    (r"firewallPolicies/[^/]+/ruleCollectionGroups", f"{NETWORK}/firewallPolicies/ruleCollectionGroups/read"),
    (r"virtualHubs/[^/]+/(hub\w+|routingIntent)", rf"{NETWORK}/virtualHubs/\1/read"),
    (r"", "Microsoft.Resources/subscriptions/locations/read"),
    (r"(\w+)/[^/]+", rf"{NETWORK}/\1/read"),
]  # fmt: skip


@cache
def made(name: str) -> Scenario:
    return MAKERS[name]()


def files_of(name: str) -> list[str]:
    return sorted(made(name).documents)


def with_less(name: str, files: dict[str, int | None]) -> Scenario:
    """Take answers away (None), or let them be refused with a status."""
    full = made(name)
    less = Scenario({file: it for file, it in full.documents.items() if files.get(file, 0) is not None}, vm=full.vm)
    for file, status in files.items():
        if status is not None:
            less.documents[file] = document = copy.deepcopy(full.documents[file])
            document["response"].update(status=status, body={"error": {"code": CODES[status], "message": "no"}})
    return less


def verdict_of(scenario: Scenario) -> Any:
    facts = scenario.facts()
    return json.loads(verdict_text(verdict_document("case", facts, diagnose(facts))))


@cache
def full_verdict(name: str) -> Any:
    return verdict_of(made(name))


def proven(document: Any) -> set[tuple[str, str | None]]:
    return {(it["code"], it["rule"]) for it in document["root_causes"] if it["confidence"] == "proven"}


def statuses(document: Any) -> dict[str, str]:
    return {check["id"]: check["status"] for check in document["checks"]}


def extensions_in(scenario: Scenario) -> list[Any]:
    """Every Guest Attestation extension in a readable answer: models and entries of instance views."""
    bodies = [it["response"]["body"] for it in scenario.documents.values() if it["response"]["status"] == 200]
    found = [item for body in bodies for item in (*body.get("resources", ()), *_listed(body))]
    models = [item["properties"] for item in found if item.get("properties", {}).get("type") == "GuestAttestation"]
    views = [body.get("properties", {}).get("instanceView", {}).get("extensions", ()) for body in bodies]
    return models + [view for views_of_one in views for view in views_of_one if "Attestation" in view["type"]]


def _listed(body: Any) -> list[Any]:
    return body["value"] if isinstance(body.get("value"), list) else []


def model_failed(scenario: Scenario) -> bool:
    return any(it.get("provisioningState") == "Failed" for it in extensions_in(scenario))


def shows_failure(scenario: Scenario) -> bool:
    text = json.dumps(extensions_in(scenario))
    return model_failed(scenario) or re.search(r'/failed|"level": "Error"', text) is not None


def assert_says_no_more(name: str, less: Scenario, document: Any) -> None:
    full = full_verdict(name)
    before, after = statuses(full), statuses(document)
    failure, allowed = shows_failure(less), proven(full)
    new = {it for it in proven(document) - allowed if not (failure and it[0] == "extension-failed")}
    unknown = [it["id"] for it in document["checks"] if it["required"] and it["status"] == "unknown"]
    assert document["verdict"] != "pass" or (full["verdict"] == "pass" and unknown == [])
    assert new == set()
    stops = [code for code, _ in proven(document) if code not in ONLY_WARN | LEAVE_UNKNOWN]
    assert document["verdict"] != "fail" or stops or failure
    assert document["verdict"] == "fail" or not model_failed(less)
    assert {it for it in after if after[it] == "fail"} <= {it for it in before if before[it] == "fail"}
    assert {it for it in after if after[it] == "pass"} <= {it for it in before if before[it] == "pass"}
    assert_verdict(document)
    for pointer in (it for part in ("root_causes", "checks") for item in document[part] for it in item["evidence"]):
        file, _, place = pointer.partition("#")
        resolved(less.documents[file], place)


def permission_of(document: Any) -> str:
    path = document["request"]["url"].partition("/providers/")[2].partition("?")[0].partition("/")[2]
    for pattern, permission in PERMISSIONS:
        match = re.fullmatch(pattern, path)
        if match:
            return match.expand(permission)
    raise AssertionError(f"no permission for {path}")


def newly_unknown(name: str, document: Any) -> list[Any]:
    before = statuses(full_verdict(name))
    return [it for it in document["checks"] if it["status"] == "unknown" and before[it["id"]] != "unknown"]


NOT_YET_SAID = {
    "eastus": ("path.route", "path.firewall", "path.egress"),
}
"""Checks that need a read but do not name it yet, by the last folder of the read's path."""

CASES = [
    pytest.param(name, file, id=f"{name}: {file.rsplit('/', 1)[-1]}") for name in MAKERS for file in files_of(name)
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("name", "file"), CASES)
def test_with_one_answer_less_nothing_more_is_said(name: str, file: str, change: str) -> None:
    status = CHANGES[change]
    less = with_less(name, {file: status})

    document = verdict_of(less)

    assert_says_no_more(name, less, document)
    recorded = made(name).documents[file]
    path = recorded["request"]["url"].partition("?")[0].removeprefix("https://management.azure.com")
    wanted = permission_of(recorded) if status == 403 else None
    for check in newly_unknown(name, document):
        check_id = check["id"]
        if check_id in NOT_YET_SAID.get(path.rsplit("/", 2)[-2], ()):
            continue
        said = (check_id, check["missing_permission"], check["summary"])
        assert check["missing_permission"] == wanted, said
        assert path.casefold() in check["summary"].casefold(), said


@given(st.sampled_from(list(MAKERS)), st.data())
def test_with_several_answers_less_nothing_more_is_said(name: str, data: st.DataObject) -> None:
    some = st.dictionaries(
        st.sampled_from(files_of(name)), st.sampled_from([None, 403, 404, 429]), min_size=2, max_size=6
    )
    less = with_less(name, data.draw(some))

    assert_says_no_more(name, less, verdict_of(less))


NEEDED = [
    ("virtualMachines/web-01", "prerequisites.secure-boot", "Microsoft.Compute/virtualMachines/read"),
    ("virtualMachines/web-01", "prerequisites.agent", "Microsoft.Compute/virtualMachines/read"),
    ("networkInterfaces/web-01-nic", "dns.servers", "Microsoft.Network/networkInterfaces/read"),
    ("virtualNetworks/shop-prod-vnet", "path.subnet-nsg", "Microsoft.Network/virtualNetworks/read"),
    ("virtualNetworks/shop-prod-vnet", "dns.servers", "Microsoft.Network/virtualNetworks/read"),
    ("natGateways/shop-prod-nat", "path.egress", "Microsoft.Network/natGateways/read"),
]


@pytest.mark.parametrize(("ending", "check", "permission"), NEEDED)
def test_a_refused_read_is_named_by_the_check_that_needed_it(ending: str, check: str, permission: str) -> None:
    scenario = Scenario.sample("healthy").drop("/effectiveNetworkSecurityGroups")

    found = scenario.answer(ending, 403).diagnose().check(check)

    assert found.missing_permission == permission


def test_of_several_refused_reads_the_first_of_the_table_is_named() -> None:
    scenario = Scenario.sample("healthy")
    for ending in ("networkSecurityGroups/web-subnet-nsg", "/effectiveNetworkSecurityGroups", "SecurityAdminRules"):
        scenario.answer(ending, 403)

    diagnosis = scenario.diagnose()

    group, admin = diagnosis.check("path.subnet-nsg"), diagnosis.check("path.admin-rules")
    assert group.missing_permission == "Microsoft.Network/networkSecurityGroups/read"
    effective = "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action"
    assert admin.missing_permission == effective
    assert effective in group.summary
    assert "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action" in admin.summary


def test_a_vm_that_is_gone_is_unknown() -> None:
    scenario = Scenario.sample("healthy")
    for file in list(scenario.documents):
        if "virtualMachines/web-01-" not in file:
            del scenario.documents[file]

    assert scenario.answer("virtualMachines/web-01", 404).drop("/extensions").diagnose().verdict == "unknown"
