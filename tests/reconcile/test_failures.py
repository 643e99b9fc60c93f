"""What a failed call means for its object."""

import pytest

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled, Verdict
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.reconcile.failures import Failures, reason_of, verdict_of
from azure_batch_operator.reconcile.keys import ImageKey
from tests.support.usage import Ticking

KEY = ImageKey("rendering", "render-node")


def a_failure(kind: FailureKind, *, code: str = "SomeCode", retry_after: float | None = None) -> AzureFailure:
    return AzureFailure(
        kind=kind, operation="Pools_ResizePool", target="host/pools/a", code=code, message="no", retry_after=retry_after
    )


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (FailureKind.THROTTLED, Retrying),
        (FailureKind.UNAVAILABLE, Retrying),
        (FailureKind.QUOTA, Retrying),
        (FailureKind.CONFLICT, Retrying),
        (FailureKind.STALE, Retrying),
        (FailureKind.FORBIDDEN, Retrying),
        (FailureKind.UNAUTHENTICATED, Retrying),
        (FailureKind.NOT_FOUND, Progressing),
        (FailureKind.REFUSED, Stalled),
    ],
)
def test_every_kind_of_failure_has_its_verdict_in_azures_words(kind: FailureKind, verdict: type[Verdict]) -> None:
    found = verdict_of(a_failure(kind), denied_for=0, grace=600)
    assert type(found) is verdict
    assert found.reason == ("DependencyNotReady" if kind is FailureKind.NOT_FOUND else "SomeCode")
    assert "Pools_ResizePool on host/pools/a answered SomeCode: no" in found.message


@pytest.mark.parametrize(("kind", "verdict"), [(FailureKind.AWAITED, Progressing), (FailureKind.UNUSABLE, Stalled)])
def test_what_the_cluster_lacks_is_told_in_our_own_words(kind: FailureKind, verdict: type[Verdict]) -> None:
    assert verdict_of(a_failure(kind), denied_for=0, grace=600) == verdict(reason="SomeCode", message="no")


@pytest.mark.parametrize("kind", [FailureKind.FORBIDDEN, FailureKind.UNAUTHENTICATED])
def test_a_missing_right_stalls_only_after_the_grace_and_gets_a_new_one_after_success(kind: FailureKind) -> None:
    clock = Ticking()
    failures = Failures(monotonic=clock, rights_grace=600, resync_interval=60)
    assert isinstance(failures.judge(KEY, a_failure(kind)).verdict, Retrying)
    clock.seconds += 600
    stalled = failures.judge(KEY, a_failure(kind), denied="ImageAccessDenied")
    assert isinstance(stalled.verdict, Stalled)
    assert (stalled.verdict.reason, stalled.again, stalled.backs_off) == ("ImageAccessDenied", 60, False)
    failures.went_well(KEY)
    assert isinstance(failures.judge(KEY, a_failure(kind)).verdict, Retrying)


def test_azure_says_when_to_come_back_and_otherwise_pauses_grow() -> None:
    failures = Failures(monotonic=Ticking(), rights_grace=600, resync_interval=60)
    told = failures.judge(KEY, a_failure(FailureKind.THROTTLED, retry_after=7))
    assert (told.again, told.backs_off) == (7, False)
    untold = failures.judge(KEY, a_failure(FailureKind.THROTTLED))
    assert (untold.again, untold.backs_off) == (None, True)


@pytest.mark.parametrize(("code", "reason"), [("HTTP 503", "HTTP503"), ("503", "Code503"), ("A.B-C", "ABC")])
def test_a_reason_is_one_word_that_kubernetes_accepts(code: str, reason: str) -> None:
    assert reason_of(a_failure(FailureKind.UNAVAILABLE, code=code)) == reason
