"""az texts, parsed by azure-cli's own command table and never run; those of extensions against a list by hand."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.fixes.az import az
from guest_attestation.fixes.change import Change
from guest_attestation.text import clean
from tests.fixes.az_extensions import EXTENSIONS, GROUPS, OF_KIND
from tests.fixes.sample_changes import (
    HOSTILE,
    SUBSCRIPTION,
    admin_rule,
    changes,
    firewall_rule,
    nat_gateway,
    policy_rule,
    route,
    security_rule,
)

AZURE_CLI = Path(__file__).parents[2] / ".venv/azure-cli/bin/python"
PARSE = Path(__file__).with_name("parse_az.py")


def commands(text: str) -> list[list[str]]:
    """Split a text as the shell does: one list of words a command."""
    return [words for line in text.split("\n") if (words := shlex.split(line, comments=True))]


def named(command: list[str]) -> tuple[str, dict[str, list[str]]]:
    """Return a command's name, and its values by option."""
    options: dict[str, list[str]] = {}
    name = command[: command.index("--subscription")]
    for word in command[len(name) :]:
        if word.startswith("--"):
            assert word not in options
            options[word] = []
        else:
            options[next(reversed(options))].append(word)
    return " ".join(name), options


def is_extension(command: list[str]) -> bool:
    return command[2] in ("firewall", "manager")


@pytest.fixture(scope="module")
def azure_cli(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Parse commands by azure-cli, all at once, since it takes seconds to start."""
    if not AZURE_CLI.exists():
        pytest.skip("azure-cli is not installed: make azcli")
    environment = {
        "AZURE_CONFIG_DIR": str(tmp_path_factory.mktemp("azure")),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
        "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
    }

    def parse(given: list[list[str]]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [AZURE_CLI, "-I", PARSE],
            input=json.dumps([it[1:] for it in given]),
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return parse


def test_azure_cli_understands_every_command_of_its_own(azure_cli: Any) -> None:
    hostile = [it for name in HOSTILE for it in (route(name), nat_gateway(name))]
    own = [it for change in (*changes(), *hostile) for it in commands(az(change)) if not is_extension(it)]

    answers = azure_cli(own)

    assert [(it, answer["error"]) for it, answer in zip(own, answers, strict=True) if "error" in answer] == []
    for words, answer in zip(own, answers, strict=True):
        name, options = named(words)
        assert f"az {answer['command']}" == name
        assert answer["_subscription"] == options["--subscription"][0]
        assert options["--name"][0] in answer.values()


def test_azure_cli_refuses_a_broken_command(azure_cli: Any) -> None:
    (rule,) = commands(az(security_rule()))
    swapped = [it.replace("--nsg-name", "--nsg") for it in rule]
    unknown = [it.replace("--access", "--verdict") for it in rule]
    wrong = [it.replace("Outbound", "Sideways") for it in rule]
    number = [it.replace("110", "first") for it in rule]
    short = rule[: rule.index("--priority")]
    misspelt = [it.replace("rule", "rules") for it in rule]

    answers = azure_cli([rule, swapped, unknown, wrong, number, short, misspelt])

    assert ["error" in it for it in answers] == [False, False, True, True, True, True, True]


@pytest.mark.parametrize("name", ["n", *HOSTILE])
def test_a_command_of_an_extension_has_the_options_of_its_documentation(name: str) -> None:
    for change in changes(name):
        text = az(change)
        for words in filter(is_extension, commands(text)):
            command, options = named(words)
            of_kind = OF_KIND[options["--rule-type"][0]] if "--rule-type" in options else []
            assert list(options) == [*EXTENSIONS[command], *of_kind]
            assert all(options.values())


@pytest.mark.parametrize("change", changes(), ids=repr)
def test_a_text_says_where_it_is_not_checked(change: Change) -> None:
    text = az(change)

    assert any(map(is_extension, commands(text))) == ("not checked against it" in text)


def test_a_security_rule() -> None:
    assert az(security_rule()) == (
        f"az network nsg rule create --subscription {SUBSCRIPTION} --resource-group n --nsg-name n --name n "
        "--priority 110 --direction Outbound --access Allow --protocol Tcp --source-address-prefixes '*' "
        "--destination-address-prefixes AzureAttestation --destination-port-ranges 443"
    )


def test_the_rule_in_the_way_is_moved_first() -> None:
    moved, added = az(security_rule(moved=True)).splitlines()

    assert moved == (
        f"az network nsg rule update --subscription {SUBSCRIPTION} --resource-group n --nsg-name n --name n "
        "--priority 201"
    )
    assert added == az(security_rule())


def test_a_route() -> None:
    assert az(route()) == (
        f"az network route-table route create --subscription {SUBSCRIPTION} --resource-group n --route-table-name n "
        "--name n --address-prefix AzureAttestation --next-hop-type Internet"
    )


@pytest.mark.parametrize(("destination", "kind"), [("AzureAttestation", "ServiceTag"), ("10.1.0.9", "IPPrefix")])
def test_an_admin_rule_is_deployed_after_it_is_made(destination: str, kind: str) -> None:
    text = az(admin_rule(destination=destination))
    (command,) = commands(text)

    assert named(command)[1]["--destinations"] == [f"address-prefix={destination}", f"address-prefix-type={kind}"]
    assert named(command)[1]["--access"] == ["AlwaysAllow"]
    assert "az network manager post-commit" in text.splitlines()[-1]


TOLD = {
    "network": {"--destination-addresses": ["AzureAttestation"], "--destination-ports": ["443"]},
    "application": {"--protocols": ["Https=443"], "--target-fqdns": ["*.attest.azure.net"]},
}


@pytest.mark.parametrize("kind", TOLD)
def test_a_firewall_rule_allows_the_subnet_to_reach_attestation(kind: str) -> None:
    for change in (firewall_rule(kind), policy_rule(kind)):
        (command,) = commands(az(change))
        options = named(command)[1]

        assert {**options, **TOLD[kind]} == options
        assert (options["--source-addresses"], options["--action"]) == (["10.1.0.0/24", "fd00:1::/64"], ["Allow"])
        protocols = options.get("--ip-protocols") or options["--protocols"]
        assert protocols == (["TCP"] if kind == "network" else ["Https=443"])


def test_a_new_group_is_made_before_its_collection() -> None:
    made, added = commands(az(policy_rule("network", is_new=True)))

    assert named(made) == (
        f"{GROUPS} create",
        {
            "--subscription": [SUBSCRIPTION],
            "--resource-group": ["n"],
            "--policy-name": ["n"],
            "--name": ["n"],
            "--priority": ["300"],
        },
    )
    assert [added] == commands(az(policy_rule("network")))


def test_a_nat_gateway_gets_its_address_before_the_subnet_gets_it() -> None:
    address, gateway, subnet = map(named, commands(az(nat_gateway())))

    assert [address[0], gateway[0], subnet[0]] == [
        "az network public-ip create",
        "az network nat gateway create",
        "az network vnet subnet update",
    ]
    assert address[1]["--location"] == gateway[1]["--location"] == ["westeurope"]
    assert gateway[1]["--public-ip-addresses"] == address[1]["--name"]
    assert subnet[1]["--nat-gateway"] == gateway[1]["--name"]


def test_without_a_known_region_azure_takes_the_resource_groups() -> None:
    assert "--location" not in az(nat_gateway(location=""))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_one_word(name: str) -> None:
    for change, plain in zip(changes(name), changes(), strict=True):
        text = az(change)

        assert [len(it) for it in commands(text)] == [len(it) for it in commands(az(plain))]
        said = subprocess.run(
            ["bash", "-c", f"az() {{ printf '%s\\0' az \"$@\"; }}\n{text}"], capture_output=True, text=True, check=True
        )
        assert said.stdout.split("\0")[:-1] == [word for words in commands(text) for word in words]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    (command,) = commands(az(route(name)))

    read = named(command)[1]["--name"][0]
    assert read.removeprefix(" ") == clean(name)
    assert read[0] not in "-@'?{["


def test_what_stands_in_no_subscription_names_none() -> None:
    assert "--subscription" not in az(type(route())("/odd/n", "n", "AzureAttestation"))
