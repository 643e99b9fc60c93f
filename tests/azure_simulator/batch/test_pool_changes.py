"""Changing, resizing and deleting pools through the SDK and on the wire."""

from datetime import timedelta

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions

from tests.support.batch import Wire, batch_client, code_of, small_pool
from tests.support.simulator import SimulatedAzure, StartSimulator

OWNER = models.BatchMetadataItem(name="owner", value="render-team")
PACKAGE = models.BatchApplicationPackageReference(application_id="blender", version="4.5")


@pytest.fixture
def client(simulator: SimulatedAzure) -> BatchClient:
    """A client of an account that has one steady pool with two nodes."""
    client = batch_client(simulator)
    task = models.BatchStartTask(command_line="prepare")
    client.create_pool(small_pool(nodes=2, start_task=task, metadata=[OWNER]))
    simulator.control.advance(1200)
    return client


def test_a_patch_replaces_what_it_gives_and_keeps_the_rest(client: BatchClient) -> None:
    before = client.get_pool("small")
    client.update_pool("small", models.BatchPoolUpdateOptions(application_package_references=[PACKAGE]))

    after = client.get_pool("small")
    assert after.application_package_references == [PACKAGE]
    assert after.metadata == before.metadata
    assert after.start_task == before.start_task
    assert after.etag != before.etag
    assert after.last_modified >= before.last_modified


def test_an_empty_list_clears_packages_and_metadata(client: BatchClient) -> None:
    client.update_pool("small", models.BatchPoolUpdateOptions(application_package_references=[], metadata=[]))

    document = client.get_pool("small").as_dict()
    assert document["metadata"] == []
    assert document["applicationPackageReferences"] == []


def test_updateproperties_replaces_all_three_and_removes_an_absent_start_task(client: BatchClient) -> None:
    client.replace_pool_properties(
        "small", models.BatchPoolReplaceOptions(application_package_references=[PACKAGE], metadata=[])
    )

    pool = client.get_pool("small")
    assert pool.start_task is None
    assert pool.application_package_references == [PACKAGE]
    assert pool.metadata == []


def test_updateproperties_needs_packages_and_metadata(simulator: SimulatedAzure, client: BatchClient) -> None:
    answer = Wire(simulator).call("POST", "/pools/small/updateproperties", {"metadata": []})

    assert (answer.status, answer.code) == (400, "MissingRequiredProperty")
    assert answer.values == {"PropertyName": "applicationPackageReferences"}


def test_node_bound_properties_change_only_on_a_pool_without_nodes(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    larger = models.BatchPoolUpdateOptions(vm_size="STANDARD_D4_V3", task_slots_per_node=16)
    assert code_of(lambda: client.update_pool("small", larger)) == (409, "OperationInvalidForCurrentState")
    client.begin_resize_pool("small", models.BatchPoolResizeOptions(target_dedicated_nodes=0))
    simulator.control.advance(600)

    client.update_pool("small", larger)
    pool = client.get_pool("small")
    assert (pool.vm_size, pool.task_slots_per_node) == ("standard_d4_v3", 16)


def test_the_refusal_of_node_bound_properties_may_be_the_management_planes(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"batch": {"patch_of_pool_with_nodes": "PropertyCannotBeUpdated"}})
    client = batch_client(simulator)
    client.create_pool(small_pool(nodes=1))
    simulator.control.advance(600)

    answer = Wire(simulator).call("PATCH", "/pools/small", {"displayName": "Small"})
    assert (answer.status, answer.code) == (400, "PropertyCannotBeUpdated")
    assert answer.values["PropertyName"] == "displayName"


def test_a_patch_is_checked_like_a_creation(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    client.create_pool(small_pool())
    simulator.control.advance(10)

    too_many = models.BatchPoolUpdateOptions(task_slots_per_node=9)
    assert code_of(lambda: client.update_pool("small", too_many)) == (400, "InvalidPropertyValue")


def test_a_stale_etag_is_refused_and_a_current_one_taken_with_or_without_quotes(client: BatchClient) -> None:
    etag = client.get_pool("small").etag
    patch = models.BatchPoolUpdateOptions(metadata=[])
    client.update_pool("small", patch, etag=etag, match_condition=MatchConditions.IfNotModified)

    def again() -> None:
        client.update_pool("small", patch, etag=etag, match_condition=MatchConditions.IfNotModified)

    assert code_of(again) == (412, "ConditionNotMet")


def test_an_unquoted_etag_is_compared_like_a_quoted_one(simulator: SimulatedAzure, client: BatchClient) -> None:
    wire = Wire(simulator)
    etag = client.get_pool("small").etag

    assert wire.call("PATCH", "/pools/small", {"metadata": []}, headers={"If-Match": etag}).status == 200
    assert wire.call("PATCH", "/pools/small", {"metadata": []}, headers={"If-Match": etag}).status == 412


def test_a_read_of_what_has_not_changed_has_no_body(simulator: SimulatedAzure, client: BatchClient) -> None:
    wire = Wire(simulator)
    etag = client.get_pool("small").etag
    answer = wire.call("GET", "/pools/small", headers={"If-None-Match": f'"{etag}"'})

    assert (answer.status, answer.body) == (304, None)
    assert answer.headers["ETag"] == etag
    assert wire.call("GET", "/pools/small", headers={"If-None-Match": '"0x1"'}).status == 200


def test_pools_exist_or_not_for_head(simulator: SimulatedAzure, client: BatchClient) -> None:
    wire = Wire(simulator)

    assert client.pool_exists("small")
    assert wire.call("HEAD", "/pools/small").headers["ETag"] == client.get_pool("small").etag
    assert wire.call("HEAD", "/pools/missing").status == 404


def test_a_resize_is_accepted_and_seen_at_once(simulator: SimulatedAzure, client: BatchClient) -> None:
    before = client.get_pool("small")
    body = {"targetDedicatedNodes": 5, "targetLowPriorityNodes": 1, "resizeTimeout": "PT45M00S"}
    answer = Wire(simulator).call("POST", "/pools/small/resize", body)

    pool = client.get_pool("small")
    assert (answer.status, answer.headers["ETag"]) == (202, pool.etag)
    assert answer.headers["DataServiceId"].endswith("/pools/small/resize")
    assert pool.etag != before.etag
    assert pool.allocation_state == "resizing"
    assert (pool.target_dedicated_nodes, pool.target_low_priority_nodes) == (5, 1)
    assert (pool.current_dedicated_nodes, pool.resize_timeout) == (2, timedelta(minutes=45))


def test_a_target_that_a_resize_leaves_out_stays(simulator: SimulatedAzure, client: BatchClient) -> None:
    client.begin_resize_pool("small", models.BatchPoolResizeOptions(target_low_priority_nodes=3))
    simulator.control.advance(1200)

    pool = client.get_pool("small")
    assert (pool.current_dedicated_nodes, pool.current_low_priority_nodes) == (2, 3)


def test_while_a_pool_is_resizing_other_changes_of_its_size_are_refused(client: BatchClient) -> None:
    node = next(iter(client.list_nodes("small"))).id
    client.begin_resize_pool("small", models.BatchPoolResizeOptions(target_dedicated_nodes=9))
    resize = models.BatchPoolResizeOptions(target_dedicated_nodes=1)
    removal = models.BatchNodeRemoveOptions(node_ids=[node])
    scaling = models.BatchPoolEnableAutoScaleOptions(auto_scale_formula="$TargetDedicatedNodes=1")

    assert code_of(lambda: client.begin_resize_pool("small", resize)) == (409, "PoolBeingResized")
    assert code_of(lambda: client.begin_remove_nodes("small", removal)) == (409, "PoolBeingResized")
    assert code_of(lambda: client.enable_pool_auto_scale("small", scaling)) == (409, "PoolBeingResized")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MissingRequiredProperty"),
        ({"targetDedicatedNodes": -1}, "InvalidPropertyValue"),
        ({"targetDedicatedNodes": 1, "resizeTimeout": "PT1M"}, "InvalidPropertyValue"),
        ({"targetDedicatedNodes": 1, "nodeDeallocationOption": "never"}, "InvalidPropertyValue"),
    ],
)
def test_a_wrong_resize_is_refused(
    simulator: SimulatedAzure, client: BatchClient, body: dict[str, object], code: str
) -> None:
    answer = Wire(simulator).call("POST", "/pools/small/resize", body)

    assert (answer.status, answer.code) == (400, code)
    assert client.get_pool("small").allocation_state == "steady"


def test_stopping_keeps_the_etag_and_ends_in_resize_stopped(simulator: SimulatedAzure, client: BatchClient) -> None:
    client.begin_resize_pool("small", models.BatchPoolResizeOptions(target_dedicated_nodes=500))
    simulator.control.advance(60)
    etag = client.get_pool("small").etag
    client.begin_stop_pool_resize("small")
    stopping = client.get_pool("small")
    simulator.control.advance(30)
    stopped = client.get_pool("small")

    assert (stopping.allocation_state, stopping.etag) == ("stopping", etag)
    assert (stopped.allocation_state, stopped.target_dedicated_nodes) == ("steady", 500)
    assert [error.code for error in stopped.resize_errors or ()] == ["ResizeStopped"]
    assert code_of(lambda: client.begin_stop_pool_resize("small")) == (409, "OperationInvalidForCurrentState")


def test_removed_nodes_are_gone_and_lower_the_target(simulator: SimulatedAzure, client: BatchClient) -> None:
    first, second = (node.id for node in client.list_nodes("small"))
    client.begin_remove_nodes("small", models.BatchNodeRemoveOptions(node_ids=[first]))
    assert client.get_node("small", first).state == "leavingpool"
    simulator.control.advance(120)

    assert [node.id for node in client.list_nodes("small")] == [second]
    assert client.get_pool("small").target_dedicated_nodes == 1


def test_unknown_and_too_many_nodes_cannot_be_removed(simulator: SimulatedAzure, client: BatchClient) -> None:
    wire = Wire(simulator)
    unknown = wire.call("POST", "/pools/small/removenodes", {"nodeList": ["tvm-1_1-20260101t000000z"]})
    too_many = wire.call("POST", "/pools/small/removenodes", {"nodeList": ["x"] * 101})

    assert (unknown.status, unknown.code) == (404, "NodeNotFound")
    assert (too_many.status, too_many.values["PropertyName"]) == (400, "nodeList")
    assert client.get_pool("small").allocation_state == "steady"


def test_a_deleted_pool_is_deleting_until_its_nodes_are_gone(simulator: SimulatedAzure, client: BatchClient) -> None:
    client.begin_delete_pool("small")
    patch = models.BatchPoolUpdateOptions(metadata=[])
    resize = models.BatchPoolResizeOptions(target_dedicated_nodes=1)

    assert client.get_pool("small").state == "deleting"
    assert code_of(lambda: client.update_pool("small", patch)) == (409, "PoolBeingDeleted")
    assert code_of(lambda: client.begin_resize_pool("small", resize)) == (409, "PoolBeingDeleted")
    assert code_of(lambda: client.begin_delete_pool("small")) == (409, "PoolBeingDeleted")
    assert code_of(lambda: client.create_pool(small_pool())) == (409, "PoolExists")
    simulator.control.advance(120)
    assert code_of(lambda: client.get_pool("small")) == (404, "PoolNotFound")
    client.create_pool(small_pool())


def test_a_pool_may_be_deleted_in_the_middle_of_a_resize(simulator: SimulatedAzure, client: BatchClient) -> None:
    client.begin_resize_pool("small", models.BatchPoolResizeOptions(target_dedicated_nodes=500))
    simulator.control.advance(60)
    client.begin_delete_pool("small")
    simulator.control.advance(120)

    assert list(client.list_pools()) == []
    simulator.control.advance(3600)
    assert simulator.control.state()["batchAccounts"][0]["coresInUse"]["dedicated"] == 0


def test_a_quota_that_was_raised_lets_the_next_resize_through(simulator: SimulatedAzure) -> None:
    simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 10})
    client = batch_client(simulator)
    client.create_pool(small_pool(nodes=20))
    simulator.control.advance(1200)

    full = client.get_pool("small")
    assert full.current_dedicated_nodes == 5
    errors = full.resize_errors or []
    assert [error.code for error in errors] == ["AccountCoreQuotaReached"]
    assert {value.name: value.value for value in errors[0].error_values or ()}["CoreQuota"] == "10"
    simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 100})
    client.begin_resize_pool("small", models.BatchPoolResizeOptions(target_dedicated_nodes=20))
    simulator.control.advance(1200)
    assert client.get_pool("small").current_dedicated_nodes == 20


def test_autoscale_is_enabled_evaluated_and_disabled(simulator: SimulatedAzure, client: BatchClient) -> None:
    formula = "$TargetDedicatedNodes=3"
    etag = client.get_pool("small").etag
    client.enable_pool_auto_scale("small", models.BatchPoolEnableAutoScaleOptions(auto_scale_formula=formula))
    run = client.evaluate_pool_auto_scale(
        "small", models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="$TargetLowPriorityNodes=3")
    )
    enabled = client.get_pool("small")
    simulator.control.advance(600)
    client.disable_pool_auto_scale("small")
    disabled = client.get_pool("small")

    assert (enabled.enable_auto_scale, enabled.auto_scale_formula) == (True, formula)
    assert enabled.etag != etag
    assert run.results == "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=3;$NodeDeallocationOption=requeue"
    assert (disabled.enable_auto_scale, disabled.current_dedicated_nodes) == (False, 3)
    assert disabled.etag == enabled.etag
