"""Snapshots between a machine and its version, interrupted at every step: made once, and never left over."""

import pytest
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import Snapshot

from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.compute_resources import snapshot_body
from tests.support.custom_resources import merged
from tests.support.image_sources import (
    SNAPSHOT_DELETE,
    SNAPSHOT_PUT,
    VERSION_PUT,
    WHOLE_LIFE,
    a_machine,
    compute_id,
    from_machine,
    lives,
    make_running_machine,
    snapshots_left,
)
from tests.support.image_turns import IMAGE, MINUTE, VERSION, an_image, managed_image, writes
from tests.support.simulator import SimulatedAzure

ANOTHER_VERSION = {"version": "2.0.0", "source": {**managed_image("render-node-2"), "virtualMachine": None}}
STEPS = range(WHOLE_LIFE.index(SNAPSHOT_PUT), len(WHOLE_LIFE))
"""Writes after which snapshots may be left: before the first of them, and up to the last but one of their removal."""


async def begun(turns: Clockwork, compute: ComputeManagementClient, **spec: object) -> None:
    """An image whose machine's disks are being captured."""
    await turns.apply(merged(from_machine(), {"spec": spec}))
    await turns.until(lambda: len(snapshots_left(compute)) == 2, step=5.0)


async def deleted(operator: Clockwork) -> None:
    """Somebody deletes the image."""
    await operator.delete(IMAGE)


# --- killed


async def test_processes_that_die_after_every_step_do_each_once_and_leave_nothing(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    async with lives(simulator, from_machine()) as operator:
        deaths = 0
        while await operator.live(writes=1):
            deaths += 1
        assert operator.last.is_ready(IMAGE)
    assert deaths == len(WHOLE_LIFE) - 1
    assert writes(journal) == WHOLE_LIFE
    assert snapshots_left(compute) == set()


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
@pytest.mark.parametrize("steps", STEPS)
async def test_an_image_that_is_deleted_after_a_kill_on_the_way_leaves_no_snapshot(
    simulator: SimulatedAzure, compute: ComputeManagementClient, steps: int, policy: str
) -> None:
    async with lives(simulator, merged(from_machine(), {"spec": {"deletionPolicy": policy}})) as operator:
        await operator.live(writes=steps, within=60 * MINUTE)
        await operator.meanwhile(deleted)
        while await operator.live(writes=1, within=60 * MINUTE):
            pass
        assert not operator.last.is_there(IMAGE)
    assert snapshots_left(compute) == set()
    assert bool(list(compute.galleries.list())) is (policy == "Retain")


@pytest.mark.parametrize("lost", ["request", "response"])
@pytest.mark.parametrize("operation", [SNAPSHOT_PUT, VERSION_PUT, SNAPSHOT_DELETE])
async def test_a_lost_answer_makes_and_leaves_nothing_twice(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient, operation: str, lost: str
) -> None:
    journal = journal_from_now(simulator)
    simulator.control.order_fault({"match": {"operation": operation}, "times": 1, "lose": lost})
    await turns.apply(from_machine())
    await turns.until(lambda: turns.is_ready(IMAGE), step=MINUTE)
    unheard = [operation] if lost == "request" else []
    assert sorted(writes(journal)) == sorted([*WHOLE_LIFE, *unheard])
    assert snapshots_left(compute) == set()


# --- what changes on the way


async def test_a_machine_that_starts_again_meanwhile_is_refused_and_its_snapshots_go(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    make_running_machine(simulator, compute, "render-new")
    compute.virtual_machines.begin_deallocate("images", "render-new", polling=False)
    simulator.control.advance(600)
    await turns.apply(from_machine())
    await turns.change(IMAGE, {"source": a_machine("render-new", generalized=True)})
    await turns.until(lambda: len(snapshots_left(compute)) == 1, step=5.0)
    compute.virtual_machines.begin_start("images", "render-new", polling=False)
    await turns.until(lambda: turns.conditions(IMAGE).get("Stalled") == ("True", "VmRunning"), step=5.0)
    assert snapshots_left(compute) == set()


async def test_another_version_from_another_source_leaves_nothing_of_the_former(
    turns: Clockwork, compute: ComputeManagementClient
) -> None:
    await begun(turns, compute)
    await turns.change(IMAGE, ANOTHER_VERSION)
    await turns.until(lambda: turns.is_ready(IMAGE), step=MINUTE)
    assert turns.status(IMAGE)["version"] == "2.0.0"
    assert snapshots_left(compute) == set()


async def test_another_source_while_nobody_looks_leaves_nothing_of_the_former(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    async with lives(simulator, from_machine()) as operator:
        assert await operator.live(writes=3)
        assert len(snapshots_left(compute)) == 1
        await operator.meanwhile(lambda found: found.change(IMAGE, ANOTHER_VERSION))
        await operator.live(writes=100)
        assert operator.last.is_ready(IMAGE)
    assert snapshots_left(compute) == set()


async def test_a_version_that_is_still_published_keeps_its_snapshots_when_another_is_wanted(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    await begun(turns, compute)
    await turns.until(lambda: VERSION_PUT in writes(journal), step=15.0)
    await turns.change(IMAGE, ANOTHER_VERSION)
    await turns.run(5 * MINUTE)
    assert len(snapshots_left(compute)) == 2
    await turns.until(lambda: turns.is_ready(IMAGE), step=MINUTE)
    await turns.until(lambda: not snapshots_left(compute), step=MINUTE)
    version = compute.gallery_image_versions.get(*VERSION)
    assert version.properties is not None
    assert version.properties.provisioning_state == "Succeeded"


async def test_a_deletion_half_way_removes_what_was_made(turns: Clockwork, compute: ComputeManagementClient) -> None:
    await begun(turns, compute)
    await turns.delete(IMAGE)
    await turns.until(lambda: not turns.is_there(IMAGE), step=15.0)
    assert snapshots_left(compute) == set()
    assert list(compute.galleries.list()) == []


async def test_a_suspended_image_that_retains_all_goes_at_once_and_writes_nothing(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await begun(turns, compute, deletionPolicy="Retain")
    await turns.change(IMAGE, {"suspend": True})
    journal = journal_from_now(simulator)
    await turns.delete(IMAGE)
    assert not turns.is_there(IMAGE)
    assert writes(journal) == []
    (kept,) = [message for message in turns.events(IMAGE, "Kept") if "snapshots" in message]
    assert all(name in kept for name in snapshots_left(compute))


async def test_a_deletion_that_retains_all_needs_credentials_only_for_what_is_left(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    operator = simulator.scenario.tenants[0].applications[0]
    tenant = simulator.ready.tenant_id
    keys = {
        "AZURE_TENANT_ID": tenant,
        "AZURE_CLIENT_ID": operator.client_id,
        "AZURE_CLIENT_SECRET": operator.secrets[0],
    }
    turns.secrets.put("rendering", "azure", **keys)
    await begun(turns, compute, deletionPolicy="Retain", credentialsSecretRef={"name": "azure"})
    turns.secrets.reads.clear()
    async with clockwork(simulator) as restarted:
        await restarted.take_over(turns)
        assert restarted.conditions(IMAGE)["Ready"][1] == "CredentialsMissing"
        restarted.secrets.put("rendering", "azure", **keys)
        await restarted.delete(IMAGE)
        await restarted.until(lambda: not restarted.is_there(IMAGE), step=15.0)
    assert snapshots_left(compute) == set()


# --- what fails


async def test_a_publication_that_fails_is_told_in_azures_words_and_tried_again_from_the_same_snapshots(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    simulator.control.order_replication_trouble({"fail": "Gallery replication jobs failed in West Europe"})
    await turns.apply(from_machine())
    await turns.until(lambda: turns.conditions(IMAGE)["Ready"] == ("False", "PublishFailed"), step=15.0)
    assert "Gallery replication jobs failed" in turns.message(IMAGE)
    assert len(snapshots_left(compute)) == 2
    await turns.until(lambda: turns.is_ready(IMAGE), step=MINUTE)
    assert writes(journal).count(SNAPSHOT_PUT) == 2
    assert writes(journal).count(VERSION_PUT) == 2
    assert snapshots_left(compute) == set()


async def test_a_publication_that_failed_and_whose_machine_is_gone_leaves_nothing(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    simulator.control.order_replication_trouble({"fail": "Gallery replication jobs failed in West Europe"})
    await turns.apply(from_machine())
    await turns.until(lambda: turns.conditions(IMAGE)["Ready"] == ("False", "Publishing"), step=15.0)
    compute.virtual_machines.begin_delete("images", "render-golden", polling=False)
    await turns.until(lambda: turns.conditions(IMAGE)["Published"] == ("False", "PublishFailed"), step=15.0)
    await turns.until(lambda: not snapshots_left(compute), step=MINUTE)


async def test_a_foreign_snapshot_under_our_name_is_neither_used_nor_removed(
    turns: Clockwork, compute: ComputeManagementClient
) -> None:
    await turns.apply(from_machine())
    ours = turns.status(IMAGE)["intermediateSnapshots"]
    name = str(ours[0]).rpartition("/")[2]
    body = Snapshot(snapshot_body(compute_id("disks", "render-golden-os")))
    compute.snapshots.begin_create_or_update("images", name, body, polling=False)
    await turns.until(lambda: "Stalled" in turns.conditions(IMAGE), step=15.0)
    assert turns.conditions(IMAGE)["Stalled"] == ("True", "OwnedByAnother")
    await turns.delete(IMAGE)
    await turns.until(lambda: not turns.is_there(IMAGE), step=15.0)
    assert snapshots_left(compute) == {name}


async def test_a_right_that_is_missing_on_the_disk_is_named(turns: Clockwork, simulator: SimulatedAzure) -> None:
    answer = {
        "status": 403,
        "code": "LinkedAuthorizationFailed",
        "message": "The client 'x' has permission to perform action 'Microsoft.Compute/snapshots/write' on scope 's'; "
        "however, it does not have permission to perform action 'Microsoft.Compute/disks/beginGetAccess/action' on "
        "the linked scope(s) '/disks/render-golden-os' or the linked scope(s) are invalid.",
    }
    simulator.control.order_fault({"match": {"operation": SNAPSHOT_PUT}, "times": None, "answer": answer})
    await turns.apply(from_machine())
    await turns.until(lambda: "LinkedAuthorizationFailed" in str(turns.conditions(IMAGE)), step=15.0)
    assert "this needs Microsoft.Compute/disks/beginGetAccess/action on /disks/render-golden-os" in turns.message(IMAGE)


async def test_a_source_of_the_quickstart_asks_nothing_about_snapshots(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=MINUTE)
    assert [entry.operation for entry in journal.requests() if "Snapshot" in entry.operation] == []
