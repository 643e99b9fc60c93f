"""Secrets as credentials: what can be signed in with, what is wrong with the rest, and that nobody sees either."""

import copy
import dataclasses
import json
import pickle

import pytest

from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.credentials import (
    BadCredentials,
    ClientCertificate,
    ClientSecret,
    FederatedIdentity,
    SecretRef,
    credentials_from,
)
from tests.support.certificates import certificate, elliptic_pem

SECRET = SecretRef(namespace="rendering", name="azure-rendering")
IDS = {"AZURE_TENANT_ID": b"contoso.onmicrosoft.com", "AZURE_CLIENT_ID": b"11111111-1111-4111-8111-111111111111"}
WHO = {"tenant_id": "contoso.onmicrosoft.com", "client_id": "11111111-1111-4111-8111-111111111111"}
HUNTER = b"hunter2"


def complaint(data: dict[str, bytes], *, federated: bool = False) -> str:
    """Why a Secret with this data is refused."""
    found = credentials_from(SECRET, data, federated=federated)
    assert isinstance(found, BadCredentials)
    return found.message


def test_a_client_secret_is_read_without_the_line_break_that_echo_adds() -> None:
    data = {key: value + b"\n" for key, value in (IDS | {"AZURE_CLIENT_SECRET": HUNTER}).items()}
    found = credentials_from(SECRET, data, federated=True)
    assert found == ClientSecret(**WHO, secret=Confidential("hunter2"))


@pytest.mark.parametrize("password", [None, b"open sesame"])
@pytest.mark.parametrize("form", ["pem", "pkcs12"])
def test_a_certificate_may_be_pem_or_pkcs12_with_or_without_a_password(form: str, password: bytes | None) -> None:
    content: bytes = getattr(certificate(), form)(password)
    data = IDS | {"AZURE_CLIENT_CERTIFICATE": content}
    if password:
        data |= {"AZURE_CLIENT_CERTIFICATE_PASSWORD": password + b"\n"}
    found = credentials_from(SECRET, data, federated=False)
    expected = Confidential(password) if password else None
    assert found == ClientCertificate(**WHO, certificate=Confidential(content), password=expected)


def test_ids_alone_mean_a_federated_identity() -> None:
    assert credentials_from(SECRET, IDS, federated=True) == FederatedIdentity(**WHO)


def test_ids_alone_are_not_enough_for_an_operator_without_a_token() -> None:
    assert complaint(IDS) == (
        "Secret rendering/azure-rendering has neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE, and the "
        "operator has no federated token to sign in with (AZURE_FEDERATED_TOKEN_FILE): add one of the two keys."
    )


@pytest.mark.parametrize("key", ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"])
@pytest.mark.parametrize("value", [None, b"", b" \n"])
def test_a_key_that_is_missing_or_empty_is_named(key: str, value: bytes | None) -> None:
    data = {**IDS, "AZURE_CLIENT_SECRET": HUNTER}
    data = data | {key: value} if value is not None else {each: data[each] for each in data if each != key}
    assert complaint(data) == f"Secret rendering/azure-rendering lacks {key}: add it."


@pytest.mark.parametrize("value", [b"a/../b", b"contoso?x=y", b"two words", b"\xc3\xa9"])
def test_an_id_that_would_bend_a_url_is_refused(value: bytes) -> None:
    said = complaint({**IDS, "AZURE_CLIENT_SECRET": HUNTER, "AZURE_TENANT_ID": value})
    assert said.startswith("Secret rendering/azure-rendering has no usable AZURE_TENANT_ID")


def test_a_secret_that_is_no_text_is_refused() -> None:
    assert "has a AZURE_CLIENT_SECRET that is no text" in complaint({**IDS, "AZURE_CLIENT_SECRET": b"\xff\xfe"})


def test_two_proofs_at_once_are_refused() -> None:
    said = complaint({**IDS, "AZURE_CLIENT_SECRET": HUNTER, "AZURE_CLIENT_CERTIFICATE": certificate().pem()})
    assert "has both AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE" in said


@pytest.mark.parametrize(
    ("content", "password", "words"),
    [
        (b"garbage", b"", "cannot be read as PEM or PKCS #12 without"),
        (b"-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n", b"", "cannot be read as PEM without"),
        (certificate().public_pem, b"", "has no private key"),
        (certificate().key_pem(), b"", "cannot be read as PEM without"),
        (certificate().pem(HUNTER), b"", "cannot be read as PEM without"),
        (certificate().pem(HUNTER), b"wrong", "cannot be read as PEM with"),
        (certificate().pem(), b"needless", "cannot be read as PEM with"),
        (certificate().pkcs12(HUNTER), b"wrong", "cannot be read as PEM or PKCS #12 with"),
        (elliptic_pem(), b"", "has no RSA key"),
        (certificate(1).key_pem() + certificate(2).public_pem, b"", "belongs to another certificate"),
        (certificate().pem() + b"\xff", b"", "cannot be read as PEM without"),
    ],
)
def test_a_certificate_that_cannot_be_signed_in_with_is_refused_in_words(
    content: bytes, password: bytes, words: str
) -> None:
    said = complaint({**IDS, "AZURE_CLIENT_CERTIFICATE": content, "AZURE_CLIENT_CERTIFICATE_PASSWORD": password})
    assert said.startswith("Secret rendering/azure-rendering cannot be signed in with: AZURE_CLIENT_CERTIFICATE ")
    assert words in said


def test_equal_secrets_are_one_credential_and_another_content_is_another() -> None:
    data = IDS | {"AZURE_CLIENT_SECRET": HUNTER}
    elsewhere = SecretRef(namespace="stills", name="copy")
    same = credentials_from(elsewhere, dict(data), federated=False)
    rotated = credentials_from(SECRET, data | {"AZURE_CLIENT_SECRET": b"hunter3"}, federated=False)
    assert len({credentials_from(SECRET, data, federated=False), same, rotated}) == 2


@pytest.mark.parametrize("key", ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE"])
def test_no_way_to_print_credentials_shows_what_is_in_them(key: str) -> None:
    content = HUNTER if key == "AZURE_CLIENT_SECRET" else certificate().pem()
    found = credentials_from(SECRET, IDS | {key: content}, federated=False)
    shown = f"{found} {found!r} {json.dumps({'found': found}, default=repr)}"
    assert "***" in shown
    assert "hunter2" not in shown
    assert "PRIVATE KEY" not in shown


def test_a_confidential_value_is_written_nowhere() -> None:
    held = ClientSecret(**WHO, secret=Confidential("hunter2"))
    for write in (pickle.dumps, copy.deepcopy, dataclasses.asdict):
        with pytest.raises(TypeError, match="not written anywhere"):
            write(held)
