"""An incident: the parameters that a person writes, checked before anything runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from guest_attestation.clouds import Cloud, cloud_named
from guest_attestation.errors import BadInput
from guest_attestation.resource_id import VmId, parse_vm_id, vm_id_of


@dataclass(frozen=True)
class Parameter:
    """One parameter of an incident: its type, and the line of help that notebooks and template show."""

    name: str
    type: type[str] | type[bool]
    help: str


PARAMETERS = (
    Parameter("incident", str, "name of the incident, also its folder below outputs/"),
    Parameter("vm_id", str, "full ARM id of the VM, or of an instance of a uniform scale set"),
    Parameter("subscription_id", str, "instead of vm_id: the VM's subscription (a GUID)"),
    Parameter("resource_group", str, "instead of vm_id: the VM's resource group"),
    Parameter("vm_name", str, "instead of vm_id: the VM's name"),
    Parameter("cloud", str, "AzureCloud, AzureUSGovernment or AzureChinaCloud"),
    Parameter("snapshot", str, "folder with the recorded Azure answers"),
    Parameter("offline", bool, "True: never leave this machine"),
    Parameter("service_tags", str, "service tag file downloaded from Microsoft, or empty"),
    Parameter("proxy", str, "host:port of a forward proxy that the VM must use, or empty"),
    Parameter("guest_probe", str, "file that the in-guest probe wrote, or empty"),
    Parameter("allow_guest_probe", bool, "True: the in-guest probe may be run on the VM"),
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
WINDOWS_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_PROXY = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}|\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}")
_LAST_PORT = 65535


@dataclass(frozen=True)
class Incident:
    """One incident, ready to be looked at. `cloud` is None where the parameters leave it to the snapshot."""

    name: str
    vm: VmId
    snapshot: Path
    cloud: Cloud | None = None
    offline: bool = False
    service_tags: Path | None = None
    proxy: str | None = None
    guest_probe: Path | None = None
    allow_guest_probe: bool = False

    def parameters(self) -> dict[str, str | bool]:
        """Return this incident as the parameters of a notebook: every one, empty where nothing was given.

        Paths within the project are relative to its root, so that what is kept names no folder of this machine.
        """
        values: dict[str, str | bool] = {parameter.name: "" for parameter in PARAMETERS}
        values.update(
            incident=self.name,
            vm_id=self.vm.text,
            cloud=self.cloud.name if self.cloud else "",
            snapshot=_from_root(self.snapshot),
            offline=self.offline,
            service_tags=_from_root(self.service_tags),
            proxy=self.proxy or "",
            guest_probe=_from_root(self.guest_probe),
            allow_guest_probe=self.allow_guest_probe,
        )
        return values


def incident_from(values: Mapping[str, object], *, origin: str, folder: Path | None = None) -> Incident:
    """Check an incident's parameters and make it of them.

    `origin` names where they come from, for messages. A relative path is looked up from `folder` (the parameters
    file's), then the current folder, then the project's root. Raises BadInput for an unknown, missing or ill-typed
    parameter, a name that is no folder name, an id that is no VM's, a file that is not there.
    """
    given = _checked(values, origin)

    def text(name: str) -> str | None:
        return str(given[name]) if name in given else None

    name = text("incident")
    if name is None:
        raise BadInput(f"{origin}: parameter incident is missing: name the incident")
    snapshot, cloud, proxy = text("snapshot"), text("cloud"), text("proxy")
    if proxy is not None and not _is_proxy(proxy):
        raise BadInput(f"{origin}: proxy must be host:port, with nothing before or after it")
    return Incident(
        name=checked_name(name, origin),
        vm=_vm(text("vm_id"), text("subscription_id"), text("resource_group"), text("vm_name"), origin),
        snapshot=_located(snapshot, folder) if snapshot else default_snapshot(name),
        cloud=cloud_named(cloud) if cloud else None,
        offline=bool(given.get("offline", False)),
        service_tags=_file(text("service_tags"), "service_tags", origin, folder),
        proxy=proxy,
        guest_probe=_file(text("guest_probe"), "guest_probe", origin, folder),
        allow_guest_probe=bool(given.get("allow_guest_probe", False)),
    )


def checked_name(name: str, origin: str) -> str:
    """Return an incident's name if it is safe as a folder's; raises BadInput otherwise."""
    if not _NAME.fullmatch(name) or name.endswith(".") or WINDOWS_DEVICE.fullmatch(name):
        raise BadInput(
            f"{origin}: incident {name!r} cannot be a folder's name: use up to 64 letters, digits, '.', '_' and '-'"
        )
    return name


def _is_proxy(text: str) -> bool:
    return _PROXY.fullmatch(text) is not None and 0 < int(text.rsplit(":", 1)[1]) <= _LAST_PORT


def project_root() -> Path:
    """Return the nearest folder upward that holds notebooks/ and parameters/, else the current folder."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "notebooks").is_dir() and (folder / "parameters").is_dir():
            return folder
    return here


def default_snapshot(incident: str) -> Path:
    """Return where an incident's snapshot lies when its parameters do not say."""
    return project_root() / "outputs" / incident / "snapshot"


def _checked(values: Mapping[str, object], origin: str) -> dict[str, str | bool]:
    """Keep what was given (null and empty count as absent); raises BadInput for what is unknown or ill-typed."""
    known = {parameter.name: parameter for parameter in PARAMETERS}
    given: dict[str, str | bool] = {}
    for name, value in values.items():
        if name not in known:
            raise BadInput(f"{origin}: parameter {name!r} is unknown: use {', '.join(known)}")
        if value is None or value == "":
            continue
        if not isinstance(value, known[name].type):
            wanted = "text (put it in quotes)" if known[name].type is str else "true or false"
            raise BadInput(f"{origin}: {name} must be {wanted}, not a value of type {type(value).__name__}")
        given[name] = value
    return given


def _vm(vm_id: str | None, subscription: str | None, group: str | None, name: str | None, origin: str) -> VmId:
    parts = (subscription, group, name)
    if vm_id is not None:
        if any(parts):
            raise BadInput(f"{origin}: give either vm_id, or subscription_id, resource_group and vm_name, not both")
        return parse_vm_id(vm_id)
    if subscription is None or group is None or name is None:
        raise BadInput(f"{origin}: the VM is missing: give vm_id, or subscription_id, resource_group and vm_name")
    return vm_id_of(subscription, group, name)


def _located(path: str, folder: Path | None) -> Path:
    """Find a path where people may mean it; one that is nowhere is returned as meant from the first place."""
    places = [place for place in (folder, Path.cwd(), project_root()) if place is not None]
    candidates = [place / path for place in places]
    return next((candidate for candidate in candidates if _exists(candidate)), candidates[0])


def _exists(path: Path) -> bool:
    """Tell whether a path leads somewhere; one that is too long to be one does not."""
    try:
        return path.exists()
    except OSError:
        return False


def _from_root(path: Path | None) -> str:
    if path is None:
        return ""
    full, root = path.resolve(), project_root()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(full)


def _file(path: str | None, name: str, origin: str, folder: Path | None) -> Path | None:
    if path is None:
        return None
    found = _located(path, folder)
    if not (_exists(found) and found.is_file()):
        shown = "is a URL: download it first" if "://" in path else f"{path!r} does not exist"
        raise BadInput(f"{origin}: {name} {shown}")
    return found
