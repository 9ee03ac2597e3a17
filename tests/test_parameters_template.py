"""The template that people copy: it names every parameter, and works once it is filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from guest_attestation.clouds import CLOUDS
from guest_attestation.incident import PARAMETERS, Incident, incident_from
from tests.scenario import ROOT, VM

TEMPLATE = (ROOT / "parameters" / "template.yaml").read_text("utf-8")
LINE = re.compile(r"^(# )?([a-z_]+):( .*)$", re.MULTILINE)
PARTS = ("subscription_id", "resource_group", "vm_name")


def loaded(text: str) -> dict[str, Any]:
    values = yaml.safe_load(text)
    assert isinstance(values, dict)
    return values


def uncommented(*but: str) -> dict[str, Any]:
    """Load the template with every line switched on, but for those named."""
    text = LINE.sub(lambda line: "" if line[2] in but else f"{line[2]}:{line[3]}", TEMPLATE)
    return loaded(text)


def accepted(values: dict[str, Any], folder: Path) -> Incident:
    return incident_from(values, origin="template.yaml", folder=folder)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_template_names_every_parameter_once_and_no_other() -> None:
    names = [line[2] for line in LINE.finditer(TEMPLATE)]

    assert sorted(names) == sorted(parameter.name for parameter in PARAMETERS)


def test_every_parameter_of_the_template_has_a_line_of_help() -> None:
    silent = [line[2] for line in LINE.finditer(TEMPLATE) if not re.search(r"\S  # \w", line[3])]

    assert silent == []


def test_the_template_needs_no_more_than_incident_and_vm_id() -> None:
    assert sorted(loaded(TEMPLATE)) == ["incident", "vm_id"]


def test_the_template_is_accepted_with_its_blanks_filled(tmp_path: Path) -> None:
    incident = accepted({**loaded(TEMPLATE), "incident": "mine", "vm_id": VM}, tmp_path)

    assert incident == Incident("mine", incident.vm, tmp_path / "outputs" / "mine" / "snapshot")
    assert incident.vm.text == VM


def test_the_template_is_accepted_with_every_line_switched_on(tmp_path: Path) -> None:
    incident = accepted(uncommented(*PARTS), tmp_path)

    assert incident.cloud is CLOUDS["AzureCloud"]
    assert incident.snapshot == tmp_path / "outputs/my-incident/snapshot"
    assert (incident.offline, incident.allow_guest_probe) == (False, False)
    assert (incident.service_tags, incident.proxy, incident.guest_probe) == (None, None, None)


def test_the_template_is_accepted_with_the_three_parts_instead(tmp_path: Path) -> None:
    assert accepted(uncommented("vm_id"), tmp_path).vm.text.casefold() == loaded(TEMPLATE)["vm_id"].casefold()


def test_the_template_warns_of_secrets() -> None:
    assert "No secret may ever stand in this file" in TEMPLATE
