"""The next step of a pool without nodes: then Azure changes what nodes are made of."""

import pytest

from azure_batch_operator.core.conditions import Stalled
from azure_batch_operator.core.plan.pool_steps import ImageAwaited, ImageKnown, Patch, Resize
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.replicas import GateClosed
from tests.support.batch_pools import observed_pool, wanted_pool
from tests.support.pool_views import ABSENT, NEWER, OPEN, SHORT, nodes, view, waiting


def test_a_pool_without_nodes_gets_the_new_image_at_once_and_keeps_the_rest() -> None:
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


def test_a_pool_that_is_to_grow_from_nothing_gets_the_new_image_first() -> None:
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
def test_a_pool_with_nodes_or_on_its_way_to_some_keeps_what_it_has(found: ObservedPool) -> None:
    unsized = wanted_pool({"vmSize": "STANDARD_D4_V3"}, dedicated=None, spot=None)
    step = next_step(view(unsized, found, image=ImageKnown(image_id=NEWER), gate=OPEN))
    assert not isinstance(step, Patch)


def test_a_pool_that_got_no_node_of_the_many_it_asked_for_is_empty_too() -> None:
    seen = view(wanted_pool(dedicated=9), nodes(9, current=0), image=ImageKnown(image_id=NEWER), gate=OPEN)
    assert isinstance(next_step(seen), Patch)


@pytest.mark.parametrize("gate", [SHORT, ABSENT])
def test_the_new_image_waits_for_its_replicas(gate: GateClosed) -> None:
    seen = view(wanted_pool(dedicated=0), nodes(0), image=ImageKnown(image_id=NEWER), gate=gate)
    assert waiting(seen).reason == gate.reason


def test_after_its_patience_it_does_not() -> None:
    seen = view(wanted_pool(dedicated=9), nodes(0), image=ImageKnown(image_id=NEWER), gate=SHORT, gate_late=True)
    assert isinstance(next_step(seen), Patch)


def test_what_goes_with_the_image_waits_for_it_and_nothing_else_does() -> None:
    awaited = ImageAwaited(reason="ImageNotPublished", message="not yet", image_id=NEWER)
    assert waiting(view(wanted_pool(dedicated=0), nodes(0), image=awaited)).reason == "ImageNotPublished"
    assert isinstance(next_step(view(wanted_pool(dedicated=9), nodes(0), image=awaited, gate=OPEN)), Resize)
    larger = wanted_pool({"vmSize": "STANDARD_D4_V3"}, dedicated=0)
    unknown = ImageAwaited(reason="DependencyNotReady", message="none")
    assert next_step(view(larger, nodes(0), image=unknown)) == Patch(
        changes={"vmSize": "STANDARD_D4_V3"}, fields=("vmSize",), of_empty_pool=True
    )


def test_what_azure_would_refuse_is_not_written() -> None:
    refused = Stalled(reason="NodeAgentMismatch", message="no such agent")
    other = wanted_pool({"virtualMachineConfiguration": {"nodeAgentSKUId": "other"}}, dedicated=0)
    assert waiting(view(other, nodes(0), violated=refused)) == refused


def test_what_azure_did_not_take_over_is_not_written_in_a_loop() -> None:
    larger = wanted_pool({"vmSize": "STANDARD_D4_V3"}, dedicated=0)
    assert waiting(view(larger, nodes(0), repair_pause=5)).reason == "NotTakenOver"


def test_data_disks_stay_as_they_are_and_everything_beside_them_changes() -> None:
    machine = {"nodeAgentSKUId": "batch.node.debian 12", "dataDisks": [{"lun": 0, "diskSizeGB": 9}]}
    step = next_step(view(wanted_pool({"virtualMachineConfiguration": machine}, dedicated=0), nodes(0)))
    assert isinstance(step, Patch)
    assert step.fields == ("virtualMachineConfiguration.nodeAgentSKUId",)
    sent = step.changes["virtualMachineConfiguration"]
    assert isinstance(sent, dict)
    assert (sent["nodeAgentSKUId"], sent.get("dataDisks")) == ("batch.node.debian 12", None)


def test_nothing_of_a_former_image_stays_in_the_new_reference() -> None:
    marketplace = {"publisher": "canonical", "offer": "ubuntu", "sku": "22_04"}
    machine = {"nodeAgentSKUId": "batch.node.ubuntu 22.04", "imageReference": marketplace}
    wanted = wanted_pool({"virtualMachineConfiguration": machine}, image=None, dedicated=0)
    step = next_step(view(wanted, nodes(0), image=ImageKnown()))
    assert isinstance(step, Patch)
    sent = step.changes["virtualMachineConfiguration"]
    assert isinstance(sent, dict)
    assert sent["imageReference"] == marketplace


def test_a_formula_that_asks_for_no_node_leaves_a_pool_empty() -> None:
    auto = wanted_pool({"enableAutoScale": True}, dedicated=None, spot=None)
    found = nodes(0, auto_scaled=True, body={"enableAutoScale": True, "vmSize": "standard_a1"})
    assert isinstance(next_step(view(auto, found)), Patch)
