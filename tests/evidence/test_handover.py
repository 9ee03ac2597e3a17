"""What another team gets to read: only where a cause is theirs to mend, with all that they must let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from guest_attestation.commands.main import main
from guest_attestation.diagnosis.diagnose import diagnose
from guest_attestation.errors import ToolFailure
from guest_attestation.evidence.handover import handover, keep_handover
from guest_attestation.incident import Incident
from guest_attestation.runbook import Runbook
from tests.network.build import admin_rule
from tests.scenario import ROOT, VM, Scenario

APPLIANCE = "next-hop-not-visible"
PREFIXES = """\
203.0.113.4/30
203.0.113.16/31
203.0.113.41/32
203.0.113.72/29
203.0.113.98/31
203.0.113.119/32
203.0.113.132/30
203.0.113.150/32
203.0.113.168/29
203.0.113.186/31
203.0.113.209/32
203.0.113.236/30
2001:db8:100:3c::40/123
2001:db8:200:3c::40/123
2001:db8:900:3c::40/123
"""


def runbook_of(scenario: Scenario, proxy: str | None = None) -> Runbook:
    facts = scenario.facts()
    incident = Incident(name="any", vm=scenario.vm, snapshot=Path("snapshot"))
    return Runbook(incident, scenario.snapshot, facts, diagnose(facts, proxy))


def text_of(scenario: Scenario, proxy: str | None = None) -> str:
    text = handover(runbook_of(scenario, proxy))
    assert text is not None
    return text


def lines_below(text: str, title: str) -> list[str]:
    """Return the lines of one part of the text."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0].strip().splitlines()


def test_it_says_which_vm_and_why() -> None:
    text = text_of(Scenario.sample(APPLIANCE))

    assert text.startswith(f"# Let this VM reach the attestation service\n\nVM: `{VM}`\n")
    (why,) = lines_below(text, "Why")
    assert why.startswith("- next-hop-not-visible (proven): ")
    assert "198.51.100.20" in why


def test_it_names_what_to_let_through_home_pair_and_every_region() -> None:
    assert lines_below(text_of(Scenario.sample(APPLIANCE)), "What to let through") == [
        "- from 192.0.2.4: TCP 443, no TLS inspection, no proxy",
        "- `sharedeus.eus.attest.azure.net`: the provider that this VM uses",
        "- `sharedwus.wus.attest.azure.net`: its paired region, which Azure fails over to",
        "- `*.attest.azure.net`: every region, if names may have wildcards: prefer it",
        "- the service tag `AzureAttestation`, where tags are known: prefer it to addresses, which change weekly",
    ]


def test_it_lists_the_current_prefixes_with_their_change_number_and_day() -> None:
    head, empty, *block = lines_below(text_of(Scenario.sample(APPLIANCE)), "The service's addresses")

    assert (head, empty) == ("AzureAttestation, 15 prefixes, change number 52, as of 2026-11-20:", "")
    assert block == ["```", *PREFIXES.splitlines(), "```"]


def test_it_says_how_to_probe_and_what_to_expect() -> None:
    probe = "\n".join(lines_below(text_of(Scenario.sample(APPLIANCE)), "How to see that it works"))

    assert "https://sharedeus.eus.attest.azure.net/.well-known/openid-configuration\n" in probe
    assert r"--write-out '%{http_code} %{ssl_verify_result}\n'" in probe
    assert "`200 0`" in probe


def test_without_the_list_of_prefixes_it_says_where_to_get_them() -> None:
    scenario = Scenario.sample(APPLIANCE).drop("/serviceTagDetails", tag="AzureAttestation")
    routes = scenario.body("effectiveRouteTable")
    routes["value"] = [it for it in routes["value"] if it.get("name") == "Default-To-Appliance"]

    (line,) = lines_below(text_of(scenario), "The service's addresses")

    assert line == "The prefixes of AzureAttestation were not recorded: take them from Microsoft's service tag file."


def test_without_paired_regions_it_names_no_pair() -> None:
    wanted = lines_below(text_of(Scenario.sample(APPLIANCE).drop("/locations")), "What to let through")

    assert not [line for line in wanted if "paired" in line]
    assert [line for line in wanted if "sharedeus.eus" in line]


def test_an_own_provider_is_named_alone() -> None:
    scenario = Scenario.sample(APPLIANCE)
    for body in (scenario.body("web-01/extensions")["value"], scenario.body("virtualMachines/web-01")["resources"]):
        (extension,) = [it for it in body if it["name"] == "GuestAttestation"]
        settings = extension["properties"]["settings"]["AttestationConfig"]["MaaSettings"]
        settings["maaEndpoint"] = "https://shopattest.eus.attest.azure.net"
    provider = {
        "name": "shopattest",
        "location": "eastus",
        "properties": {"status": "Ready", "attestUri": "https://shopattest.eus.attest.azure.net"},
    }
    subscription = scenario.vm.subscription_id
    scenario.read("attestation_providers", {"value": [provider]}, subscription=subscription)

    assert lines_below(text_of(scenario), "What to let through") == [
        "- from 192.0.2.4: TCP 443, no TLS inspection, no proxy",
        "- `shopattest.eus.attest.azure.net`: the provider that this VM uses",
    ]


def test_a_mandatory_proxy_is_for_its_owner() -> None:
    text = text_of(Scenario.sample("nsg-denies-attestation"), proxy="proxy.example:3128")

    assert lines_below(text, "Why")[0].startswith("- proxy-required (proven): ")


def test_an_admin_rule_is_for_the_owner_of_the_network_manager() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body("listNetworkManagerEffectiveSecurityAdminRules")["value"] = [admin_rule("deny-all", "Deny")]

    (why,) = lines_below(text_of(scenario), "Why")

    assert why.startswith("- admin-rule-denies-attestation (proven): ")


@pytest.mark.parametrize("name", ["healthy", "nsg-denies-attestation", "firewall-denies-attestation"])
def test_where_no_cause_is_for_another_team_there_is_nothing_to_hand_over(name: str) -> None:
    assert handover(runbook_of(Scenario.sample(name))) is None


def test_names_that_azure_gives_are_no_markdown() -> None:
    scenario = Scenario.sample(APPLIANCE)
    (firewall,) = Scenario.sample("healthy-classic-network-rule").body("azureFirewalls")["value"]
    firewall["name"], firewall["properties"]["ipConfigurations"] = "<b>*x*`\n# y", []
    scenario.body("azureFirewalls")["value"] = [firewall]

    text = text_of(scenario)

    assert r"\<b\>\*x\*\` \# y" in text
    assert "<b>" not in text


def test_it_is_kept_and_taken_away_when_it_does_not_hold_any_more(tmp_path: Path) -> None:
    runbook = runbook_of(Scenario.sample(APPLIANCE))

    file = keep_handover(tmp_path, runbook)

    assert file == tmp_path / "handover.md"
    assert file.read_text("utf-8") == handover(runbook)
    assert keep_handover(tmp_path, runbook_of(Scenario.sample("healthy"))) is None
    assert list(tmp_path.iterdir()) == []
    assert keep_handover(tmp_path, runbook_of(Scenario.sample("healthy"))) is None


@pytest.mark.parametrize(("name", "what"), [(APPLIANCE, "written"), ("healthy", "taken away")])
def test_what_stands_in_its_place_and_cannot_be_replaced_is_an_error_of_the_tool(
    tmp_path: Path, name: str, what: str
) -> None:
    (tmp_path / "handover.md").mkdir()

    with pytest.raises(ToolFailure, match=rf"handover\.md: cannot be {what}: "):
        keep_handover(tmp_path, runbook_of(Scenario.sample(name)))


@pytest.mark.parametrize(("name", "code"), [(APPLIANCE, 4), ("healthy", 0)])
def test_a_run_keeps_it_beside_the_verdict_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("guest_attestation.run.notebooks.notebooks_of", lambda _root: ())

    assert main(["run", f"parameters/samples/{name}/parameters.yaml", "--output", str(tmp_path)]) == code

    is_kept = (tmp_path / name / "handover.md").is_file()
    assert is_kept == (name == APPLIANCE)
    assert ("for whoever must mend it: " in capsys.readouterr().out) == is_kept
