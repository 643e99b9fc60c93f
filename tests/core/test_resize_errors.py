"""What resize errors are about, and what people are told."""

import pytest

from azure_batch_operator.core.pools import ResizeError
from azure_batch_operator.core.resize_errors import Shortfall, explain, explain_all


@pytest.mark.parametrize(
    ("code", "shortfall"),
    [
        ("AccountCoreQuotaReached", Shortfall.QUOTA),
        ("AccountLowPriorityCoreQuotaReached", Shortfall.QUOTA),
        ("AccountVMSeriesCoreQuotaReached", Shortfall.QUOTA),
        ("AllocationFailed", Shortfall.CAPACITY),
        ("OverconstrainedAllocationRequestError", Shortfall.CAPACITY),
        ("AllocationTimedout", Shortfall.TIMEOUT),
        ("AllocationTimedOut", Shortfall.TIMEOUT),
        ("ResizeStopped", Shortfall.STOPPED),
        ("DependentResourceNotFound", Shortfall.IMAGE),
        ("NeverHeardOf", Shortfall.UNKNOWN),
    ],
)
def test_codes_are_sorted_without_letter_case(code: str, shortfall: Shortfall) -> None:
    assert explain(ResizeError(code=code, message="Something.")).shortfall is shortfall


def test_a_relayed_message_tells_where_the_code_does_not() -> None:
    relayed = ResizeError(code="Unknown", message='{"error": {"code": "GalleryImageNotFound"}}')
    assert explain(relayed).shortfall is Shortfall.IMAGE


@pytest.mark.parametrize(
    ("relayed", "shortfall", "advice"),
    [
        ('{"error": {"code": "GalleryImageNotFound"}}', Shortfall.IMAGE, "image version exists"),
        ("Operation could not be completed as it results in exceeding approved Cores Quota", Shortfall.QUOTA, "quota"),
        ("Allocation failed. We do not have sufficient capacity", Shortfall.CAPACITY, "another vmSize"),
    ],
)
def test_a_failed_allocation_is_about_what_its_message_relays(relayed: str, shortfall: Shortfall, advice: str) -> None:
    told = explain(ResizeError(code="AllocationFailed", message=relayed))
    assert told.shortfall is shortfall
    assert advice in told.message.removeprefix(f"AllocationFailed: {relayed}")


def test_azures_code_words_and_numbers_are_kept_and_the_next_step_is_named() -> None:
    error = ResizeError(
        code="AccountCoreQuotaReached",
        message="The specified account has reached core quota",
        values={"CoreQuota": "6400", "CoresInUse": "6400"},
    )
    told = explain(error)
    assert told.reason == "AccountCoreQuotaReached"
    assert told.message == (
        "AccountCoreQuotaReached: The specified account has reached core quota (CoreQuota 6400, CoresInUse 6400). "
        "Ask Azure for a larger core quota of the Batch account, or lower the pool's targets; the resize is repeated "
        "meanwhile."
    )


def test_a_limit_that_no_quota_request_lifts_gets_advice_of_its_own() -> None:
    told = explain(ResizeError(code="CommunicationEnabledPoolReachedMaxVMCount", message="Too many"))
    assert "inter-node communication" in told.message
    assert "larger core quota" not in told.message


def test_a_code_that_is_no_word_does_not_become_a_reason() -> None:
    assert explain(ResizeError(code="(none)", message="")).reason == "ResizeFailed"


def test_several_errors_are_told_together_and_none_twice() -> None:
    quota = ResizeError(code="AccountCoreQuotaReached", message="Full")
    late = ResizeError(code="AllocationTimedout", message="Late")
    told = explain_all([quota, late, quota])
    assert told is not None
    assert told.reason == "AccountCoreQuotaReached"
    assert told.message.count("Full") == 1
    assert "Late" in told.message
    assert explain_all([]) is None
