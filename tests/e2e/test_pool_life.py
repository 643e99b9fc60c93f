"""BatchPools over their life on a real API server: a rollout, a rotated Secret, and a pool that changes hands."""

import pytest
from azure.batch import BatchClient, models

from tests.support.batch import batch_client
from tests.support.eventually import eventually
from tests.support.play import Body, Play, conditions, example, is_ready
from tests.support.pool_turns import UBUNTU
from tests.support.simulator import SimulatedAzure, default_scenario
from tools.stage.manifests import merged

pytestmark = pytest.mark.e2e

AGENT = "batch.node.ubuntu 22.04"
OWNER = "batch-operator-owner"


def pool(name: str = "frames", **spec: object) -> Body:
    """The quickstart's pool with a Marketplace image."""
    machine = {"nodeAgentSKUId": AGENT, "imageReference": UBUNTU}
    changed: Body = merged(
        example("batchpool.yaml", galleryImageRef=None, virtualMachineConfiguration=machine, **spec),
        {"metadata": {"name": name}},
    )
    return changed


def administrator(play: Play) -> BatchClient:
    """The play's Batch account as somebody reaches it who may do more than the operator."""
    azure = SimulatedAzure(ready=play.stage.azure.ready, scenario=default_scenario())
    return batch_client(azure, "administrator")


def ready(play: Play, name: str = "frames") -> Body:
    """Wait until the pool is Ready for the spec as it stands now."""

    def there() -> Body:
        play.stage.operator.must_run()
        body = play.pool(name)
        assert is_ready(body), conditions(body)
        return body

    return eventually(there, within=60, every=0.2) or {}


def owner(play: Play, pool_id: str) -> str | None:
    """Whose the pool in Azure is, by its metadata."""
    with administrator(play) as client:
        metadata = client.get_pool(pool_id).metadata or []
    return next((item.value for item in metadata if item.name == OWNER), None)


def test_a_change_that_nodes_stand_in_the_way_of_empties_the_pool_and_gives_it_its_nodes_back(play: Play) -> None:
    play.apply(pool(rollout={"strategy": "InPlace"}))
    play.sized(2)
    before = len(play.writes())

    play.apply(pool(rollout={"strategy": "InPlace"}, taskSlotsPerNode=4))

    play.sized(2)
    written = [entry.operation for entry in play.writes()[before:]]
    assert written == ["Pools_ResizePool", "Pools_UpdatePool", "Pools_ResizePool"]
    with administrator(play) as client:
        assert client.get_pool("frames").task_slots_per_node == 4


def test_another_value_in_a_secret_reaches_the_pool_and_is_shown_nowhere(play: Play) -> None:
    secret: Body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "task"},
        "stringData": {"token": "first-value"},
    }
    task = {
        "commandLine": "printenv",
        "environmentSettings": [{"name": "TOKEN", "valueSecretRef": {"name": "task", "key": "token"}}],
    }
    play.apply(secret)
    play.apply(pool(startTask=task, targetDedicatedNodes=0))
    ready(play)
    before = len(play.writes())

    play.apply({**secret, "stringData": {"token": "second-value"}})
    play.kubectl.run("annotate", "batchpool/frames", "azurebatch.io/reconcile-requested-at=now")

    eventually(lambda: token(play) == "second-value", within=60, every=0.2)
    assert [entry.operation for entry in play.writes()[before:]] == ["Pools_UpdatePool"]
    shown = str(play.pool()) + play.stage.operator.log.read_text()
    assert [value for value in ("first-value", "second-value") if value in shown] == []


def token(play: Play) -> str | None:
    """What the start task is given in Azure."""
    with administrator(play) as client:
        task = client.get_pool("frames").start_task
    settings = (task.environment_settings if task else None) or []
    return next((setting.value for setting in settings if setting.name == "TOKEN"), None)


def test_a_pool_of_a_script_is_adopted_kept_and_adopted_by_another(play: Play) -> None:
    machine = models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(**UBUNTU), node_agent_sku_id=AGENT
    )
    with administrator(play) as client:
        client.create_pool(
            models.BatchPoolCreateOptions(
                id="by-script",
                vm_size="standard_d2_v3",
                virtual_machine_configuration=machine,
                target_dedicated_nodes=2,
            )
        )
    theirs = {"poolId": "by-script", "adoptionPolicy": "Adopt", "deletionPolicy": "Retain", "startTask": None}

    play.apply(pool("first", **theirs))
    ready(play, "first")
    assert (owner(play, "by-script") or "").endswith("/first")
    play.kubectl.run("delete", "batchpool/first")
    play.apply(pool("second", **theirs))
    ready(play, "second")

    assert (owner(play, "by-script") or "").endswith("/second")
    operations = {entry.operation for entry in play.writes()}
    assert operations.isdisjoint({"Pools_DeletePool", "Pools_ResizePool"})
    with administrator(play) as client:
        assert client.get_pool("by-script").current_dedicated_nodes == 2
