"""Modelled denials against what was observed: design's rules (a), (b), (c), each with its near miss."""

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Confidence, Status
from tests.scenario import GROUP, NIC_NSG, SUBNET_NSG, SUBSCRIPTION, VNET, Scenario, outbound_rule

SUCCESS = "2026-11-20T09:00:00Z"


def deny(scenario: Scenario) -> Scenario:
    """Let the subnet's NSG deny attestation, whatever the extension says."""
    rules = scenario.body("/networkSecurityGroups/web-subnet-nsg")["properties"]["securityRules"]
    rules.append(outbound_rule("Deny-Everything", 101, "Deny", "*", protocol="*", destinationPortRange="*"))
    return scenario


def fail_with(scenario: Scenario, message: str, time: str = "2026-11-20T09:10:00Z") -> Scenario:
    """Let the extension fail with a message."""
    for extension in scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]["extensions"]:
        if extension["name"] == "GuestAttestation":
            status = {"code": "ComponentStatus/GuestAttestation/failed", "level": "Error"}
            extension["substatuses"] = [{**status, "message": message, "time": time}]
    for extension in scenario.body("/extensions")["value"]:
        extension["properties"].pop("instanceView", None)
    return scenario


def succeed_at(scenario: Scenario, time: str) -> Scenario:
    """Let both legs have succeeded at a time."""
    legs = [
        {"code": f"ComponentStatus/{leg}/succeeded", "level": "Info", "time": time}
        for leg in ("GuestAttestation", "ReportHealth")
    ]
    for extension in scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]["extensions"]:
        if extension["name"] == "GuestAttestation":
            extension["substatuses"] = legs
    for extension in scenario.body("/extensions")["value"]:
        extension["properties"].pop("instanceView", None)
    return scenario


def log(scenario: Scenario, *events: dict[str, Any], start: str = "2026-11-06T09:30:00Z", group: str = "shop-prod-rg",
        status: int = 200) -> Scenario:  # fmt: skip
    """Record the activity log of a resource group up to the capture."""
    condition = (
        f"eventTimestamp ge '{start}' and eventTimestamp le '2026-11-20T09:30:00Z' and resourceGroupName eq '{group}'"
    )
    url = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values?$filter={condition}"
    body = {"value": list(events)} if status == 200 else {"error": {"code": "AuthorizationFailed"}}
    return scenario.add("GET", url, body, status=status)


def write(time: str, resource: str = SUBNET_NSG, **more: Any) -> dict[str, Any]:
    return {
        "resourceId": resource,
        "operationName": {"value": "Microsoft.Network/networkSecurityGroups/securityRules/write"},
        "status": {"value": "Succeeded"},
        "eventTimestamp": time,
        **more,
    }


def denial(scenario: Scenario) -> Confidence:
    causes = scenario.diagnose().root_causes
    return next(cause.confidence for cause in causes if cause.code == "nsg-denies-attestation")


# (a) the attestation host's own refusal


def test_a_denial_is_only_suspected_when_the_attestation_host_answered() -> None:
    scenario = fail_with(deny(Scenario.sample("healthy")), "HTTP status 400")
    diagnosis = scenario.diagnose()
    assert denial(scenario) is Confidence.SUSPECTED
    assert diagnosis.check("path.subnet-nsg").status is Status.WARN
    assert diagnosis.path.hops[2].decision == "deny"
    assert diagnosis.root_causes[0].code == "extension-failed"
    assert diagnosis.verdict is Status.FAIL


def test_an_answer_that_a_proxy_could_have_given_changes_nothing() -> None:
    assert denial(fail_with(deny(Scenario.sample("healthy")), "HTTP status 403")) is Confidence.PROVEN


def test_a_hop_that_was_written_after_the_answer_stays_proven() -> None:
    scenario = fail_with(deny(Scenario.sample("healthy")), "HTTP status 400", "2026-11-20T09:00:00Z")
    log(scenario, write("2026-11-20T09:05:00Z", f"{SUBNET_NSG.upper()}/securityRules/x"))
    assert denial(scenario) is Confidence.PROVEN


@pytest.mark.parametrize(
    "event",
    [
        write("2026-11-20T08:59:00Z"),
        write("2026-11-20T09:05:00Z", VNET),
        write("2026-11-20T09:05:00Z", status={"value": "Failed"}),
        write("2026-11-20T09:05:00Z", operationName={"value": "Microsoft.Network/networkSecurityGroups/read"}),
        write("2026-11-20T09:05:00Z", SUBNET_NSG + "-other"),
    ],
)
def test_what_is_no_later_write_of_that_hop_leaves_it_suspected(event: dict[str, Any]) -> None:
    scenario = fail_with(deny(Scenario.sample("healthy")), "HTTP status 400", "2026-11-20T09:00:00Z")
    assert denial(log(scenario, event)) is Confidence.SUSPECTED


# (b) a success after the last write


def test_a_success_that_no_write_followed_contradicts_the_model() -> None:
    diagnosis = log(succeed_at(deny(Scenario.sample("healthy")), SUCCESS)).diagnose()
    assert diagnosis.root_causes[0].confidence is Confidence.SUSPECTED
    assert diagnosis.check("path.subnet-nsg").status is Status.WARN
    assert diagnosis.check("path.model-contradicted").status is Status.WARN
    assert diagnosis.path.hops[2].decision == "deny"


def test_without_the_activity_log_the_denial_stands() -> None:
    scenario = succeed_at(deny(Scenario.sample("healthy")), SUCCESS)
    assert denial(scenario) is Confidence.PROVEN
    assert scenario.diagnose().check("path.model-contradicted").status is Status.UNKNOWN


def drop_by_the_system(scenario: Scenario) -> Scenario:
    """Let a route of the system's own, which stands in no table, drop attestation."""
    for route in scenario.body("/effectiveRouteTable")["value"]:
        route["nextHopType"] = "None"
    return scenario


@pytest.mark.parametrize(
    ("events", "status", "confidence"),
    [
        (None, Status.UNKNOWN, Confidence.PROVEN),
        ([], Status.WARN, Confidence.SUSPECTED),
        ([write("2026-11-20T09:05:00Z", VNET)], Status.NOT_APPLICABLE, Confidence.PROVEN),
    ],
)
def test_what_a_route_of_the_systems_own_drops_hangs_on_the_networks_writes(
    events: list[dict[str, Any]] | None, status: Status, confidence: Confidence
) -> None:
    scenario = drop_by_the_system(succeed_at(Scenario.sample("healthy"), SUCCESS))
    diagnosis = (scenario if events is None else log(scenario, *events)).diagnose()
    assert diagnosis.check("path.model-contradicted").status is status
    assert [(it.code.value, it.confidence) for it in diagnosis.root_causes] == [("route-drops-attestation", confidence)]


def test_a_denial_that_nothing_known_holds_is_not_contradicted() -> None:
    scenario = drop_by_the_system(succeed_at(Scenario.sample("healthy"), SUCCESS)).answer(VNET, 403)
    found = log(scenario).diagnose().check("path.model-contradicted")
    assert found.status is Status.UNKNOWN
    assert "whether what decides at the hop route was written since is not known" in found.summary


def test_a_refused_activity_log_names_its_permission() -> None:
    found = log(succeed_at(deny(Scenario.sample("healthy")), SUCCESS), status=403).diagnose()
    assert found.check("path.model-contradicted").missing_permission == "Microsoft.Insights/eventtypes/values/read"


@pytest.mark.parametrize("more", [{"start": "2026-11-20T09:00:01Z"}, {"group": "another-rg"}])
def test_a_log_that_does_not_cover_the_hop_proves_nothing(more: dict[str, str]) -> None:
    scenario = log(succeed_at(deny(Scenario.sample("healthy")), SUCCESS), **more)  # type: ignore[arg-type]
    assert denial(scenario) is Confidence.PROVEN
    assert scenario.diagnose().check("path.model-contradicted").status is Status.UNKNOWN


def test_a_log_whose_next_page_is_missing_proves_nothing() -> None:
    scenario = log(succeed_at(deny(Scenario.sample("healthy")), SUCCESS))
    body = scenario.documents[list(scenario.documents)[-1]]["response"]["body"]
    body["nextLink"] = f"https://management.azure.com{GROUP}/next?$skipToken=2"
    assert denial(scenario) is Confidence.PROVEN


def test_a_write_after_the_success_lets_the_denial_stand() -> None:
    scenario = log(succeed_at(deny(Scenario.sample("healthy")), SUCCESS), write("2026-11-20T09:20:00Z"))
    assert denial(scenario) is Confidence.PROVEN
    assert scenario.diagnose().check("path.model-contradicted").status is Status.NOT_APPLICABLE


def test_a_bare_provisioning_success_is_no_success() -> None:
    scenario = log(deny(Scenario.sample("healthy")))
    for extension in scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]["extensions"]:
        extension["substatuses"] = []
    for extension in scenario.body("/extensions")["value"]:
        extension["properties"].pop("instanceView", None)
    assert denial(scenario) is Confidence.PROVEN
    assert scenario.diagnose().check("path.model-contradicted").status is Status.NOT_APPLICABLE


# (c) a failure that nothing proven explains


def test_an_unexplained_failure_suspects_every_undecided_hop() -> None:
    scenario = Scenario.sample("nsg-denies-attestation").drop("/networkInterfaces/web-01-nic")
    scenario.drop("/effectiveNetworkSecurityGroups")
    diagnosis = scenario.diagnose()
    assert diagnosis.verdict is Status.FAIL
    assert (diagnosis.root_causes[0].code, diagnosis.root_causes[0].confidence) == ("extension-failed", "proven")
    suspected = {cause.code.value for cause in diagnosis.root_causes[1:]}
    assert suspected >= {"nsg-denies-attestation", "no-egress"}
    assert {cause.confidence for cause in diagnosis.root_causes[1:]} == {Confidence.SUSPECTED}
    assert diagnosis.check("path.subnet-nsg").status is Status.UNKNOWN


def test_a_proven_cause_takes_the_place_of_the_failed_extension() -> None:
    codes = [cause.code.value for cause in Scenario.sample("nsg-denies-attestation").diagnose().root_causes]
    assert codes == ["nsg-denies-attestation"]


# admin rules that were not read


def unread_admin(scenario: Scenario) -> Scenario:
    scenario.answer("/listNetworkManagerEffectiveSecurityAdminRules", 403)
    return scenario.drop("/effectiveNetworkSecurityGroups")


def test_with_admin_rules_unread_a_denial_is_proven_only_if_the_extension_fails() -> None:
    assert denial(unread_admin(Scenario.sample("nsg-denies-attestation"))) is Confidence.PROVEN
    scenario = unread_admin(deny(Scenario.sample("healthy")))
    assert denial(scenario) is Confidence.SUSPECTED
    found = scenario.diagnose().check("path.subnet-nsg")
    assert found.status is Status.WARN
    assert any("AlwaysAllow" in assumption for assumption in found.assumptions)


def test_unread_admin_rules_are_unknown_with_their_permission() -> None:
    found = unread_admin(Scenario.sample("healthy")).diagnose().check("path.admin-rules")
    assert found.status is Status.UNKNOWN
    assert found.missing_permission is not None
    assert found.missing_permission.endswith("listNetworkManagerEffectiveSecurityAdminRules/action")


def admin_rule(scenario: Scenario, access: str) -> Scenario:
    properties = {"access": access, "direction": "Outbound", "priority": 10, "protocol": "Any"}
    scenario.body("/listNetworkManagerEffectiveSecurityAdminRules")["value"] = [
        {"name": "rule", "properties": properties}
    ]
    return scenario


def test_a_listed_always_allow_may_lift_a_denial_even_of_a_failing_extension() -> None:
    scenario = admin_rule(Scenario.sample("nsg-denies-attestation"), "AlwaysAllow")
    assert denial(scenario) is Confidence.SUSPECTED
    assert scenario.diagnose().root_causes[0].code == "extension-failed"


def test_admin_rules_that_are_read_and_cannot_lift_leave_the_denial_proven() -> None:
    for access in ("Allow", "Deny"):
        assert denial(admin_rule(deny(Scenario.sample("healthy")), access)) is Confidence.PROVEN


def test_the_newest_answer_of_the_host_counts() -> None:
    scenario = fail_with(deny(Scenario.sample("healthy")), "HTTP status 400", "2026-11-20T09:10:00Z")
    for extension in scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]["extensions"]:
        if extension["name"] == "GuestAttestation":
            extension["statuses"] = [
                {"code": "ProvisioningState/failed", "message": "HTTP status 400", "time": "2026-11-20T09:00:00Z"}
            ]
    assert denial(log(scenario, write("2026-11-20T09:05:00Z"))) is Confidence.SUSPECTED


def test_the_log_of_another_subscription_covers_nothing() -> None:
    scenario = log(succeed_at(deny(Scenario.sample("healthy")), SUCCESS))
    request = scenario.documents[list(scenario.documents)[-1]]["request"]
    request["url"] = request["url"].replace("aaaaaaaa", "bbbbbbbb")
    assert denial(scenario) is Confidence.PROVEN


def deny_resolver(scenario: Scenario) -> Scenario:
    rules = scenario.body("/networkSecurityGroups/web-01-nic-nsg")["properties"]["securityRules"]
    rules.append(outbound_rule("Deny-Dns", 150, "Deny", "AzurePlatformDNS", protocol="*", destinationPortRange="*"))
    return scenario


def resolver_denial(scenario: Scenario) -> Confidence:
    return next(cause.confidence for cause in scenario.diagnose().root_causes if cause.code == "dns-failure")


def test_a_denied_resolver_is_weighed_by_its_own_nsg() -> None:
    both = log(
        succeed_at(deny(deny_resolver(Scenario.sample("healthy"))), SUCCESS), write("2026-11-20T09:20:00Z", NIC_NSG)
    )
    assert resolver_denial(both) is Confidence.PROVEN
    alone = log(succeed_at(deny_resolver(Scenario.sample("healthy")), SUCCESS))
    assert resolver_denial(alone) is Confidence.SUSPECTED
    assert alone.diagnose().check("path.model-contradicted").status is Status.WARN
