"""Whether a client certificate is one to sign in to Microsoft Entra ID with: it has its own RSA key, and opens."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

_PEM = b"-----BEGIN"
_TROUBLES = (ValueError, TypeError, UnsupportedAlgorithm)
"""What `cryptography` raises for content that it cannot read; a needless password is a TypeError."""


class BadCertificateError(Exception):
    """Why it is not, in words that follow the name of the key; never with any of its content."""


def check_certificate(content: bytes, password: bytes | None) -> None:
    """Raise BadCertificateError unless Entra ID can be shown this certificate (RSA only, signed with PS256).

    The rules are those of azure-identity's CertificateCredential, which raises texts of OpenSSL instead.
    """
    key, certificate = _from_pem(content, password) if _PEM in content else _from_pkcs12(content, password)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadCertificateError("has no RSA key: make a certificate with one.")
    if key.public_key() != certificate.public_key():
        raise BadCertificateError("has a private key that belongs to another certificate: put the two together anew.")


def _from_pem(content: bytes, password: bytes | None) -> tuple[object, x509.Certificate]:
    if b"PRIVATE KEY-----" not in content:
        raise BadCertificateError("has no private key: add it to the PEM text, before or after the certificate.")
    try:
        content.decode()
        return serialization.load_pem_private_key(content, password), x509.load_pem_x509_certificate(content)
    except _TROUBLES:
        raise BadCertificateError(_unreadable("PEM", password)) from None


def _from_pkcs12(content: bytes, password: bytes | None) -> tuple[object, x509.Certificate]:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(content, password)
    except _TROUBLES:
        raise BadCertificateError(_unreadable("PEM or PKCS #12", password)) from None
    if key is None or certificate is None:
        raise BadCertificateError("has no private key or no certificate: export both.")
    return key, certificate


def _unreadable(form: str, password: bytes | None) -> str:
    opened = "with" if password else "without"
    return f"cannot be read as {form} {opened} AZURE_CLIENT_CERTIFICATE_PASSWORD: correct the one or the other."
