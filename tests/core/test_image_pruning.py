"""Which versions are kept no longer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.plan.image_pruning import spare_versions, waits_for_usage
from azure_batch_operator.core.plan.image_steps import DeleteVersion, Nothing, ReadVersion
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.plan.images import next_step
from tests.support.images import NOW, WANTED, a_region, a_use, a_version, a_view

DAY = timedelta(days=1)
FAILED = a_region(state="Failed")


def old(version: str, *, age: int, **changes: Any) -> ObservedVersion:
    """A version of ours that was published some days ago and has nothing to shrink."""
    return replace(a_version(version=version), published_at=NOW - age * DAY, **changes)


def seen(
    *others: ObservedVersion, keep: int | None = 2, current: ObservedVersion | None = None, **more: Any
) -> ImageView:
    return a_view(current or a_version(), *others, wanted=replace(WANTED, keep_versions=keep), **more)


def spare(*others: ObservedVersion, **more: Any) -> list[str]:
    return [version.name.version for version in spare_versions(seen(*others, **more))]


OLDEST, OLDER, LAST = old("0.7.0", age=3), old("0.8.0", age=2), old("0.9.0", age=1)


def test_the_oldest_go_until_as_many_are_left_as_are_kept() -> None:
    assert spare(LAST, OLDEST, OLDER) == ["0.7.0", "0.8.0"]
    assert spare(LAST, OLDEST, OLDER, keep=1) == ["0.7.0", "0.8.0", "0.9.0"]
    assert spare(LAST, OLDEST, OLDER, keep=4) == []


def test_without_a_number_all_are_kept() -> None:
    assert spare(LAST, OLDEST, OLDER, keep=None) == []


def test_of_versions_published_at_the_same_time_the_lower_number_goes_first() -> None:
    assert spare(old("0.10.0", age=1), old("0.9.0", age=1)) == ["0.9.0"]


def test_a_rollback_keeps_the_version_that_is_wanted_although_it_is_the_oldest() -> None:
    assert spare(old("2.0.0", age=-1), old("3.0.0", age=-2), keep=1) == ["3.0.0", "2.0.0"][::-1]


@pytest.mark.parametrize(
    "use", [a_use(2, version="0.7.0", in_azure=2), a_use(2, version="0.7.0")], ids=["boots", "pins"]
)
def test_a_version_that_a_pool_boots_from_or_is_pinned_to_stays_and_the_next_goes(use: Any) -> None:
    assert spare(OLDEST, OLDER, LAST, uses=(use,), keep=3) == ["0.8.0"]


def test_versions_of_others_stay_and_do_not_count() -> None:
    foreign = replace(a_version(version="0.1.0", owner=None), published_at=NOW - 9 * DAY)
    assert spare(foreign, LAST) == []
    assert spare(foreign, LAST, OLDER) == ["0.8.0"]


def test_failed_publications_go_too_and_what_is_under_way_does_not() -> None:
    failed = a_version(FAILED, version="0.9.1", state="Failed")
    busy = old("0.6.0", age=5, provisioning_state="Updating")
    assert spare(failed, busy, keep=1) == ["0.9.1"]


@pytest.mark.parametrize(
    ("ends", "gone"), [(NOW + DAY, []), (None, []), (NOW - DAY, ["0.7.0"])], ids=["ahead", "never", "passed"]
)
def test_a_version_that_azure_protects_until_its_end_of_life_stays_until_then(ends: Any, gone: list[str]) -> None:
    protected = old("0.7.0", age=3, end_of_life=ends, safety_profile={"blockDeletionBeforeEndOfLife": True})
    assert spare(protected, keep=1) == gone


def test_nothing_goes_before_the_wanted_version_is_published() -> None:
    assert spare(LAST, OLDER, current=a_version(a_region(state="Replicating"), state="Creating")) == []


def test_one_goes_at_a_time_right_after_it_was_read() -> None:
    step = next_step(seen(LAST, OLDEST, OLDER, fresh=False))
    assert isinstance(step, ReadVersion)
    assert step.name.version == "0.7.0"
    step = next_step(seen(LAST, OLDEST, OLDER))
    assert isinstance(step, DeleteVersion)
    assert step.clause == "Deleting version 0.7.0: spec.keepVersions is 2, and no pool uses it"


def test_a_version_that_goes_is_no_reason_to_wait_and_no_longer_counts() -> None:
    going = old("0.7.0", age=3, provisioning_state="Deleting")
    assert next_step(seen(LAST, going)) == Nothing()


def test_while_it_is_not_known_who_uses_them_all_stay() -> None:
    unknown = seen(LAST, OLDEST, OLDER, unread_accounts=("contoso",))
    assert next_step(unknown) == Nothing()
    assert waits_for_usage(unknown)
    assert not waits_for_usage(seen(LAST, unread_accounts=("contoso",)))
    assert not waits_for_usage(seen(LAST, OLDEST, OLDER))
