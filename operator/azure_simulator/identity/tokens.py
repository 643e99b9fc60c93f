"""Access tokens: signed as Microsoft Entra ID signs them, and checked as Azure's services check them."""

import base64
import hashlib
import time
import uuid
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.types import Options

from azure_simulator.access import Caller
from azure_simulator.identity.directory import Directory
from azure_simulator.scenario import Application, Tenant

_ALGORITHM = "RS256"
_CHECKS: Options = {"verify_aud": False, "verify_iss": False, "require": ["exp", "aud", "iss", "tid", "appid"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """The RSA key that signs tokens, and the id under which its public half is published."""

    private: rsa.RSAPrivateKey
    id: str = field(init=False)

    def __post_init__(self) -> None:
        public = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        object.__setattr__(self, "id", _base64url(hashlib.sha256(public).digest()[:20]))

    @classmethod
    def kept_in(cls, path: Path) -> "SigningKey":
        """The key in the PEM file `path`, which is made when it is missing."""
        if path.exists():
            # Checking the key takes most of a start, and it is the one that was made below.
            loaded = serialization.load_pem_private_key(
                path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True
            )
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise ValueError(f"{path} holds no RSA key; delete it, and a new one is made")
            return cls(private=loaded)
        key = cls(private=rsa.generate_private_key(public_exponent=65537, key_size=2048))
        path.write_bytes(key.pem())
        path.chmod(0o600)
        return key

    def pem(self) -> bytes:
        """The private key in PEM form."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def public_document(self) -> dict[str, str]:
        """The key as a JSON Web Key."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": _ALGORITHM,
            "kid": self.id,
            "x5t": self.id,
            "n": _base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": _base64url(numbers.e.to_bytes(3, "big")),
        }


class Method(Enum):
    """How an application proved who it is, as tokens tell it (`appidacr`)."""

    SECRET = "1"  # noqa: S105  # a number of Entra ID's
    ASSERTION = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An application that has just proved who it is."""

    application: Application
    method: Method


class TokenRejectedError(Exception):
    """A token that no service accepts; `code` is Resource Manager's word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Tokens:
    """Issues and checks access tokens; their life is measured in real time, as clients measure it."""

    def __init__(self, key: SigningKey, directory: Directory, *, lifetime: int) -> None:
        self._key = key
        self._directory = directory
        self.lifetime = lifetime

    def issue(self, tenant: Tenant, signed_in: SignedIn, audience: str) -> str:
        """A token for the application that the service `audience` accepts for `lifetime` seconds."""
        now, application = int(time.time()), signed_in.application
        claims = {
            "aud": audience,
            "iss": _issuer(tenant.id),
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
            "appid": application.client_id,
            "appidacr": signed_in.method.value,
            "idp": _issuer(tenant.id),
            "idtyp": "app",
            "oid": application.object_id,
            "sub": application.object_id,
            "tid": tenant.id,
            "uti": _base64url(uuid.uuid4().bytes),
            "ver": "1.0",
        }
        return jwt.encode(claims, self._key.private, algorithm=_ALGORITHM, headers={"kid": self._key.id})

    def caller(self, token: str, audiences: tuple[str, ...]) -> Caller:
        """Who holds `token`; raises TokenRejectedError unless it is whole, in date, ours and for `audiences`."""
        claims = self._claims(token)
        if str(claims["aud"]).rstrip("/").casefold() not in audiences:
            raise _wrong_audience(str(claims["aud"]), audiences)
        tenant = self._directory.tenant(str(claims["tid"]))
        if tenant is None or claims["iss"] != _issuer(tenant.id):
            raise TokenRejectedError(
                "InvalidAuthenticationTokenTenant",
                f"The access token is from the wrong issuer '{claims['iss']}'. It must match one of the tenants "
                "that this cloud serves.",
            )
        application = self._directory.application(tenant, str(claims["appid"]))
        if application is None:
            raise TokenRejectedError("InvalidAuthenticationToken", "The application of the token does not exist.")
        return Caller(tenant_id=tenant.id, object_id=application.object_id, app_id=application.client_id)

    def expiry(self, token: str) -> int:
        """When a token that was issued here ends, in seconds since 1970."""
        return int(self._claims(token)["exp"])

    def key_set(self) -> dict[str, Any]:
        """The published keys (RFC 7517)."""
        return {"keys": [self._key.public_document()]}

    def _claims(self, token: str) -> dict[str, Any]:
        public = self._key.private.public_key()
        try:
            claims: dict[str, Any] = jwt.decode(token, public, algorithms=[_ALGORITHM], options=_CHECKS)
        except jwt.ExpiredSignatureError as error:
            raise expired() from error
        except jwt.InvalidTokenError as error:
            raise TokenRejectedError("InvalidAuthenticationToken", "The access token is invalid.") from error
        return claims


def unknown_resource(audience: str, tenant: Tenant) -> str:
    """Why no token is issued for something that is no service of this cloud."""
    return (
        f"The resource principal named {audience} was not found in the tenant named {tenant.display_name}. This can "
        "happen if the application has not been installed by the administrator of the tenant or consented to by any "
        "user in the tenant. You might have sent your authentication request to the wrong tenant."
    )


def expired() -> TokenRejectedError:
    """The refusal of a token whose time is over."""
    now = time.strftime("%m/%d/%Y %H:%M:%S", time.gmtime())
    return TokenRejectedError(
        "ExpiredAuthenticationToken",
        f"The access token expiry UTC time is earlier than current UTC time '{now}'.",
    )


def _wrong_audience(audience: str, allowed: tuple[str, ...]) -> TokenRejectedError:
    choices = ",".join(f"'{choice}'" for choice in allowed)
    return TokenRejectedError(
        "InvalidAuthenticationTokenAudience",
        "The access token has been obtained for wrong audience or resource "
        f"'{audience}'. It should exactly match with one of the allowed audiences {choices}.",
    )


def _issuer(tenant_id: str) -> str:
    return f"https://sts.windows.net/{tenant_id}/"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
