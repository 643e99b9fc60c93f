"""The operator with each action of its role taken away in turn: what is refused, and how that is told."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from azure_batch_operator.cloud.role import rights
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import Manifest
from tests.support.image_sources import a_copy, a_machine, snapshots, vhds
from tests.support.image_turns import IMAGE, a_pool, an_image
from tests.support.pool_turns import FRAMES, literal, pool
from tests.support.simulator import SimulatedAzure, StartSimulator, default_scenario
from tools.stage.azure import with_least_rights
from tools.stage.clockwork import key_of

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
PLATFORM = "/subscriptions/00000000-0000-0000-0000-000000000001"
BATCH, IMAGES = f"{SUBSCRIPTION}/resourceGroups/batch", f"{SUBSCRIPTION}/resourceGroups/images"
ACCOUNT = f"{BATCH}/providers/Microsoft.Batch/batchAccounts/contoso"
COMPUTE = f"{IMAGES}/providers/Microsoft.Compute"
GALLERY = f"{COMPUTE}/galleries/sharedImages"
DEFINITION = f"{GALLERY}/images/render-node"
VERSION = f"{DEFINITION}/versions/1.0.0"
IDENTITY = f"{BATCH}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/render-nodes"
BLENDER = f"{ACCOUNT}/applications/blender"
BASE = f"{PLATFORM}/resourceGroups/platform/providers/Microsoft.Compute/galleries/platformGallery/images/base-node"

SOURCES = (
    a_machine(),
    a_machine(capture="Direct"),
    snapshots(),
    snapshots("disks", "render-golden-os", "render-golden-data"),
    vhds(),
    a_copy(),
)
Scene = Callable[[Clockwork], Awaitable[None]]


def making(*manifests: Manifest) -> Scene:
    async def scene(operator: Clockwork) -> None:
        for manifest in manifests:
            await operator.apply(manifest)

    return scene


def deleting(*manifests: Manifest) -> Scene:
    """Make them, and delete them when they are Ready."""

    async def scene(operator: Clockwork) -> None:
        await making(*manifests)(operator)
        keys = [key_of(manifest) for manifest in manifests]
        await operator.until(lambda: all(operator.is_ready(key) for key in keys))
        for key in keys:
            await operator.delete(key)

    return scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    scene: Scene
    key: ImageKey | PoolKey
    scope: str = ""
    reason: str = "AccessDenied"


DENIED: Mapping[str, Case] = {
    "Microsoft.Batch/batchAccounts/read": Case(scene=making(pool()), key=FRAMES, scope=ACCOUNT),
    "Microsoft.Batch/batchAccounts/pools/read": Case(scene=making(pool()), key=FRAMES, scope=ACCOUNT),
    "Microsoft.Batch/batchAccounts/pools/write": Case(scene=making(pool()), key=FRAMES, scope=ACCOUNT),
    "Microsoft.Batch/batchAccounts/pools/delete": Case(scene=deleting(pool()), key=FRAMES, scope=ACCOUNT),
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action": Case(
        scene=making(pool(identity={"userAssignedIdentities": [IDENTITY]})), key=FRAMES, scope=IDENTITY
    ),
    "Microsoft.Compute/disks/beginGetAccess/action": Case(
        scene=making(an_image(), a_pool()), key=FRAMES, scope=VERSION, reason="ImageAccessDenied"
    ),
    "Microsoft.Compute/galleries/read": Case(scene=making(an_image()), key=IMAGE, scope=GALLERY),
    "Microsoft.Compute/galleries/write": Case(scene=making(an_image()), key=IMAGE, scope=GALLERY),
    "Microsoft.Compute/galleries/delete": Case(scene=deleting(an_image()), key=IMAGE, scope=GALLERY),
    "Microsoft.Compute/galleries/images/read": Case(scene=making(an_image()), key=IMAGE, scope=DEFINITION),
    "Microsoft.Compute/galleries/images/write": Case(scene=making(an_image()), key=IMAGE, scope=DEFINITION),
    "Microsoft.Compute/galleries/images/delete": Case(scene=deleting(an_image()), key=IMAGE, scope=DEFINITION),
    "Microsoft.Compute/galleries/images/versions/read": Case(scene=making(an_image()), key=IMAGE, scope=VERSION),
    "Microsoft.Compute/galleries/images/versions/write": Case(scene=making(an_image()), key=IMAGE, scope=VERSION),
    "Microsoft.Compute/galleries/images/versions/delete": Case(scene=deleting(an_image()), key=IMAGE, scope=VERSION),
    "Microsoft.Compute/images/read": Case(scene=making(an_image()), key=IMAGE, scope=f"{COMPUTE}/images/render-node-1"),
    "Microsoft.Compute/virtualMachines/read": Case(
        scene=making(an_image(source=a_machine())), key=IMAGE, scope=f"{COMPUTE}/virtualMachines/render-golden"
    ),
    "Microsoft.Compute/virtualMachines/write": Case(
        scene=making(an_image(source=a_machine(capture="Direct"))),
        key=IMAGE,
        scope=f"{COMPUTE}/virtualMachines/render-golden",
    ),
    "Microsoft.Compute/disks/read": Case(
        scene=making(an_image(source=snapshots("disks", "render-golden-os", "render-golden-data"))),
        key=IMAGE,
        scope=f"{COMPUTE}/disks/render-golden-os",
    ),
    "Microsoft.Compute/disks/write": Case(
        scene=making(an_image(source=snapshots("disks", "render-golden-os", "render-golden-data"))),
        key=IMAGE,
        scope=f"{COMPUTE}/disks/render-golden-os",
    ),
    "Microsoft.Compute/snapshots/read": Case(
        scene=making(an_image(source=snapshots())), key=IMAGE, scope=f"{COMPUTE}/snapshots/render-os"
    ),
    "Microsoft.Compute/snapshots/write": Case(
        scene=making(an_image(source=snapshots())), key=IMAGE, scope=f"{COMPUTE}/snapshots/render-os"
    ),
    "Microsoft.Compute/snapshots/delete": Case(
        scene=making(an_image(source=a_machine())), key=IMAGE, scope=f"{COMPUTE}/snapshots/render-node-1.0.0-os-"
    ),
    "Microsoft.Storage/storageAccounts/listKeys/action": Case(
        scene=making(an_image(source=vhds())),
        key=IMAGE,
        scope=f"{IMAGES}/providers/Microsoft.Storage/storageAccounts/contosovhds",
    ),
}
"""What is needed, by action: the message names the action and where to grant it."""

OPTIONAL = {
    "Microsoft.Batch/locations/virtualMachineSkus/read": making(pool()),
    "Microsoft.Batch/batchAccounts/applications/read": making(
        pool(applicationPackageReferences=[{"applicationId": BLENDER}])
    ),
    "Microsoft.Batch/batchAccounts/applications/versions/read": making(
        pool(applicationPackageReferences=[{"applicationId": BLENDER, "version": "4.5"}])
    ),
    "Microsoft.Resources/subscriptions/providers/read": making(
        pool(virtualMachineConfiguration=literal(f"{BASE}/versions/1.0.0"))
    ),
}
"""Rights to look at something before a pool is made, by action."""

NUMBER = "Microsoft.Batch/batchAccounts/jobs/read"
"""What a deletion tells."""


def without(start: StartSimulator, action: str) -> SimulatedAzure:
    world = with_least_rights(default_scenario(), lacking=action).model_dump(mode="json")
    return start(roles=world["roles"], role_assignments=world["role_assignments"])


def test_every_action_of_the_role_is_taken_away_once() -> None:
    assert {*DENIED, *OPTIONAL, NUMBER} == set(rights())


@pytest.mark.parametrize("action", DENIED)
async def test_what_needs_the_action_is_refused_with_its_name_and_where_to_grant_it(
    start_simulator: StartSimulator, action: str
) -> None:
    case, azure = DENIED[action], without(start_simulator, action)
    async with clockwork(azure, rights_grace=0) as operator:
        await case.scene(operator)
        await operator.until(lambda: "Stalled" in operator.conditions(case.key))
        assert operator.conditions(case.key)["Stalled"] == ("True", case.reason)
        told = operator.message(case.key, "Stalled")
    _, _, where = told.partition(f"needs {action} ")
    assert f"on {case.scope}" in where
    assert f", granted to application {azure.ready.client_id} of tenant {azure.ready.tenant_id}" in where


@pytest.mark.parametrize("action", OPTIONAL)
async def test_a_check_that_is_not_allowed_is_left_out_and_told_and_the_pool_is_made(
    start_simulator: StartSimulator, action: str
) -> None:
    azure = without(start_simulator, action)
    refuse_once(azure, 503, "ServerBusy", operation="Pools_CreatePool")
    journal = journal_from_now(azure)
    async with clockwork(azure, rights_grace=0) as operator:
        await OPTIONAL[action](operator)
        told = operator.message(FRAMES, "Advisory")
        await operator.until(lambda: operator.is_ready(FRAMES))
    assert "Not checked before the pool is made: " in told
    assert "(AuthorizationFailed)" in told
    refused = {entry.operation for entry in journal.requests() if entry.status == 403}
    assert refused == set(rights()[action])


async def test_a_deletion_that_may_not_see_jobs_tells_no_number_and_goes_on(start_simulator: StartSimulator) -> None:
    async with clockwork(without(start_simulator, NUMBER), rights_grace=0) as operator:
        await deleting(pool())(operator)
        await operator.until(lambda: not operator.is_there(FRAMES))
        (told,) = operator.events(FRAMES, "ActiveJobs")
    assert told == "How many active jobs target pool frames is not known: InsufficientAccountPermissions."


async def test_with_the_whole_role_nothing_of_all_that_is_refused(start_simulator: StartSimulator) -> None:
    """What the cases above show is the lack of one action, and of no other."""
    azure = without(start_simulator, "none")
    journal = journal_from_now(azure)
    everything = pool(
        identity={"userAssignedIdentities": [IDENTITY]},
        applicationPackageReferences=[{"applicationId": BLENDER}, {"applicationId": BLENDER, "version": "4.5"}],
        virtualMachineConfiguration=literal(f"{BASE}/versions/1.0.0"),
    )
    async with clockwork(azure, rights_grace=0) as operator:
        for source in SOURCES:
            await deleting(an_image(source=source))(operator)
            await operator.until(lambda: not operator.is_there(IMAGE))
        await deleting(everything)(operator)
        await operator.until(lambda: not operator.is_there(FRAMES))
    asked = journal.requests()
    assert [entry.operation for entry in asked if entry.status == 403] == []
