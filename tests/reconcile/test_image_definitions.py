"""Whole turns over all that an image definition can say: made so, kept so, and refused where Azure never changes it."""

from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import GalleryImage

from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.reconcile.keys import ImageKey
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.image_turns import IMAGE, MINUTE, RESYNC, VERSION, an_image, body_of, disown, writes
from tests.support.simulator import SimulatedAzure

PUT = "GalleryImages_CreateOrUpdate"
WHOLE: dict[str, Any] = {
    "description": "Nodes that render",
    "eula": "https://contoso.com/eula",
    "privacyStatementUri": "https://contoso.com/privacy",
    "releaseNoteUri": "https://contoso.com/notes",
    "endOfLifeDate": "2030-06-30T00:00:00Z",
    "recommended": {"vCPUs": {"min": 2, "max": 16}, "memory": {"min": 4, "max": 64}},
    "disallowed": {"diskTypes": ["Standard_LRS"]},
    "purchasePlan": {"name": "plan", "publisher": "contoso", "product": "render"},
    "features": [
        {"name": "SecurityType", "value": "Standard"},
        {"name": "IsAcceleratedNetworkSupported", "value": "True", "startsAtVersion": "1.0.0"},
    ],
}
CHANGED: dict[str, Any] = {
    "description": "theirs",
    "releaseNoteUri": "https://contoso.com/other",
    "endOfLifeDate": "2031-06-30T00:00:00Z",
    "recommended": {"vCPUs": {"min": 4, "max": 16}, "memory": {"min": 4, "max": 64}},
}
"""What somebody changes of it, as far as Azure lets them."""


def shown(compute: ComputeManagementClient) -> dict[str, Any]:
    """The definition's properties in Azure."""
    return dict(compute.gallery_images.get(*VERSION[:3]).as_dict()["properties"])


def meddle(compute: ComputeManagementClient, changes: dict[str, Any]) -> None:
    """Somebody changes properties of the definition."""
    found = compute.gallery_images.get(*VERSION[:3])
    body = found.as_dict()
    changed = {**body, "properties": {**body["properties"], **changes}}
    compute.gallery_images.begin_create_or_update(*VERSION[:3], GalleryImage(changed), polling=False)


async def test_a_definition_is_made_with_all_that_the_spec_says_and_then_left_alone(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image(definition=WHOLE))
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    made = body_of(journal, PUT)["properties"]
    assert {name: made[name] for name in WHOLE} == WHOLE
    journal = journal_from_now(simulator)
    await turns.run(3 * RESYNC, step=RESYNC)
    assert writes(journal) == []


async def test_everything_that_somebody_changed_is_put_back_by_one_write_that_names_it(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await turns.apply(an_image(definition=WHOLE))
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    before = shown(compute)
    meddle(compute, CHANGED)
    simulator.control.advance(MINUTE)
    assert shown(compute) != before
    journal = journal_from_now(simulator)
    await turns.run(2 * RESYNC)
    assert writes(journal) == [PUT]
    assert shown(compute) == before
    assert turns.events(IMAGE, "DriftRepaired") == [
        "Restoring description, releaseNoteUri, endOfLifeDate, recommended.vCPUs.min of image definition render-node."
    ]


async def test_what_the_spec_leaves_out_is_left_as_somebody_wrote_it(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    meddle(compute, CHANGED)
    simulator.control.advance(MINUTE)
    theirs = shown(compute)
    assert theirs["description"] == "theirs"
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"tags": {"team": "rendering"}})
    await published.until(lambda: published.is_ready(IMAGE))
    assert PUT in writes(journal)
    assert shown(compute) == theirs


async def test_a_tag_leaves_definition_and_version_together_with_the_spec(
    published: Clockwork, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"tags": {"team": "rendering", "stage": "test"}})
    await published.until(lambda: published.is_ready(IMAGE))
    tags = {**(compute.gallery_images.get(*VERSION[:3]).tags or {}), "cost": "42"}
    disown(compute, tags=tags)
    await published.change(IMAGE, {"tags": {"stage": None}})
    await published.until(lambda: published.is_ready(IMAGE))
    kept = {
        "team": "rendering",
        "cost": "42",
        "batch-operator-tags": "team",
        OWNER_TAG: "cluster/image/rendering/render-node",
    }
    assert compute.gallery_images.get(*VERSION[:3]).tags == kept
    assert compute.gallery_image_versions.get(*VERSION).tags == kept


@pytest.mark.parametrize("name", ["eula", "privacyStatementUri", "disallowed", "purchasePlan", "features"])
async def test_a_definition_that_was_made_otherwise_is_refused_with_every_field(
    published: Clockwork, simulator: SimulatedAzure, name: str
) -> None:
    journal = journal_from_now(simulator)
    async with clockwork(simulator) as other:
        await other.apply(an_image(definition={name: WHOLE[name], "architecture": "Arm64"}))
        assert other.conditions(IMAGE)["Stalled"] == ("True", "DefinitionMismatch")
        assert name in other.message(IMAGE)
        assert "architecture" in other.message(IMAGE)
    assert writes(journal) == []


async def test_an_identifier_that_another_definition_has_is_refused_and_tried_again_at_each_resync_only(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    twin = ImageKey(IMAGE.namespace, "twin")
    await published.apply(an_image("twin", definition={"name": "twin"}))
    assert published.conditions(twin)["Stalled"] == ("True", "IdentifierTaken")
    assert "render-node identified by (publisher:Contoso" in published.message(twin)
    assert "definition.identifier" in published.message(twin)
    journal = journal_from_now(simulator)
    await published.run(3 * RESYNC, step=MINUTE)
    assert writes(journal) == 3 * [PUT]
    assert published.events(twin, "IdentifierTaken") == [published.message(twin)]
