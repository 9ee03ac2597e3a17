"""Facts about VM extensions: the model in the VM and in /extensions, and the instance view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guest_attestation.facts.status import InstanceViewStatus
from guest_attestation.snapshot.node import Node

GUEST_ATTESTATION_TYPE = "guestattestation"
GUEST_ATTESTATION_PUBLISHERS = (
    "microsoft.azure.security.windowsattestation",
    "microsoft.azure.security.linuxattestation",
)


@dataclass(frozen=True)
class Extension:
    """An extension's model, as `resources[]` of the VM or `/extensions` shows it, with its instance view if it has one.

    `maa_endpoint` is the attestation provider that the settings name, None where the extension chooses it.
    `enable_automatic_upgrade` is None where the answer does not say: older api-versions never do.
    """

    name: str
    publisher: str
    type: str
    type_handler_version: str
    provisioning_state: str
    enable_automatic_upgrade: bool | None
    suppress_failures: bool
    maa_endpoint: str | None
    statuses: tuple[InstanceViewStatus, ...]
    substatuses: tuple[InstanceViewStatus, ...]
    evidence: str

    @property
    def handler(self) -> str:
        """The full name that the instance view uses."""
        return f"{self.publisher}.{self.type}"


@dataclass(frozen=True)
class ExtensionInstanceView:
    """What the guest agent last reported of an extension; `handler` is `<publisher>.<type>`."""

    name: str
    handler: str
    type_handler_version: str
    statuses: tuple[InstanceViewStatus, ...]
    substatuses: tuple[InstanceViewStatus, ...]
    evidence: str


def parse_extension(node: Node) -> Extension:
    """Read an extension resource; `settings` may be null, empty, flat or nested (facts 1.3)."""
    properties = node.at("properties")
    view = properties.at("instanceView")
    return Extension(
        name=node.text("name") or "",
        publisher=properties.text("publisher") or "",
        type=properties.text("type") or "",
        type_handler_version=properties.text("typeHandlerVersion") or "",
        provisioning_state=properties.text("provisioningState") or "",
        enable_automatic_upgrade=properties.flag("enableAutomaticUpgrade"),
        suppress_failures=bool(properties.flag("suppressFailures")),
        maa_endpoint=_maa_endpoint(properties.at("settings")),
        statuses=_statuses(view, "statuses"),
        substatuses=_statuses(view, "substatuses"),
        evidence=properties.evidence,
    )


def parse_instance_view(node: Node) -> ExtensionInstanceView:
    """Read an entry of `instanceView.extensions`."""
    return ExtensionInstanceView(
        name=node.text("name") or "",
        handler=node.text("type") or "",
        type_handler_version=node.text("typeHandlerVersion") or "",
        statuses=_statuses(node, "statuses"),
        substatuses=_statuses(node, "substatuses"),
        evidence=node.evidence,
    )


def is_guest_attestation(handler: str) -> bool:
    """Tell the Guest Attestation extension by publisher and type: its name is free."""
    publisher, _, kind = handler.casefold().rpartition(".")
    return kind == GUEST_ATTESTATION_TYPE and publisher in GUEST_ATTESTATION_PUBLISHERS


def guest_attestation_of(extensions: Iterable[Extension]) -> Extension | None:
    """Find the Guest Attestation extension among a VM's extensions."""
    return next((extension for extension in extensions if is_guest_attestation(extension.handler)), None)


def _statuses(node: Node, key: str) -> tuple[InstanceViewStatus, ...]:
    return tuple(InstanceViewStatus.parse(item) for item in node.items(key))


def _maa_endpoint(settings: Node) -> str | None:
    for keys in (("AttestationConfig", "MaaSettings"), ("MaaSettings",), ()):
        endpoint = settings.at(*keys).text("maaEndpoint")
        if endpoint is not None:
            return endpoint.strip() or None
    return None
