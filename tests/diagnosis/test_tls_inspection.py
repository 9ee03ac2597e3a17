"""A firewall's rule that lets attestation through and inspects TLS: suspected, and no more (design 4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.network.firewall_build import application_rule, collection, group
from tests.scenario import Scenario

POLICY = "firewallPolicies/hub-fw-policy"


def _scenario(*collections: dict[str, Any]) -> Scenario:
    scenario = Scenario.sample("healthy-behind-firewall")
    scenario.body(f"{POLICY}/ruleCollectionGroups")["value"] = [group("only", 100, *collections)]
    return scenario


def _tls(action: str = "Allow") -> dict[str, Any]:
    return collection("tls", 200, action, application_rule("Tls", terminateTLS=True))


def _failed(scenario: Scenario) -> Scenario:
    for document in scenario.documents.values():
        body = document["response"]["body"]
        for it in body.get("value", []) if isinstance(body, dict) else []:
            if it.get("name") == "GuestAttestation":
                it["properties"]["provisioningState"] = "Failed"
    return scenario


def test_the_rule_is_suspected_and_its_check_warns() -> None:
    diagnosis = _scenario(_tls()).diagnose()
    check = diagnosis.check("path.firewall")
    assert (check.status.value, diagnosis.verdict.value) == ("warn", "warn")
    (cause,) = diagnosis.root_causes
    assert (cause.code.value, cause.confidence.value, cause.rule) == ("tls-inspection", "suspected", "Tls")
    assert cause.resource.endswith("/ruleCollectionGroups/only")
    assert "certificate" in cause.disproof


def test_a_failed_extension_makes_no_other_suspicion_of_the_same_hop() -> None:
    codes = [it.code.value for it in _failed(_scenario(_tls())).diagnose().root_causes]
    assert sorted(codes) == ["extension-failed", "tls-inspection"]


@pytest.mark.parametrize(
    ("collections", "codes"),
    [
        ([_tls("Deny")], ["firewall-denies-attestation"]),
        ([collection("plain", 100, "Allow", application_rule("Plain")), _tls()], []),
    ],
)
def test_a_rule_that_does_not_let_it_through_is_none(collections: list[dict[str, Any]], codes: list[str]) -> None:
    assert [it.code.value for it in _scenario(*collections).diagnose().root_causes] == codes
