"""Who signs in to Azure: credentials as the cluster's Secrets hold them now, read often and kept in memory only."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.cloud.principals import Principals
from azure_batch_operator.core.credentials import BadCredentials, Credentials, SecretRef, credentials_from
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.reconcile.beliefs import Monotonic
from azure_batch_operator.reconcile.secrets import SecretReader, SecretUnreadError

T = TypeVar("T")

Party: TypeAlias = WantedImage | WantedPool
"""A resource that may name the Secret it wants to be looked after with."""

NEVER = float("-inf")

_NOT_LET_IN = frozenset({FailureKind.AWAITED, FailureKind.UNUSABLE, FailureKind.UNAUTHENTICATED, FailureKind.FORBIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Credentials as they were read."""

    credentials: Credentials
    digest: bytes = field(repr=False)
    """Of what the Secret held: certificates take too long to be checked at every reading."""
    at: float
    """Monotonic seconds of the last reading that found them."""


@dataclass(slots=True, kw_only=True)
class SignIns:
    """Azure as each of the principals reaches it that resources name.

    A Secret that is not there, or that cannot be used, is read again at every turn: it heals at once.
    """

    principals: Principals
    read: SecretReader
    monotonic: Monotonic
    max_age: float
    """Seconds for which a reading serves every turn."""
    federated: bool
    """Whether the operator has a token by which others may trust it."""
    _readings: dict[SecretRef, _Reading] = field(default_factory=dict)
    _reached: dict[SecretRef, tuple[Credentials, Azure]] = field(default_factory=dict)
    _locks: defaultdict[SecretRef, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def own(self) -> Azure:
        """Azure as the operator itself reaches it."""
        return self.principals.own

    async def azure(self, secret: SecretRef | None, *, deleting: bool = False) -> Azure:
        """Azure as the credentials in the Secret reach it, or the operator itself where none is named.

        The same object for as long as the credentials in a Secret are the same.

        Raises AzureFailure AWAITED or UNUSABLE, and UNAUTHENTICATED where the credentials were refused and still are:
        so a resource at rest shows that, too. `deleting`: who asks is being deleted, so that a Secret that is gone will
        not come: then the credentials that were read last are used.
        """
        azure = self.own if secret is None else await self._named(secret, deleting=deleting)
        await azure.sign_in()
        return azure

    def turned(self) -> frozenset[SecretRef | None]:
        """Whose credentials were refused, or accepted again, since this was asked the last time; None: the operator."""
        turned = self.principals.turned()
        if not turned:  # asked after every turn, and so it is nearly always
            return frozenset()
        secrets = (secret for secret, known in self._readings.items() if known.credentials in turned)
        return frozenset({*secrets, *([None] if any(map(self.principals.is_own, turned)) else [])})

    async def as_one_of(self, resources: Iterable[Party], ask: Callable[[Azure], Awaitable[T]]) -> T:
        """Ask what concerns several resources as the principal of one, or as the operator itself where there is none.

        The first that is let in is asked, so that wrong credentials of one keep no other from being looked after.
        Raises AzureFailure.
        """
        refusal: AzureFailure | None = None
        for each in {each.secret: each for each in resources}.values():
            try:
                return await ask(await self.azure(each.secret, deleting=each.deleting))
            except AzureFailure as failure:
                if failure.kind not in _NOT_LET_IN:
                    raise
                refusal = failure
        if refusal is not None:
            raise refusal
        return await ask(self.own)

    def read_anew(self, secret: SecretRef) -> None:
        """Let the next turn read the Secret, however lately that was done."""
        known = self._readings.get(secret)
        if known is not None:
            self._readings[secret] = replace(known, at=NEVER)

    def keep_only(self, secrets: Collection[SecretRef]) -> None:
        """Forget what no resource names any more."""
        for secret in [known for known in self._readings if known not in secrets]:
            del self._readings[secret]
            self._reached.pop(secret, None)
            self._locks.pop(secret, None)
        self._forget_unused()

    async def _named(self, secret: SecretRef, *, deleting: bool) -> Azure:
        async with self._locks[secret]:
            return self._reaching(secret, await self._credentials(secret, deleting=deleting))

    def _reaching(self, secret: SecretRef, credentials: Credentials) -> Azure:
        known = self._reached.get(secret)
        if known is None or known[0] is not credentials:
            known = self._reached[secret] = (credentials, self.principals.named(credentials, secret))
        return known[1]

    async def _credentials(self, secret: SecretRef, *, deleting: bool) -> Credentials:
        known = self._readings.get(secret)
        if known is not None and self.monotonic() - known.at < self.max_age:
            return known.credentials
        try:
            data = await self.read(secret.namespace, secret.name)
        except SecretUnreadError as trouble:
            if known is not None:
                return known.credentials
            raise _failure(secret, FailureKind.UNAVAILABLE, code="CredentialsUnread", message=str(trouble)) from None
        if data is not None:
            return self._taken_in(secret, data, known)
        if deleting and known is not None:
            return known.credentials
        raise _missing(secret, deleting=deleting)

    def _taken_in(self, secret: SecretRef, data: Mapping[str, bytes], known: _Reading | None) -> Credentials:
        digest = _digest(data)
        if known is not None and known.digest == digest:
            self._readings[secret] = replace(known, at=self.monotonic())
            return known.credentials
        found = credentials_from(secret, data, federated=self.federated)
        if isinstance(found, BadCredentials):
            raise _failure(secret, FailureKind.UNUSABLE, code="CredentialsInvalid", message=found.message)
        self._readings[secret] = _Reading(credentials=found, digest=digest, at=self.monotonic())
        if known is not None:
            self._forget_unused()
        return found

    def _forget_unused(self) -> None:
        self.principals.keep_only({reading.credentials for reading in self._readings.values()})


def _digest(data: Mapping[str, bytes]) -> bytes:
    each = (hashlib.sha256(part).digest() for key, value in sorted(data.items()) for part in (key.encode(), value))
    return hashlib.sha256(b"".join(each)).digest()


def _missing(secret: SecretRef, *, deleting: bool) -> AzureFailure:
    if deleting:
        message = (
            f"{secret} is gone, and the credentials that were in it are not known any more: make it again, or set "
            "deletionPolicy: Retain to leave all in Azure."
        )
        return _failure(secret, FailureKind.UNUSABLE, code="CredentialsMissing", message=message)
    message = f"There is no {secret}: make it, or correct spec.credentialsSecretRef."
    return _failure(secret, FailureKind.AWAITED, code="CredentialsMissing", message=message)


def _failure(secret: SecretRef, kind: FailureKind, *, code: str, message: str) -> AzureFailure:
    return AzureFailure(kind=kind, operation="Secret_Get", target=str(secret), code=code, message=message)
