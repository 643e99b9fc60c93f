"""TLS for loopback: a certificate authority of the simulator's own, made on first start."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CA_LIFE = timedelta(days=3650)
_LEAF_LIFE = timedelta(days=800)
_RENEW_BEFORE = timedelta(days=30)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The file that clients trust, and the context that servers answer with."""

    ca_file: Path
    context: ssl.SSLContext


def certificates_in(data_dir: Path, host: str) -> Certificates:
    """The certificates kept in `data_dir`, made or renewed where needed; the leaf names loopback and `host`."""
    ca_file, ca_key_file = data_dir / "ca.pem", data_dir / "ca-key.pem"
    leaf_file = data_dir / "server.pem"
    if not (ca_file.exists() and ca_key_file.exists()):
        _make_authority(ca_file, ca_key_file)
        leaf_file.unlink(missing_ok=True)
    names = tuple(dict.fromkeys((*_LOOPBACK, host)))
    if not _is_good(leaf_file, names):
        _make_leaf(leaf_file, names, ca_file, ca_key_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(leaf_file)
    return Certificates(ca_file=ca_file.resolve(), context=context)


def _make_authority(ca_file: Path, ca_key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Azure simulator CA")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _builder(name, name, key.public_key(), _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_private(ca_key_file, _pem(key))


def _make_leaf(leaf_file: Path, names: tuple[str, ...], ca_file: Path, ca_key_file: Path) -> None:
    authority = x509.load_pem_x509_certificate(ca_file.read_bytes())
    authority_key = serialization.load_pem_private_key(ca_key_file.read_bytes(), password=None)
    if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{ca_key_file} holds no elliptic curve key; delete the data directory's *.pem files")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = (
        _builder(subject, authority.subject, key.public_key(), _LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_identifier(authority), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write_private(leaf_file, _pem(key) + certificate.public_bytes(serialization.Encoding.PEM))


def _key_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """As the authority names its own key: not everybody who makes one takes the same digest of it."""
    named = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named.value)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + life)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_good(leaf_file: Path, names: tuple[str, ...]) -> bool:
    if not leaf_file.exists():
        return False
    leaf = x509.load_pem_x509_certificate(leaf_file.read_bytes())
    covered = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    wanted = {_general_name(name) for name in names}
    return wanted <= set(covered) and leaf.not_valid_after_utc > datetime.now(UTC) + _RENEW_BEFORE


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
