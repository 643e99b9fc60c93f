"""Which snapshots of a machine's disks are made, waited for, kept and removed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.images import ObservedVersion, WantedImage
from azure_batch_operator.core.machines import ObservedDisk
from azure_batch_operator.core.names import ORIGIN_TAG, OWNER_TAG, VERSION_TAG
from azure_batch_operator.core.plan.image_steps import (
    CreateVersion,
    DeleteVersion,
    Finish,
    ImageStep,
    Nothing,
    ReadVersion,
    Retry,
    Stop,
    Wait,
)
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.plan.images import next_step
from azure_batch_operator.core.plan.snapshot_steps import CreateSnapshot, DeleteSnapshot
from azure_batch_operator.core.plan.source_machine import completed
from azure_batch_operator.core.sources import Objection, SourceRefused
from tests.support.images import NOW, OWNER, STRANGER, VERSION, a_region, a_use, a_version, a_view, reason_of
from tests.support.machines import DATA_DISK_NAME, OS_DISK_NAME, WANTED_FROM_MACHINE, a_snapshot, by_key, needed

OS, DATA = a_snapshot(0), a_snapshot(1)
KEPT = replace(WANTED_FROM_MACHINE, keep_intermediate=True)
REFUSED = SourceRefused(told="the machine", objections=(Objection(reason="VmRunning", message="It runs."),))
NEWER = replace(WANTED_FROM_MACHINE, name=replace(VERSION, version="2.0.0"))
GOING = replace(WANTED_FROM_MACHINE, deleting=True)
RETAINED = replace(GOING, deletion_policy="Retain")


def seen(
    *snapshots: ObservedDisk,
    versions: tuple[ObservedVersion, ...] = (),
    wanted: WantedImage = WANTED_FROM_MACHINE,
    **more: Any,
) -> ImageView:
    """A view in which these snapshots are there; while there is no version, its source is the usual machine."""
    unpublished = not versions and not wanted.deleting
    ours = [snapshot for snapshot in snapshots if snapshot.owner_tag == OWNER.tag()]
    source = completed(needed(wanted), by_key(*ours)) if unpublished else None
    return a_view(*versions, **({"wanted": wanted, "source": source, "snapshots": snapshots} | more))


def removed(step: ImageStep) -> ObservedDisk:
    """Which of the two snapshots the step deletes."""
    assert isinstance(step, DeleteSnapshot)
    return next(snapshot for snapshot in (OS, DATA) if snapshot.name == step.name)


# --- making


def test_disks_are_captured_one_after_the_other_as_ours() -> None:
    step = next_step(seen())
    assert step == CreateSnapshot(
        name=OS.name,
        location="westeurope",
        disk=OS_DISK_NAME,
        words="the OS disk",
        tags={OWNER_TAG: OWNER.tag(), VERSION_TAG: "1.0.0"},
    )
    following = next_step(seen(replace(OS, completion=10.0)))
    assert isinstance(following, CreateSnapshot)
    assert following.disk == DATA_DISK_NAME


def test_nothing_is_captured_before_the_definition_is_there() -> None:
    assert not isinstance(next_step(seen(definition=None)), CreateSnapshot)


def test_the_version_waits_until_every_snapshot_is_complete() -> None:
    step = next_step(seen(OS, replace(DATA, completion=47.0)))
    assert step == Wait(
        reason="CapturingDisks", message=f"Snapshot {DATA.name.name} of the data disk at LUN 3 is 40 % done."
    )


def test_the_version_is_published_from_complete_snapshots_and_remembers_the_origin() -> None:
    step = next_step(seen(OS, DATA))
    assert isinstance(step, CreateVersion)
    assert step.body["tags"] == {
        OWNER_TAG: OWNER.tag(),
        ORIGIN_TAG: "canonical/0001-com-ubuntu-server-jammy/22_04-lts",
    }


def test_a_snapshot_of_somebody_else_under_that_name_is_left_alone() -> None:
    for tags in ({}, {OWNER_TAG: STRANGER.tag()}):
        step = next_step(seen(replace(OS, tags=tags), DATA))
        assert isinstance(step, Stop)
        assert step.reason == "OwnedByAnother"


def test_a_snapshot_that_failed_is_removed_and_taken_again_after_a_pause() -> None:
    failed = replace(DATA, provisioning_state="Failed")
    pause = {DATA.name.key: NOW + timedelta(minutes=1)}
    assert removed(at_its_version(seen(OS, failed, retry_at=pause))) == DATA
    assert reason_of(next_step(seen(OS, retry_at=pause))) == "SnapshotFailed"
    over = {DATA.name.key: NOW}
    assert isinstance(next_step(seen(OS, retry_at=over)), CreateSnapshot)


# --- removing


def at_its_version(view: ImageView) -> ImageStep:
    """The step after the look at the version that a snapshot was made for."""
    step = next_step(view)
    assert isinstance(step, ReadVersion)
    return next_step(replace(view, fresh=view.fresh | {step.name.id.casefold()}))


def test_snapshots_stay_while_azure_publishes_from_them() -> None:
    creating = a_version(a_region(state="Replicating"), state="Creating")
    assert reason_of(next_step(seen(OS, DATA, versions=(creating,)))) == "Publishing"


def test_snapshots_go_one_after_the_other_when_the_version_is_there() -> None:
    version = a_version()
    step = next_step(seen(OS, DATA, versions=(version,)))
    assert step == DeleteSnapshot(name=OS.name, because="version 1.0.0 is published")
    leaving = replace(OS, provisioning_state="Deleting")
    assert removed(next_step(seen(leaving, DATA, versions=(version,)))) == DATA
    assert reason_of(next_step(seen(leaving, versions=(version,)))) == "DeletingSnapshot"
    assert next_step(seen(versions=(version,))) == Nothing()


def test_they_go_while_further_regions_still_replicate() -> None:
    spreading = a_version(a_region(), a_region("northeurope", state="Replicating"))
    assert removed(next_step(seen(OS, versions=(spreading,)))) == OS


def test_a_version_that_was_not_looked_at_in_this_turn_is_looked_at_first() -> None:
    step = next_step(seen(OS, versions=(a_version(),), fresh=False))
    assert isinstance(step, ReadVersion)


def test_nothing_of_them_goes_that_is_kept_on_wish() -> None:
    assert next_step(seen(OS, DATA, versions=(a_version(),), wanted=KEPT)) == Nothing()
    assert isinstance(next_step(seen(OS, DATA, wanted=KEPT)), CreateVersion)


def test_what_is_to_be_kept_still_goes_when_the_source_is_refused() -> None:
    assert removed(at_its_version(seen(OS, wanted=KEPT, source=REFUSED))) == OS


def test_a_foreign_snapshot_is_never_removed() -> None:
    foreign = replace(OS, tags={OWNER_TAG: STRANGER.tag()})
    assert next_step(seen(foreign, versions=(a_version(),))) == Nothing()
    assert isinstance(next_step(seen(foreign, wanted=GOING, definition=None, gallery=None)), Finish)


def test_a_source_that_is_refused_on_the_way_leaves_nothing_behind() -> None:
    assert removed(at_its_version(seen(OS, source=REFUSED))) == OS
    assert reason_of(next_step(seen(source=REFUSED))) == "VmRunning"


def test_a_version_that_is_no_longer_wanted_leaves_nothing_behind() -> None:
    view = seen(OS, wanted=NEWER, source=needed(NEWER))
    assert isinstance(next_step(view), CreateSnapshot)
    moving = tuple(
        replace(found, name=disk.snapshot, completion=0.0, tags={OWNER_TAG: OWNER.tag(), VERSION_TAG: "2.0.0"})
        for found, disk in zip((OS, DATA), needed(NEWER).captures, strict=True)
    )
    assert removed(at_its_version(seen(OS, *moving, wanted=NEWER))) == OS


def test_a_former_version_that_is_still_published_keeps_its_snapshots() -> None:
    creating = a_version(a_region(state="Replicating"), state="Creating")
    view = a_view(creating, wanted=NEWER, source=REFUSED, snapshots=(OS,))
    assert reason_of(next_step(view)) == "VmRunning"


def test_a_publication_that_failed_keeps_them_while_it_is_tried_again_from_them() -> None:
    failed = a_version(a_region(state="Failed"), state="Failed")
    later = {failed.name.id.casefold(): NOW + timedelta(minutes=1)}
    ready = completed(needed(), by_key(OS, DATA))
    view = a_view(failed, wanted=WANTED_FROM_MACHINE, source=ready, snapshots=(OS, DATA), retry_at=later)
    assert isinstance(next_step(view), Retry)
    again = next_step(replace(view, retry_at={}))
    assert isinstance(again, DeleteVersion)
    assert again.retries
    going = replace(failed, provisioning_state="Deleting")
    leaving = a_view(going, wanted=WANTED_FROM_MACHINE, source=None, snapshots=(OS, DATA))
    assert reason_of(next_step(leaving)) == "VersionDeleting"


def test_a_publication_that_failed_and_is_not_tried_again_leaves_nothing_behind() -> None:
    failed = a_version(a_region(state="Failed"), state="Failed")
    view = a_view(failed, wanted=WANTED_FROM_MACHINE, source=REFUSED, snapshots=(OS,))
    assert removed(next_step(view)) == OS


def test_a_published_version_whose_later_change_failed_needs_them_no_more() -> None:
    failed = a_version(a_region(), a_region("northeurope", state="Failed"), state="Failed")
    later = {failed.name.id.casefold(): NOW + timedelta(minutes=1)}
    ready = completed(needed(), by_key(OS, DATA))
    view = a_view(failed, wanted=WANTED_FROM_MACHINE, source=ready, snapshots=(OS,), retry_at=later)
    assert removed(next_step(view)) == OS


# --- the end


@pytest.mark.parametrize("wanted", [GOING, replace(GOING, keep_intermediate=True)])
def test_a_deletion_removes_them_after_the_versions_and_before_it_ends(wanted: WantedImage) -> None:
    assert isinstance(next_step(seen(OS, versions=(a_version(),), wanted=wanted)), DeleteVersion)
    assert removed(at_its_version(seen(OS, wanted=wanted))) == OS
    leaving = replace(OS, provisioning_state="Deleting")
    assert reason_of(at_its_version(seen(leaving, wanted=wanted))) == "DeletingSnapshot"


def test_a_deletion_that_waits_for_pools_removes_what_no_version_needs_meanwhile() -> None:
    used = {"uses": (a_use(1, in_azure=1),)}
    assert removed(next_step(seen(OS, versions=(a_version(),), wanted=GOING, **used))) == OS
    assert reason_of(next_step(seen(versions=(a_version(),), wanted=GOING, **used))) == "InUse"


def test_a_deletion_that_retains_all_retains_no_snapshot() -> None:
    assert removed(next_step(seen(OS, versions=(a_version(),), wanted=RETAINED))) == OS
    assert isinstance(next_step(seen(wanted=RETAINED)), Finish)


def test_a_deletion_that_retains_a_version_waits_until_it_is_published() -> None:
    creating = a_version(a_region(state="Replicating"), state="Creating")
    assert reason_of(next_step(seen(OS, versions=(creating,), wanted=RETAINED))) == "Publishing"


def test_a_deletion_that_retains_all_retains_what_was_to_be_kept() -> None:
    wanted = replace(RETAINED, keep_intermediate=True)
    assert isinstance(next_step(seen(OS, versions=(a_version(),), wanted=wanted)), Finish)
