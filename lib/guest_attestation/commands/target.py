"""What a command is pointed at: a parameters file, a snapshot folder, or the ARM id of a VM."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from guest_attestation.clouds import cloud_named
from guest_attestation.errors import BadInput
from guest_attestation.incident import Incident, checked_name, default_snapshot, incident_from
from guest_attestation.resource_id import parse_vm_id
from guest_attestation.snapshot.reader import open_snapshot


def incident_of(target: str, vm: str | None = None) -> Incident:
    """Make an incident of a target; `vm` chooses among a snapshot's VMs, by id or name.

    Raises BadInput where the target is none of the three, or cannot be used.
    """
    path = Path(target)
    try:
        if path.is_dir():
            return _of_snapshot(path, vm)
        if vm is not None:
            raise BadInput(f"{target}: names its VM itself: --vm only chooses among those of a snapshot folder")
        if target.casefold().startswith("/subscriptions/"):
            return recorded(_of_id(target), target)
        if path.is_file():
            return _of_parameters(path)
    except OSError as error:
        raise BadInput(f"{target}: cannot be read: {error.strerror}") from error
    raise BadInput(f"{target}: no such parameters file, snapshot folder or VM id")


def live_incident(target: str, arguments: argparse.Namespace) -> Incident:
    """Make an incident of a parameters file or a VM's id, whose snapshot may be yet to be recorded.

    `--snapshot` says where that is, else `--output` for one that no parameters file places. Raises BadInput where the
    target is neither, or cannot be used.
    """
    if exists(Path(target)) and Path(target).is_dir():
        raise BadInput(f"{target}: is a folder: to go live, name a parameters file or the ARM id of a VM")
    if target.casefold().startswith("/subscriptions/"):
        incident = _of_id(target)
    elif exists(Path(target)):
        incident = _of_parameters(Path(target))
    else:
        raise BadInput(f"{target}: no such parameters file or VM id")
    if arguments.cloud:
        incident = replace(incident, cloud=cloud_named(arguments.cloud))
    if arguments.snapshot:
        return replace(incident, snapshot=Path(arguments.snapshot))
    if arguments.output and incident.snapshot == default_snapshot(incident.name):
        return replace(incident, snapshot=Path(arguments.output) / incident.name / "snapshot")
    return incident


def exists(path: Path) -> bool:
    """Tell whether a path leads somewhere; raises BadInput for one that cannot be one."""
    try:
        return path.exists()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error


def recorded(incident: Incident, target: str) -> Incident:
    """Return an incident that something is recorded of; raises BadInput saying how to where nothing is."""
    if not exists(incident.snapshot):
        raise BadInput(
            f"{target}: nothing is recorded at {incident.snapshot}: record it with `guest-attestation capture {target}`"
        )
    return incident


def _of_id(target: str) -> Incident:
    vm = parse_vm_id(target)
    name = checked_name(vm.name, target)
    return Incident(name=name, vm=vm, snapshot=default_snapshot(name))


def _of_parameters(path: Path) -> Incident:
    return incident_from(_yaml(path), origin=str(path), folder=path.parent)


def _of_snapshot(folder: Path, vm: str | None) -> Incident:
    held = open_snapshot(folder).virtual_machines()
    wanted = [it for it in held if vm is None or vm.casefold() in (it.casefold(), it.rsplit("/", 1)[-1].casefold())]
    if len(wanted) != 1:
        which = (
            f"does not hold VM {vm!r}" if vm is not None and not wanted else "holds several VMs: choose one with --vm"
        )
        if not held:
            raise BadInput(f"{folder}: holds no VM")
        raise BadInput(f"{folder}: {which}; VMs in it:", listed=held)
    resolved = folder.resolve()
    named = resolved.parent if resolved.name == "snapshot" else resolved
    return Incident(name=_as_name(named.name), vm=parse_vm_id(wanted[0]), snapshot=folder)


def _as_name(text: str) -> str:
    """Make a folder's name an incident's: what a name cannot hold becomes a dash."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-_")[:64].rstrip(".-_") or "incident"
    return checked_name(name, "snapshot")


def _yaml(path: Path) -> dict[str, Any]:
    """Read a parameters file; raises BadInput naming it where it is not a YAML mapping."""
    import yaml

    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, RecursionError) as error:
        # A value such as 2026-13-45 or `!!bool no-bool` breaks pyyaml's own constructors.
        raise BadInput(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise BadInput(f"{path}: is not a parameters file: it needs lines such as `incident: my-incident`")
    return {str(name): value for name, value in document.items()}
