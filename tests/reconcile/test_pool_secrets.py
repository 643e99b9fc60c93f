"""BatchPools whose bodies are in Secrets: what arrives in Azure, what is waited for, and what a changed Secret does."""

import pytest

from tests.support.pool_turns import FRAMES, HOUR, MINUTE, pool
from tests.support.pool_values import IDENTITIES
from tests.support.secret_bodies import ARRIVING, HIDDEN, MACHINE, VALUES, ready, started, token, whole
from tests.support.secret_turns import Stage, stage, texts

__all__ = ["stage"]

DAY = 24 * HOUR


async def test_every_secret_arrives_in_azure_and_is_seen_nowhere_else(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    stage.put("pool", **VALUES)
    async with stage.operator() as turns:
        await turns.apply(whole())
        await ready(turns)

        assert set(ARRIVING.values()) <= set(texts(stage.pool.features))
        seen = repr((turns.bodies(), turns.notes, turns.wired, stage.pool.features.metadata))
        assert HIDDEN not in seen + caplog.text


async def test_a_pool_with_secrets_at_rest_is_not_written_again(stage: Stage) -> None:
    stage.put("pool", **VALUES)
    async with stage.operator() as turns:
        await turns.apply(whole())
        await ready(turns)
        made = stage.now
        await turns.run(DAY, step=10 * MINUTE)
        assert stage.writes(made) == []
    async with stage.operator() as restarted:
        await restarted.take_over(turns)
        await restarted.run(DAY, step=10 * MINUTE)
        assert stage.writes(made) == []


async def test_one_line_loses_its_break_and_several_keep_theirs(stage: Stage) -> None:
    stage.put("pool", **VALUES | {"password": f"{HIDDEN}-password\r\n"})
    async with stage.operator() as turns:
        await turns.apply(whole())
        await ready(turns)
    accounts = stage.pool.features.user_accounts
    assert accounts
    assert accounts[0].linux_user_configuration
    assert accounts[0].password == f"{HIDDEN}-password"
    assert accounts[0].linux_user_configuration.ssh_private_key == VALUES["ssh"]


async def test_a_missing_secret_is_waited_for_and_taken_when_it_comes(stage: Stage) -> None:
    async with stage.operator() as turns:
        await turns.apply(started())
        await turns.run(HOUR, step=MINUTE)

        assert turns.conditions(FRAMES)["Ready"] == ("False", "SecretMissing")
        assert "Stalled" not in turns.conditions(FRAMES)
        assert turns.message(FRAMES) == (
            "There is no Secret rendering/pool: make it, or correct "
            "spec.startTask.environmentSettings.TOKEN.valueSecretRef."
        )
        assert stage.writes() == []
        stage.put("pool", token="new")
        await turns.run(MINUTE)
        assert token(stage) == "new"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"other": HIDDEN}, "Secret rendering/pool has no key monitor.json: add it, or correct spec."),
        ({"monitor.json": f'["{HIDDEN}"]'}, "is not the JSON of an object"),
        ({"monitor.json": f'{{"{HIDDEN}'}, "is not the JSON of an object"),
        ({"monitor.json": b"\xff" + HIDDEN.encode()}, "is no text in UTF-8"),
        ({"monitor.json": " \n"}, "is empty"),
    ],
)
async def test_a_secret_that_cannot_be_used_stalls_the_pool_without_showing_it(
    stage: Stage, values: dict[str, str | bytes], says: str
) -> None:
    stage.put("pool", **values)
    async with stage.operator() as turns:
        await turns.apply(pool(virtualMachineConfiguration={**MACHINE, "containerConfiguration": None}))

        assert turns.conditions(FRAMES)["Stalled"] == ("True", "SecretInvalid")
        assert "Secret rendering/pool" in turns.message(FRAMES)
        assert "monitor.json" in turns.message(FRAMES)
        assert says in turns.message(FRAMES)
        assert HIDDEN not in repr((turns.bodies(), turns.notes))
        assert stage.writes() == []
        stage.put("pool", **VALUES)
        await ready(turns)


async def test_secrets_that_cannot_be_read_are_tried_again(stage: Stage) -> None:
    stage.put("pool", **VALUES)
    stage.secrets.trouble = "Secret rendering/pool cannot be read: the API server is away."
    async with stage.operator() as turns:
        await turns.apply(started())
        assert turns.conditions(FRAMES)["Ready"] == ("False", "SecretUnread")
        assert turns.message(FRAMES) == stage.secrets.trouble
        stage.secrets.trouble = None
        await ready(turns)


async def test_secrets_arrive_through_resource_manager_too(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    stage.put("pool", **VALUES)
    async with stage.operator() as turns:
        await turns.apply(whole(identity={"userAssignedIdentities": [IDENTITIES[0]]}))
        await ready(turns)
        assert stage.pool.identities
        assert set(ARRIVING.values()) <= set(texts(stage.pool.features))
        assert HIDDEN not in repr((turns.bodies(), turns.notes, turns.wired)) + caplog.text
