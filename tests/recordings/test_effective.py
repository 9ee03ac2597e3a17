"""The recording effective-rules-and-routes: a plain VM whose NSG was not read, and what Azure applies to its NIC."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guest_attestation.commands.main import main
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.security_group import EffectiveSecurityGroups
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import HopName
from tests.recordings.moved import outbound
from tests.recordings.recorded import (
    PUBLIC_TAGS,
    SUBSCRIPTION,
    Excerpt,
    body_of,
    causes,
    documented,
    recording,
    statuses,
)

GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_nic_convenience_test000001/providers"
VM = f"{GROUP}/Microsoft.Compute/virtualMachines/conveniencevm1"
NIC = f"{GROUP}/Microsoft.Network/networkInterfaces/conveniencevm1VMNic"
NSG = f"{GROUP}/Microsoft.Network/networkSecurityGroups/conveniencevm1NSG"
NAMES = [f"effective-rules-and-routes/eff.{number:03}" for number in (13, 14, 16, 17, 18, 19, 20, 21, 22)]
RULES, RULES_ANSWER = NAMES[3], NAMES[4]
PREFIXES = 127
TO_NOWHERE = {
    "10.0.0.0/8", "20.35.252.0/22", "23.103.0.0/18", "25.4.0.0/14", "25.33.0.0/16", "25.41.0.0/20", "25.48.0.0/12",
    "40.108.0.0/17", "40.109.0.0/16", "100.64.0.0/10", "104.146.0.0/17", "104.147.0.0/16", "157.59.0.0/16",
    "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15",
}  # fmt: skip


def groups_of(facts: Facts) -> EffectiveSecurityGroups:
    assert facts.primary.effective_groups.value is not None
    return facts.primary.effective_groups.value


def attestation_prefixes(excerpt: Excerpt) -> AddressSet:
    tag = excerpt.facts(VM, excerpt.prefixes).service_tags.find("AzureAttestation")
    assert tag is not None
    return AddressSet.of(tag.address_prefixes, 4)


def test_an_accepted_request_is_joined_with_the_answer_at_its_location(excerpt: Excerpt) -> None:
    facts = excerpt.copy(*NAMES).facts(VM)

    assert facts.primary.effective_groups.evidence.startswith("responses/effective-rules-and-routes/eff.018.")
    assert facts.primary.effective_groups.evidence.endswith(".json#/response/body")
    assert facts.primary.effective_routes.value is not None
    assert len(facts.primary.effective_routes.value) == 18


def test_of_two_requests_the_later_ones_answer_counts(excerpt: Excerpt) -> None:
    facts = excerpt.copy(*NAMES).facts(VM)

    assert facts.primary.effective_routes.evidence.startswith("responses/effective-rules-and-routes/eff.022.")


def test_of_two_requests_the_newer_ones_answer_counts(excerpt: Excerpt) -> None:
    excerpt.copy(*NAMES)
    for name, file, at in (
        (NAMES[5], "later-name.json", "2023-03-15T03:54:45Z"),
        (NAMES[7], "earlier-name.json", "2023-03-15T03:54:58Z"),
    ):
        excerpt.put({**recording(name), "at": at}, file)

    assert "/eff.022." in excerpt.facts(VM).primary.effective_routes.evidence


def test_an_accepted_request_without_its_answer_is_unknown(excerpt: Excerpt) -> None:
    diagnosis_names = [name for name in NAMES if name not in (RULES_ANSWER, NAMES[6], NAMES[8])]

    facts = excerpt.copy(*diagnosis_names).facts(VM)

    for reading in (facts.primary.effective_groups, facts.primary.effective_routes):
        assert reading.value is None
        assert reading.why_not.startswith(f"accepted, but its result is not in the snapshot: POST {NIC}/effective")
        assert reading.missing_permission is None


def test_an_answer_without_the_request_that_led_to_it_answers_nothing(excerpt: Excerpt) -> None:
    facts = excerpt.copy(*NAMES[:3], RULES_ANSWER).facts(VM)

    assert facts.primary.effective_groups.why_not == f"not in the snapshot: POST {NIC}/effectiveNetworkSecurityGroups"


def test_an_answer_that_was_changed_to_need_another_poll_is_awaited(excerpt: Excerpt) -> None:
    pending = recording(RULES_ANSWER)
    pending["response"].update(status=202, body=None)
    excerpt.copy(*NAMES[:4]).put(pending, "effective-rules-and-routes/eff.017.5.json").copy(RULES_ANSWER)

    assert excerpt.facts(VM).primary.effective_groups.value is not None


def test_facts_of_the_effective_rules(excerpt: Excerpt) -> None:
    effective = groups_of(excerpt.copy(*NAMES).facts(VM))

    (group,) = effective.groups
    assert group.id == NSG
    assert [(rule.name, rule.priority, rule.direction, rule.access, rule.protocol) for rule in group.rules] == [
        ("AllowVnetInBound", 65000, "Inbound", "Allow", "All"),
        ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "All"),
        ("DenyAllInBound", 65500, "Inbound", "Deny", "All"),
        ("AllowVnetOutBound", 65000, "Outbound", "Allow", "All"),
        ("AllowInternetOutBound", 65001, "Outbound", "Allow", "All"),
        ("DenyAllOutBound", 65500, "Outbound", "Deny", "All"),
    ]
    internet, deny = group.rules[4:]
    assert (internet.source_address_prefixes, internet.destination_address_prefixes) == (("0.0.0.0/0",), ("Internet",))
    assert internet.source_port_ranges == internet.destination_port_ranges == ("0-65535",)
    assert deny.destination_address_prefixes == ("0.0.0.0/0",)
    assert effective.network_manager_rules == ()
    assert set(effective.tag_map) == {"virtualnetwork", "azureloadbalancer", "internet"}
    assert effective.tag_map["virtualnetwork"] == ("10.0.0.0/16", "168.63.129.16/32")
    assert len(effective.tag_map["internet"]) == 273


def test_facts_of_the_effective_routes(excerpt: Excerpt) -> None:
    routes = excerpt.copy(*NAMES).facts(VM).primary.effective_routes.value

    assert routes is not None
    assert all(
        (it.name, it.source, it.active, it.next_hop_ip_addresses) == (None, "Default", True, ()) for it in routes
    )
    by_type = {kind: [it for it in routes if it.next_hop_type == kind] for kind in ("VnetLocal", "Internet", "None")}
    assert [it.address_prefixes for it in by_type["VnetLocal"]] == [("10.0.0.0/16",)]
    assert [it.address_prefixes for it in by_type["Internet"]] == [("0.0.0.0/0",)]
    assert len(by_type["None"]) == 16
    assert {prefix for it in by_type["None"] for prefix in it.address_prefixes} == TO_NOWHERE


def test_internet_as_azure_expanded_it_covers_every_prefix_of_the_published_file(excerpt: Excerpt) -> None:
    excerpt.copy(*NAMES)
    internet = AddressSet.of(groups_of(excerpt.facts(VM)).tag_map["internet"], 4)

    wanted = attestation_prefixes(excerpt)

    assert wanted.prefix_count() == PREFIXES
    assert not wanted - internet


def test_internet_as_azure_expanded_it_leaves_out_what_the_routes_drop(excerpt: Excerpt) -> None:
    internet = AddressSet.of(groups_of(excerpt.copy(*NAMES).facts(VM)).tag_map["internet"], 4)

    assert not internet & AddressSet.of(TO_NOWHERE, 4)


def test_no_route_to_nowhere_takes_a_prefix_of_the_published_file(excerpt: Excerpt) -> None:
    assert not attestation_prefixes(excerpt.copy(*NAMES)) & AddressSet.of(TO_NOWHERE, 4)


def test_the_effective_entry_serves_for_a_group_that_was_not_read(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy(*NAMES).diagnose(VM, excerpt.prefixes)

    hop = diagnosis.path.of(HopName.NIC_NSG)[0]
    assert (hop.decision, hop.resource, hop.rule) == ("allow", NSG, "AllowInternetOutBound")
    assert [(part.rule, part.addresses.prefix_count()) for part in hop.parts] == [("AllowInternetOutBound", PREFIXES)]
    assert [(line.rule, line.priority, line.matched) for line in hop.trace] == [
        ("AllowVnetOutBound", 65000, False),
        ("AllowInternetOutBound", 65001, True),
        ("DenyAllOutBound", 65500, False),
    ]
    assert any("was not read" in text and "effective rules" in text for text in hop.assumptions)


def test_a_group_that_was_read_is_not_replaced_by_its_effective_entry(excerpt: Excerpt) -> None:
    group = body_of("nsg/nsg.024")
    rule = outbound(
        body_of("nsg/nsgext.010"), access="Deny", destinationPortRange="443", sourceAddressPrefixes=["10.0.0.0/24"]
    )
    group.update(id=NSG)
    group["properties"]["securityRules"] = [rule]
    excerpt.copy(*NAMES).answered("security_group", group, id=NSG)

    hop = excerpt.diagnose(VM, excerpt.prefixes).path.of(HopName.NIC_NSG)[0]

    assert (hop.decision, hop.rule) == ("deny", "rule1")
    assert not any("effective rules" in text for text in hop.assumptions)


def test_without_an_entry_of_a_network_manager_there_are_no_admin_rules(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy(*NAMES).diagnose(VM, excerpt.prefixes)

    assert diagnosis.check("path.admin-rules").status == "not-applicable"


def test_the_effective_routes_leave_the_systems_default_to_the_published_prefixes(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy(*NAMES).diagnose(VM, excerpt.prefixes)

    hop = diagnosis.path.of(HopName.ROUTE)[0]
    assert (hop.decision, hop.rule, hop.assumptions) == ("allow", None, ())
    assert statuses(diagnosis, "path.route", "path.firewall", "path.subnet-nsg") == {
        "path.route": "pass",
        "path.firewall": "not-applicable",
        "path.subnet-nsg": "unknown",
    }


def test_without_prefixes_the_routes_to_public_ranges_leave_the_route_unknown(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy(*NAMES).diagnose(VM)

    assert statuses(diagnosis, "path.nic-nsg", "path.route", "path.firewall", "path.egress") == {
        "path.nic-nsg": "pass",
        "path.route": "unknown",
        "path.firewall": "unknown",
        "path.egress": "unknown",
    }


@pytest.mark.parametrize(
    ("next_hop", "ends"),
    [
        ("VirtualAppliance", ("fail", "not-applicable", "not-applicable")),
        ("VirtualNetworkGateway", ("pass", "unknown", "unknown")),
        ("None", ("fail", "not-applicable", "not-applicable")),
    ],
)
def test_a_default_route_changed_to_lead_elsewhere_is_not_taken_for_the_systems(
    excerpt: Excerpt, next_hop: str, ends: tuple[str, str, str]
) -> None:
    answer = recording(NAMES[8])
    answer["response"]["body"]["value"][1].update(source="User", nextHopType=next_hop)
    excerpt.copy(*NAMES).put(answer, "effective-rules-and-routes/eff.023.json")

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    names = ("path.route", "path.firewall", "path.egress")
    assert statuses(diagnosis, *names) == dict(zip(names, ends, strict=True))


def test_a_route_changed_to_invalid_takes_nothing(excerpt: Excerpt) -> None:
    answer = recording(NAMES[8])
    invalid = {**answer["response"]["body"]["value"][1], "source": "User", "state": "Invalid"}
    invalid["nextHopType"] = "VirtualAppliance"
    answer["response"]["body"]["value"].append(invalid)
    excerpt.copy(*NAMES).put(answer, "effective-rules-and-routes/eff.023.json")

    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.route").status == "pass"


def test_diagnose_of_the_whole_recording(excerpt: Excerpt, capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    folder = excerpt.copy(*NAMES).write_header()
    lines = {"incident": "plain", "vm_id": VM, "snapshot": str(folder), "service_tags": str(PUBLIC_TAGS)}
    parameters = tmp_path / "parameters.yaml"
    parameters.write_text(json.dumps(lines), "utf-8")

    assert main(["diagnose", str(parameters), "--json"]) == 3

    document = json.loads(capsys.readouterr().out)
    assert [(cause["code"], cause["confidence"]) for cause in document["root_causes"]] == [
        ("generation-1", "proven"),
        ("not-trusted-launch", "proven"),
        ("agent-not-ready", "proven"),
        ("extension-not-installed", "proven"),
    ]
    path = {hop["hop"]: hop for hop in document["path"]}
    assert {hop: path[hop]["decision"] for hop in path} == {
        "admin-rules": "not-applicable",
        "nic-nsg": "allow",
        "subnet-nsg": "unknown",
        "route": "allow",
        "firewall": "not-applicable",
        "egress": "unknown",
        "provider": "allow",
    }
    assert [(part["tier"], part["prefixes"]) for part in path["nic-nsg"]["parts"]] == [
        ("home", 2),
        ("pair", PREFIXES - 2),
    ], "the locations were not recorded: the pair may be in all the rest"
    assert document["captured_at"] == "2023-03-15T03:55:08Z"


def test_facts_of_the_documented_effective_routes(excerpt: Excerpt) -> None:
    body = documented("network-2021-02-01/NetworkInterfaceEffectiveRouteTableList")

    routes = (
        excerpt.copy(*NAMES[:2]).answered("effective_routes", body, nic=NIC).facts(VM).primary.effective_routes.value
    )

    assert routes is not None
    assert [(it.address_prefixes, it.next_hop_type) for it in routes] == [
        (("172.20.2.0/24",), "VnetLocal"),
        (("0.0.0.0/0",), "Internet"),
        (("10.0.0.0/8",), "None"),
        (("100.64.0.0/10",), "None"),
        (("172.16.0.0/12",), "None"),
        (("192.168.0.0/16",), "None"),
    ]
    assert excerpt.diagnose(VM).check("path.route").status == "pass"


def test_the_documented_effective_rules_of_a_network_manager_leave_it_to_the_groups(excerpt: Excerpt) -> None:
    body = documented("network-2021-02-01/NetworkInterfaceEffectiveNSGList")

    excerpt.copy(*NAMES[:2]).answered("effective_security_groups", body, nic=NIC)

    effective = groups_of(excerpt.facts(VM))
    assert [(rule.name, rule.priority) for _, rule in effective.network_manager_rules] == [
        ("rule1", 234),
        ("default-allow-rdp", 1000),
        ("AllowInternetOutBound", 65001),
    ]
    assert effective.network_manager_rules[0][1].destination_port_ranges == ("6579-6579",)
    assert effective.tag_map == {}
    assert statuses(excerpt.diagnose(VM), "path.admin-rules", "path.nic-nsg") == {
        "path.admin-rules": "pass",
        "path.nic-nsg": "unknown",
    }


def test_the_documented_effective_rules_without_their_network_manager_are_the_groups(excerpt: Excerpt) -> None:
    body = documented("network-2021-02-01/NetworkInterfaceEffectiveNSGList")
    entry = body["value"][0]
    del entry["association"]["networkManager"]
    entry["networkSecurityGroup"]["id"] = NSG

    excerpt.copy(*NAMES[:2]).answered("effective_security_groups", body, nic=NIC)

    hop = excerpt.diagnose(VM).path.of(HopName.NIC_NSG)[0]
    assert (hop.decision, hop.rule) == ("allow", "AllowInternetOutBound")
    assert causes(excerpt.diagnose(VM))[-1] == ("extension-not-installed", "proven")
