"""Whole turns for GalleryImages against the simulator: resources in, requests and statuses out."""

from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import Image, ImageOSDisk, ImageProperties, ImageStorageProfile

from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.reconcile.outcome import FinalizerChange
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import merged
from tests.support.image_turns import (
    GALLERY,
    IMAGE,
    MINUTE,
    PATCH,
    RESYNC,
    VERSION,
    an_image,
    managed_image,
    replicas,
    writes,
)
from tests.support.simulator import SimulatedAzure

# --- making


async def test_an_image_is_made_in_azures_order_and_becomes_ready(turns: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE))
    assert writes(journal) == [
        "Galleries_CreateOrUpdate",
        "GalleryImages_CreateOrUpdate",
        "GalleryImageVersions_CreateOrUpdate",
    ]
    status = turns.status(IMAGE)
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "SourceReady": "True",
        "Published": "True",
        "ReplicasReady": "True",
    }
    assert {c["observedGeneration"] for c in status["conditions"]} == {status["observedGeneration"]} == {1}
    assert status["version"] == "1.0.0"
    assert status["summary"] == {"regions": "1/1", "replicas": "1/1", "nodes": 0}
    assert status["regions"] == [
        {
            "name": "westeurope",
            "nodes": 0,
            "requiredReplicas": 1,
            "replicas": 1,
            "readyReplicas": 1,
            "state": "Completed",
            "progress": 100,
        }
    ]
    assert turns.events(IMAGE, "Published") == ["Version 1.0.0 is published."]


async def test_what_we_make_says_whose_it_is(published: Clockwork, compute: ComputeManagementClient) -> None:
    owner = "cluster/image/rendering/render-node"
    assert (compute.galleries.get(*GALLERY).tags or {})[OWNER_TAG] == "cluster/gallery"
    assert (compute.gallery_images.get(*VERSION[:3]).tags or {})[OWNER_TAG] == owner
    assert (compute.gallery_image_versions.get(*VERSION).tags or {})[OWNER_TAG] == owner


async def test_nothing_is_written_to_azure_before_the_finalizer_stands(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    metadata = {"uid": "uid-1", "generation": 1, "finalizers": []}
    turns.wired.images.put(IMAGE, merged(an_image(), {"metadata": metadata}))
    outcome = await turns.wired.turn(IMAGE)
    assert outcome.finalizer is FinalizerChange.ADD
    assert outcome.again == 0
    assert writes(journal) == []


async def test_a_source_that_is_not_there_yet_is_waited_for(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image(source=managed_image("later")))
    assert turns.conditions(IMAGE).get("Ready") == ("False", "DependencyNotReady")
    assert turns.conditions(IMAGE).get("Reconciling") == ("True", "Progressing")
    assert turns.conditions(IMAGE).get("SourceReady") == ("False", "SourceNotFound")
    assert writes(journal) == []
    disk = ImageOSDisk(
        os_type="Linux", os_state="Generalized", blob_uri="https://contoso.blob.core.windows.net/vhds/a.vhd"
    )
    later = Image(
        location="westeurope",
        properties=ImageProperties(hyper_v_generation="V1", storage_profile=ImageStorageProfile(os_disk=disk)),
    )
    compute.images.begin_create_or_update("images", "later", later, polling=False)
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)


@pytest.mark.parametrize(
    ("source", "reason"), [("render-specialized", "SourceNotGeneralized"), ("render-windows", "SourceMismatch")]
)
async def test_a_source_that_does_not_fit_stalls_before_anything_is_made(
    turns: Clockwork, simulator: SimulatedAzure, source: str, reason: str
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image(source=managed_image(source)))
    assert turns.conditions(IMAGE).get("Stalled") == ("True", reason)
    assert turns.conditions(IMAGE).get("SourceReady") == ("False", reason)
    assert writes(journal) == []
    assert turns.told(IMAGE) == [reason]


async def test_a_lost_answer_makes_nothing_twice(turns: Clockwork, simulator: SimulatedAzure) -> None:
    for operation in (
        "Galleries_CreateOrUpdate",
        "GalleryImages_CreateOrUpdate",
        "GalleryImageVersions_CreateOrUpdate",
    ):
        simulator.control.order_fault({"match": {"operation": operation}, "lose": "response"})
    journal = journal_from_now(simulator)
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    assert len(writes(journal)) == 3


# --- trouble


async def test_throttling_is_waited_out_with_azures_code_as_reason(turns: Clockwork, simulator: SimulatedAzure) -> None:
    refuse_once(simulator, 429, "TooManyRequests", operation="Galleries_CreateOrUpdate", headers={"Retry-After": "0"})
    await turns.apply(an_image())
    assert "TooManyRequests" in turns.told(IMAGE)
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)


async def test_a_missing_right_is_granted_time_and_then_stalls(simulator: SimulatedAzure) -> None:
    reader = simulator.scenario.tenants[0].applications[1]
    identity: dict[str, Any] = {"client_id": reader.client_id, "client_secret": reader.secrets[0]}
    async with clockwork(simulator, **identity, rights_grace=3600) as patient:
        await patient.apply(an_image())
        assert patient.conditions(IMAGE).get("Ready") == ("False", "AuthorizationFailed")
        assert patient.conditions(IMAGE).get("Reconciling") == ("True", "ProgressingWithRetry")
        assert "Microsoft.Compute/galleries/write" in patient.message(IMAGE)
        assert reader.client_id in patient.message(IMAGE)
    async with clockwork(simulator, **identity, rights_grace=0) as impatient:
        await impatient.apply(an_image())
        assert impatient.conditions(IMAGE).get("Stalled") == ("True", "AccessDenied")


async def test_a_publication_that_failed_is_told_in_azures_words_and_tried_again(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    failure = {"status": 409, "code": "InternalExecutionError", "message": "the disk is gone"}
    create = {"operation": "GalleryImageVersions_CreateOrUpdate"}
    simulator.control.order_fault({"match": create, "operationError": failure})
    await turns.apply(an_image())
    await turns.until(lambda: "PublishFailed" in turns.told(IMAGE), step=5 * MINUTE)
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    (deleted,) = turns.events(IMAGE, "Deleting")
    assert deleted == "Deleting version 1.0.0: its publication failed and is tried again."


async def test_a_replication_that_failed_is_asked_for_again(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    failure = {"status": 409, "code": "ReplicationJobFailed", "message": "one job failed"}
    simulator.control.order_fault({"match": {"operation": PATCH}, "operationError": failure})
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.until(lambda: "ReplicationFailed" in published.told(IMAGE), step=5 * MINUTE)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    assert replicas(compute) == {"westeurope": 3}
    assert "Deleting" not in published.told(IMAGE)


async def test_a_spec_that_cannot_be_understood_stalls(turns: Clockwork) -> None:
    await turns.apply(an_image(targetRegions="everywhere"))
    assert turns.conditions(IMAGE).get("Stalled") == ("True", "InvalidSpec")
    assert "targetRegions" in turns.message(IMAGE)


# --- pauses and restarts


async def test_a_suspended_image_is_not_touched_and_keeps_its_ready(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"suspend": True, "targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.run(RESYNC, step=RESYNC)
    assert writes(journal) == []
    assert published.conditions(IMAGE)["Ready"] == ("True", "Succeeded")
    assert published.status(IMAGE)["observedGeneration"] == 1
    assert "Reconciling" not in published.conditions(IMAGE)


async def test_a_request_to_reconcile_is_echoed(published: Clockwork) -> None:
    await published.annotate(IMAGE, {"azurebatch.io/reconcile-requested-at": "now"})
    assert published.status(IMAGE)["lastHandledReconcileAt"] == "now"


async def test_after_a_restart_the_replicas_that_were_ready_still_count(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 6}]})
    async with clockwork(simulator) as restarted:
        await restarted.take_over(published)
        (region,) = restarted.status(IMAGE)["regions"]
        assert (region["replicas"], region["readyReplicas"], region["state"]) == (6, 3, "Replicating")
