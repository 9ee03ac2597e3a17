"""The recording nsg: every NSG in it decided for TCP 443 to AzureAttestation."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.diagnosis.diagnose import Diagnosis
from guest_attestation.network.hop import Hop, HopName
from tests.recordings.moved import (
    ADDRESS,
    NIC_GROUP,
    NSG_GROUP,
    SUBNET,
    SUBNET_GROUP,
    VM,
    VNET,
    in_network,
    outbound,
    with_group,
)
from tests.recordings.recorded import PUBLIC_TAGS, SUBSCRIPTION, Excerpt, body_of, statuses

PREFIXES = 127
KNOWN = ["prefixes known", "prefixes not read"]
DEFAULTS = [("AllowVnetOutBound", False), ("AllowInternetOutBound", True), ("DenyAllOutBound", False)]

RECORDED = [
    pytest.param("nsg/nsg.003", NIC_GROUP, id="test-nsg1 without rules"),
    pytest.param("nsg/nsg.009", NIC_GROUP, id="test-nsg1 with an inbound rule"),
    pytest.param("nsg/nsg.024", f"{NSG_GROUP}/networkSecurityGroups/test-nsg2", id="test-nsg2"),
    pytest.param(
        "nsg/nsgext.003",
        f"{SUBSCRIPTION}/resourceGroups/cli_test_extended_nsg000001/providers/Microsoft.Network/networkSecurityGroups/nsg1",
        id="nsg1",
    ),
    pytest.param("nsg/vnetnsg.003", SUBNET_GROUP, id="nsg of a subnet"),
]
LISTED = {
    "test-nsg1": ("web",),
    "ethan-nsg": ("ethan-ru", "ethan-ru2"),
    "test-nsg": ("RDP",),
    "bez-vm": ("bez-vm22",),
    "vmfornfs-nsg": ("allow_ssh",),
    "databricks-nsg": (),
    "aks-agentpool-30406495-nsg": (),
    "aks-agentpool-11909199-nsg": (),
    "aks-agentpool-16882055-nsg": (),
}
WORKER = "Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to"


def listed(name: str) -> dict[str, Any]:
    groups: list[dict[str, Any]] = body_of("nsg/nsg.007")["value"]
    return next(group for group in groups if group["name"] == name)


def nic_group(diagnosis: Diagnosis) -> Hop:
    return diagnosis.path.of(HopName.NIC_NSG)[0]


def trace(hop: Hop) -> list[tuple[str, bool]]:
    return [(line.rule, line.matched) for line in hop.trace]


@pytest.mark.parametrize("known", [True, False], ids=KNOWN)
@pytest.mark.parametrize(("name", "group"), RECORDED)
def test_a_recorded_group_allows_attestation_by_its_default_rule(
    excerpt: Excerpt, name: str, group: str, known: bool
) -> None:
    hop = nic_group(with_group(excerpt, group).copy(name).diagnose(VM, excerpt.prefixes if known else None))

    assert (hop.decision, hop.rule, hop.resource) == ("allow", "AllowInternetOutBound", group)
    assert [(part.decision, part.rule) for part in hop.parts] == [("allow", "AllowInternetOutBound")]
    assert hop.parts[0].addresses.prefix_count() == (PREFIXES if known else 0)
    assert trace(hop) == DEFAULTS


@pytest.mark.parametrize("known", [True, False], ids=KNOWN)
@pytest.mark.parametrize("name", [name for name in LISTED if name != "databricks-nsg"])
def test_a_group_of_the_recorded_list_allows_attestation_whatever_its_inbound_rules_say(
    excerpt: Excerpt, name: str, known: bool
) -> None:
    group, tags = listed(name), excerpt.prefixes if known else None
    with_group(excerpt, group["id"]).answered("security_group", group, id=group["id"])

    facts = excerpt.facts(VM, tags)
    hop = nic_group(excerpt.diagnose(VM, tags))

    assert facts.primary.nic_group is not None
    assert facts.primary.nic_group.value is not None
    assert tuple(rule.name for rule in facts.primary.nic_group.value.rules[:-6]) == LISTED[name]
    assert (hop.decision, hop.rule) == ("allow", "AllowInternetOutBound")
    assert trace(hop) == DEFAULTS


def test_the_list_holds_these_groups_and_no_other() -> None:
    assert [group["name"] for group in body_of("nsg/nsg.007")["value"]] == list(LISTED)


@pytest.mark.parametrize("tags", [PUBLIC_TAGS, None], ids=KNOWN)
def test_the_databricks_group_allows_by_no_rule_of_its_own(excerpt: Excerpt, tags: Any) -> None:
    group = listed("databricks-nsg")
    with_group(excerpt, group["id"]).answered("security_group", group, id=group["id"])

    hop = nic_group(excerpt.diagnose(VM, tags))

    assert (hop.decision, hop.rule) == ("allow", "AllowInternetOutBound")
    assert trace(hop) == [
        (f"{WORKER}-databricks-webapp", False),
        (f"{WORKER}-sql", False),
        (f"{WORKER}-storage", False),
        (f"{WORKER}-worker-outbound", False),
        (f"{WORKER}-eventhub", False),
        *DEFAULTS,
    ]
    why = {line.rule.removeprefix(f"{WORKER}-"): line.why for line in hop.trace}
    assert why["databricks-webapp"] == "destination AzureDatabricks does not contain AzureAttestation"
    assert why["storage"] == "destination Storage does not contain AzureAttestation"
    assert why["sql"] == "port 3306 is not 443"
    assert why["eventhub"] == "port 9093 is not 443"


def test_tags_without_prefixes_are_assumed_to_be_others_and_this_is_said(excerpt: Excerpt) -> None:
    group = listed("databricks-nsg")
    with_group(excerpt, group["id"]).answered("security_group", group, id=group["id"])

    assumed = nic_group(excerpt.diagnose(VM)).assumptions

    assert any("AzureDatabricks" in text for text in assumed)
    assert any("Storage" in text for text in assumed)
    assert not any("Sql" in text or "EventHub" in text for text in assumed)


def test_facts_of_rules_in_singular_and_plural_fields(excerpt: Excerpt) -> None:
    group = body_of("nsg/nsg.024")
    names = ("nsg/nsg.006", "nsg/nsg.035", "nsg/nsg.043", "nsg/nsgext.006", "nsg/nsgext.010")
    group["properties"]["securityRules"] = [body_of(name) for name in names]
    with_group(excerpt, group["id"]).answered("security_group", group, id=group["id"])

    facts = excerpt.facts(VM)

    assert facts.primary.nic_group is not None
    assert facts.primary.nic_group.value is not None
    web, to_group, to_number, ranges, sources = facts.primary.nic_group.value.rules[:5]
    assert (web.name, web.priority, web.direction, web.access, web.protocol) == ("web", 1000, "Inbound", "Allow", "*")
    assert (web.source_address_prefixes, web.source_port_ranges) == (("789",), ("*",))
    assert (web.destination_address_prefixes, web.destination_port_ranges) == (("1234",), ("4444",))
    assert to_group.destination_application_security_groups == (f"{NSG_GROUP}/applicationSecurityGroups/test-asg1",)
    assert (to_group.destination_address_prefixes, to_group.destination_port_ranges) == ((), ("80", "8080"))
    assert to_number.destination_application_security_groups == ()
    assert (to_number.destination_address_prefixes, to_number.source_address_prefixes) == (("1234",), ("Internet",))
    assert ranges.source_port_ranges == ("700-900", "1000-1100")
    assert (ranges.destination_address_prefixes, ranges.destination_port_ranges) == (
        ("10.0.0.0/24", "11.0.0.0/24"),
        ("80",),
    )
    assert sources.destination_port_ranges == ("500-1000", "2000", "3000")
    assert (sources.source_address_prefixes, sources.destination_address_prefixes) == (
        ("10.0.0.0/24", "11.0.0.0/24"),
        ("Internet",),
    )


def with_rules(excerpt: Excerpt, *rules: dict[str, Any]) -> Excerpt:
    group = body_of("nsg/nsg.024")
    group["properties"]["securityRules"] = list(rules)
    return with_group(excerpt, group["id"]).answered("security_group", group, id=group["id"])


@pytest.mark.parametrize(
    "name",
    ["nsg/nsg.006", "nsg/nsg.016", "nsg/nsg.020", "nsg/nsg.035", "nsg/nsg.039", "nsg/nsg.043", "nsg/nsgext.006"],
)
def test_a_recorded_rule_turned_outbound_and_deny_takes_nothing_because_of_its_port(
    excerpt: Excerpt, name: str
) -> None:
    rule = body_of(name)

    hop = nic_group(with_rules(excerpt, outbound(rule, access="Deny")).diagnose(VM, excerpt.prefixes))

    assert (hop.decision, hop.rule) == ("allow", "AllowInternetOutBound")
    assert trace(hop) == [(rule["name"], False), *DEFAULTS]


@pytest.mark.parametrize(
    ("access", "decision"), [("Allow", "allow"), ("Deny", "unknown")], ids=["what follows allows too", "deny"]
)
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        pytest.param("nsg/nsg.006", {}, id="destination and source are numbers"),
        pytest.param("nsg/nsg.006", {"sourceAddressPrefix": "*"}, id="destination is a number"),
        pytest.param("nsg/nsg.006", {"destinationAddressPrefix": "Internet"}, id="source is a number"),
        pytest.param("nsg/nsg.043", {"sourceAddressPrefix": "*"}, id="destination is a number beside plural ports"),
    ],
)
def test_a_value_that_is_no_address_in_a_rule_turned_outbound_to_443_is_never_skipped(
    excerpt: Excerpt, name: str, changes: dict[str, Any], access: str, decision: str
) -> None:
    rule = outbound(body_of(name), access=access, destinationPortRange="443", **changes)

    hop = nic_group(with_rules(excerpt, rule).diagnose(VM, excerpt.prefixes))

    assert hop.decision == decision
    assert hop.rule == (rule["name"] if decision == "unknown" else "AllowInternetOutBound")


def test_a_destination_group_in_a_rule_turned_outbound_to_443_holds_no_public_address(excerpt: Excerpt) -> None:
    rule = outbound(
        body_of("nsg/nsg.035"), access="Deny", destinationPortRanges=["443", "8080"], sourceAddressPrefix="*"
    )

    hop = nic_group(with_rules(excerpt, rule).diagnose(VM, excerpt.prefixes))

    assert (hop.decision, hop.rule) == ("allow", "AllowInternetOutBound")
    assert "application security group" in hop.trace[0].why


@pytest.mark.parametrize(("known", "decision"), [(True, "allow"), (False, "unknown")], ids=KNOWN)
def test_plural_destinations_of_a_rule_turned_outbound_to_443_are_held_against_the_prefixes(
    excerpt: Excerpt, known: bool, decision: str
) -> None:
    rule = outbound(body_of("nsg/nsgext.006"), access="Deny", destinationPortRange="443", sourcePortRanges=["*"])

    hop = nic_group(with_rules(excerpt, rule).diagnose(VM, excerpt.prefixes if known else None))

    assert hop.decision == decision
    assert hop.rule == ("rule1" if decision == "unknown" else "AllowInternetOutBound")


@pytest.mark.parametrize(
    ("ports", "sources", "decision"),
    [
        pytest.param(["400-1000", "2000"], ["10.0.0.0/24", "20.0.0.0/24"], "deny", id="both match"),
        pytest.param(["443", "2000"], ["20.0.0.4"], "deny", id="single values"),
        pytest.param(["500-1000", "2000"], ["10.0.0.0/24", "20.0.0.0/24"], "allow", id="ports do not match"),
        pytest.param(["400-1000", "2000"], ["10.0.0.0/24", "11.0.0.0/24"], "allow", id="sources do not match"),
    ],
)
def test_plural_ports_and_sources_of_a_rule_turned_outbound_and_deny(
    excerpt: Excerpt, ports: list[str], sources: list[str], decision: str
) -> None:
    rule = outbound(
        body_of("nsg/nsgext.010"), access="Deny", destinationPortRanges=ports, sourceAddressPrefixes=sources
    )

    diagnosis = with_rules(excerpt, rule).diagnose(VM, excerpt.prefixes)

    hop = nic_group(diagnosis)
    assert hop.decision == decision
    assert hop.rule == ("rule1" if decision == "deny" else "AllowInternetOutBound")
    assert [part.addresses.prefix_count() for part in hop.parts] == [PREFIXES]
    assert [str(cause.code) for cause in diagnosis.root_causes] == (
        ["nsg-denies-attestation"] if decision == "deny" else []
    )


def test_a_denial_is_only_suspected_while_admin_rules_were_not_read_and_nothing_reports_failure(
    excerpt: Excerpt,
) -> None:
    rule = outbound(body_of("nsg/nsgext.010"), access="Deny", destinationPortRange="*", sourceAddressPrefix="*")

    diagnosis = with_rules(excerpt, rule).diagnose(VM, excerpt.prefixes)

    (cause,) = diagnosis.root_causes
    assert (cause.code, cause.confidence, cause.rule) == ("nsg-denies-attestation", "suspected", "rule1")
    assert diagnosis.check("path.nic-nsg").status == "warn"
    assert excerpt.evidence(cause.evidence[0])["destinationAddressPrefix"] == "Internet"


def test_restricted_source_ports_of_a_rule_turned_outbound_take_only_some_connections(excerpt: Excerpt) -> None:
    rule = outbound(
        body_of("nsg/nsgext.006"), access="Deny", destinationPortRange="443", destinationAddressPrefixes=["*"]
    )

    hop = nic_group(with_rules(excerpt, rule).diagnose(VM, excerpt.prefixes))

    assert [(part.decision, part.rule) for part in hop.parts] == [("partial", "rule1")]
    assert hop.decision not in ("allow", "deny")


def test_the_answer_to_a_groups_creation_is_no_answer_to_the_read_of_it(excerpt: Excerpt) -> None:
    group = f"{NSG_GROUP}/networkSecurityGroups/test-nsg2"

    hop = nic_group(with_group(excerpt, group).copy("nsg/nsg.022", "nsg/nsg.007").diagnose(VM, excerpt.prefixes))

    assert hop.decision == "unknown"
    assert f"not in the snapshot: GET {group}" in hop.summary


def test_a_network_interface_without_a_group_has_nothing_to_decide(excerpt: Excerpt) -> None:
    hop = nic_group(with_group(excerpt, None).diagnose(VM, excerpt.prefixes))

    assert hop.decision == "not-applicable"


def test_facts_of_the_recorded_network_and_its_subnet(excerpt: Excerpt) -> None:
    facts = with_group(excerpt, None).copy("nsg/vnetnsg.007", "nsg/vnetnsg.003").facts(VM)

    assert facts.primary.vnet.value is not None
    assert facts.primary.vnet.value.id == VNET
    assert facts.primary.vnet.value.address_prefixes == ("20.0.0.0/16", "10.0.0.0/16")
    assert facts.primary.vnet.value.dns_servers == ()
    assert facts.primary.vnet.value.peerings == ()
    assert facts.primary.vnet.value.route_sources == ()
    (subnet,) = facts.primary.vnet.value.subnets
    assert facts.primary.subnet.value == subnet
    assert (subnet.id, subnet.address_prefixes) == (SUBNET, ("20.0.0.0/24",))
    assert subnet.network_security_group_id == SUBNET_GROUP
    assert (subnet.route_table_id, subnet.nat_gateway_id, subnet.default_outbound_access) == (None, None, None)
    assert facts.primary.route_table is None
    assert facts.primary.nat_gateway is None
    assert facts.primary.subnet_group is not None
    assert facts.primary.subnet_group.value is not None
    assert facts.primary.subnet_group.value.id == SUBNET_GROUP


def test_a_subnets_answer_alone_is_no_answer_to_the_read_of_its_network(excerpt: Excerpt) -> None:
    facts = with_group(excerpt, None).copy("nsg/vnetnsg.005", "nsg/vnetnsg.008", "nsg/vnetnsg.009").facts(VM)

    assert facts.primary.vnet.why_not == f"not in the snapshot: GET {VNET}"
    assert facts.primary.subnet.value is None


def test_the_path_through_the_recorded_network_is_open_as_far_as_it_is_decided(excerpt: Excerpt) -> None:
    diagnosis = in_network(excerpt).diagnose(VM, excerpt.prefixes)

    assert str(diagnosis.verdict) == "unknown"
    assert diagnosis.root_causes == ()
    assert statuses(diagnosis, "path", "dns") == {
        "path.admin-rules": "unknown",
        "path.nic-nsg": "pass",
        "path.subnet-nsg": "pass",
        "path.route": "pass",
        "path.firewall": "not-applicable",
        "path.egress": "pass",
        "path.provider": "pass",
        "path.proxy": "not-applicable",
        "path.shadowed-rules": "pass",
        "path.failover": "pass",
        "path.other-paths": "not-applicable",
        "path.azure-answer": "unknown",
        "path.azure-rules": "unknown",
        "path.azure-route": "unknown",
        "path.azure-effective-rules": "unknown",
        "path.model-contradicted": "not-applicable",
        "path.imds": "pass",
        "dns.servers": "pass",
    }
    assert [(hop.hop, hop.resource) for hop in diagnosis.path.hops[1:3]] == [
        ("nic-nsg", NIC_GROUP),
        ("subnet-nsg", SUBNET_GROUP),
    ]
    assert diagnosis.path.question.source == ADDRESS
    assert diagnosis.path.question.destinations.prefix_count() == PREFIXES


def test_the_subnets_group_decides_after_the_network_interfaces(excerpt: Excerpt) -> None:
    group = body_of("nsg/vnetnsg.003")
    group["properties"]["securityRules"] = [
        outbound(body_of("nsg/nsgext.010"), access="Deny", destinationPortRange="*", sourceAddressPrefix="*")
    ]
    in_network(excerpt).answered("security_group", group, id=SUBNET_GROUP)

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    assert statuses(diagnosis, "path.nic-nsg", "path.subnet-nsg", "path.egress") == {
        "path.nic-nsg": "pass",
        "path.subnet-nsg": "warn",
        "path.egress": "pass",
    }
    (cause,) = diagnosis.root_causes
    assert (cause.code, cause.resource) == ("nsg-denies-attestation", SUBNET_GROUP)
