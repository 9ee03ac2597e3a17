"""Secrets are taken out of an exchange before it is written; what is needed for a verdict stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guest_attestation.snapshot.exchange import parse_exchange
from guest_attestation.snapshot.scrub import REMOVED, scrubbed, text
from tests.scenario import SAMPLES

JWT = "eyJ0eXAiOiJKV1QifQ.eyJ0aWQiOiJ4In0.c2lnbmF0dXJlLXg"
KEY = "Ab1+" * 21 + "Ab=="


def body_of(body: Any) -> Any:
    return scrubbed(document(body))["response"]["body"]


def document(body: Any, headers: dict[str, str] | None = None, url: str = "https://x/y") -> dict[str, Any]:
    request = {"method": "GET", "url": url, "body": None}
    return {"request": request, "response": {"status": 200, "headers": headers or {}, "body": body}, "at": "t"}


@pytest.mark.parametrize(
    "header",
    ["Authorization", "Set-Cookie", "WWW-Authenticate", "x-ms-token", "Location", "Azure-AsyncOperation", "x-new"],
)
def test_a_header_that_is_not_known_to_be_harmless_is_left_out(header: str) -> None:
    headers = {header: "secret", "x-ms-correlation-request-id": "c", "Date": "d"}

    kept = scrubbed(document(None, headers))["response"]["headers"]

    assert kept == {"x-ms-correlation-request-id": "c", "Date": "d"}


SECRET_KEYS = [
    *("customData", "userData", "CUSTOMDATA", "adminPassword", "password", "protectedSettings", "commandToExecute"),
    *("protectedSettingsFromKeyVault", "accessToken", "token", "refreshToken", "clientSecret", "secret", "fileUris"),
    *("connectionString", "storageAccountKey", "primaryKey", "secondaryKey", "sharedKey", "vpnSharedKey", "hostKey"),
    *(
        "storageAccountAccessKey",
        "sasToken",
        "sas",
        "authorization",
        "claims",
        "httpRequest",
        "script",
        "sshPrivateKey",
    ),
    *(
        "requestbody",
        "responseBody",
        "additionalUnattendContent",
        "workspaceKey",
        "instrumentationKey",
        "sharedaccesskey",
    ),
]


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize("value", ["x", 7, ["x"], {"a": "x"}])
def test_what_stands_under_the_name_of_a_secret_is_removed(key: str, value: Any) -> None:
    assert body_of({"a": [{key: value}]}) == {"a": [{key: REMOVED}]}


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_that_there_is_no_secret_stays_visible(key: str, value: Any) -> None:
    assert body_of({key: value}) == {key: value}


KEPT = {
    "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm",
    "skipToken": '[{"token": "+RID:~x#RT:1", "range": {"min": "", "max": "FF"}}]',
    "nextLink": "https://management.azure.com/subscriptions/s/x?api-version=1&$skiptoken=eyJza2lwIjoxfQ%3d%3d",
    "publicKeys": [{"keyData": "ssh-rsa AAAAB3NzaC1yc2E= user"}],
    "disablePasswordAuthentication": True,
    "passwordAuthentication": "x",
    "secretsNotHere": [],
    "assessmentKey": "b7604066-ed76-45f9-a5c1-c97e4812dc55",
    "priority": 100,
    "keys": ["a"],
    "message": "Attestation failed with error code: 400, PolicyEvaluationError (-6): status=failed; HTTP 400",
    "text": "Basic Load Balancer, Bearer of the policy: token expired, signature not valid, key: none",
    "attestUri": "https://sharedeus.eus.attest.azure.net",
    "addressPrefix": "2001:db8::/32",
}


def test_what_is_no_secret_stays() -> None:
    assert body_of(KEPT) == KEPT


TEXTS = {
    f"a {JWT} b": f"a {REMOVED} b",
    f"Bearer {'x' * 40}": f"Bearer {REMOVED}",
    "Authorization: Basic dXNlcjpwYXNz": f"Authorization: Basic {REMOVED}",
    '{"authorization": "SharedKey acct:c2ln"}': f'{{"authorization": "SharedKey {REMOVED}"}}',
    "https://a.blob.core.windows.net/c?sv=1&sig=aB%2F%3D&sp=r": (
        f"https://a.blob.core.windows.net/c?sv=1&sig={REMOVED}&sp=r"
    ),
    "sig%3DaB1": f"sig%3D{REMOVED}",
    "Signature=aB1;x": f"Signature={REMOVED}",
    "DefaultEndpointsProtocol=https;AccountKey=aB1==;EndpointSuffix=x": (
        f"DefaultEndpointsProtocol=https;AccountKey={REMOVED};EndpointSuffix=x"
    ),
    "Endpoint=sb://x/;SharedAccessKey=aB1=": f"Endpoint=sb://x/;SharedAccessKey={REMOVED}",
    "password=hunter2 x": f"password={REMOVED} x",
    "Password = 'two words' x": f"Password = {REMOVED} x",
    '{"adminPassword": "a\\"b c", "x": 1}': f'{{"adminPassword": {REMOVED}, "x": 1}}',
    '{"e": "{\\"commandToExecute\\":\\"sh a.sh --pw b\\"}"}': f'{{"e": "{{\\"commandToExecute\\":{REMOVED}}}"}}',
    '"customData": "I2Nsb3Vk': f'"customData": {REMOVED}',
    f"the key {KEY} of": f"the key {REMOVED} of",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nx": f"{REMOVED}\nx",
    "-----BEGIN PRIVATE KEY-----\nMIIE": REMOVED,
    "https://user:pa55@proxy.example:8080/x": f"https://user:{REMOVED}@proxy.example:8080/x",
    f"clone https://{'x' * 40}@dev.azure.com/y": f"clone https://{REMOVED}@dev.azure.com/y",
    "clone https://shop@dev.azure.com/shop": "clone https://shop@dev.azure.com/shop",
    "sv%253D1%2526sig%253DaB1 x": f"sv%253D1%2526sig%253D{REMOVED} x",
    '{"u":"https://x?sv\\u003d1\\u0026sig\\u003daB1\\u0026sp\\u003dr"}': (
        f'{{"u":"https://x?sv\\u003d1\\u0026sig\\u003d{REMOVED}\\u0026sp\\u003dr"}}'
    ),
    "Enable succeeded: \n[stdout]\nhunter2\n\n[stderr]\nhunter2\n": f"Enable succeeded: \n[stdout]{REMOVED}",
    "Enable succeeded: \n[stdout]\n\n": "Enable succeeded: \n[stdout]\n\n",
    "failed: mysql --password hunter2 -u me": f"failed: mysql --password {REMOVED} -u me",
    "-adminPassword 'two words' -x": f"-adminPassword {REMOVED} -x",
    "passwd=hunter2": f"passwd={REMOVED}",
    "Ocp-Apim-Subscription-Key: hunter2": f"Ocp-Apim-Subscription-Key: {REMOVED}",
    'see {"protectedSettings": {"a": {"b": "x"}, "c": "y"}} end': f'see {{"protectedSettings": {REMOVED}}} end',
    'see {"fileUris": ["https://x/a", "https://x/b"], "n": 1}': f'see {{"fileUris": {REMOVED}, "n": 1}}',
}


@pytest.mark.parametrize("given", TEXTS)
def test_a_text_loses_its_secrets(given: str) -> None:
    assert text(given) == TEXTS[given]
    assert text(TEXTS[given]) == TEXTS[given]


def test_secrets_in_urls_bodies_keys_and_numbers_places() -> None:
    link = "https://x/y?sig=abc&$skiptoken=1"
    exchange = document({"a?sig=abc": [f"see {link}"]}, {"x-ms-error-code": "sig=abc"}, link)
    exchange["request"]["body"] = {"password": "x", "n": 1}

    clean = scrubbed(exchange)

    assert "abc" not in json.dumps(clean)
    assert clean["request"]["url"] == f"https://x/y?sig={REMOVED}&$skiptoken=1"
    assert clean["request"]["body"] == {"password": REMOVED, "n": 1}


def test_what_a_script_printed_is_removed() -> None:
    view = {
        "code": "ComponentStatus/StdOut/succeeded",
        "level": "Info",
        "message": "hunter2",
        "time": "2026-11-20T09:00:00Z",
    }

    assert body_of([view]) == [{**view, "message": REMOVED}]
    assert body_of([{**view, "message": ""}]) == [{**view, "message": ""}]
    assert body_of([{**view, "code": "ComponentStatus/GuestAttestation/failed"}])[0]["message"] == "hunter2"


def test_json_within_a_text_is_looked_into() -> None:
    secrets = {"protectedSettings": {"a": [{"b": {"c": "hunter2"}}]}, "script": "hunter2", "name": "é"}
    inner = {"publisher": "p", "settings": {"x": "hunter2"}, "deeper": json.dumps([secrets])}

    clean = body_of({"statusMessage": json.dumps(inner)})

    assert "hunter2" not in json.dumps(clean)
    assert json.loads(json.loads(clean["statusMessage"])["deeper"]) == [
        {"protectedSettings": REMOVED, "script": REMOVED, "name": "é"}
    ]


@pytest.mark.parametrize("held", ['{"a":  1.50, "b": "\\u00e9"}', "[", "{not json}", "[1e999]", "[" * 5000])
def test_json_within_a_text_that_holds_no_secret_stays_as_it_is(held: str) -> None:
    assert body_of({"message": held}) == {"message": held}


def test_a_value_with_the_name_of_a_secret_beside_it_is_removed() -> None:
    pairs = [{"name": "adminPassword", "value": "hunter2"}, {"name": "size", "value": "x"}]

    assert body_of(pairs) == [{"name": "adminPassword", "value": REMOVED}, {"name": "size", "value": "x"}]


def extension(settings: Any) -> Any:
    properties = {"publisher": "p", "type": "t", "settings": settings}
    return body_of({"value": [{"properties": properties}]})["value"][0]["properties"]["settings"]


def test_of_an_extensions_settings_only_those_of_guest_attestation_stay() -> None:
    maa = {"maaEndpoint": "https://mine.eus.attest.azure.net", "maaTenantName": "GuestAttestation"}
    asc = {"ascReportingEndpoint": "", "ascReportingFrequency": ""}
    known = {"AttestationConfig": {"MaaSettings": maa, "AscSettings": asc, "useCustomToken": "false"}}

    assert extension(known) == known
    assert extension(maa) == maa
    assert extension({**known, "other": "x"}) == known
    assert extension({"AttestationConfig": {"MaaSettings": {**maa, "extra": "x"}}}) == {
        "AttestationConfig": {"MaaSettings": maa}
    }
    assert extension({"maaEndpoint": "https://x/?sig=abc"}) == {"maaEndpoint": f"https://x/?sig={REMOVED}"}


@pytest.mark.parametrize("settings", ["text", ["a"], 7, {"x": "y"}, None, {}])
def test_other_settings_are_left_out(settings: Any) -> None:
    assert not extension(settings)


def test_an_exchange_that_is_not_json_is_scrubbed_too() -> None:
    assert body_of("<html>AccountKey=abc</html>") == f"<html>AccountKey={REMOVED}</html>"
    assert body_of(None) is None


@pytest.mark.parametrize("name", sorted(folder.name for folder in SAMPLES.iterdir()))
def test_a_samples_bodies_are_left_as_they_are(name: str) -> None:
    for file in (SAMPLES / name / "snapshot/responses").rglob("*.json"):
        exchange = json.loads(file.read_text("utf-8"))

        clean = scrubbed(exchange)

        assert clean["response"]["body"] == exchange["response"]["body"], file
        assert parse_exchange(clean, "").key == parse_exchange(exchange, "").key


def test_a_long_list_is_scrubbed_in_time() -> None:
    capability = {"name": "TrustedLaunchDisabled", "value": "True"}
    sizes = [{"name": f"Standard_D{place}s_v5", "capabilities": [capability] * 40} for place in range(1000)]

    assert body_of({"value": sizes}) == {"value": sizes}
