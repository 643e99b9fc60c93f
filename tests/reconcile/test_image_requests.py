"""Whole turns that somebody asks for: annotation azurebatch.io/reconcile-requested-at makes them look at everything."""

from collections import Counter

from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.reconcile.desired import RECONCILE_ANNOTATION
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.image_turns import IMAGE, MINUTE, PATCH, POOL, RESYNC, VERSION, a_pool, reads, stripped, writes
from tests.support.simulator import SimulatedAzure

ALL = Counter(
    {
        "Galleries_Get": 1,
        "GalleryImages_Get": 1,
        "GalleryImages_ListByGallery": 1,
        "GalleryImageVersions_ListByGalleryImage": 2,
        "GalleryImageVersions_Get": 1,
    }
)
"""What one request asks of Azure: the image's own look, and those of the bulk observers."""


async def ask(turns: Clockwork, when: str) -> None:
    await turns.annotate(IMAGE, {RECONCILE_ANNOTATION: when})


async def test_a_request_looks_at_everything_once_and_is_echoed(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await ask(published, "now")
    assert Counter(reads(journal)) == ALL
    assert writes(journal) == []
    assert published.status(IMAGE)["lastHandledReconcileAt"] == "now"
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {})
    assert reads(journal) == []
    await ask(published, "once more")
    assert Counter(reads(journal)) == ALL


async def test_a_request_reads_the_accounts_whose_pools_use_the_image(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.apply(a_pool())
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    await published.run(5 * MINUTE)
    journal = journal_from_now(simulator)
    await ask(published, "now")
    assert "Pools_ListPools" in reads(journal)


async def test_what_somebody_changed_is_put_back_at_once_on_request(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"tags": {"team": "rendering"}})
    await published.until(lambda: published.is_ready(IMAGE))
    version = compute.gallery_image_versions.get(*VERSION)
    tags = {**(version.tags or {}), "team": "modelling"}
    compute.gallery_image_versions.begin_create_or_update(*VERSION, stripped(version, tags=tags), polling=False)
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await ask(published, "now")
    assert writes(journal) == [PATCH]


async def test_a_pause_after_a_failure_ends_on_request(simulator: SimulatedAzure, published: Clockwork) -> None:
    async with clockwork(simulator, retry_base=3600, retry_cap=3600) as patient:
        await patient.take_over(published)
        failure = {"status": 409, "code": "ReplicationJobFailed", "message": "one job failed"}
        simulator.control.order_fault({"match": {"operation": PATCH}, "operationError": failure})
        await patient.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
        await patient.until(lambda: "ReplicationFailed" in patient.told(IMAGE))
        journal = journal_from_now(simulator)
        await patient.run(RESYNC, step=RESYNC)
        assert writes(journal) == []
        await ask(patient, "now")
        assert writes(journal) == [PATCH]


async def test_a_request_that_was_answered_is_not_answered_again_by_another_process(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await ask(published, "now")
    async with clockwork(simulator) as restarted:
        await restarted.take_over(published)
        journal = journal_from_now(simulator)
        await restarted.change(IMAGE, {})
        assert reads(journal) == []


async def test_a_request_whose_look_fails_is_answered_by_the_next_turn(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    broken = {"match": {"operation": "Galleries_Get"}, "times": 1, "answer": {"status": 503, "code": "ServerBusy"}}
    simulator.control.order_fault(broken)
    await ask(published, "now")
    assert "ServerBusy" in published.told(IMAGE)
    journal = journal_from_now(simulator)
    await published.until(lambda: published.is_ready(IMAGE), step=MINUTE)
    assert {"Galleries_Get", "GalleryImages_Get", "GalleryImageVersions_Get"} <= set(reads(journal))
