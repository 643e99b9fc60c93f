"""How an application of a scenario may prove who it is."""

from typing import Annotated, Any

from cryptography import x509
from pydantic import AfterValidator, Field

from azure_simulator.sections import Section

EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"
"""Whom tokens are meant for that an application is to trust, unless it says otherwise."""


def _readable(pem: str) -> str:
    x509.load_pem_x509_certificate(pem.encode())
    return pem


CertificatePem = Annotated[str, AfterValidator(_readable)]
"""A certificate in PEM form, without its key."""


class KeySet(Section):
    """Public keys as JSON Web Keys (RFC 7517)."""

    keys: tuple[dict[str, Any], ...]


class FederatedCredential(Section):
    """Whose tokens an application trusts: issuer and subject must be equal to the last letter, as must one audience.

    Microsoft Entra ID fetches the issuer's keys from the issuer; here they stand in the scenario as the key set (RFC
    7517) that a cluster answers to `kubectl get --raw /openid/v1/jwks`.
    """

    issuer: str
    subject: str
    audiences: tuple[str, ...] = Field(default=(EXCHANGE_AUDIENCE,), min_length=1)
    key_set: KeySet


class Proofs(Section):
    """By what an application may sign in.

    `secrets` are accepted as client secrets, `certificates` (PEM) verify assertions that it signed itself.
    """

    secrets: tuple[str, ...] = ()
    certificates: tuple[CertificatePem, ...] = ()
    federated_credentials: tuple[FederatedCredential, ...] = ()
