"""What a changed Secret does to a pool, and what the pool's record tells of the one that was applied."""

import pytest

from azure_batch_operator.core.pool_secrets import RECORD_ITEM
from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.custom_resources import merged
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, machine, pool
from tests.support.secret_bodies import (
    HIDDEN,
    START,
    password,
    ready,
    ref,
    started,
    token,
    with_user,
)
from tests.support.secret_turns import Stage, another_key, stage

__all__ = ["stage"]

HEIR = PoolKey(FRAMES.namespace, "heir")


class TestRotation:
    async def test_a_new_secret_of_the_start_task_is_applied_at_once_under_running_nodes(self, stage: Stage) -> None:
        stage.put("pool", token="old")
        async with stage.operator() as turns:
            await turns.apply(started())
            await ready(turns)
            made, nodes = stage.now, {node.ordinal for node in stage.pool.nodes}
            stage.put("pool", token="new")
            await turns.run(30 * MINUTE, step=MINUTE)

            assert token(stage) == "new"
            (patch,) = stage.writes(made)
            assert patch.operation == "Pools_UpdatePool"
            assert set(patch.body or {}) == {"startTask", "metadata"}
            assert {node.ordinal for node in stage.pool.nodes} == nodes
            assert turns.is_ready(FRAMES)
            assert turns.events(FRAMES, "Repaired") == []

    async def test_a_person_need_not_wait_for_the_next_look(self, stage: Stage) -> None:
        stage.put("pool", token="old")
        async with stage.operator() as turns:
            await turns.apply(started())
            await ready(turns)
            stage.put("pool", token="new")
            await turns.annotate(FRAMES, {"azurebatch.io/reconcile-requested-at": "now"})
            assert token(stage) == "new"

    async def test_a_new_password_waits_for_a_pool_without_nodes(self, stage: Stage) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user())
            await ready(turns)
            stage.put("pool", password="new")
            await turns.run(30 * MINUTE, step=MINUTE)

            assert password(stage) == "old"
            (waiting,) = turns.status(FRAMES)["pendingChanges"]
            assert (waiting["field"], waiting["effect"]) == ("userAccounts.build", "emptyPool")
            assert turns.conditions(FRAMES)["UpToDate"] == ("False", "WaitingForEmptyPool")
            assert turns.is_ready(FRAMES)
            await turns.change(FRAMES, {"targetDedicatedNodes": 0})
            await turns.until(lambda: password(stage) == "new")
            await ready(turns)
            assert turns.status(FRAMES)["pendingChanges"] == []

    async def test_a_secret_that_is_put_back_waits_for_nothing(self, stage: Stage) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user())
            await ready(turns)
            stage.put("pool", password="new")
            await turns.run(30 * MINUTE, step=MINUTE)
            stage.put("pool", password="old")
            await turns.run(30 * MINUTE, step=MINUTE)
            assert turns.status(FRAMES)["pendingChanges"] == []

    async def test_a_secret_that_is_new_in_the_spec_is_applied_although_azure_does_not_show_its_lack(
        self, stage: Stage
    ) -> None:
        stage.put("pool", token="new")
        plain = {"commandLine": "true", "environmentSettings": [{"name": "TOKEN", "value": "plain"}]}
        async with stage.operator() as turns:
            await turns.apply(pool(startTask=plain))
            await ready(turns)
            by_reference = [{"name": "TOKEN", "value": None, "valueSecretRef": ref("token")}]
            await turns.change(FRAMES, {"startTask": {"commandLine": "true", "environmentSettings": by_reference}})
            assert token(stage) == "new"
            assert stage.record is not None

    async def test_a_running_pool_whose_secret_is_gone_is_not_ready_and_goes_on(self, stage: Stage) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user())
            await ready(turns)
            stage.remove("pool")
            await turns.run(30 * MINUTE, step=MINUTE)
            assert turns.conditions(FRAMES)["Ready"] == ("False", "SecretMissing")
            await turns.change(FRAMES, {"targetDedicatedNodes": 4})
            await turns.until(lambda: len(stage.pool.nodes) == 4)
            stage.put("pool", password="old")
            await ready(turns)
            assert turns.status(FRAMES)["pendingChanges"] == []

    async def test_a_pool_goes_without_its_secrets(self, stage: Stage) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user())
            await ready(turns)
            stage.remove("pool")
            await turns.delete(FRAMES)
            await turns.run(HOUR, step=MINUTE)
            assert not turns.is_there(FRAMES)


class TestRollout:
    async def test_a_pool_that_may_be_emptied_is_for_a_new_password_and_gets_its_nodes_back(self, stage: Stage) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user(rollout={"strategy": "InPlace"}))
            await ready(turns)
            stage.put("pool", password="new")
            await turns.until(lambda: password(stage) == "new")
            await ready(turns)
            assert len(stage.pool.nodes) == 2

    @pytest.mark.parametrize("strategy", ["InPlace", "Recreate"])
    async def test_no_node_leaves_for_a_change_that_lacks_its_secret(self, stage: Stage, strategy: str) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user(rollout={"strategy": strategy}))
            await ready(turns)
            stage.remove("pool")
            await turns.run(MINUTE)
            await turns.change(FRAMES, {"taskSlotsPerNode": 2})
            await turns.run(2 * HOUR, step=MINUTE)
            assert len(stage.pool.nodes) == 2
            assert turns.conditions(FRAMES)["Ready"] == ("False", "SecretMissing")
            stage.put("pool", password="old")
            await turns.until(lambda: turns.is_ready(FRAMES) and turns.status(FRAMES)["pendingChanges"] == [])


class TestRecord:
    async def test_it_shows_neither_value_nor_that_two_are_the_same(self, stage: Stage) -> None:
        stage.put("pool", password=HIDDEN, token=HIDDEN)
        async with stage.operator() as turns:
            await turns.apply(with_user(startTask=START | {"containerSettings": None, "resourceFiles": None}))
            await ready(turns)
        assert stage.record
        _, start_task, users = stage.record.split()
        assert start_task.partition("=")[0] == "startTask"
        assert users.partition("=")[0] == "userAccounts"
        assert start_task.partition("=")[2] != users.partition("=")[2]
        assert len(stage.record) < 256

    async def test_it_stays_beside_metadata_of_the_spec(self, stage: Stage) -> None:
        stage.put("pool", token="old")
        async with stage.operator() as turns:
            await turns.apply(started())
            await ready(turns)
            record = stage.record
            await turns.change(FRAMES, {"metadata": [{"name": "team", "value": "rendering"}]})
            await turns.run(30 * MINUTE, step=MINUTE)
            assert stage.record == record is not None
            assert {item.name for item in stage.pool.features.metadata or ()} > {"team", RECORD_ITEM}

    async def test_a_lost_key_drains_nothing_and_later_rotations_are_noticed(self, stage: Stage) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user())
            await ready(turns)
        before = stage.record
        async with stage.operator(read_key=another_key) as restarted:
            await restarted.take_over(turns)
            await restarted.run(HOUR, step=MINUTE)
            assert stage.record not in (None, before)
            assert restarted.is_ready(FRAMES)
            assert restarted.status(FRAMES)["pendingChanges"] == []
            stage.put("pool", password="new")
            await restarted.run(HOUR, step=MINUTE)
            assert restarted.status(FRAMES)["pendingChanges"][0]["field"] == "userAccounts.build"

    async def test_a_pool_adopted_without_one_counts_as_having_what_its_secrets_hold(self, stage: Stage) -> None:
        stage.put("pool", password="unknown")
        made = {"id": FRAMES.name, "vmSize": "standard_d2_v3", "virtualMachineConfiguration": machine()}
        await stage.make({**made, "targetDedicatedNodes": 2, "userAccounts": [{"name": "build", "password": "old"}]})
        async with stage.operator() as turns:
            await turns.apply(with_user(adoptionPolicy="Adopt"))
            await ready(turns)
            assert stage.record is not None
            assert turns.status(FRAMES)["pendingChanges"] == []
            stage.put("pool", password="new")
            await turns.run(HOUR, step=MINUTE)
            assert turns.status(FRAMES)["pendingChanges"][0]["field"] == "userAccounts.build"

    async def test_it_tells_the_next_owner_what_the_pool_has(self, stage: Stage) -> None:
        stage.put("pool", password="old")
        async with stage.operator() as turns:
            await turns.apply(with_user(deletionPolicy="Retain"))
            await ready(turns)
            await turns.delete(FRAMES)
            stage.put("pool", password="new")
            heir = merged(with_user(adoptionPolicy="Adopt", poolId="frames"), {"metadata": {"name": "heir"}})
            await turns.apply(heir)
            await turns.run(HOUR, step=MINUTE)
            assert turns.status(HEIR)["pendingChanges"][0]["field"] == "userAccounts.build"

    async def test_a_pool_without_secrets_has_none(self, stage: Stage) -> None:
        async with stage.operator() as turns:
            await turns.apply(pool())
            await ready(turns)
        assert stage.record is None
        assert stage.secrets.reads == []
