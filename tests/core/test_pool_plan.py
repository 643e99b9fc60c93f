"""The next step of a pool, for every situation that it can be found in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.diff import differences
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.plan.pools import (
    Create,
    Delete,
    ImageAwaited,
    ImageKnown,
    Nothing,
    Patch,
    PoolView,
    Release,
    ReplaceProperties,
    Resize,
    StopResize,
    Wait,
    next_step,
)
from azure_batch_operator.core.pools import ObservedPool, ResizeError, WantedPool
from azure_batch_operator.core.replicas import GateClosed, GateOpen
from azure_batch_operator.core.sizing import Size
from tests.support.batch_pools import IMAGE_ID, OWNER, START_TASK, observed_pool, wanted_pool

NEWER = IMAGE_ID.replace("1.0.0", "2.0.0")
OPEN = GateOpen(ready=5, needed=5)
SHORT = GateClosed(
    reason="WaitingForReplicas", message="westeurope has 1 of the 5 replicas.", short=True, ready=1, needed=5
)
ABSENT = GateClosed(reason="ImageNotInRegion", message="no replica in westeurope")
QUOTA = ResizeError(code="AccountCoreQuotaReached", message="The account has reached its quota")


def view(wanted: WantedPool | None = None, found: ObservedPool | None = None, **changes: Any) -> PoolView:
    """What is decided on, with the differences that there are."""
    spec = wanted or wanted_pool()
    image = changes.setdefault("image", ImageKnown(image_id=IMAGE_ID))
    differ = differences(spec, found, image_id=image.image_id) if found else ()
    return PoolView(wanted=spec, found=found, differences=differ, **changes)


def waiting(seen: PoolView) -> Progressing | Retrying | Stalled:
    """The verdict of a turn that waits."""
    step = next_step(seen)
    assert isinstance(step, Wait)
    return step.verdict


def nodes(dedicated: int, *, current: int | None = None, **changes: Any) -> ObservedPool:
    """A pool with that target, all of its nodes there unless told otherwise."""
    there = dedicated if current is None else current
    return observed_pool(target_dedicated=dedicated, current_dedicated=there, **changes)


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
    @pytest.mark.parametrize("whose", [Ownership.NOBODYS, Ownership.ANOTHERS])
    def test_a_pool_that_is_not_ours_is_left_alone_whatever_differs(self, whose: Ownership) -> None:
        seen = view(wanted_pool(dedicated=9), nodes(2, metadata={OWNER_TAG: "other/pool/a/b"}), ownership=whose)
        verdict = waiting(seen)
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

    def test_switching_between_targets_and_a_formula_is_left_to_people(self) -> None:
        assert waiting(view(found=observed_pool(auto_scaled=True))).reason == "AutoScaleDiffers"
        auto = wanted_pool({"enableAutoScale": True}, dedicated=None, spot=None)
        assert waiting(view(auto, observed_pool())).reason == "AutoScaleDiffers"

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


class TestEmptyPool:
    """What nodes are made of changes on a pool that has none."""

    def test_a_pool_without_nodes_gets_the_new_image_at_once_and_keeps_the_rest(self) -> None:
        step = next_step(view(wanted_pool(dedicated=0), nodes(0), image=ImageKnown(image_id=NEWER), gate=OPEN))
        assert step == Patch(
            changes={
                "virtualMachineConfiguration": {
                    "nodeAgentSKUId": "batch.node.ubuntu 22.04",
                    "nodePlacementConfiguration": {"policy": "Regional"},
                    "imageReference": {"virtualMachineImageId": NEWER},
                }
            },
            fields=("virtualMachineConfiguration.imageReference.virtualMachineImageId",),
            of_empty_pool=True,
        )

    def test_a_pool_that_is_to_grow_from_nothing_gets_the_new_image_first(self) -> None:
        seen = view(wanted_pool(dedicated=9), nodes(0), image=ImageKnown(image_id=NEWER), gate=OPEN)
        assert isinstance(next_step(seen), Patch)

    @pytest.mark.parametrize(
        "found",
        [
            nodes(2),
            nodes(0, current=2),
            nodes(0, allocation_state="resizing"),
            nodes(2, current=0, allocation_state="stopping"),
            observed_pool(target_dedicated=0, current_dedicated=0, current_spot=1),
        ],
        ids=["nodes", "nodes that stay", "resizing", "stopping", "a Spot node"],
    )
    def test_a_pool_with_nodes_or_on_its_way_to_some_keeps_what_it_has(self, found: ObservedPool) -> None:
        unsized = wanted_pool({"vmSize": "STANDARD_D4_V3"}, dedicated=None, spot=None)
        step = next_step(view(unsized, found, image=ImageKnown(image_id=NEWER), gate=OPEN))
        assert not isinstance(step, Patch)

    def test_a_pool_that_got_no_node_of_the_many_it_asked_for_is_empty_too(self) -> None:
        seen = view(wanted_pool(dedicated=9), nodes(9, current=0), image=ImageKnown(image_id=NEWER), gate=OPEN)
        assert isinstance(next_step(seen), Patch)

    @pytest.mark.parametrize("gate", [SHORT, ABSENT])
    def test_the_new_image_waits_for_its_replicas(self, gate: GateClosed) -> None:
        seen = view(wanted_pool(dedicated=0), nodes(0), image=ImageKnown(image_id=NEWER), gate=gate)
        assert waiting(seen).reason == gate.reason

    def test_after_its_patience_it_does_not(self) -> None:
        seen = view(wanted_pool(dedicated=9), nodes(0), image=ImageKnown(image_id=NEWER), gate=SHORT, gate_late=True)
        assert isinstance(next_step(seen), Patch)

    def test_what_goes_with_the_image_waits_for_it_and_nothing_else_does(self) -> None:
        awaited = ImageAwaited(reason="ImageNotPublished", message="not yet", image_id=NEWER)
        assert waiting(view(wanted_pool(dedicated=0), nodes(0), image=awaited)).reason == "ImageNotPublished"
        assert isinstance(next_step(view(wanted_pool(dedicated=9), nodes(0), image=awaited, gate=OPEN)), Resize)
        larger = wanted_pool({"vmSize": "STANDARD_D4_V3"}, dedicated=0)
        unknown = ImageAwaited(reason="DependencyNotReady", message="none")
        assert next_step(view(larger, nodes(0), image=unknown)) == Patch(
            changes={"vmSize": "STANDARD_D4_V3"}, fields=("vmSize",), of_empty_pool=True
        )

    def test_what_azure_would_refuse_is_not_written(self) -> None:
        refused = Stalled(reason="NodeAgentMismatch", message="no such agent")
        other = wanted_pool({"virtualMachineConfiguration": {"nodeAgentSKUId": "other"}}, dedicated=0)
        assert waiting(view(other, nodes(0), violated=refused)) == refused

    def test_what_azure_did_not_take_over_is_not_written_in_a_loop(self) -> None:
        larger = wanted_pool({"vmSize": "STANDARD_D4_V3"}, dedicated=0)
        assert waiting(view(larger, nodes(0), repair_pause=5)).reason == "NotTakenOver"

    def test_data_disks_stay_as_they_are_and_everything_beside_them_changes(self) -> None:
        machine = {"nodeAgentSKUId": "batch.node.debian 12", "dataDisks": [{"lun": 0, "diskSizeGB": 9}]}
        step = next_step(view(wanted_pool({"virtualMachineConfiguration": machine}, dedicated=0), nodes(0)))
        assert isinstance(step, Patch)
        assert step.fields == ("virtualMachineConfiguration.nodeAgentSKUId",)
        sent = step.changes["virtualMachineConfiguration"]
        assert isinstance(sent, dict)
        assert (sent["nodeAgentSKUId"], sent.get("dataDisks")) == ("batch.node.debian 12", None)

    def test_nothing_of_a_former_image_stays_in_the_new_reference(self) -> None:
        marketplace = {"publisher": "canonical", "offer": "ubuntu", "sku": "22_04"}
        machine = {"nodeAgentSKUId": "batch.node.ubuntu 22.04", "imageReference": marketplace}
        wanted = wanted_pool({"virtualMachineConfiguration": machine}, image=None, dedicated=0)
        step = next_step(view(wanted, nodes(0), image=ImageKnown()))
        assert isinstance(step, Patch)
        sent = step.changes["virtualMachineConfiguration"]
        assert isinstance(sent, dict)
        assert sent["imageReference"] == marketplace

    def test_a_formula_that_asks_for_no_node_leaves_a_pool_empty(self) -> None:
        auto = wanted_pool({"enableAutoScale": True}, dedicated=None, spot=None)
        found = nodes(0, auto_scaled=True, body={"enableAutoScale": True, "vmSize": "standard_a1"})
        assert isinstance(next_step(view(auto, found)), Patch)


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
