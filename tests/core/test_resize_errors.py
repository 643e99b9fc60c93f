"""What resize errors are about, and what people are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.pools import ResizeError
from azure_batch_operator.core.resize_errors import EVEN, RHYTHMS, Shortfall, explain, explain_all, slowest


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


@given(st.sampled_from(Shortfall), st.integers(0, 400))
def test_pauses_begin_with_none_and_never_get_shorter(shortfall: Shortfall, times: int) -> None:
    rhythm = RHYTHMS[shortfall]
    assert rhythm.pause(0, base=5, cap=600) == 0
    assert 0 < rhythm.pause(times + 1, base=5, cap=600) <= rhythm.pause(times + 2, base=5, cap=600)
    assert rhythm.pause(times + 1, base=5, cap=600) <= rhythm.longest * 600


@pytest.mark.parametrize(
    ("code", "pauses"),
    [
        ("AccountCoreQuotaReached", [60, 120, 240, 480, 600, 600]),
        ("AllocationFailed", [30, 45, 67.5, 101.25, 151.875, 227.8125]),
        ("AllocationTimedout", [5, 10, 20, 40, 80, 160]),
        ("ResizeStopped", [60, 60, 60, 60, 60, 60]),
        ("DependentResourceNotFound", [60, 120, 240, 480, 960, 1200]),
        ("NeverHeardOf", [5, 10, 20, 40, 80, 160]),
    ],
)
def test_each_kind_of_shortfall_has_a_rhythm_of_its_own(code: str, pauses: list[float]) -> None:
    rhythm = slowest([ResizeError(code=code, message="")])
    assert [rhythm.pause(times, base=5, cap=600) for times in range(1, 7)] == pauses


def test_of_several_errors_the_one_that_needs_most_patience_sets_the_pace() -> None:
    errors = [ResizeError(code=code, message="") for code in ("AllocationTimedout", "AccountCoreQuotaReached")]
    assert slowest(errors) == RHYTHMS[Shortfall.QUOTA]
    assert slowest([]) == EVEN
