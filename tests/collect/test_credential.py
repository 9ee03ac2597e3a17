"""Credentials are tried in order; the one that answers is named, with its tenant; nobody waits for a browser alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.identity import CredentialUnavailableError

from guest_attestation.clouds import CLOUDS
from guest_attestation.collect import credential as module
from guest_attestation.collect.credential import NamedChain, credential_for, scope_of, somebody_is_there
from guest_attestation.errors import ExitCode, ToolFailure
from tests.wire.credential import TENANT, FixedCredential, token_of

PUBLIC = CLOUDS["AzureCloud"]
NAMES = ["environment", "workload identity", "Azure CLI", "browser"]


class Failing:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        raise self._error


def chain(*credentials: Any, cloud: str = "AzureCloud") -> NamedChain:
    choices = [(name, lambda it=it: it) for name, it in zip(NAMES, credentials, strict=False)]
    return NamedChain(CLOUDS[cloud], choices)


NOT_SET_UP = Failing(CredentialUnavailableError("nothing"))
REFUSED = Failing(ClientAuthenticationError("AADSTS70043: a long story\nsecret=hunter2"))
UNREACHABLE = Failing(ServiceRequestError("no network"))


@pytest.mark.parametrize("before", [(), (NOT_SET_UP,), (REFUSED,), (UNREACHABLE, NOT_SET_UP), (NOT_SET_UP, REFUSED)])
def test_the_first_that_answers_is_named_with_its_tenant(before: tuple[Any, ...]) -> None:
    answering, never = FixedCredential(), FixedCredential()
    credential = chain(*before, answering, never)

    credential.log_in()

    assert (credential.answered, credential.tenant) == (NAMES[len(before)], TENANT)
    assert answering.scopes == ["https://management.azure.com/.default"]
    assert never.scopes == []


@pytest.mark.parametrize(
    ("cloud", "how"),
    [
        ("AzureCloud", "log in with `az login`"),
        ("AzureUSGovernment", "log in with `az cloud set --name AzureUSGovernment` and `az login`"),
        ("AzureChinaCloud", "log in with `az cloud set --name AzureChinaCloud` and `az login`"),
    ],
)
def test_without_any_it_is_said_in_one_line_what_was_tried_and_how_to_log_in(cloud: str, how: str) -> None:
    with pytest.raises(ToolFailure) as raised:
        chain(NOT_SET_UP, REFUSED, UNREACHABLE, cloud=cloud).log_in()

    tried = "tried environment (not set up), workload identity (refused), Azure CLI (not reached)"
    assert str(raised.value) == f"nobody is logged in to {cloud}: {tried}: {how}"
    assert raised.value.exit_code == ExitCode.TOOL_FAILED


def test_a_token_serves_every_client_until_shortly_before_its_end() -> None:
    class Short(FixedCredential):
        left = 3600

        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            return AccessToken(super().get_token(*scopes, **options).token, int(time.time()) + self.left)

    answering = Short()
    credential = chain(answering)
    for _ in range(3):
        credential.get_token("s")
    assert len(answering.scopes) == 1

    credential.get_token("s", claims="what a challenge asks for")
    assert len(answering.scopes) == 2

    answering.left = 60
    credential.get_token("s", claims="again")
    credential.get_token("s")
    assert len(answering.scopes) == 4


def test_once_one_has_answered_no_other_is_tried() -> None:
    class Once(FixedCredential):
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            if self.scopes:
                raise ClientAuthenticationError("expired")
            return super().get_token(*scopes, **options)

    other = FixedCredential()
    credential = chain(Once(), other)
    credential.log_in()

    with pytest.raises(ClientAuthenticationError):
        credential.get_token("s", claims="x")

    assert other.scopes == []


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.e30.c", "a.W10.c", "a.bnVsbA.c", "..", "a.é.c"])
def test_a_token_that_names_no_tenant(token: str) -> None:
    credential = chain(FixedCredential(token))

    credential.log_in()

    assert credential.tenant is None


def test_the_token_itself_is_shown_nowhere() -> None:
    credential = chain(FixedCredential(token_of(tid=TENANT)))
    credential.log_in()

    assert token_of(tid=TENANT) not in f"{credential.answered} {credential.tenant} {credential!r}"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Which of azure-identity's credentials are made, and for which authority; none is set up."""
    found: list[tuple[str, Any]] = []

    def instead(name: str) -> Callable[..., Any]:
        def make(authority: str | None = None) -> Failing:
            found.append((name, authority))
            return NOT_SET_UP

        return make

    for name in (
        *("EnvironmentCredential", "WorkloadIdentityCredential"),
        *("AzureCliCredential", "InteractiveBrowserCredential"),
    ):
        monkeypatch.setattr(module, name, instead(name))
    return found


@pytest.mark.parametrize(
    ("cloud", "authority"),
    [
        ("AzureCloud", "login.microsoftonline.com"),
        ("AzureUSGovernment", "login.microsoftonline.us"),
        ("AzureChinaCloud", "login.chinacloudapi.cn"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_the_order_is_fixed_and_a_browser_comes_last_and_only_for_somebody(
    cloud: str, authority: str, there: bool, made: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "somebody_is_there", lambda: there)

    with pytest.raises(ToolFailure, match="nobody is logged in"):
        credential_for(CLOUDS[cloud]).log_in()

    assert made == [
        ("EnvironmentCredential", authority),
        ("WorkloadIdentityCredential", authority),
        ("AzureCliCredential", None),
        *([("InteractiveBrowserCredential", authority)] if there else []),
    ]


class Terminal:
    def __init__(self, is_one: bool) -> None:
        self._is_one = is_one

    def isatty(self) -> bool:
        return self._is_one


@pytest.mark.parametrize(
    ("terminal", "platform", "environment", "there"),
    [
        (True, "linux", {"DISPLAY": ":0"}, True),
        (True, "linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        (True, "darwin", {}, True),
        (True, "win32", {}, True),
        (False, "win32", {}, False),
        (False, "linux", {"DISPLAY": ":0"}, False),
        (True, "linux", {}, False),
        (True, "linux", {"DISPLAY": ":0", "CI": "true"}, False),
        (True, "win32", {"TF_BUILD": "True"}, False),
        (True, "darwin", {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, False),
    ],
)
def test_somebody_is_there_at_a_terminal_with_a_screen(
    terminal: bool, platform: str, environment: dict[str, str], there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "CI", "TF_BUILD", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "stdin", Terminal(terminal))

    assert somebody_is_there() is there


def test_nobody_is_there_without_a_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert not somebody_is_there()


def test_headless_the_real_credentials_give_up_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith(("AZURE_", "IDENTITY_", "MSI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", Terminal(False))
    started = time.monotonic()

    with pytest.raises(ToolFailure, match=r"Azure CLI \(not set up\): log in with `az login`"):
        credential_for(PUBLIC).log_in()

    assert time.monotonic() - started < 20


@pytest.mark.parametrize("variable", ["AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"])
def test_a_credentials_file_that_is_not_there_is_one_that_is_not_set_up(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import os

    for name in [name for name in os.environ if name.startswith(("AZURE_", "IDENTITY_", "MSI_"))]:
        monkeypatch.delenv(name)
    for name, value in {"AZURE_CLIENT_ID": "x", "AZURE_TENANT_ID": TENANT, variable: str(tmp_path / "no")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", Terminal(False))

    with pytest.raises(ToolFailure, match=r"tried environment \(not set up\), workload identity \(not set up\)"):
        credential_for(PUBLIC).log_in()


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_tokens_are_asked_for_the_clouds_resource_manager(cloud: Any) -> None:
    assert scope_of(cloud) == f"https://{cloud.arm_host}/.default"
