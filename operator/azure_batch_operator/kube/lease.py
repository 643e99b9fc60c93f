"""The Lease by which one of several operator processes is elected."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.runtime.election import Claim, Record, RecordUnavailableError

_LEAST_SECONDS = 1
"""The API admits no shorter duration; without a holder it means that the Lease was released."""


class LeaseStore:
    """A Lease of coordination.k8s.io/v1 as the record of an election: a `RecordStore`.

    Only its spec is written; what others keep in its metadata stays.
    """

    def __init__(
        self,
        client: KubeClient,
        *,
        namespace: str,
        name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`client` must write at any time, as the Lease decides who may write anything else."""
        self._client = client
        self._namespace = namespace
        self._name = name
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._now = now

    @property
    def name(self) -> str:
        """What the Lease is called in messages."""
        return f"Lease {self._namespace}/{self._name}"

    async def read(self) -> Record | None:
        """The Lease, None when there is none; raises RecordUnavailableError."""
        try:
            return _record(await self._client.get(self._path))
        except ApiFailure as failure:
            if failure.not_found:
                return None
            raise self._unavailable(failure) from None

    async def write(self, claim: Claim, *, over: Record | None) -> Record | None:
        """Renew the Lease as it was read, or make it; None when it is not as it was. Raises RecordUnavailableError."""
        try:
            return _record(await (self._make(claim) if over is None else self._renew(claim, over)))
        except ApiFailure as failure:
            vanished = failure.not_found and over is not None  # what is not there to make one in is the namespace
            if failure.status == HTTPStatus.CONFLICT or vanished:
                return None
            raise self._unavailable(failure) from None

    @property
    def _path(self) -> str:
        return f"{self._collection}/{self._name}"

    async def _make(self, claim: Claim) -> dict[str, Any]:
        lease: JsonObject = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"namespace": self._namespace, "name": self._name},
            "spec": self._spec(claim, since_now=True),
        }
        return await self._client.post(self._collection, lease)

    async def _renew(self, claim: Claim, over: Record) -> dict[str, Any]:
        """A merge patch with a resource version is refused with a conflict when somebody else wrote meanwhile."""
        spec = self._spec(claim, since_now=claim.holder not in {None, over.claim.holder})
        return await self._client.patch(self._path, {"metadata": {"resourceVersion": over.version}, "spec": spec})

    def _spec(self, claim: Claim, *, since_now: bool) -> JsonObject:
        time = self._now().isoformat(timespec="microseconds").replace("+00:00", "Z")
        acquired: JsonObject = {"acquireTime": time} if since_now else {}
        return {
            "holderIdentity": claim.holder,
            "leaseDurationSeconds": max(_LEAST_SECONDS, int(claim.duration)),
            "leaseTransitions": claim.transitions,
            "renewTime": time,
            **acquired,
        }

    def _unavailable(self, failure: ApiFailure) -> RecordUnavailableError:
        if failure.status == HTTPStatus.FORBIDDEN:
            return RecordUnavailableError(
                f"{failure.message}. Grant the operator `get`, `patch` and `create` on it (deploy/operator), or "
                "correct AZURE_BATCH_OPERATOR_LEASE."
            )
        return RecordUnavailableError(str(failure))


def _record(lease: dict[str, Any]) -> Record:
    spec = lease.get("spec") or {}
    holder = spec.get("holderIdentity") or None
    seconds = spec.get("leaseDurationSeconds") or 0
    released = holder is None and seconds <= _LEAST_SECONDS
    return Record(
        claim=Claim(holder=holder, duration=0 if released else seconds, transitions=spec.get("leaseTransitions") or 0),
        renewal=spec.get("renewTime") or "",
        version=lease["metadata"]["resourceVersion"],
    )
