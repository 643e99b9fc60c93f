"""The next step of a pool, for every situation that it can be found in."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    ImageAwaited,
    Nothing,
    Patch,
    PoolView,
    Release,
    ReplaceProperties,
    Resize,
    StopResize,
    Wait,
)
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import AdoptionPolicy, ObservedPool, ResizeError, WantedPool
from azure_batch_operator.core.sizing import Size
from tests.support.batch_pools import IMAGE_ID, OWNER, START_TASK, observed_pool, wanted_pool
from tests.support.pool_views import ABSENT, NEWER, OPEN, QUOTA, SHORT, nodes, view, waiting


class TestCreation:
    def test_a_missing_pool_is_made_with_both_targets_its_owner_and_a_computed_timeout(self) -> None:
        wanted = wanted_pool({"metadata": [{"name": "team", "value": "rendering"}]}, dedicated=3000)
        step = next_step(view(wanted, gate=OPEN))
        assert isinstance(step, Create)
        assert step.timeout == timedelta(minutes=45)
        assert step.body == {
            "id": "frames",
            "vmSize": "STANDARD_D2_V3",
            "virtualMachineConfiguration": {
                "nodeAgentSKUId": "batch.node.ubuntu 22.04",
                "imageReference": {"virtualMachineImageId": IMAGE_ID},
            },
            "startTask": START_TASK,
            "targetDedicatedNodes": 3000,
            "targetLowPriorityNodes": 0,
            "resizeTimeout": "PT45M",
            "metadata": [
                {"name": OWNER_TAG, "value": OWNER.tag()},
                {"name": "team", "value": "rendering"},
            ],
        }

    def test_without_targets_the_pool_begins_empty(self) -> None:
        step = next_step(view(wanted_pool(dedicated=None, spot=None)))
        assert isinstance(step, Create)
        assert (step.body["targetDedicatedNodes"], step.body["targetLowPriorityNodes"]) == (0, 0)

    def test_a_formula_goes_through_without_targets_and_timeout(self) -> None:
        auto = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=1;"}
        step = next_step(view(wanted_pool(auto, dedicated=None, spot=None)))
        assert isinstance(step, Create)
        assert step.timeout is None
        assert not {"targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout"} & step.body.keys()
        assert step.body["autoScaleFormula"] == auto["autoScaleFormula"]

    def test_an_explicit_timeout_is_sent_even_when_it_is_short(self) -> None:
        step = next_step(view(wanted_pool(dedicated=3000, resize_timeout=timedelta(minutes=10)), gate=OPEN))
        assert isinstance(step, Create)
        assert step.body["resizeTimeout"] == "PT10M"

    def test_a_pool_waits_for_its_image(self) -> None:
        awaited = ImageAwaited(reason="ImageNotPublished", message="not yet")
        assert waiting(view(image=awaited)) == Progressing(reason="ImageNotPublished", message="not yet")

    def test_a_pool_waits_for_replicas(self) -> None:
        assert waiting(view(gate=SHORT)) == Progressing(reason="WaitingForReplicas", message=SHORT.message)

    def test_after_its_patience_a_pool_goes_on_without_replicas(self) -> None:
        assert isinstance(next_step(view(gate=SHORT, gate_late=True)), Create)

    def test_a_spec_may_ignore_missing_replicas(self) -> None:
        assert isinstance(next_step(view(wanted_pool(gate_mode="Ignore"), gate=SHORT)), Create)

    @pytest.mark.parametrize("late", [True, False])
    def test_neither_patience_nor_the_spec_starts_nodes_without_an_image(self, *, late: bool) -> None:
        seen = view(wanted_pool(gate_mode="Ignore"), gate=ABSENT, gate_late=late)
        assert waiting(seen).reason == "ImageNotInRegion"

    def test_what_azure_would_refuse_is_told_before_what_is_waited_for(self) -> None:
        refused = Stalled(reason="NodeAgentMismatch", message="no such agent")
        awaited = ImageAwaited(reason="ImageNotPublished", message="not yet")
        assert waiting(view(violated=refused, image=awaited)) == refused

    def test_the_older_of_two_resources_gets_the_pool(self) -> None:
        verdict = waiting(view(rival="rendering/first"))
        assert isinstance(verdict, Stalled)
        assert verdict.reason == "OwnedByAnother"
        assert "rendering/first" in verdict.message


class TestOwnership:
    @pytest.mark.parametrize("policy", ["Refuse", "Adopt"])
    def test_a_pool_of_another_is_left_alone_whatever_differs(self, policy: AdoptionPolicy) -> None:
        theirs = nodes(2, metadata={OWNER_TAG: "other/pool/a/b"})
        wanted = wanted_pool(dedicated=9, adoption_policy=policy)
        verdict = waiting(view(wanted, theirs, ownership=Ownership.ANOTHERS))
        assert isinstance(verdict, Stalled)
        assert verdict.reason == "OwnedByAnother"
        assert "other/pool/a/b" in verdict.message

    def test_a_pool_that_somebody_deletes_is_waited_for(self) -> None:
        assert waiting(view(found=observed_pool(state="deleting"))).reason == "PoolDeleting"


class TestProperties:
    def test_each_changed_property_is_patched_as_a_whole(self) -> None:
        found = observed_pool({"startTask": {**START_TASK, "commandLine": "other"}})
        step = next_step(view(found=found))
        assert step == Patch(changes={"startTask": START_TASK}, fields=("startTask.commandLine",))

    def test_metadata_is_patched_with_our_own_items(self) -> None:
        wanted = wanted_pool({"metadata": [{"name": "team", "value": "rendering"}]})
        step = next_step(view(wanted, observed_pool()))
        assert isinstance(step, Patch)
        assert step.changes["metadata"] == [
            {"name": OWNER_TAG, "value": OWNER.tag()},
            {"name": "team", "value": "rendering"},
        ]

    def test_packages_are_cleared_by_an_empty_list(self) -> None:
        found = observed_pool({"applicationPackageReferences": [{"applicationId": "/a"}]})
        step = next_step(view(found=found))
        assert isinstance(step, Patch)
        assert step.changes == {"applicationPackageReferences": []}

    def test_a_start_task_is_taken_away_by_replacing_all_that_can_be_replaced(self) -> None:
        step = next_step(view(wanted_pool({"startTask": None}), observed_pool()))
        assert isinstance(step, ReplaceProperties)
        assert step.body == {
            "applicationPackageReferences": [],
            "metadata": [{"name": OWNER_TAG, "value": OWNER.tag()}],
        }

    def test_properties_are_put_right_while_nodes_are_on_their_way(self) -> None:
        found = observed_pool({"startTask": None}, target_dedicated=9, allocation_state="resizing")
        assert isinstance(next_step(view(wanted_pool(dedicated=9), found)), Patch)

    def test_what_azure_did_not_take_over_is_not_written_in_a_loop(self) -> None:
        verdict = waiting(view(found=observed_pool({"startTask": None}), repair_pause=5))
        assert isinstance(verdict, Retrying)
        assert verdict.reason == "NotTakenOver"

    def test_a_change_that_needs_an_empty_pool_is_not_made(self) -> None:
        assert next_step(view(wanted_pool({"vmSize": "STANDARD_D4_V3"}), observed_pool())) == Nothing()

    def test_a_pool_without_targets_may_be_sized_by_a_formula(self) -> None:
        unsized = wanted_pool(dedicated=None, spot=None)
        assert next_step(view(unsized, observed_pool(auto_scaled=True))) == Nothing()


class TestSize:
    def test_growth_sends_both_targets_and_a_timeout_for_the_whole_size(self) -> None:
        step = next_step(view(wanted_pool(dedicated=3000, spot=5), observed_pool(), gate=OPEN))
        assert step == Resize(
            size=Size(dedicated=3000, spot=5),
            before=Size(dedicated=2, spot=0),
            timeout=timedelta(hours=1),
            deallocation=None,
        )

    def test_growth_waits_for_replicas(self) -> None:
        assert waiting(view(wanted_pool(dedicated=3000), observed_pool(), gate=SHORT)).reason == "WaitingForReplicas"

    def test_shrinking_does_not_ask_the_gate_and_lets_tasks_finish(self) -> None:
        step = next_step(view(wanted_pool(dedicated=500), nodes(3000), gate=SHORT))
        assert isinstance(step, Resize)
        assert (step.deallocation, step.timeout) == ("taskcompletion", timedelta(hours=1))

    def test_a_new_size_is_queued_behind_a_running_growth_that_is_still_wanted(self) -> None:
        growing = nodes(3000, current=10, allocation_state="resizing")
        verdict = waiting(view(wanted_pool(dedicated=4000), growing, gate=OPEN))
        assert verdict.reason == "Resizing"
        assert "4,000" in verdict.message

    def test_a_running_growth_that_nobody_wants_is_stopped(self) -> None:
        growing = nodes(3000, current=10, allocation_state="resizing")
        assert next_step(view(wanted_pool(dedicated=500), growing)) == StopResize(
            running=Size(dedicated=3000, spot=0), wanted=Size(dedicated=500, spot=0)
        )

    def test_a_running_removal_is_not_interrupted(self) -> None:
        shrinking = nodes(500, current=3000, allocation_state="resizing")
        assert waiting(view(wanted_pool(dedicated=100), shrinking)).reason == "Resizing"
        assert waiting(view(wanted_pool(dedicated=3000), shrinking)).reason == "Resizing"

    def test_a_stop_is_waited_for(self) -> None:
        stopping = nodes(3000, current=10, allocation_state="stopping")
        assert waiting(view(wanted_pool(dedicated=500), stopping)).reason == "Stopping"

    def test_after_the_stop_the_wanted_size_is_asked_for_whatever_the_stop_left_as_error(self) -> None:
        stopped = nodes(3000, current=700, resize_errors=(ResizeError(code="ResizeStopped", message="Stopped"),))
        step = next_step(view(wanted_pool(dedicated=500), stopped))
        assert isinstance(step, Resize)
        assert step.size == Size(dedicated=500, spot=0)

    def test_a_shortfall_is_tried_again_at_once_after_progress(self) -> None:
        step = next_step(view(wanted_pool(dedicated=3000), nodes(3000, current=1200, resize_errors=(QUOTA,))))
        assert isinstance(step, Resize)
        assert step.repeats

    def test_a_shortfall_without_progress_pauses_and_tells_azures_reason(self) -> None:
        short = nodes(3000, current=1200, resize_errors=(QUOTA,))
        verdict = waiting(view(wanted_pool(dedicated=3000), short, resize_pause=40))
        assert isinstance(verdict, Retrying)
        assert verdict.reason == "AccountCoreQuotaReached"
        assert verdict.message.startswith("1,200 of 3,000 nodes. AccountCoreQuotaReached: The account has reached")

    def test_a_new_size_does_not_wait_for_the_pause_of_the_old_one(self) -> None:
        short = nodes(3000, current=1200, resize_errors=(QUOTA,))
        assert isinstance(next_step(view(wanted_pool(dedicated=1000), short, resize_pause=40)), Resize)

    def test_nodes_that_did_not_leave_in_time_are_asked_to_leave_again(self) -> None:
        step = next_step(view(wanted_pool(dedicated=500), nodes(500, current=510)))
        assert isinstance(step, Resize)
        assert (step.repeats, step.deallocation) == (True, "taskcompletion")

    def test_preempted_nodes_are_left_to_batch_but_the_pool_is_not_as_wanted(self) -> None:
        spot = observed_pool(target_spot=10, current_spot=10)
        assert waiting(view(wanted_pool(spot=10), spot, preempted=3)).reason == "SpotPreempted"

    def test_a_formula_is_not_interfered_with(self) -> None:
        auto = wanted_pool({"enableAutoScale": True}, dedicated=None, spot=None)
        found = observed_pool(auto_scaled=True, target_dedicated=9, body={"enableAutoScale": True})
        assert next_step(view(auto, found)) == Nothing()
        assert waiting(view(auto, replace(found, resize_errors=(QUOTA,)))).reason == "AccountCoreQuotaReached"

    def test_a_pool_goes_on_with_the_image_it_runs_until_the_new_one_is_there(self) -> None:
        awaited = ImageAwaited(reason="ImageNotPublished", message="not yet", image_id=NEWER)
        assert isinstance(next_step(view(wanted_pool(dedicated=9), observed_pool(), image=awaited)), Resize)
        assert next_step(view(found=observed_pool(), image=awaited)) == Nothing()


class TestDeletion:
    def test_our_pool_is_deleted(self) -> None:
        assert next_step(view(wanted_pool(deleting=True), observed_pool())) == Delete()

    def test_deletion_is_waited_for(self) -> None:
        assert waiting(view(wanted_pool(deleting=True), observed_pool(state="deleting"))).reason == "Deleting"

    @pytest.mark.parametrize(
        ("wanted", "seen"),
        [
            (wanted_pool(deleting=True), view(wanted_pool(deleting=True))),
            (
                wanted_pool(deleting=True),
                view(wanted_pool(deleting=True), observed_pool(), ownership=Ownership.ANOTHERS),
            ),
            (
                wanted_pool(deleting=True, deletion_policy="Retain"),
                view(wanted_pool(deleting=True, deletion_policy="Retain", suspended=True), observed_pool()),
            ),
        ],
    )
    def test_what_is_gone_not_ours_or_to_be_retained_holds_nothing_back(
        self, wanted: WantedPool, seen: PoolView
    ) -> None:
        assert wanted.deleting
        assert isinstance(next_step(seen), Release)

    def test_a_suspended_pool_is_not_deleted(self) -> None:
        assert waiting(view(wanted_pool(deleting=True, suspended=True), observed_pool())).reason == "Suspended"


counts = st.integers(min_value=0, max_value=5000)
pools = st.builds(
    observed_pool,
    target_dedicated=counts,
    current_dedicated=counts,
    target_spot=counts,
    current_spot=counts,
    allocation_state=st.sampled_from(["steady", "resizing", "stopping"]),
)
specs = st.builds(wanted_pool, dedicated=st.none() | counts, spot=st.none() | counts)


@given(specs, pools)
def test_nothing_is_done_exactly_where_everything_is_as_wanted(wanted: WantedPool, found: ObservedPool) -> None:
    seen = view(wanted, found)
    settled = found.steady and seen.size == Size(dedicated=found.current_dedicated, spot=found.current_spot)
    on_target = (found.target_dedicated, found.target_spot) == (seen.size.dedicated, seen.size.spot)
    assert (next_step(seen) == Nothing()) == (settled and on_target)


@given(specs, pools)
def test_no_resize_is_begun_while_another_one_runs(wanted: WantedPool, found: ObservedPool) -> None:
    step = next_step(view(wanted, found))
    assert found.steady or isinstance(step, StopResize | Wait)


@given(specs, pools)
def test_no_pool_grows_through_a_closed_gate(wanted: WantedPool, found: ObservedPool) -> None:
    step = next_step(view(wanted, found, gate=SHORT))
    if isinstance(step, Resize) and not step.repeats:
        assert step.size.dedicated <= found.current_dedicated
        assert step.size.spot <= found.current_spot
