"""Client certificates for tests, each with its RSA key, in the forms in which people keep them."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

_NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "render-images")])


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """A certificate and its key."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def public_pem(self) -> bytes:
        """The certificate alone, as it is registered with an application."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def pem(self, password: bytes | None = None) -> bytes:
        """Key and certificate in one PEM text."""
        return self.key_pem(password) + self.public_pem

    def key_pem(self, password: bytes | None = None) -> bytes:
        """The key alone."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, _encryption(password)
        )

    def pkcs12(self, password: bytes | None = None) -> bytes:
        """Key and certificate in one PKCS #12 file."""
        return pkcs12.serialize_key_and_certificates(b"it", self.key, self.certificate, None, _encryption(password))


@functools.cache
def certificate(number: int = 1) -> ClientCertificate:
    """One certificate for each number."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ClientCertificate(key=key, certificate=_signed(key, number))


def elliptic_pem() -> bytes:
    """A certificate whose key is no RSA key."""
    key = ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text + _signed(key, 1).public_bytes(serialization.Encoding.PEM)


def _signed(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, number: int) -> x509.Certificate:
    now = datetime.now(UTC)
    unsigned = x509.CertificateBuilder(
        issuer_name=_NAME,
        subject_name=_NAME,
        public_key=key.public_key(),
        serial_number=number,
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=30),
    )
    return unsigned.sign(key, hashes.SHA256())


def _encryption(password: bytes | None) -> serialization.KeySerializationEncryption:
    return serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
