"""Galleries and images through azure-mgmt-compute, against the simulator."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from azure_batch_operator.cloud.images import Images
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import DefinitionName, GalleryName, VersionName
from tests.support.azure_session import journal_from_now, operator_settings, refuse_once, signed_in
from tests.support.simulator import SimulatedAzure
from tests.support.trouble import Refusal, assert_not_sent_again, assert_one_failure
from tests.support.virtual_time import VirtualTime

DAY = 86_400.0
DEFINITION: JsonObject = {
    "osType": "Linux",
    "osState": "Generalized",
    "hyperVGeneration": "V1",
    "architecture": "x64",
    "identifier": {"publisher": "Contoso", "offer": "Rendering", "sku": "node"},
    "features": [{"name": "SecurityType", "value": "Standard"}],
}


@pytest.fixture
def images(session: AzureSession) -> Images:
    return Images(session)


@pytest.fixture
def gallery(simulator: SimulatedAzure) -> GalleryName:
    return GalleryName(subscription_id=simulator.subscription, resource_group="images", gallery="sharedImages")


@pytest.fixture
def definition(gallery: GalleryName) -> DefinitionName:
    return DefinitionName(gallery=gallery, definition="render-node")


@pytest.fixture
def version(definition: DefinitionName) -> VersionName:
    return VersionName(definition=definition, version="1.0.0")


@pytest.fixture
def managed_image(simulator: SimulatedAzure) -> str:
    return (
        f"/subscriptions/{simulator.subscription}/resourceGroups/images"
        "/providers/Microsoft.Compute/images/render-node-1"
    )


@pytest.fixture
async def made(images: Images, version: VersionName, managed_image: str, simulator: SimulatedAzure) -> ObservedVersion:
    """A version whose one region is completed."""
    definition = version.definition
    await images.create_gallery(definition.gallery, location="westeurope", description="shared", tags={"a": "b"})
    simulator.control.advance(DAY)
    await images.put_definition(definition, location="westeurope", properties=DEFINITION, tags={"team": "rendering"})
    simulator.control.advance(DAY)
    await images.create_version(version, body(managed_image))
    simulator.control.advance(DAY)
    return await seen(images, version)


def body(managed_image: str) -> dict[str, Any]:
    """The body of a version in one region."""
    return {
        "location": "westeurope",
        "tags": {"batch-operator-owner": "x/image/rendering/render-node"},
        "properties": {
            "publishingProfile": {
                "targetRegions": [
                    {"name": "westeurope", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"}
                ]
            },
            "storageProfile": {"source": {"id": managed_image}},
            "safetyProfile": {"allowDeletionOfReplicatedLocations": False},
        },
    }


def patch(version: ObservedVersion, replicas: int) -> dict[str, Any]:
    """The PATCH that asks for so many replicas in every region."""
    regions = [dict(found.raw) | {"regionalReplicaCount": replicas} for found in version.regions]
    return {
        "tags": dict(version.tags),
        "properties": {
            "publishingProfile": dict(version.publishing_profile) | {"targetRegions": regions},
            "storageProfile": {},
            "safetyProfile": {"allowDeletionOfReplicatedLocations": False},
        },
    }


async def seen(images: Images, version: VersionName) -> ObservedVersion:
    """The version as it is now, with its replication."""
    found = await images.get_version(version, replication=True)
    assert found is not None
    return found


async def test_what_is_not_there_is_none(
    images: Images, gallery: GalleryName, definition: DefinitionName, version: VersionName, managed_image: str
) -> None:
    assert await images.get_gallery(gallery) is None
    assert await images.get_definition(definition) is None
    assert await images.get_version(version, replication=True) is None
    assert await images.get_managed_image(f"{managed_image}-gone") is None


async def test_a_gallery_is_seen_as_it_was_made(images: Images, gallery: GalleryName, made: ObservedVersion) -> None:
    found = await images.get_gallery(gallery)
    assert found is not None
    assert (found.id, found.location, found.provisioning_state, found.tags) == (
        gallery.id,
        "westeurope",
        "Succeeded",
        {"a": "b"},
    )


async def test_definitions_are_listed_and_found_alike(
    images: Images, definition: DefinitionName, made: ObservedVersion
) -> None:
    found = await images.get_definition(definition)
    assert found is not None
    assert found.tags == {"team": "rendering"}
    assert found.properties["identifier"] == DEFINITION["identifier"]
    assert await images.list_definitions(definition.gallery) == (found,)


async def test_versions_are_listed_without_replication_status(images: Images, made: ObservedVersion) -> None:
    (listed,) = await images.list_versions(made.name.definition)
    assert listed.name == made.name
    assert listed.tags == made.tags
    assert not listed.replication_read
    assert made.replication_read


async def test_a_version_tells_its_replication_and_keeps_regions_as_azure_writes_them(made: ObservedVersion) -> None:
    assert made.location == "westeurope"
    assert made.provisioning_state == "Succeeded"
    (region,) = made.regions
    assert (region.key, region.replicas, region.state, region.progress) == ("westeurope", 1, "Completed", 100)
    assert (region.raw["name"], region.raw["storageAccountType"]) == ("West Europe", "Standard_LRS")


async def test_a_patch_is_one_request_and_nobody_waits_for_its_replicas(
    images: Images, made: ObservedVersion, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await images.patch_version(made.name, patch(made, 5))
    entry = journal.only()
    assert (entry.operation, entry.method, entry.status) == ("GalleryImageVersions_Update", "PATCH", 200)
    assert entry.body == patch(made, 5)
    growing = await seen(images, made.name)
    assert (growing.regions[0].replicas, growing.settled) == (5, False)
    simulator.control.advance(DAY)
    grown = await seen(images, made.name)
    assert (grown.regions[0].state, grown.settled) == ("Completed", True)


async def test_a_creation_is_one_request(images: Images, gallery: GalleryName, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await images.create_gallery(gallery, location="westeurope", description=None, tags={})
    assert journal.only().method == "PUT"
    simulator.control.advance(DAY)
    assert [entry.operation for entry in journal.requests()] == ["Galleries_CreateOrUpdate"]


async def test_deletion_in_azures_order_leaves_nothing(
    images: Images, made: ObservedVersion, simulator: SimulatedAzure
) -> None:
    definition = made.name.definition
    with pytest.raises(AzureFailure) as refused:
        await images.delete_definition(definition)
    assert refused.value.kind is FailureKind.CONFLICT
    journal = journal_from_now(simulator)
    await images.delete_version(made.name)
    simulator.control.advance(DAY)
    await images.delete_definition(definition)
    simulator.control.advance(DAY)
    await images.delete_gallery(definition.gallery)
    simulator.control.advance(DAY)
    assert [entry.operation for entry in journal.requests()] == [
        "GalleryImageVersions_Delete",
        "GalleryImages_Delete",
        "Galleries_Delete",
    ]
    assert await images.get_gallery(definition.gallery) is None


async def test_deleting_what_is_gone_is_done(
    images: Images, gallery: GalleryName, definition: DefinitionName, version: VersionName
) -> None:
    await images.delete_version(version)
    await images.delete_definition(definition)
    await images.delete_gallery(gallery)


async def test_a_list_of_what_is_not_there_is_a_failure_and_no_empty_list(
    images: Images, gallery: GalleryName, definition: DefinitionName
) -> None:
    for listing in (images.list_definitions(gallery), images.list_versions(definition)):
        with pytest.raises(AzureFailure) as refused:
            await listing
        assert refused.value.kind is FailureKind.NOT_FOUND


async def test_a_managed_image_is_known_as_a_source(images: Images, managed_image: str) -> None:
    found = await images.get_managed_image(managed_image)
    assert found is not None
    assert (found.os_type, found.os_state, found.hyper_v_generation, found.location) == (
        "Linux",
        "Generalized",
        "V1",
        "westeurope",
    )


async def test_an_id_of_something_else_is_refused_without_a_request(images: Images, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    with pytest.raises(AzureFailure) as refused:
        await images.get_managed_image("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d")
    assert (refused.value.kind, refused.value.code) == (FailureKind.REFUSED, "MalformedResourceId")
    assert journal.requests() == []


Doing = Callable[[Images, VersionName], Awaitable[object]]

OPERATIONS: dict[str, Doing] = {
    "Galleries_Get": lambda images, name: images.get_gallery(name.definition.gallery),
    "Galleries_CreateOrUpdate": lambda images, name: images.create_gallery(
        name.definition.gallery, location="westeurope", description=None, tags={}
    ),
    "Galleries_Delete": lambda images, name: images.delete_gallery(name.definition.gallery),
    "GalleryImages_ListByGallery": lambda images, name: images.list_definitions(name.definition.gallery),
    "GalleryImages_Get": lambda images, name: images.get_definition(name.definition),
    "GalleryImages_CreateOrUpdate": lambda images, name: images.put_definition(
        name.definition, location="westeurope", properties=DEFINITION, tags={}
    ),
    "GalleryImages_Delete": lambda images, name: images.delete_definition(name.definition),
    "GalleryImageVersions_ListByGalleryImage": lambda images, name: images.list_versions(name.definition),
    "GalleryImageVersions_Get": lambda images, name: images.get_version(name, replication=False),
    "GalleryImageVersions_CreateOrUpdate": lambda images, name: images.create_version(name, {}),
    "GalleryImageVersions_Update": lambda images, name: images.patch_version(name, {}),
    "GalleryImageVersions_Delete": lambda images, name: images.delete_version(name),
    "Images_Get": lambda images, name: images.get_managed_image(
        f"/subscriptions/{name.definition.gallery.subscription_id}/resourceGroups/images"
        "/providers/Microsoft.Compute/images/render-node-1"
    ),
}

REFUSALS: list[Refusal] = [
    (429, "SubscriptionRequestsThrottled", {"Retry-After": "7"}, FailureKind.THROTTLED),
    (503, "ServiceUnavailable", {"Retry-After": "7"}, FailureKind.UNAVAILABLE),
    (500, "InternalServerError", {}, FailureKind.UNAVAILABLE),
    (401, "ExpiredAuthenticationToken", {}, FailureKind.UNAUTHENTICATED),
    (403, "AuthorizationFailed", {}, FailureKind.FORBIDDEN),
    (404, "SubscriptionNotFound", {}, FailureKind.NOT_FOUND),
    (409, "Conflict", {"Retry-After": "7"}, FailureKind.CONFLICT),
    (409, "MissingSubscriptionRegistration", {}, FailureKind.FORBIDDEN),
    (412, "PreconditionFailed", {}, FailureKind.STALE),
    (400, "InvalidParameter", {}, FailureKind.REFUSED),
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_refusal_of_every_operation_is_one_request_and_one_failure(
    simulator: SimulatedAzure, version: VersionName, operation: str
) -> None:
    for refusal in REFUSALS:
        await assert_one_failure(
            simulator, operation, refusal, lambda session: OPERATIONS[operation](Images(session), version)
        )


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_is_lost_on_its_way_or_on_its_way_back_is_not_sent_again(
    simulator: SimulatedAzure, session: AzureSession, version: VersionName, operation: str
) -> None:
    await assert_not_sent_again(
        simulator, operation, session, lambda session: OPERATIONS[operation](Images(session), version)
    )


async def test_a_pause_holds_for_the_whole_subscription(simulator: SimulatedAzure, version: VersionName) -> None:
    time = VirtualTime()
    async with signed_in(operator_settings(simulator), monotonic=time.time) as session:
        images = Images(session)
        refuse_once(simulator, 429, "TooManyRequests", headers={"Retry-After": "30"}, operation="Galleries_Get")
        with pytest.raises(AzureFailure):
            await images.get_gallery(version.definition.gallery)
        journal = journal_from_now(simulator)
        with pytest.raises(AzureFailure) as kept_back:
            await images.get_version(version, replication=True)
        assert kept_back.value.kind is FailureKind.THROTTLED
        assert kept_back.value.retry_after == pytest.approx(30.0)
        assert journal.requests() == []
        time.advance(30)
        assert await images.get_gallery(version.definition.gallery) is None


async def test_a_missing_right_is_named_as_resource_manager_says_it(
    simulator: SimulatedAzure, gallery: GalleryName
) -> None:
    reader = next(app for app in simulator.scenario.tenants[0].applications if app.name == "reader")
    settings = operator_settings(simulator, client_id=reader.client_id, client_secret=reader.secrets[0])
    async with signed_in(settings) as session:
        with pytest.raises(AzureFailure) as refused:
            await Images(session).create_gallery(gallery, location="westeurope", description=None, tags={})
    assert refused.value.kind is FailureKind.FORBIDDEN
    assert "this needs Microsoft.Compute/galleries/write on " in refused.value.message
    assert f"granted to application {reader.client_id} of tenant {settings.tenant_id}" in refused.value.message
