"""How a principal proves to Microsoft Entra ID who it is, as a Secret in the cluster tells it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from azure_batch_operator.core.certificates import BadCertificateError, check_certificate
from azure_batch_operator.core.confidential import Confidential

TENANT_ID = "AZURE_TENANT_ID"
CLIENT_ID = "AZURE_CLIENT_ID"
CLIENT_SECRET = "AZURE_CLIENT_SECRET"  # noqa: S105  # the name of a key
CLIENT_CERTIFICATE = "AZURE_CLIENT_CERTIFICATE"
CERTIFICATE_PASSWORD = "AZURE_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105  # the name of a key

_ID = re.compile(r"[0-9A-Za-z.-]+")
"""What tenants and applications are called: ids, and a tenant also by its domain. Nothing that bends a URL."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SecretRef:
    """A Secret of the cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"Secret {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """An application that signs in with a text that it shares with Entra ID."""

    tenant_id: str
    client_id: str
    secret: Confidential[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """An application that signs in with a certificate that is registered with it."""

    tenant_id: str
    client_id: str
    certificate: Confidential[bytes]
    """PEM or PKCS #12, with its private key."""
    password: Confidential[bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedIdentity:
    """An application that trusts the operator's own service account."""

    tenant_id: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFile:
    """An application that signs in with a certificate in a file, as it stands there now."""

    tenant_id: str
    client_id: str
    path: Path
    """Of PEM or PKCS #12, with its private key."""
    password: Confidential[bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity:
    """An identity of the machine that the operator runs on; without client id the machine's own."""

    client_id: str


Credentials: TypeAlias = ClientSecret | ClientCertificate | FederatedIdentity
"""What a Secret may hold."""

AnyCredentials: TypeAlias = Credentials | CertificateFile | ManagedIdentity
"""What anybody signs in with who is known here, the operator itself among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCredentials:
    """A Secret that nobody can sign in with; the message names Secret and key, and never shows what is in them."""

    message: str


class _UnusableError(Exception):
    """Why a Secret cannot be used, in words that follow its name."""


def credentials_from(secret: SecretRef, data: Mapping[str, bytes], *, federated: bool) -> Credentials | BadCredentials:
    """The credentials in a Secret's data; `federated`: whether the operator has a token to be trusted by."""
    try:
        return _credentials(data, federated=federated)
    except _UnusableError as trouble:
        return BadCredentials(message=f"{secret} {trouble}")


def _credentials(data: Mapping[str, bytes], *, federated: bool) -> Credentials:
    tenant_id, client_id = _id(data, TENANT_ID), _id(data, CLIENT_ID)
    match bool(data.get(CLIENT_SECRET)), bool(data.get(CLIENT_CERTIFICATE)):
        case True, True:
            raise _UnusableError(f"has both {CLIENT_SECRET} and {CLIENT_CERTIFICATE}: leave one of them out.")
        case True, False:
            return ClientSecret(
                tenant_id=tenant_id, client_id=client_id, secret=Confidential(_text(data, CLIENT_SECRET))
            )
        case False, True:
            return _certificate(tenant_id, client_id, data)
        case _:
            _check_federation(federated=federated)
            return FederatedIdentity(tenant_id=tenant_id, client_id=client_id)


def _certificate(tenant_id: str, client_id: str, data: Mapping[str, bytes]) -> ClientCertificate:
    certificate, password = data[CLIENT_CERTIFICATE], data.get(CERTIFICATE_PASSWORD, b"").rstrip(b"\r\n") or None
    try:
        check_certificate(certificate, password)
    except BadCertificateError as trouble:
        raise _UnusableError(f"cannot be signed in with: {CLIENT_CERTIFICATE} {trouble}") from None
    return ClientCertificate(
        tenant_id=tenant_id,
        client_id=client_id,
        certificate=Confidential(certificate),
        password=Confidential(password) if password else None,
    )


def _check_federation(*, federated: bool) -> None:
    if not federated:
        raise _UnusableError(
            f"has neither {CLIENT_SECRET} nor {CLIENT_CERTIFICATE}, and the operator has no federated token to sign in "
            "with (AZURE_FEDERATED_TOKEN_FILE): add one of the two keys."
        )


def _id(data: Mapping[str, bytes], key: str) -> str:
    value = _text(data, key)
    if not _ID.fullmatch(value):
        raise _UnusableError(f"has no usable {key}: write the id from Microsoft Entra ID, and nothing else.")
    return value


def _text(data: Mapping[str, bytes], key: str) -> str:
    """A value without the line break that many a Secret was made with."""
    try:
        value = data.get(key, b"").decode().strip()
    except UnicodeDecodeError:
        raise _UnusableError(f"has a {key} that is no text: write it as it is, in UTF-8.") from None
    if not value:
        raise _UnusableError(f"lacks {key}: add it.")
    return value
