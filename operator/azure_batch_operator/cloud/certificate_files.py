"""Certificates in files, which others replace before they end: read anew as soon as the file is another."""

from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken
from azure.identity.aio import CertificateCredential

from azure_batch_operator.core.certificates import BadCertificateError, check_certificate
from azure_batch_operator.core.credentials import CertificateFile


class UnusableFileError(ValueError):
    """The file holds nothing to sign in with; the message names it, and nothing that is in it."""


class RotatedCertificate:
    """Signs in with the certificate that is in the file at that moment; tokens are those of the newest one."""

    def __init__(self, credentials: CertificateFile, options: dict[str, Any]) -> None:
        self._credentials = credentials
        self._options = options
        self._seen: tuple[int, ...] = ()
        self._current: CertificateCredential | None = None

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token; raises OSError or UnusableFileError where the file cannot be read or used."""
        return await self._newest().get_token(*scopes, **options)

    async def close(self) -> None:
        """Nothing is held but what is shared."""

    async def __aenter__(self) -> "RotatedCertificate":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _newest(self) -> CertificateCredential:
        seen = _identity_of(self._credentials.path)
        if self._current is None or seen != self._seen:
            self._current = self._read()
            self._seen = seen
        return self._current

    def _read(self) -> CertificateCredential:
        wanted, password = self._credentials, self._credentials.password
        content = wanted.path.read_bytes()
        try:
            check_certificate(content, password.reveal() if password else None)
        except BadCertificateError as trouble:
            raise UnusableFileError(f"{wanted.path} cannot be signed in with: it {trouble}") from None
        return CertificateCredential(
            wanted.tenant_id,
            wanted.client_id,
            certificate_data=content,
            password=password.reveal() if password else None,
            **self._options,
        )


def _identity_of(path: Path) -> tuple[int, ...]:
    """What changes with the file, also where a link is turned to another, as mounted Secrets are updated."""
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
