"""Every source of an image version, from the applied object to the published version, against the simulator."""

import logging
from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.core.names import ORIGIN_TAG, OWNER_TAG, VERSION_TAG
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import merged
from tests.support.image_sources import (
    SIGNATURE,
    SIGNED,
    VERSION_PUT,
    WHOLE_LIFE,
    a_copy,
    a_machine,
    from_machine,
    make_running_machine,
    signed_vhd,
    snapshot_requests,
    snapshots,
    snapshots_left,
    vhds,
)
from tests.support.image_turns import IMAGE, MINUTE, PATCH, POOL, RESYNC, VERSION, a_pool, an_image, body_of, writes
from tests.support.simulator import SimulatedAzure

NODE_AGENT = "batch.node.ubuntu 22.04"


async def until_published(turns: Clockwork) -> None:
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)


async def until_captured(turns: Clockwork) -> None:
    """Until the snapshots are being taken."""
    await turns.until(lambda: turns.conditions(IMAGE)["Ready"] == ("False", "CapturingDisks"), step=5.0)


@pytest.mark.parametrize(
    ("source", "disks"),
    [
        (a_machine(), {"osDiskImage", "dataDiskImages"}),
        (a_machine(capture="Direct"), {"source"}),
        (snapshots(), {"osDiskImage", "dataDiskImages"}),
        (snapshots("disks", "render-golden-os", "render-golden-data"), {"osDiskImage", "dataDiskImages"}),
        (vhds(), {"osDiskImage", "dataDiskImages"}),
        (signed_vhd(), {"osDiskImage", "dataDiskImages"}),
        (a_copy(), {"source"}),
    ],
    ids=["machine", "machine-direct", "snapshots", "disks", "vhds", "signed-vhd", "copy"],
)
async def test_a_version_is_published_from_each_kind_of_source_and_nothing_else_is_left(
    turns: Clockwork,
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    source: dict[str, Any],
    disks: set[str],
) -> None:
    turns.secrets.put("rendering", "vhds", uri=SIGNED)
    journal = journal_from_now(simulator)
    await turns.apply(an_image(source=source))
    assert turns.conditions(IMAGE)["Ready"][0] == "False"
    await until_published(turns)
    assert turns.conditions(IMAGE)["SourceReady"] == ("True", "Published")
    assert set(body_of(journal, VERSION_PUT)["properties"]["storageProfile"]) == disks
    assert writes(journal).count(VERSION_PUT) == 1
    assert snapshots_left(compute) == set()
    assert turns.status(IMAGE)["intermediateSnapshots"] == []


# --- a machine, through snapshots


async def test_a_machines_disks_are_captured_published_and_forgotten_in_order(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(from_machine())
    await until_captured(turns)
    assert turns.conditions(IMAGE)["SourceReady"] == ("False", "CapturingDisks")
    await until_published(turns)
    assert writes(journal) == WHOLE_LIFE
    assert turns.told(IMAGE).count("Created") == 5
    assert turns.told(IMAGE).count("Deleting") == 2


async def test_snapshots_say_whose_they_are_and_the_status_names_them(
    turns: Clockwork, compute: ComputeManagementClient
) -> None:
    await turns.apply(from_machine())
    await until_captured(turns)
    told = {each.rpartition("/")[2] for each in turns.status(IMAGE)["intermediateSnapshots"]}
    assert len(told) == 2
    assert told == snapshots_left(compute)
    for name in told:
        snapshot = compute.snapshots.get("images", name)
        assert snapshot.tags == {OWNER_TAG: "cluster/image/rendering/render-node", VERSION_TAG: "1.0.0"}
        assert snapshot.properties is not None
        assert snapshot.properties.incremental


async def test_snapshots_are_told_before_the_first_is_made(turns: Clockwork, simulator: SimulatedAzure) -> None:
    await turns.apply(an_image())
    await until_published(turns)
    refuse_once(simulator, 500, "InternalError", operation="Snapshots_CreateOrUpdate")
    await turns.change(IMAGE, {"version": "2.0.0", "source": a_machine()})
    assert len(turns.status(IMAGE)["intermediateSnapshots"]) == 2


async def test_kept_snapshots_stay_and_go_when_they_are_no_longer_to_be_kept(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await turns.apply(from_machine(keepIntermediate=True))
    await until_published(turns)
    assert len(snapshots_left(compute)) == len(turns.status(IMAGE)["intermediateSnapshots"]) == 2
    journal = journal_from_now(simulator)
    await turns.run(RESYNC * 3)
    assert snapshot_requests(journal) == []
    await turns.change(IMAGE, {"source": {"keepIntermediate": False}})
    await turns.run(10 * MINUTE)
    assert snapshots_left(compute) == set()


async def test_at_rest_nothing_is_asked_about_snapshots_and_after_a_restart_one_list(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    await turns.apply(from_machine())
    await until_published(turns)
    journal = journal_from_now(simulator)
    await turns.run(RESYNC * 5)
    assert snapshot_requests(journal) == []
    async with clockwork(simulator) as restarted:
        await restarted.take_over(turns)
        await restarted.run(RESYNC * 5)
        assert restarted.is_ready(IMAGE)
    assert snapshot_requests(journal) == ["Snapshots_ListByResourceGroup"]


async def test_a_published_image_does_not_need_the_right_to_look_for_what_is_left(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    await turns.apply(from_machine())
    await until_published(turns)
    async with clockwork(simulator) as restarted:
        match = {"operation": "Snapshots_ListByResourceGroup"}
        simulator.control.order_fault({"match": match, "answer": {"status": 403, "code": "AuthorizationFailed"}})
        await restarted.take_over(turns)
        assert restarted.is_ready(IMAGE)
        assert restarted.conditions(IMAGE)["Advisory"] == ("True", "SnapshotsUnread")
        simulator.control.clear_faults()
        await restarted.run(RESYNC)
        assert "Advisory" not in restarted.conditions(IMAGE)


async def test_a_published_versions_source_is_not_looked_at_any_more(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await turns.apply(from_machine())
    await until_published(turns)
    compute.virtual_machines.begin_delete("images", "render-golden", polling=False)
    journal = journal_from_now(simulator)
    await turns.run(RESYNC * 3)
    assert turns.is_ready(IMAGE)
    assert [e.operation for e in journal.requests() if e.operation.startswith("VirtualMachines")] == []


# --- what stands against a machine


async def test_everything_that_is_wrong_with_a_machine_is_told_before_anything_is_made(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(from_machine("render-broken"))
    assert turns.conditions(IMAGE)["Stalled"][0] == "True"
    assert turns.conditions(IMAGE)["SourceReady"] == ("False", "VmRunning")
    message = turns.message(IMAGE, "SourceReady")
    for words in ("is running", "not generalized", "AzureDiskEncryption", "Azure Disk Encryption", "Ultra disk"):
        assert words in message
    for words in ("holds Windows", "of generation V2", "purchase plan fabrikam/render-studio-windows/render-studio"):
        assert words in message
    assert writes(journal) == []


async def test_a_machine_that_is_put_right_is_published_from(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    make_running_machine(simulator, compute, "render-new")
    await turns.apply(from_machine("render-new"))
    assert turns.conditions(IMAGE)["Stalled"] == ("True", "VmRunning")
    assert "is not generalized" in turns.message(IMAGE, "SourceReady")
    await turns.change(IMAGE, {"source": {"virtualMachine": {"generalized": True}}})
    assert "is not generalized" not in turns.message(IMAGE, "SourceReady")
    compute.virtual_machines.begin_deallocate("images", "render-new", polling=False)
    await until_published(turns)


async def test_a_machine_that_is_not_there_yet_is_waited_for(turns: Clockwork) -> None:
    await turns.apply(from_machine("render-later"))
    assert turns.conditions(IMAGE)["Ready"] == ("False", "DependencyNotReady")
    assert turns.conditions(IMAGE)["SourceReady"] == ("False", "SourceNotFound")


async def test_a_source_that_may_not_be_read_holds_up_no_version_that_serves(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    await turns.apply(an_image())
    await turns.apply(a_pool(targetDedicatedNodes=0))
    await turns.until(lambda: turns.is_ready(POOL))
    answer = {"status": 403, "code": "AuthorizationFailed"}
    simulator.control.order_fault({"match": {"operation": "VirtualMachines_Get"}, "times": None, "answer": answer})
    await turns.change(IMAGE, {"version": "2.0.0", "source": a_machine()})
    await turns.until(lambda: "AuthorizationFailed" in str(turns.conditions(IMAGE)["Ready"]), step=5.0)
    journal = journal_from_now(simulator)
    await turns.change(POOL, {"targetDedicatedNodes": 601})
    await turns.until(lambda: PATCH in writes(journal), step=15.0)


async def test_trusted_launch_travels_with_its_own_kind_only(turns: Clockwork) -> None:
    secure = {"hyperVGeneration": "V2", "features": [{"name": "SecurityType", "value": "TrustedLaunchSupported"}]}
    await turns.apply(merged(from_machine("render-secure"), {"spec": {"definition": secure}}))
    assert turns.conditions(IMAGE)["Stalled"] == ("True", "SourceMismatch")
    trusted = {"features": [{"name": "SecurityType", "value": "TrustedLaunch"}]}
    await turns.change(IMAGE, {"definition": trusted})
    await until_published(turns)


# --- where it came from


async def test_the_origin_is_remembered_on_the_version_and_fitting_node_agents_are_suggested(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await turns.apply(from_machine())
    assert turns.status(IMAGE)["source"]["sku"] == "22_04-lts"
    assert turns.status(IMAGE)["nodeAgentSkuIds"] == []
    await until_published(turns)
    assert (compute.gallery_image_versions.get(*VERSION).tags or {})[ORIGIN_TAG] == (
        "canonical/0001-com-ubuntu-server-jammy/22_04-lts"
    )
    await turns.apply(a_pool(targetDedicatedNodes=0))
    await turns.until(lambda: turns.is_ready(POOL))
    await turns.run(RESYNC)
    assert turns.status(IMAGE)["nodeAgentSkuIds"] == [NODE_AGENT]
    journal = journal_from_now(simulator)
    await turns.run(2 * 3600.0, step=60.0)
    asked = [entry.operation for entry in journal.requests("batch")]
    assert asked.count("Accounts_ListSupportedImages") <= 3


async def test_a_node_agent_list_that_cannot_be_read_holds_up_nothing(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    match, answer = {"operation": "Accounts_ListSupportedImages"}, {"status": 403, "code": "AuthorizationFailed"}
    simulator.control.order_fault({"match": match, "times": None, "answer": answer})
    await turns.apply(a_pool(targetDedicatedNodes=0))
    await turns.apply(from_machine())
    await until_published(turns)
    assert turns.status(IMAGE)["source"]["publisher"] == "canonical"
    assert turns.status(IMAGE)["nodeAgentSkuIds"] == []


# --- VHDs


async def test_a_signature_is_sent_to_azure_and_shown_to_nobody(
    turns: Clockwork, simulator: SimulatedAzure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    turns.secrets.put("rendering", "vhds", uri=SIGNED)
    journal = journal_from_now(simulator)
    refuse_once(simulator, 400, "InvalidParameter", operation=VERSION_PUT, message=f"{SIGNED} cannot be read")
    await turns.apply(an_image(source=signed_vhd()))
    await until_published(turns)
    sent = body_of(journal, VERSION_PUT)["properties"]["storageProfile"]["osDiskImage"]["source"]
    assert sent["uri"].startswith(SIGNED.partition("?")[0])
    shown = (str(turns.bodies()), str([note for _, note in turns.notes]), caplog.text)
    assert [text for text in shown if SIGNATURE in text] == []


@pytest.mark.parametrize(
    ("value", "reason", "words"),
    [
        (None, "SecretMissing", "There is no Secret vhds"),
        ("hush", "SourceMalformed", "no https URI of a blob"),
    ],
)
async def test_a_secret_that_is_missing_or_malformed_is_a_condition_that_heals(
    turns: Clockwork, value: str | None, reason: str, words: str
) -> None:
    if value is not None:
        turns.secrets.put("rendering", "vhds", uri=value)
    await turns.apply(an_image(source=signed_vhd()))
    assert turns.conditions(IMAGE)["SourceReady"] == ("False", reason)
    assert words in turns.message(IMAGE, "SourceReady")
    assert "hush" not in str(turns.bodies())
    turns.secrets.put("rendering", "vhds", uri=SIGNED)
    await until_published(turns)


async def test_a_secret_that_cannot_be_read_is_told_and_waited_for(turns: Clockwork) -> None:
    turns.secrets.trouble = "Secret rendering/vhds cannot be read: forbidden."
    await turns.apply(an_image(source=signed_vhd()))
    assert turns.conditions(IMAGE)["SourceReady"] == ("False", "SecretUnread")
    assert turns.message(IMAGE, "SourceReady") == turns.secrets.trouble


# --- versions of elsewhere


async def test_a_version_that_is_not_there_is_waited_for(turns: Clockwork) -> None:
    await turns.apply(an_image(source=a_copy("9.9.9")))
    assert turns.conditions(IMAGE)["SourceReady"] == ("False", "SourceNotFound")
