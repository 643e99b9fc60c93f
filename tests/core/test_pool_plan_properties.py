"""Whatever is wanted and found: no step is one that Azure's own table of conflicts would refuse."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_operator.core.diff import Cost
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.plan.pool_rollout import interrupting
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    DisableAutoScale,
    EnableAutoScale,
    EvaluateAutoScale,
    ImageAwaited,
    ImageKnown,
    Nothing,
    Patch,
    PoolStep,
    PoolView,
    Release,
    RemoveNodes,
    ReplaceProperties,
    Resize,
    ShowAdoption,
    StopResize,
    Wait,
)
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.sizing import Size, current
from tests.support.batch_pools import IMAGE_ID, MACHINE, OWNER, START_TASK, observed_pool, wanted_pool
from tests.support.pool_views import NEWER, OPEN, SHORT, view

ALIVE = {"startTask", "applicationPackageReferences", "metadata"}
"""What Azure changes on a pool with nodes, too."""

FORMULAS = ("$TargetDedicatedNodes=1", "$TargetDedicatedNodes=2")
TAGS = {
    Ownership.OURS: {OWNER_TAG: OWNER.tag()},
    Ownership.NOBODYS: {},
    Ownership.ANOTHERS: {OWNER_TAG: "another/pool/rendering/frames"},
}
SIZES = st.none() | st.integers(0, 3)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A few properties of each cost."""
    disks = draw(st.sampled_from([None, [{"lun": 0, "diskSizeGB": 10}]]))
    return {
        "vmSize": draw(st.sampled_from(["STANDARD_D2_V3", "STANDARD_D4_V3"])),
        "displayName": draw(st.sampled_from([None, "Frames"])),
        "startTask": draw(st.sampled_from([None, START_TASK])),
        "virtualMachineConfiguration": {**MACHINE, **({"dataDisks": disks} if disks else {})},
    }


@st.composite
def specs(draw: st.DrawFn) -> WantedPool:
    """What somebody may want."""
    formula = draw(st.none() | st.sampled_from(FORMULAS))
    scaling = {"enableAutoScale": True, "autoScaleFormula": formula} if formula else {}
    return wanted_pool(
        {**draw(bodies()), **scaling},
        dedicated=None if formula else draw(SIZES),
        spot=None if formula else draw(SIZES),
        rollout=draw(st.sampled_from(["OnEmpty", "InPlace", "Recreate"])),
        adoption_policy=draw(st.sampled_from(["Refuse", "Adopt"])),
        deletion_policy=draw(st.sampled_from(["Delete", "Retain"])),
        interrupt_resize=draw(st.sampled_from(["Never", "Shrink", "Always"])),
        suspended=draw(st.booleans()),
        deleting=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def pools(draw: st.DrawFn) -> ObservedPool:
    """What Azure may show."""
    formula = draw(st.none() | st.sampled_from(FORMULAS))
    scaling = {"enableAutoScale": True, "autoScaleFormula": formula} if formula else {}
    body = draw(bodies())
    machines = {"imageReference": {"virtualMachineImageId": IMAGE_ID}, **body["virtualMachineConfiguration"]}
    counts = {
        name: draw(st.integers(0, 3))
        for name in ("target_dedicated", "current_dedicated", "target_spot", "current_spot")
    }
    return observed_pool(
        {**body, **scaling, "virtualMachineConfiguration": machines},
        state=draw(st.sampled_from(["active", "active", "active", "deleting"])),
        allocation_state=draw(st.sampled_from(["steady", "steady", "resizing", "stopping"])),
        auto_scaled=formula is not None,
        **counts,
    )


@st.composite
def views(draw: st.DrawFn) -> PoolView:
    """What one turn may see of a pool that is there."""
    awaited = ImageAwaited(reason="ImageNotPublished", message="not yet", image_id=NEWER)
    ownership = draw(st.sampled_from([Ownership.OURS, Ownership.OURS, Ownership.NOBODYS, Ownership.ANOTHERS]))
    return view(
        draw(specs()),
        replace(draw(pools()), metadata=TAGS[ownership]),
        image=draw(st.sampled_from([ImageKnown(image_id=IMAGE_ID), ImageKnown(image_id=NEWER), awaited])),
        ownership=ownership,
        adoption_shown=draw(st.booleans()),
        gate=draw(st.sampled_from([None, OPEN, SHORT])),
        change_gate=draw(st.sampled_from([None, OPEN, SHORT])),
        made_in_vain=draw(st.booleans()),
        resize_pause=draw(st.sampled_from([0.0, 60.0])),
        repair_pause=draw(st.sampled_from([0.0, 60.0])),
    )


def refusal(step: PoolStep, found: ObservedPool) -> str | None:
    """Why Azure would refuse a step (Microsoft: "Batch Status and Error Codes"); None: it would not."""
    if isinstance(step, Wait | Release | ShowAdoption | Nothing):
        return None
    if isinstance(step, Create):
        return "PoolExists"
    if found.state == "deleting":
        return "PoolBeingDeleted"
    return _of_its_size(step, found) or _of_its_nodes(step, found)


def _of_its_size(step: PoolStep, found: ObservedPool) -> str | None:
    steady = found.allocation_state == "steady"
    match step:
        case Resize() | RemoveNodes() | EnableAutoScale() if not steady:
            return "PoolBeingResized"
        case Resize() | RemoveNodes() if found.auto_scaled:
            return "OperationInvalidForCurrentState"
        case StopResize() if found.allocation_state != "resizing":
            return "OperationInvalidForCurrentState"
        case DisableAutoScale() | EvaluateAutoScale() if not found.auto_scaled:
            return "OperationInvalidForCurrentState"
        case _:
            return None


def _of_its_nodes(step: PoolStep, found: ObservedPool) -> str | None:
    needs_none = isinstance(step, Patch) and not set(step.changes) <= ALIVE
    return "PropertyCannotBeUpdated" if needs_none and not found.empty else None


@settings(max_examples=400)
@given(views())
def test_azure_takes_every_step(seen: PoolView) -> None:
    assert seen.found is not None
    assert refusal(next_step(seen), seen.found) is None


@settings(max_examples=400)
@given(views())
def test_work_is_interrupted_only_with_consent(seen: PoolView) -> None:
    """Nodes leave, or the pool goes, because its size or its BatchPool says so, or as the strategy says."""
    assert seen.found is not None
    match next_step(seen):
        case Delete():
            assert seen.wanted.deleting or seen.wanted.rollout == "Recreate"
        case Resize(size=Size(dedicated=0, spot=0)) if seen.size.total:
            assert seen.wanted.rollout == "InPlace"
            assert interrupting(seen, seen.found)
        case Resize(size=size):
            assert size == seen.size
        case _:
            pass


@settings(max_examples=400)
@given(views())
def test_what_is_not_ours_is_only_taken_over_and_only_after_it_was_shown(seen: PoolView) -> None:
    step = next_step(seen)
    if seen.ownership is Ownership.OURS or isinstance(step, Wait | Release | ShowAdoption):
        return
    assert seen.ownership is Ownership.NOBODYS
    assert seen.wanted.adoption_policy == "Adopt"
    assert seen.adoption_shown
    assert isinstance(step, Patch | ReplaceProperties)
    assert step.adopts


@settings(max_examples=400)
@given(views())
def test_a_pool_comes_to_rest_only_as_wanted_or_with_what_waits_by_consent(seen: PoolView) -> None:
    assert seen.found is not None
    if next_step(seen) == Nothing():
        assert {each.cost for each in seen.differences} <= {Cost.EMPTY_POOL, Cost.NEW_POOL}
        assert seen.found.auto_scaled or current(seen.found) == seen.size
