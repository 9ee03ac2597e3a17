"""Who asks Azure: an explicit, ordered choice of credentials, and which of them answered."""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from azure.identity import (
    AzureAuthorityHosts,
    AzureCliCredential,
    CredentialUnavailableError,
    EnvironmentCredential,
    InteractiveBrowserCredential,
    WorkloadIdentityCredential,
)

from guest_attestation.clouds import Cloud
from guest_attestation.errors import ToolFailure

Choice = tuple[str, Callable[[], TokenCredential]]

_AUTHORITIES = {
    "AzureCloud": AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
    "AzureUSGovernment": AzureAuthorityHosts.AZURE_GOVERNMENT,
    "AzureChinaCloud": AzureAuthorityHosts.AZURE_CHINA,
}
_NOBODY_THERE = ("CI", "TF_BUILD", "SSH_CONNECTION")
_SPARE_SECONDS = 300


class NamedChain:
    """Try credentials in order and stay with the first that answers. Safe to use from several threads.

    `answered` is its name and `tenant` the tenant that its token is of, both None until there is one. Tokens are kept
    in memory until shortly before they end, for all clients together.
    """

    def __init__(self, cloud: Cloud, choices: Sequence[Choice]) -> None:
        self._cloud = cloud
        self._choices = choices
        self._chosen: TokenCredential | None = None
        self._token: AccessToken | None = None
        self._one_at_a_time = threading.Lock()
        self.answered: str | None = None
        self.tenant: str | None = None

    def log_in(self) -> None:
        """Get the first token; raises ToolFailure saying what was tried where no credential gives one."""
        self.get_token(scope_of(self._cloud))

    def get_token(self, *scopes: str, claims: str | None = None, **options: Any) -> AccessToken:
        """Return a token for the one scope that is ever asked for; raises as `log_in`, and as the chosen credential."""
        with self._one_at_a_time:
            if self._token is None or claims is not None or self._token.expires_on - time.time() < _SPARE_SECONDS:
                self._token = self._fresh(*scopes, claims=claims, **options)
                self.tenant = _tenant_of(self._token.token)
            return self._token

    def _fresh(self, *scopes: str, **options: Any) -> AccessToken:
        if self._chosen is not None:
            return self._chosen.get_token(*scopes, **options)
        tried: list[str] = []
        for name, make in self._choices:
            try:
                credential = make()
                token = credential.get_token(*scopes, **options)
            except (CredentialUnavailableError, ValueError, OSError):  # a workload's identity, a file that is not there
                tried.append(f"{name} (not set up)")
            except (ServiceRequestError, ServiceResponseError):
                tried.append(f"{name} (not reached)")
            except AzureError:
                tried.append(f"{name} (refused)")
            else:
                self._chosen, self.answered = credential, name
                return token
        raise ToolFailure(
            f"nobody is logged in to {self._cloud.name}: tried {', '.join(tried)}: {_how_to(self._cloud)}"
        )


def credential_for(cloud: Cloud) -> NamedChain:
    """Choose the credentials of a cloud: the environment's, a workload's identity, Azure CLI's.

    A browser is opened only where a person is there to use it.
    """
    authority = _AUTHORITIES[cloud.name]
    choices: list[Choice] = [
        ("environment", lambda: EnvironmentCredential(authority=authority)),
        ("workload identity", lambda: WorkloadIdentityCredential(authority=authority)),
        ("Azure CLI", AzureCliCredential),
    ]
    if somebody_is_there():
        choices.append(("browser", lambda: InteractiveBrowserCredential(authority=authority)))
    return NamedChain(cloud, choices)


def somebody_is_there() -> bool:
    """Tell whether a browser can be opened for a person: a terminal, on a screen of this machine, not in a pipeline."""
    has_screen = sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return sys.stdin is not None and sys.stdin.isatty() and has_screen and not any(map(os.environ.get, _NOBODY_THERE))


def scope_of(cloud: Cloud) -> str:
    """Return what tokens are asked for: the cloud's Resource Manager, and nothing else."""
    return f"https://{cloud.arm_host}/.default"


def _how_to(cloud: Cloud) -> str:
    chosen = "" if cloud.name == "AzureCloud" else f"`az cloud set --name {cloud.name}` and "
    return f"log in with {chosen}`az login`"


def _tenant_of(token: str) -> str | None:
    """Read the claim `tid` of a token; one that is not of the usual form names no tenant."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["tid"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
