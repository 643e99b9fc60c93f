"""Changes that a pool with nodes does not take: left, made by emptying the pool, or by making it again."""

from typing import Any

import pytest

from azure_batch_operator.core.conditions import Progressing, Stalled
from azure_batch_operator.core.plan.pool_rollout import waits_for
from azure_batch_operator.core.plan.pool_stages import stage
from azure_batch_operator.core.plan.pool_steps import (
    Delete,
    DisableAutoScale,
    EnableAutoScale,
    ImageAwaited,
    ImageKnown,
    Nothing,
    Patch,
    PoolView,
    Resize,
    StopResize,
)
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import ObservedPool, RolloutStrategy, WantedPool
from azure_batch_operator.core.sizing import Size
from tests.support.batch_pools import MACHINE, observed_pool, wanted_pool
from tests.support.pool_views import NEWER, OPEN, SHORT, nodes, view, waiting

TWO, NONE = Size(dedicated=2, spot=0), Size(dedicated=0, spot=0)
NEW_IMAGE = ImageKnown(image_id=NEWER)
AWAITED = ImageAwaited(reason="ImageNotPublished", message="not yet", image_id=NEWER)
DISK = {"lun": 0, "diskSizeGB": 10}
FORMULA = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=2"}
INTERRUPTING: tuple[RolloutStrategy, ...] = ("InPlace", "Recreate")


def asked(strategy: RolloutStrategy, body: dict[str, Any] | None = None, **changes: Any) -> WantedPool:
    """A pool that shall have another VM size than the one in Azure, or what `body` says."""
    return wanted_pool({"vmSize": "STANDARD_D4_V3"} if body is None else body, rollout=strategy, **changes)


def emptied() -> ObservedPool:
    """A pool without nodes, as emptying it leaves it."""
    return nodes(0)


def reason(seen: PoolView) -> str | None:
    """The stage that is shown."""
    shown = stage(seen, next_step(seen))
    return shown.reason if shown else None


class TestInPlace:
    def test_a_pool_with_nodes_is_emptied_with_tasks_allowed_to_finish(self) -> None:
        step = next_step(view(asked("InPlace"), nodes(2)))
        assert isinstance(step, Resize)
        assert (step.before, step.size, step.deallocation, step.change) == (TWO, NONE, "taskcompletion", ("vmSize",))

    def test_what_becomes_of_tasks_and_how_long_they_have_is_the_specs_word(self) -> None:
        step = next_step(view(asked("InPlace", node_deallocation_option="requeue"), nodes(2)))
        assert isinstance(step, Resize)
        assert step.deallocation == "requeue"

    def test_an_empty_pool_is_changed_before_its_nodes_come_back(self) -> None:
        step = next_step(view(asked("InPlace"), emptied()))
        assert isinstance(step, Patch)
        assert step.changes == {"vmSize": "STANDARD_D4_V3"}

    def test_a_changed_pool_gets_its_nodes_back(self) -> None:
        found = nodes(0, body=observed_pool({"vmSize": "standard_d4_v3"}).body)
        step = next_step(view(asked("InPlace"), found))
        assert isinstance(step, Resize)
        assert (step.size, step.change) == (TWO, ())

    def test_a_spec_that_is_put_back_while_nodes_leave_just_has_them_back(self) -> None:
        step = next_step(view(asked("InPlace", {}), nodes(0, current=1)))
        assert isinstance(step, Resize)
        assert step.size == TWO

    def test_while_nodes_leave_nothing_else_is_asked_for(self) -> None:
        verdict = waiting(view(asked("InPlace"), nodes(0, current=2, allocation_state="resizing")))
        assert isinstance(verdict, Progressing)

    def test_a_growth_is_stopped_first(self) -> None:
        growing = nodes(9, current=2, allocation_state="resizing")
        assert isinstance(next_step(view(asked("InPlace", dedicated=9), growing)), StopResize)

    def test_nodes_that_did_not_leave_in_time_are_asked_to_leave_again(self) -> None:
        step = next_step(view(asked("InPlace"), nodes(0, current=1)))
        assert isinstance(step, Resize)
        assert (step.size, step.repeats, step.change) == (NONE, True, ("vmSize",))

    def test_what_azure_changes_on_no_pool_is_left(self) -> None:
        body = {"virtualMachineConfiguration": {**MACHINE, "dataDisks": [DISK]}}
        assert next_step(view(asked("InPlace", body), nodes(2))) == Nothing()

    def test_a_size_that_the_spec_leaves_to_others_is_not_lost(self) -> None:
        verdict = waiting(view(asked("InPlace", dedicated=None), nodes(2)))
        assert isinstance(verdict, Stalled)
        assert verdict.reason == "SizeUntold"
        assert "targetDedicatedNodes" in verdict.message

    def test_a_formula_rests_while_the_pool_is_empty(self) -> None:
        wanted = asked("InPlace", {**FORMULA, "vmSize": "STANDARD_D4_V3"}, dedicated=None, spot=None)
        scaled = observed_pool(FORMULA).body
        stages = (
            nodes(2, body=scaled, auto_scaled=True),
            nodes(2),
            nodes(0),
            nodes(0, body=observed_pool({"vmSize": "standard_d4_v3"}).body),
        )
        steps = [type(next_step(view(wanted, found))) for found in stages]
        assert steps == [DisableAutoScale, Resize, Patch, EnableAutoScale]


class TestRecreate:
    def test_a_pool_with_nodes_is_deleted_for_what_needs_it_empty(self) -> None:
        assert next_step(view(asked("Recreate"), nodes(2))) == Delete(change=("vmSize",))

    def test_an_empty_pool_is_changed_as_it_is(self) -> None:
        assert isinstance(next_step(view(asked("Recreate"), emptied())), Patch)

    @pytest.mark.parametrize("there", [0, 2])
    def test_what_azure_changes_on_no_pool_needs_another_one(self, there: int) -> None:
        body = {"virtualMachineConfiguration": {**MACHINE, "dataDisks": [DISK]}}
        step = next_step(view(asked("Recreate", body, dedicated=there), nodes(there)))
        assert isinstance(step, Delete)
        assert step.change == ("virtualMachineConfiguration.dataDisks",)

    def test_a_pool_that_goes_for_a_change_is_waited_for(self) -> None:
        assert waiting(view(asked("Recreate"), nodes(2, state="deleting"))).reason == "DeletingForChange"

    def test_a_pool_that_was_made_from_this_spec_is_not_made_again_for_what_it_lacks(self) -> None:
        verdict = waiting(view(asked("Recreate"), nodes(2), made_in_vain=True))
        assert isinstance(verdict, Stalled)
        assert verdict.reason == "NotTakenOver"


class TestObstacles:
    """Before the first node leaves, all is there that brings it back."""

    @pytest.mark.parametrize("strategy", INTERRUPTING)
    def test_an_image_that_is_not_published_interrupts_nothing(self, strategy: RolloutStrategy) -> None:
        assert waiting(view(asked(strategy, {}), nodes(2), image=AWAITED)).reason == "ImageNotPublished"

    @pytest.mark.parametrize("strategy", INTERRUPTING)
    def test_the_replicas_of_the_new_image_come_first(self, strategy: RolloutStrategy) -> None:
        assert waiting(view(asked(strategy, {}), nodes(2), image=NEW_IMAGE, change_gate=SHORT)).reason == SHORT.reason
        assert not isinstance(
            next_step(view(asked(strategy, {}), nodes(2), image=NEW_IMAGE, change_gate=OPEN)), Nothing
        )

    @pytest.mark.parametrize("strategy", INTERRUPTING)
    def test_after_its_patience_the_pool_goes_on_without_them(self, strategy: RolloutStrategy) -> None:
        late = view(asked(strategy, {}), nodes(2), image=NEW_IMAGE, change_gate=SHORT, change_gate_late=True)
        assert isinstance(next_step(late), Resize | Delete)

    @pytest.mark.parametrize("strategy", INTERRUPTING)
    def test_what_azure_would_refuse_interrupts_nothing(self, strategy: RolloutStrategy) -> None:
        refused = Stalled(reason="NodeAgentMismatch", message="no such agent")
        assert waiting(view(asked(strategy), nodes(2), violated=refused)) == refused

    @pytest.mark.parametrize("strategy", INTERRUPTING)
    def test_meanwhile_the_pool_is_sized_with_what_it_has(self, strategy: RolloutStrategy) -> None:
        step = next_step(view(asked(strategy, {}, dedicated=5), nodes(2), image=AWAITED, gate=OPEN))
        assert isinstance(step, Resize)
        assert step.size == Size(dedicated=5, spot=0)

    def test_what_has_begun_goes_on_although_replicas_were_lost(self) -> None:
        half = view(asked("InPlace", {}), nodes(0, current=1), image=NEW_IMAGE, change_gate=SHORT)
        step = next_step(half)
        assert isinstance(step, Resize)
        assert step.size == NONE


class TestStages:
    @pytest.mark.parametrize(
        ("found", "stage_shown"),
        [
            (nodes(2), "DrainingForChange"),
            (nodes(0, current=2, allocation_state="resizing"), "DrainingForChange"),
            (nodes(0), "ApplyingChange"),
        ],
    )
    def test_ready_names_the_stage_of_a_pool_that_is_emptied(self, found: ObservedPool, stage_shown: str) -> None:
        assert reason(view(asked("InPlace"), found)) == stage_shown

    def test_nodes_that_come_back_are_told_from_a_new_size(self) -> None:
        back = nodes(2, current=0, allocation_state="resizing")
        assert reason(view(asked("InPlace", {}), back, refilling=True)) == "Refilling"
        assert reason(view(asked("InPlace", {}), back)) is None

    def test_ready_names_the_stage_of_a_pool_that_is_made_again(self) -> None:
        assert reason(view(asked("Recreate"), nodes(2))) == "DeletingForChange"

    def test_on_empty_has_no_stages(self) -> None:
        assert reason(view(asked("OnEmpty"), emptied())) is None


class TestWaiting:
    @pytest.mark.parametrize(
        ("strategy", "word"), [("OnEmpty", "EmptyPool"), ("InPlace", "Drain"), ("Recreate", "Deletion")]
    )
    def test_it_is_told_what_a_change_waits_for(self, strategy: RolloutStrategy, word: str) -> None:
        seen = view(asked(strategy), nodes(2))
        assert waits_for(seen, nodes(2), seen.waiting[0].cost) == word

    def test_an_empty_pool_waits_for_its_image_alone(self) -> None:
        seen = view(asked("OnEmpty", {}), emptied(), image=AWAITED)
        assert waits_for(seen, emptied(), seen.waiting[0].cost) == "ImageNotPublished"

    def test_an_obstacle_goes_by_its_reason(self) -> None:
        seen = view(asked("InPlace", {}), nodes(2), image=AWAITED)
        assert waits_for(seen, nodes(2), seen.waiting[0].cost) == "ImageNotPublished"

    @pytest.mark.parametrize(("strategy", "word"), [("OnEmpty", "Recreate"), ("Recreate", "Deletion")])
    def test_what_needs_a_new_pool_waits_for_consent(self, strategy: RolloutStrategy, word: str) -> None:
        seen = view(asked(strategy, {"virtualMachineConfiguration": {**MACHINE, "dataDisks": [DISK]}}), nodes(2))
        assert waits_for(seen, nodes(2), seen.impossible[0].cost) == word
