"""What is said about the source of an image version."""

from dataclasses import replace

import pytest

from azure_batch_operator.core.images import ObservedManagedImage
from azure_batch_operator.core.plan.image_source import judged_managed_image
from azure_batch_operator.core.sources import (
    ManagedImageSource,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
)
from tests.support.images import HOME, SOURCE_ID, WANTED

IMAGE = ObservedManagedImage(
    id=SOURCE_ID,
    location=HOME,
    provisioning_state="Succeeded",
    os_type="Linux",
    os_state="Generalized",
    hyper_v_generation="V1",
)


def judged(image: ObservedManagedImage | None) -> SourceAnswer:
    return judged_managed_image(WANTED, ManagedImageSource(id=SOURCE_ID), image)


def test_a_version_is_made_from_a_managed_image_in_its_region() -> None:
    assert judged(IMAGE) == SourceReady(location=HOME, storage_profile={"source": {"id": SOURCE_ID}}, told=SOURCE_ID)


def test_a_managed_image_that_does_not_exist_yet_is_waited_for() -> None:
    assert judged(None) == SourceAwaited(
        reason="SourceNotFound",
        message=f"There is no managed image {SOURCE_ID}: make it, or name another source.",
    )


def test_a_managed_image_that_is_not_finished_is_waited_for() -> None:
    answer = judged(replace(IMAGE, provisioning_state="Creating"))
    assert isinstance(answer, SourceAwaited)
    assert answer.reason == "SourceNotFinished"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"os_state": "Specialized"}, "SourceNotGeneralized"),
        ({"os_type": "Windows"}, "SourceMismatch"),
        ({"hyper_v_generation": "V2"}, "SourceMismatch"),
    ],
)
def test_a_managed_image_that_does_not_fit_is_refused(change: dict[str, str], reason: str) -> None:
    answer = judged(replace(IMAGE, **change))
    assert isinstance(answer, SourceRefused)
    assert [each.reason for each in answer.objections] == [reason]


def test_every_rule_that_a_managed_image_violates_is_told_at_once() -> None:
    answer = judged(replace(IMAGE, os_state="Specialized", os_type="Windows"))
    assert isinstance(answer, SourceRefused)
    told = " ".join(each.message for each in answer.objections)
    assert "Specialized" in told
    assert "Windows" in told
