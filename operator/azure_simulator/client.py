"""A Python client of the control API, for tests and demos; it needs nothing but the standard library."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

_TIMEOUT = 60


class ControlError(Exception):
    """The control API refused; the message is its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyLine:
    """What `azure-simulator serve` prints when it listens."""

    resource_manager: str
    authority: str
    managed_identity: str
    batch: Mapping[str, str]
    ca_file: Path
    control: str
    tenant_id: str
    subscription_id: str
    client_id: str
    client_secret: str

    @classmethod
    def parse(cls, line: str) -> "ReadyLine":
        """The ready line as printed, or as read from the ready file."""
        content = json.loads(line)
        return cls(
            resource_manager=content["resourceManager"],
            authority=content["authority"],
            managed_identity=content["managedIdentity"],
            batch=content["batch"],
            ca_file=Path(content["caFile"]),
            control=content["control"],
            tenant_id=content["tenantId"],
            subscription_id=content["subscriptionId"],
            client_id=content["clientId"],
            client_secret=content["clientSecret"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One request that the simulator was sent; `body` has its secrets masked, `status` is None if it was lost.

    `seconds` is how long the answer took, in real time.
    """

    sequence: int
    simulated_time: datetime
    real_time: datetime
    service: str
    operation: str
    method: str
    path: str
    query: Mapping[str, str]
    api_version: str | None
    caller: str | None
    status: int | None
    seconds: float
    client_request_id: str | None
    if_match: str | None
    body: Any
    account: str | None
    error_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """The simulated time, and simulated seconds per real second."""

    time: datetime
    speed: float


class ControlClient:
    """Speaks to `/_simulator` of one simulator; trusts its CA file and nothing else."""

    def __init__(self, control: str, ca_file: Path) -> None:
        self._base = control.rstrip("/")
        context = ssl.create_default_context(cafile=str(ca_file))
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)

    def healthy(self) -> bool:
        """Whether the simulator answers."""
        try:
            return bool(self._call("GET", "health")["status"] == "ok")
        except urllib.error.URLError:
            return False

    def requests(
        self,
        *,
        since: int = 0,
        service: str | None = None,
        operation: str | None = None,
        method: str | None = None,
    ) -> list[JournalEntry]:
        """The journal, oldest first; each criterion that is given narrows it."""
        criteria = {"since": str(since), "service": service, "operation": operation, "method": method}
        query = urllib.parse.urlencode({key: value for key, value in criteria.items() if value is not None})
        return [_entry(document) for document in self._call("GET", f"requests?{query}")["requests"]]

    def sequence(self) -> int:
        """The number of the newest request: give it to `requests(since=…)` later."""
        return int(self._call("GET", f"requests?since={2**62}")["sequence"])

    def clock(self) -> ClockReading:
        """The simulated time and the speed."""
        return _reading(self._call("GET", "clock"))

    def advance(self, seconds: float) -> ClockReading:
        """Let `seconds` of simulated time pass at once."""
        return _reading(self._call("POST", "clock", {"advance": seconds}))

    def set_speed(self, speed: float) -> ClockReading:
        """Set how many simulated seconds pass in a real one; 0 stands still."""
        return _reading(self._call("POST", "clock", {"speed": speed}))

    def order_fault(self, order: Mapping[str, Any]) -> int:
        """Order a fault, such as `{"match": {"operation": "Pools_GetPool"}, "answer": {...}}`; its id."""
        return int(self._call("POST", "faults", order)["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The ordered faults and how often each has struck."""
        return list(self._call("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        """Forget every fault."""
        self._call("DELETE", "faults")

    def order_replication_trouble(self, order: Mapping[str, Any]) -> int:
        """Let replication fail, stand still or take longer; its id.

        Such as `{"region": "northeurope", "fail": "Out of capacity."}`, `{"region": "northeurope", "standStill": True}`
        or `{"hold": 6 * 3600, "times": None}`.
        """
        return int(self._call("POST", "replication", order)["id"])

    def replication_troubles(self) -> list[dict[str, Any]]:
        """The ordered trouble with replication, and how often each has struck."""
        return list(self._call("GET", "replication")["troubles"])

    def clear_replication_troubles(self) -> None:
        """Forget all trouble with replication; what stands still goes on."""
        self._call("DELETE", "replication")

    def delete_blob(self, uri: str) -> None:
        """Delete a blob of a storage account of the scenario."""
        self._call("DELETE", f"blobs?{urllib.parse.urlencode({'uri': uri})}")

    def change_proofs(self, application: str, proofs: Mapping[str, Any]) -> None:
        """Let an application sign in by these only, such as `{"secrets": ["the new one"]}`; `{}` shuts it out."""
        self._call("PUT", f"proofs/{urllib.parse.quote(application)}", proofs)

    def quotas(self, account: str) -> dict[str, Any]:
        """The quotas of a Batch account."""
        return dict(self._call("GET", f"quotas/{account}"))

    def change_quotas(self, account: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change quotas of a Batch account, such as `{"dedicatedCoreQuota": 8000}`."""
        return dict(self._call("PATCH", f"quotas/{account}", changes))

    def strike_nodes(
        self,
        account: str,
        pool: str,
        event: str,
        nodes: Sequence[str] | int,
        *,
        errors: Sequence[Mapping[str, str]] | None = None,
        exit_code: int = 1,
    ) -> int:
        """Let `unusable`, `preempted`, `starttaskfailed`, `busy` or `free` strike nodes, by id or by number.

        Unusable nodes tell `errors` (`[{"code": …, "message": …}]`, `[]` for none at all), a start task exits with
        `exit_code`. Answers how many were struck.
        """
        chosen = {"count": nodes} if isinstance(nodes, int) else {"nodes": list(nodes)}
        told = {} if errors is None else {"errors": [dict(error) for error in errors]}
        order = {"event": event, **chosen, **told, "exitCode": exit_code}
        return int(self._call("POST", f"nodes/{account}/{pool}", order)["struck"])

    def finish_tasks(self, account: str, job: str, tasks: Sequence[str] | None = None, *, exit_code: int = 0) -> int:
        """Let running tasks of a job, those named or all, end with an exit code; how many did."""
        named = {} if tasks is None else {"tasks": list(tasks)}
        return int(self._call("POST", f"tasks/{account}/{job}", {**named, "exitCode": exit_code})["finished"])

    def make_node_unusable(self, account: str, pool: str, node: str) -> None:
        """Let a node become unusable."""
        self.strike_nodes(account, pool, "unusable", [node])

    def preempt_node(self, account: str, pool: str, node: str) -> None:
        """Take a Spot node away."""
        self.strike_nodes(account, pool, "preempted", [node])

    def state(self) -> dict[str, Any]:
        """Everything that exists."""
        return dict(self._call("GET", "state"))

    def reset(self) -> None:
        """Begin again as the scenario says."""
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 the address is the simulator's own
            f"{self._base}/{path}", data=content, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raise ControlError(f"{method} {path}: {error.status} {error.read().decode()}") from error


def _entry(document: Mapping[str, Any]) -> JournalEntry:
    return JournalEntry(
        sequence=document["sequence"],
        simulated_time=datetime.fromisoformat(document["simulatedTime"]),
        real_time=datetime.fromisoformat(document["realTime"]),
        service=document["service"],
        operation=document["operation"],
        method=document["method"],
        path=document["path"],
        query=document["query"],
        api_version=document["apiVersion"],
        caller=document["caller"],
        status=document["status"],
        seconds=document["seconds"],
        client_request_id=document["clientRequestId"],
        if_match=document["ifMatch"],
        body=document["body"],
        account=document["account"],
        error_code=document["errorCode"],
    )


def _reading(document: Mapping[str, Any]) -> ClockReading:
    return ClockReading(time=datetime.fromisoformat(document["time"]), speed=document["speed"])
