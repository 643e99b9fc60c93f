"""Azure's failures in the log: whoever asks Azure's support finds the request again."""

import pytest

from azure_batch_operator.reconcile.outcome import Outcome
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.clockwork import clockwork
from tests.support.custom_resources import QUICKSTART, read_manifest
from tests.support.guard import Guard
from tests.support.simulator import SimulatedAzure

READ = ("GalleryImages_Get", "GalleryImageVersions_ListByGalleryImage", "Pools_GetPool", "Pools_ListPools")
WRITTEN = ("GalleryImages_CreateOrUpdate", "GalleryImageVersions_CreateOrUpdate", "Pools_CreatePool")


@pytest.mark.parametrize("operation", [*READ, *WRITTEN])
async def test_every_failure_is_told_with_the_id_that_its_request_carried(
    simulator: SimulatedAzure, guarded: Guard, operation: str
) -> None:
    journal, details = journal_from_now(simulator), list[dict[str, str]]()

    def hear(outcome: Outcome) -> None:
        details.append(outcome.detail)
        guarded.hear(outcome)

    async with clockwork(simulator) as operator:
        operator.hear = hear
        refuse_once(simulator, 500, "InternalServerError", operation=operation)
        await operator.apply(read_manifest(QUICKSTART / "galleryimage.yaml"))
        await operator.apply(read_manifest(QUICKSTART / "batchpool.yaml"))
        await operator.run(3600)
    (failed,) = [entry for entry in journal.requests() if entry.status == 500]
    (told,) = [detail for detail in details if detail.get("request_id") == failed.client_request_id]
    assert (told["operation"], told["azure_code"]) == (operation, "InternalServerError")
