"""Client assertions: signed statements by which an application signs in without a secret.

Either it signed the statement itself, with the key of a certificate that is registered with it, or somebody whom it
trusts did (a federated credential). See "Microsoft identity platform application authentication certificate
credentials" and "Workload identity federation" on learn.microsoft.com.
"""

import base64
import time
from collections.abc import Collection
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from azure_simulator.answers import EntraError
from azure_simulator.identity.scenario import FederatedCredential
from azure_simulator.scenario import Application

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ("RS256", "PS256")
"""What Microsoft promises to accept."""

_LEEWAY = 300
_SIGNATURE_ONLY: Options = {
    "verify_aud": False,
    "verify_iss": False,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


def check_assertion(application: Application, assertion: str, audiences: Collection[str]) -> None:
    """Refuse an assertion that does not prove that its bearer is the application; raises EntraError.

    `audiences`: what an application may call this authority in a statement of its own.
    """
    header, claims = _unverified(assertion)
    if str(claims.get("iss", "")).casefold() == application.client_id.casefold():
        _check_signed_by_itself(application, assertion, header)
        _check_own_claims(application, claims, audiences)
    else:
        _check_signed_by_trusted(_trusted(application, claims), assertion, header)
    _check_time(claims)


def _unverified(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return jwt.get_unverified_header(assertion), jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise _refusal(50027, "JWT token is invalid or malformed.") from error


def _check_signed_by_itself(application: Application, assertion: str, header: dict[str, Any]) -> None:
    named = {str(header[word]).rstrip("=") for word in ("x5t", "x5t#S256", "kid") if word in header}
    certificates = [x509.load_pem_x509_certificate(pem.encode()) for pem in application.certificates]
    matching = [each for each in certificates if named & _thumbprints(each)]
    if not matching:
        raise _refusal(
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application. "
            f"[Reason - The key was not found., Thumbprint of key used by client: '{', '.join(sorted(named))}'].",
        )
    key = matching[0].public_key()
    if not isinstance(key, RSAPublicKey) or not _is_signed_by(key, assertion):
        raise _refusal(
            700027,
            "Client assertion contains an invalid signature. [Reason - The key was found, but use of the key to verify "
            "the signature failed.].",
        )


def _check_own_claims(application: Application, claims: dict[str, Any], audiences: Collection[str]) -> None:
    if str(claims.get("sub", "")).casefold() != application.client_id.casefold():
        raise _refusal(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
    if str(claims.get("aud", "")).rstrip("/").casefold() not in {audience.casefold() for audience in audiences}:
        raise _refusal(700023, "Client assertion audience claim does not match Realm issuer.")


def _trusted(application: Application, claims: dict[str, Any]) -> FederatedCredential:
    """The federated credential that the claims fit; the refusal names what of the claims fits none."""
    found = application.federated_credentials
    issuer, subject, audiences = str(claims.get("iss")), str(claims.get("sub")), _listed(claims.get("aud"))
    found = tuple(each for each in found if each.issuer == issuer)
    if not found:
        raise _unmatched(700211, "issuer", issuer)
    found = tuple(each for each in found if audiences & set(each.audiences))
    if not found:
        raise _unmatched(700212, "audience", ", ".join(sorted(audiences)))
    found = tuple(each for each in found if each.subject == subject)
    if not found:
        raise _unmatched(700213, "subject", subject)
    return found[0]


def _check_signed_by_trusted(trusted: FederatedCredential, assertion: str, header: dict[str, Any]) -> None:
    keys = [jwt.PyJWK(key) for key in trusted.key_set.keys if key.get("kid") == header.get("kid")]
    if not any(_is_signed_by(key, assertion) for key in keys):
        raise _refusal(
            50013, "Assertion failed signature validation. [Reason - The key was not found, or did not sign it.]."
        )


def _check_time(claims: dict[str, Any]) -> None:
    now, begin, end = time.time(), float(claims.get("nbf", 0)), float(claims.get("exp", 0))
    if not begin - _LEEWAY <= now <= end + _LEEWAY:
        raise _refusal(
            700024,
            f"Client assertion is not within its valid time range. Current time: {_moment(now)}, assertion valid from "
            f"{_moment(begin)}, expiry time of assertion {_moment(end)}.",
        )


def _is_signed_by(key: RSAPublicKey | jwt.PyJWK, assertion: str) -> bool:
    try:
        jwt.decode(assertion, key, algorithms=list(_ALGORITHMS), options=_SIGNATURE_ONLY)
    except jwt.InvalidTokenError:
        return False
    return True


def _thumbprints(certificate: x509.Certificate) -> set[str]:
    """How clients name a certificate: SHA-1 or SHA-256, base64url without padding, or SHA-1 as hexadecimal digits."""
    digests = [certificate.fingerprint(each) for each in (hashes.SHA1(), hashes.SHA256())]  # noqa: S303
    names = {base64.urlsafe_b64encode(digest).rstrip(b"=").decode() for digest in digests}
    return names | {digests[0].hex(), digests[0].hex().upper()}


def _listed(audience: object) -> set[str]:
    return set(audience) if isinstance(audience, list) else {str(audience)}


def _unmatched(number: int, claim: str, presented: str) -> EntraError:
    return _refusal(
        number,
        f"No matching federated identity record found for presented assertion {claim} '{presented}'. Check your "
        "federated identity credential Subject, Audience and Issuer against the presented assertion.",
    )


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _refusal(number: int, message: str) -> EntraError:
    return EntraError(401, "invalid_client", message, number=number)
