"""The values of the Secrets that BatchPools name: read often, kept in memory for a moment, put where they belong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.confidential import Confidential, InSecret
from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.core.pool_secrets import record_of
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.core.secret_values import SecretUse, SecretValues, UnusableValueError, filled, value_from
from azure_batch_operator.reconcile.beliefs import Monotonic
from azure_batch_operator.reconcile.secrets import KeyReader, SecretReader, SecretUnreadError

_KEPT = 3
"""Readings older than so many times their age are forgotten: no turn asks for them any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsAsked:
    """A pool with the values of its Secrets, as far as they are known."""

    wanted: WantedPool
    awaited: Progressing | Retrying | Stalled | None = None
    """Why some are not known; None: all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    data: Mapping[str, bytes] = field(repr=False)
    at: float
    """Monotonic seconds."""


class _AwaitedError(Exception):
    """A value that is not there, or that cannot be used."""

    def __init__(self, verdict: Progressing | Retrying | Stalled) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


@dataclass(slots=True, kw_only=True)
class PoolSecrets:
    """Reads Secrets for pools. One that is missing or wrong is read again at every turn: it heals at once."""

    read: SecretReader
    read_key: KeyReader
    """The operator's own key for the records of what was applied."""
    monotonic: Monotonic
    max_age: float
    """Seconds for which a reading serves every turn."""
    _readings: dict[SecretRef, _Reading] = field(default_factory=dict)

    async def ask(self, wanted: WantedPool, *, anew: bool) -> SecretsAsked:
        """The pool with the values in its body and their record; `anew`: however lately they were read."""
        if not wanted.secrets:
            return SecretsAsked(wanted=wanted)
        self._forget_old()
        try:
            key, values = await self._key(), await self._values(wanted, anew=anew)
        except _AwaitedError as trouble:
            return SecretsAsked(wanted=wanted, awaited=trouble.verdict)
        record = record_of(wanted, values, key)
        return SecretsAsked(wanted=replace(wanted, body=filled(wanted.body, values), record=record))

    async def _key(self) -> Confidential[bytes]:
        try:
            return await self.read_key()
        except SecretUnreadError as trouble:
            raise _unread(str(trouble)) from None

    async def _values(self, wanted: WantedPool, *, anew: bool) -> SecretValues:
        namespace = wanted.owner.namespace
        names = sorted({each.value.name for each in wanted.secrets})
        held = {name: await self._data(SecretRef(namespace=namespace, name=name), anew=anew) for name in names}
        missing = [name for name, data in held.items() if data is None]
        if missing:
            raise _missing(namespace, missing, wanted.secrets)
        return dict(_each_value(namespace, held, wanted.secrets))

    async def _data(self, secret: SecretRef, *, anew: bool) -> Mapping[str, bytes] | None:
        known = self._readings.get(secret)
        if known is not None and not anew and self.monotonic() - known.at < self.max_age:
            return known.data
        at = self.monotonic()
        try:
            data = await self.read(secret.namespace, secret.name)
        except SecretUnreadError as trouble:
            if known is not None:
                return known.data
            raise _unread(str(trouble)) from None
        self._keep(secret, data, at)
        return data

    def _keep(self, secret: SecretRef, data: Mapping[str, bytes] | None, at: float) -> None:
        if data is None:
            self._readings.pop(secret, None)
        else:
            self._readings[secret] = _Reading(data=data, at=at)

    def _forget_old(self) -> None:
        oldest = self.monotonic() - _KEPT * self.max_age
        self._readings = {secret: reading for secret, reading in self._readings.items() if reading.at >= oldest}


def _each_value(
    namespace: str, held: Mapping[str, Mapping[str, bytes] | None], secrets: tuple[SecretUse, ...]
) -> Iterator[tuple[InSecret, Confidential[str]]]:
    for each in secrets:
        where = each.value
        data = (held[where.name] or {}).get(where.key)
        secret = SecretRef(namespace=namespace, name=where.name)
        if data is None:
            raise _invalid(f"{secret} has no key {where.key}: add it, or correct spec.{each.field}SecretRef.")
        try:
            yield where, value_from(data, where.form)
        except UnusableValueError as trouble:
            message = (
                f"{secret}: what it holds as {where.key} {trouble}; spec.{each.field}SecretRef names it. Correct it."
            )
            raise _invalid(message) from None


def _missing(namespace: str, names: list[str], secrets: tuple[SecretUse, ...]) -> _AwaitedError:
    told = ", ".join(str(SecretRef(namespace=namespace, name=name)) for name in names)
    place = next(each.field for each in secrets if each.value.name == names[0])
    message = f"There is no {told}: make it, or correct spec.{place}SecretRef."
    return _AwaitedError(Progressing(reason="SecretMissing", message=message))


def _invalid(message: str) -> _AwaitedError:
    return _AwaitedError(Stalled(reason="SecretInvalid", message=message))


def _unread(message: str) -> _AwaitedError:
    return _AwaitedError(Retrying(reason="SecretUnread", message=message))
