"""How each kind of credentials signs in: with azure-identity's own class for it, over our connections."""

from typing import Any, assert_never

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import CertificateCredential, ClientSecretCredential, WorkloadIdentityCredential

from azure_batch_operator.cloud.hosts import TokenHosts
from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.credentials import ClientCertificate, ClientSecret, Credentials, FederatedIdentity
from azure_batch_operator.settings import Settings

_MICROSOFT = TokenHosts(("microsoftonline.com", "microsoftonline.us", "partner.microsoftonline.cn", "chinacloudapi.cn"))


def own_credentials(settings: Settings) -> Credentials:
    """The operator's own."""
    return ClientSecret(
        tenant_id=settings.tenant_id,
        client_id=settings.client_id,
        secret=Confidential(settings.client_secret.get_secret_value()),
    )


def credential_of(credentials: Credentials, settings: Settings, transport: AioHttpTransport) -> AsyncTokenCredential:
    """What gets tokens for the credentials; raises ValueError for what `core.credentials` would not have let pass."""
    options: dict[str, Any] = {
        "authority": settings.authority,
        "disable_instance_discovery": not _MICROSOFT.admit(settings.authority),
        "transport": transport,
        "retry_total": 0,
    }
    match credentials:
        case ClientSecret(tenant_id=tenant_id, client_id=client_id, secret=secret):
            return ClientSecretCredential(tenant_id, client_id, secret.reveal(), **options)
        case ClientCertificate(tenant_id=tenant_id, client_id=client_id, certificate=content, password=password):
            options["password"] = password.reveal() if password else None
            return CertificateCredential(tenant_id, client_id, certificate_data=content.reveal(), **options)
        case FederatedIdentity(tenant_id=tenant_id, client_id=client_id):
            token_file = str(settings.federated_token_file or "")
            return WorkloadIdentityCredential(
                tenant_id=tenant_id, client_id=client_id, token_file_path=token_file, **options
            )
        case _:
            assert_never(credentials)
