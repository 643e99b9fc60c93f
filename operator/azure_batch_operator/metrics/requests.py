"""Requests that the operator sends: to Azure by their operations, and to the API server."""

from prometheus_client import CollectorRegistry, Counter, Histogram

UNANSWERED = "<error>"
"""The code of a request that got no answer, in client-go's word."""

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class AzureMetrics:
    """An observer of what goes to Azure; operations have their official names, of which there are some dozens."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "azure_batch_operator_azure_requests_total",
            f"Requests to Azure by operation and HTTP status, {UNANSWERED} where there was no answer.",
            ("operation", "code"),
            registry=registry,
        )
        self._seconds = Histogram(
            "azure_batch_operator_azure_request_duration_seconds",
            "Seconds until Azure answered a request.",
            ("operation",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._throttles = Counter(
            "azure_batch_operator_azure_throttles_total",
            "Calls that Azure throttled (by=azure), or that were held back by our own budget of requests (by=budget).",
            ("operation", "by"),
            registry=registry,
        )
        self._sign_ins = Counter(
            "azure_batch_operator_sign_in_failures_total",
            "Calls for which Microsoft Entra ID gave no token, to the operator or to whom a Secret names.",
            ("principal",),
            registry=registry,
        )
        for principal in ("operator", "secret"):
            self._sign_ins.labels(principal)

    def answered(self, operation: str, status: int | None, seconds: float) -> None:
        """A request was answered with that status, or, None, not at all."""
        self._requests.labels(operation, UNANSWERED if status is None else str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def throttled(self, operation: str, *, by_azure: bool) -> None:
        """Azure asked for a pause, or our own budget was spent."""
        self._throttles.labels(operation, "azure" if by_azure else "budget").inc()

    def not_signed_in(self, *, as_operator: bool) -> None:
        """There was no token for a call."""
        self._sign_ins.labels("operator" if as_operator else "secret").inc()


class ApiServerMetrics:
    """Requests to the API server, by client-go's names; the watch is kopf's and not among them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "rest_client_requests_total",
            f"Requests to the API server by method and HTTP status, {UNANSWERED} where there was no answer.",
            ("method", "code"),
            registry=registry,
        )
        self._seconds = Histogram(
            "rest_client_request_duration_seconds",
            "Seconds until the API server answered a request.",
            ("verb",),
            buckets=_SECONDS,
            registry=registry,
        )

    def answered(self, method: str, status: int | None, seconds: float) -> None:
        """A request was answered with that status, or, None, not at all."""
        self._requests.labels(method, UNANSWERED if status is None else str(status)).inc()
        self._seconds.labels(method).observe(seconds)
