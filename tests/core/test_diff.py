"""Which differences of a pool count, and what they cost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.confidential import Confidential, InSecret
from azure_batch_operator.core.diff import Cost, differences, pending
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.pool_body import create_body
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from tests.support.batch_pools import IMAGE_ID, OWNER, observed_pool, wanted_pool

APP = "/subscriptions/s/resourceGroups/batch/providers/Microsoft.Batch/batchAccounts/contoso/applications/blender"


def costs(wanted: WantedPool, found: ObservedPool, *, image_id: str | None = IMAGE_ID) -> dict[str, Cost]:
    """Every difference by its path."""
    return {each.field: each.cost for each in differences(wanted, found, image_id=image_id)}


def machine(**changes: Any) -> dict[str, Any]:
    """A body whose machines differ."""
    return {"virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.ubuntu 22.04", **changes}}


def test_identities_differ_as_sets_in_any_letter_case_and_change_only_on_an_empty_pool() -> None:
    found = observed_pool(identities=("/identities/A", "/identities/b"))
    assert costs(wanted_pool(identities=("/identities/B", "/identities/a")), found) == {}
    assert costs(wanted_pool(identities=("/identities/a",)), found) == {"identity": Cost.EMPTY_POOL}
    assert costs(wanted_pool(identities=()), found) == {"identity": Cost.EMPTY_POOL}


def test_identities_that_the_spec_leaves_out_stay_as_they_are() -> None:
    assert costs(wanted_pool(), observed_pool(identities=("/identities/a",))) == {}


def test_a_pool_in_azures_letter_case_with_azures_defaults_is_as_wanted() -> None:
    assert costs(wanted_pool(), observed_pool()) == {}


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ({"displayName": "Frames"}, {}, {"displayName": Cost.EMPTY_POOL}),
        ({"vmSize": "STANDARD_D4_V3"}, {}, {"vmSize": Cost.EMPTY_POOL}),
        ({"taskSlotsPerNode": 4}, {}, {"taskSlotsPerNode": Cost.EMPTY_POOL}),
        (
            {"taskSchedulingPolicy": {"nodeFillType": "pack"}},
            {},
            {"taskSchedulingPolicy.nodeFillType": Cost.EMPTY_POOL},
        ),
        ({"enableInterNodeCommunication": True}, {}, {"enableInterNodeCommunication": Cost.EMPTY_POOL}),
        (
            {"networkConfiguration": {"subnetId": "/subnets/a"}},
            {},
            {"networkConfiguration": Cost.EMPTY_POOL},
        ),
        (
            {"networkConfiguration": {"subnetId": "/subnets/a"}},
            {"networkConfiguration": {"subnetId": "/subnets/b", "enableAcceleratedNetworking": True}},
            {"networkConfiguration.subnetId": Cost.EMPTY_POOL},
        ),
        (
            {"userAccounts": [{"name": "admin", "elevationLevel": "admin"}]},
            {"userAccounts": [{"name": "admin", "elevationLevel": "nonAdmin"}]},
            {"userAccounts.admin.elevationLevel": Cost.EMPTY_POOL},
        ),
        (
            {"mountConfiguration": [{"nfsMountConfiguration": {"source": "a", "relativeMountPath": "b"}}]},
            {"mountConfiguration": [{"nfsMountConfiguration": {"source": "a", "relativeMountPath": "c"}}]},
            {"mountConfiguration": Cost.EMPTY_POOL},
        ),
        ({"upgradePolicy": {"mode": "manual"}}, {}, {"upgradePolicy": Cost.EMPTY_POOL}),
        (
            machine(osDisk={"caching": "readOnly"}),
            {},
            {"virtualMachineConfiguration.osDisk": Cost.EMPTY_POOL},
        ),
        (
            machine(dataDisks=[{"lun": 0, "diskSizeGB": 64}]),
            {},
            {"virtualMachineConfiguration.dataDisks": Cost.NEW_POOL},
        ),
        (
            {"startTask": {"commandLine": "true", "waitForSuccess": False}},
            {"startTask": {"commandLine": "true", "waitForSuccess": True}},
            {"startTask.waitForSuccess": Cost.LIVE_PATCH},
        ),
        (
            {"startTask": {"commandLine": "true"}},
            {"startTask": {"commandLine": "false"}},
            {"startTask.commandLine": Cost.LIVE_PATCH},
        ),
        ({"startTask": None}, {}, {"startTask": Cost.LIVE_PATCH}),
        ({}, {"startTask": None}, {"startTask": Cost.LIVE_PATCH}),
        (
            {"applicationPackageReferences": [{"applicationId": APP, "version": "4.1"}]},
            {},
            {"applicationPackageReferences": Cost.LIVE_PATCH},
        ),
        (
            {"applicationPackageReferences": []},
            {"applicationPackageReferences": [{"applicationId": APP}]},
            {f"applicationPackageReferences.{APP.casefold()}": Cost.LIVE_PATCH},
        ),
    ],
)
def test_a_difference_has_its_path_and_its_cost(
    wanted: dict[str, Any], found: dict[str, Any], expected: dict[str, Cost]
) -> None:
    assert costs(wanted_pool(wanted), observed_pool(found)) == expected


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"enableInterNodeCommunication": False}, {"enableInterNodeCommunication": None}),
        ({"taskSlotsPerNode": 1}, {"taskSlotsPerNode": None}),
        ({}, {"displayName": "named by hand"}),
        ({}, {"networkConfiguration": {"subnetId": "/subnets/a"}}),
        (
            {"startTask": {"commandLine": "true"}},
            {
                "startTask": {
                    "commandLine": "true",
                    "userIdentity": {"autoUser": {"scope": "Pool", "elevationLevel": "NonAdmin"}},
                    "maxTaskRetryCount": 0,
                    "waitForSuccess": True,
                    "resourceFiles": [],
                }
            },
        ),
        (
            {"startTask": {"commandLine": "true", "environmentSettings": [{"name": "A", "value": "1"}, {"name": "B"}]}},
            {"startTask": {"commandLine": "true", "environmentSettings": [{"name": "B"}, {"name": "A", "value": "1"}]}},
        ),
        (
            {"applicationPackageReferences": [{"applicationId": APP, "version": "4.1"}]},
            {"applicationPackageReferences": [{"applicationId": APP.upper(), "version": "4.1"}]},
        ),
        (
            {"upgradePolicy": {"mode": "rolling", "rollingUpgradePolicy": {"pauseTimeBetweenBatches": "PT60S"}}},
            {"upgradePolicy": {"mode": "Rolling", "rollingUpgradePolicy": {"pauseTimeBetweenBatches": "PT1M"}}},
        ),
        (
            {"networkConfiguration": {"publicIPAddressConfiguration": {"ipAddressIds": ["/ip/A", "/ip/b"]}}},
            {"networkConfiguration": {"publicIPAddressConfiguration": {"ipAddressIds": ["/IP/B", "/ip/a"]}}},
        ),
        (
            machine(dataDisks=[{"lun": 0, "diskSizeGB": 64}]),
            machine(dataDisks=[{"lun": 0, "diskSizeGB": 64, "caching": "none"}]),
        ),
    ],
)
def test_the_same_meaning_in_other_words_is_no_difference(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    assert costs(wanted_pool(wanted), observed_pool(found), image_id=None) == {}


def test_a_start_task_is_compared_as_a_whole() -> None:
    found = observed_pool({"startTask": {"commandLine": "true", "maxTaskRetryCount": 3, "waitForSuccess": True}})
    assert costs(wanted_pool({"startTask": {"commandLine": "true"}}), found) == {
        "startTask.maxTaskRetryCount": Cost.LIVE_PATCH
    }


@pytest.mark.parametrize("password", [InSecret(name="users", key="build"), Confidential("c2VjcmV0")])
def test_a_secret_is_never_compared_with_what_azure_shows(password: Confidential[str] | InSecret) -> None:
    wanted = {"userAccounts": [{"name": "build", "password": password}]}
    shown: dict[str, Any] = {"userAccounts": [{"name": "build"}]}
    assert costs(wanted_pool(wanted), observed_pool(shown)) == {}
    started = {"startTask": {"commandLine": "true", "environmentSettings": [{"name": "TOKEN", "value": password}]}}
    shown = {"startTask": {"commandLine": "true", "environmentSettings": [{"name": "TOKEN", "value": "other"}]}}
    assert costs(wanted_pool(started), observed_pool(shown)) == {}


def test_another_image_version_waits_for_an_empty_pool() -> None:
    newer = IMAGE_ID.replace("1.0.0", "1.1.0")
    found = differences(wanted_pool(), observed_pool(), image_id=newer)
    assert pending(found) == {"virtualMachineConfiguration.imageReference": Cost.EMPTY_POOL}


def test_the_same_image_in_another_letter_case_is_no_difference() -> None:
    assert costs(wanted_pool(), observed_pool(), image_id=IMAGE_ID.upper()) == {}


def test_an_image_that_is_not_known_now_is_not_compared() -> None:
    assert costs(wanted_pool(), observed_pool(), image_id=None) == {}


def test_foreign_metadata_stays_where_the_spec_gives_none() -> None:
    found = observed_pool(metadata={OWNER_TAG: OWNER.tag(), "cost-center": "42"})
    assert costs(wanted_pool(), found) == {}


def test_given_metadata_is_exactly_that_and_our_own() -> None:
    wanted = wanted_pool({"metadata": [{"name": "team", "value": "rendering"}]})
    found = observed_pool(metadata={OWNER_TAG: OWNER.tag(), "cost-center": "42", "batch-operator-x": "kept"})
    assert costs(wanted, found) == {"metadata.cost-center": Cost.LIVE_PATCH, "metadata.team": Cost.LIVE_PATCH}


def test_a_former_operators_mark_is_written_anew() -> None:
    found = observed_pool(metadata={OWNER_TAG: "former/pool/rendering/frames"})
    assert costs(wanted_pool(), found) == {f"metadata.{OWNER_TAG}.value": Cost.LIVE_PATCH}


def test_the_size_is_a_resize_and_only_where_the_spec_names_it() -> None:
    found = observed_pool(target_dedicated=7, target_spot=3)
    assert costs(wanted_pool(), found) == {
        "targetDedicatedNodes": Cost.RESIZE,
        "targetLowPriorityNodes": Cost.RESIZE,
    }
    assert costs(wanted_pool(dedicated=None, spot=None), found) == {}


def test_targets_and_a_formula_exclude_each_other() -> None:
    assert costs(wanted_pool(), observed_pool(auto_scaled=True)) == {"enableAutoScale": Cost.AUTOSCALE}
    assert costs(wanted_pool(dedicated=None, spot=None), observed_pool(auto_scaled=True)) == {}


def test_another_formula_is_named_and_its_interval_compared_by_length() -> None:
    auto = {
        "enableAutoScale": True,
        "autoScaleFormula": "$TargetDedicatedNodes=1;",
        "autoScaleEvaluationInterval": "PT15M",
    }
    wanted = wanted_pool(auto, dedicated=None, spot=None)
    found = observed_pool(
        {**auto, "autoScaleFormula": "other", "autoScaleEvaluationInterval": "PT900S"}, auto_scaled=True
    )
    assert costs(wanted, found) == {"autoScaleFormula": Cost.AUTOSCALE}


words = st.text("abcxyz", min_size=1, max_size=4)
bodies = st.fixed_dictionaries(
    {"vmSize": words},
    optional={
        "displayName": words,
        "taskSlotsPerNode": st.integers(1, 256),
        "enableInterNodeCommunication": st.booleans(),
        "taskSchedulingPolicy": st.fixed_dictionaries({"nodeFillType": st.sampled_from(["spread", "pack"])}),
        "startTask": st.fixed_dictionaries(
            {"commandLine": words},
            optional={
                "waitForSuccess": st.booleans(),
                "maxTaskRetryCount": st.integers(-1, 3),
                "environmentSettings": st.lists(
                    st.fixed_dictionaries({"name": words}, optional={"value": words}),
                    unique_by=lambda setting: setting["name"],
                ),
            },
        ),
        "metadata": st.lists(
            st.fixed_dictionaries({"name": words, "value": words}), unique_by=lambda item: item["name"]
        ),
    },
)


def shown(body: Any) -> ObservedPool:
    """The pool that a create body makes, with its lists in another order."""
    metadata = {item["name"]: item["value"] for item in body["metadata"]}
    return observed_pool({"startTask": None, **body}, metadata=dict(reversed(metadata.items())))


@given(bodies)
def test_a_pool_just_made_from_a_body_does_not_differ_from_it(body: dict[str, Any]) -> None:
    wanted = wanted_pool({"startTask": None, **body})
    assert costs(wanted, shown(create_body(wanted, image_id=IMAGE_ID))) == {}


@given(bodies, bodies)
def test_every_live_difference_belongs_to_a_property_that_a_patch_takes(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    wanted = wanted_pool({"startTask": None, **one})
    found = shown(create_body(wanted_pool({"startTask": None, **other}), image_id=IMAGE_ID))
    live = {each.top for each in differences(wanted, found, image_id=IMAGE_ID) if each.cost is Cost.LIVE_PATCH}
    assert live <= {"startTask", "applicationPackageReferences", "metadata"}
