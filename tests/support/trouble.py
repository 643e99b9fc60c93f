"""One call under one trouble: what every adapter must make of a refusal and of a lost answer."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from tests.support.azure_session import journal_from_now, operator_settings, refuse_once, signed_in
from tests.support.simulator import SimulatedAzure

Call: TypeAlias = Callable[[AzureSession], Awaitable[object]]
Refusal: TypeAlias = tuple[int, str, dict[str, str], FailureKind]
"""Status, code and headers (with a Retry-After of 7, or none) as Azure answers, and the kind of failure that it is."""


async def assert_one_failure(azure: SimulatedAzure, operation: str, refusal: Refusal, call: Call) -> None:
    """Refuse the operation once: that is one request, and one failure that says all that is known."""
    status, code, headers, kind = refusal
    async with signed_in(operator_settings(azure)) as session:
        refuse_once(azure, status, code, headers=headers, operation=operation)
        journal = journal_from_now(azure)
        with pytest.raises(AzureFailure) as refused:
            await call(session)
    failure, entry = refused.value, journal.only()
    assert (failure.kind, failure.code, failure.status, failure.operation) == (kind, code, status, operation)
    assert failure.retry_after == (7.0 if headers else None)
    assert failure.request_id == entry.client_request_id


async def assert_not_sent_again(azure: SimulatedAzure, operation: str, session: AzureSession, call: Call) -> None:
    """Lose the request, then the answer: each time that is one request, and a failure that says so."""
    for lost in ("request", "response"):
        azure.control.order_fault({"match": {"operation": operation}, "times": 1, "lose": lost})
        journal = journal_from_now(azure)
        with pytest.raises(AzureFailure) as failed:
            await call(session)
        assert (failed.value.kind, failed.value.code) == (FailureKind.UNAVAILABLE, "AnswerLost")
        assert failed.value.request_id == journal.only().client_request_id
