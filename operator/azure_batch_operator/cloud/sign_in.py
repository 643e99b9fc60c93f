"""How each kind of credentials signs in: with azure-identity's own class for it, over our connections."""

from pathlib import Path
from typing import Any, assert_never

import aiohttp
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import (
    CertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from azure_batch_operator.cloud.certificate_files import RotatedCertificate
from azure_batch_operator.cloud.connections import transport_over
from azure_batch_operator.cloud.failures import Principal
from azure_batch_operator.cloud.hosts import TokenHosts
from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.credentials import (
    AnyCredentials,
    CertificateFile,
    ClientCertificate,
    ClientSecret,
    FederatedIdentity,
    ManagedIdentity,
    SecretRef,
)
from azure_batch_operator.settings import Settings

_MICROSOFT = TokenHosts(("microsoftonline.com", "microsoftonline.us", "partner.microsoftonline.cn", "chinacloudapi.cn"))

_NEARBY = 2.0
"""Seconds for a connection to the machine's own metadata endpoint: where there is none, nothing answers at all."""


def own_credentials(settings: Settings) -> AnyCredentials:
    """The operator's own."""
    tenant_id, client_id = settings.tenant_id, settings.client_id
    match settings.sign_in:
        case "ClientSecret":
            secret = Confidential(settings.client_secret.get_secret_value())
            return ClientSecret(tenant_id=tenant_id, client_id=client_id, secret=secret)
        case "ClientCertificate":
            password = settings.client_certificate_password.get_secret_value().encode()
            return CertificateFile(
                tenant_id=tenant_id,
                client_id=client_id,
                path=settings.client_certificate_path or Path(),
                password=Confidential(password) if password else None,
            )
        case "WorkloadIdentity":
            return FederatedIdentity(tenant_id=tenant_id, client_id=client_id)
        case "ManagedIdentity":
            return ManagedIdentity(client_id=client_id)
        case _:
            assert_never(settings.sign_in)


def principal_of(credentials: AnyCredentials, settings: Settings, secret: SecretRef | None) -> Principal:
    """Whom the credentials are of, as failures tell it."""
    if isinstance(credentials, ManagedIdentity):
        return _machine(credentials)
    where = str(secret) if secret else _whereabouts(credentials, settings)
    return Principal(
        name=f"application {credentials.client_id} of tenant {credentials.tenant_id}",
        secret=secret,
        issuer=f"{settings.authority}/{credentials.tenant_id}",
        remedy=f"Correct what is in {where}, or by what the application may sign in.",
    )


def credential_of(
    credentials: AnyCredentials, settings: Settings, connections: aiohttp.ClientSession
) -> AsyncTokenCredential:
    """What gets tokens for the credentials; raises ValueError for what `core.credentials` would not have let pass."""
    options = _options(settings, connections)
    match credentials:
        case ClientSecret(tenant_id=tenant_id, client_id=client_id, secret=secret):
            return ClientSecretCredential(tenant_id, client_id, secret.reveal(), **options)
        case ClientCertificate(tenant_id=tenant_id, client_id=client_id, certificate=content, password=password):
            options["password"] = password.reveal() if password else None
            return CertificateCredential(tenant_id, client_id, certificate_data=content.reveal(), **options)
        case CertificateFile():
            return RotatedCertificate(credentials, options)
        case FederatedIdentity(tenant_id=tenant_id, client_id=client_id):
            token_file = str(settings.federated_token_file or "")
            return WorkloadIdentityCredential(
                tenant_id=tenant_id, client_id=client_id, token_file_path=token_file, **options
            )
        case ManagedIdentity(client_id=client_id):
            return _of_the_machine(client_id, settings, connections)
        case _:
            assert_never(credentials)


def _options(settings: Settings, connections: aiohttp.ClientSession) -> dict[str, Any]:
    return {
        "authority": settings.authority,
        "disable_instance_discovery": not _MICROSOFT.admit(settings.authority),
        "transport": transport_over(connections, settings.request_timeout),
        "retry_total": 0,
    }


def _of_the_machine(client_id: str, settings: Settings, connections: aiohttp.ClientSession) -> AsyncTokenCredential:
    nearby = transport_over(connections, settings.request_timeout, connecting=_NEARBY)
    # Without the last option the class takes a federated token instead wherever the variables for one are set.
    return ManagedIdentityCredential(
        client_id=client_id or None,
        transport=nearby,
        retry_total=0,
        _exclude_workload_identity_credential=True,
    )


def _machine(identity: ManagedIdentity) -> Principal:
    name, remedy = "the machine's own managed identity", "Give the machine one"
    if identity.client_id:
        name, remedy = (
            f"managed identity {identity.client_id}",
            "Give the machine this identity, correct AZURE_CLIENT_ID",
        )
    return Principal(
        name=name,
        issuer="the machine's metadata endpoint",
        remedy=f"{remedy}, or choose another way in AZURE_BATCH_OPERATOR_SIGN_IN.",
    )


def _whereabouts(credentials: AnyCredentials, settings: Settings) -> str:
    match credentials:
        case CertificateFile(path=path):
            return str(path)
        case FederatedIdentity():
            return f"{settings.federated_token_file}, AZURE_TENANT_ID or AZURE_CLIENT_ID"
        case _:
            return "the operator's settings"
