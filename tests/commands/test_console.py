"""What comes from Azure reaches a terminal only as harmless text, one line a statement."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.text import clean
from tests.commands.cli import call
from tests.scenario import Scenario

HARM = {
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "line feed": "\nPASS",
    "carriage return": "\rPASS",
    "line separator": "\u2028PASS",
    "next line": "\x85PASS",
    "bidi override": "\u202eSSAP\u202c",
    "bidi isolate": "\u2067SSAP\u2069",
    "eight-bit escape": "\x9b2J",
    "zero width": "\u200b\u2060\ufeff",
    "tag characters": "\U000e0041\U000e0042",
    "lone surrogate": "\ud800",
    "null": "\x00",
    "private use": "\ue000",
}
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def put_everywhere(scenario: Scenario, harm: str) -> Scenario:
    """Let the harm stand wherever Azure's text may reach the terminal: names, messages, ids, error codes."""
    vm = scenario.body("virtualMachines/web-01")
    view = vm["properties"]["instanceView"]
    for item in (
        *view["extensions"][1]["statuses"],
        *view["extensions"][1]["substatuses"],
        *view["vmAgent"]["statuses"],
    ):
        item["message"] = item["displayStatus"] = harm + item.get("message", "")
    view["vmAgent"]["statuses"][0]["code"] = f"ProvisioningState/{harm}"
    vm["properties"]["hardwareProfile"]["vmSize"] = harm
    vm["identity"]["type"] = harm
    for body in (vm["resources"], scenario.body("web-01/extensions")["value"]):
        body[0]["properties"]["provisioningState"] = "Failed"
        body[0]["name"] = body[1]["name"] = f"ext{harm}"
    group = scenario.body("networkSecurityGroups/web-subnet-nsg")
    group["id"] = f"/nsg{harm}"
    for rule in group["properties"]["securityRules"]:
        rule["name"] = f"{rule['name']}{harm}"
        rule["properties"]["destinationAddressPrefix"] = rule["properties"]["destinationAddressPrefix"]
    scenario.body("networkInterfaces/web-01-nic")["properties"]["dnsSettings"]["dnsServers"] = [harm]
    scenario.answer("natGateways/shop-prod-nat", 409, {"error": {"code": f"Conflict{harm}", "message": harm}})
    route: dict[str, Any] = {"name": harm, "source": harm, "addressPrefix": ["203.0.113.0/24"], "nextHopType": harm}
    scenario.body("/effectiveRouteTable")["value"].append(route)
    return scenario


def shown(folder: Path, harm: str) -> str:
    result = call("diagnose", put_everywhere(Scenario.sample("nsg-denies-attestation"), harm).write(folder))
    assert result.code == 3
    assert result.err == ""
    return result.out


@pytest.mark.parametrize("kind", HARM)
def test_harmful_text_from_azure_is_replaced_and_adds_no_line(kind: str, tmp_path: Path) -> None:
    plain = shown(tmp_path / "plain", "x")

    out = shown(tmp_path / "harmful", HARM[kind])

    assert {it for it in out if unicodedata.category(it) in HIDDEN} == {"\n"}
    assert len(out.splitlines()) == len(plain.splitlines())
    assert not any(line.lstrip().startswith("PASS") for line in out.splitlines())
    assert "rule Deny-Internet-Outbound" in out


@pytest.mark.parametrize("kind", HARM)
def test_json_escapes_what_is_not_ascii(kind: str, tmp_path: Path) -> None:
    scenario = put_everywhere(Scenario.sample("nsg-denies-attestation"), HARM[kind])

    result = call("diagnose", scenario.write(tmp_path / "taken"), "--json")

    assert result.code == 3
    assert result.out.isascii()
    assert {it for it in result.out if unicodedata.category(it) == "Cc"} == {"\n"}


@pytest.mark.parametrize("text", ["plain words", "Überwachung für 日本 – ✔", "a 'quoted' \"text\"", "tokens: <token>"])
def test_readable_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_breaks_become_spaces_and_hidden_characters_are_shown_as_replaced() -> None:
    assert clean("a\r\n\tb\u2028c") == "a b c"
    assert clean("a\x1b[31mb\u202ec") == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c"


def test_an_argument_is_cleaned_before_it_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = call("diagnose", "no\nsuch\x1b[31m\u202efile")

    assert result.err.count("\n") == 1
    assert {it for it in result.err if unicodedata.category(it) in HIDDEN} == {"\n"}
