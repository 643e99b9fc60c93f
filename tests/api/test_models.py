"""The typed models: what a spec becomes inside the operator, and what of it goes to Azure."""

from datetime import timedelta
from enum import Enum
from typing import get_args

import pytest
from azure.batch import models as batch
from azure.mgmt.compute import models as compute
from pydantic import TypeAdapter, ValidationError

from azure_batch_operator.api.durations import GoDuration, IsoDuration
from azure_batch_operator.api.image_definition import Architecture, HyperVGeneration, OsState, OsType
from azure_batch_operator.api.image_gallery import SharingPermissions
from azure_batch_operator.api.image_regions import StorageAccountStrategy, StorageAccountType
from azure_batch_operator.api.images import GalleryImage
from azure_batch_operator.api.pools import BatchPool, NodeDeallocationOption
from tests.support.custom_resources import Manifest, merged, quickstart


def pool_with(spec: Manifest) -> BatchPool:
    manifest = merged(quickstart("batchpool.yaml"), {"metadata": {"namespace": "rendering"}, "spec": spec})
    return BatchPool.model_validate(manifest)


def image_with(spec: Manifest) -> GalleryImage:
    manifest = merged(quickstart("galleryimage.yaml"), {"metadata": {"namespace": "rendering"}, "spec": spec})
    return GalleryImage.model_validate(manifest)


def test_the_body_of_the_quickstart_is_the_create_call_without_id_and_image() -> None:
    assert pool_with({}).spec.body() == {
        "vmSize": "STANDARD_D2_V3",
        "targetDedicatedNodes": 2,
        "virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.ubuntu 22.04"},
        "startTask": {
            "commandLine": "printenv AZ_BATCH_NODE_STARTUP_DIR",
            "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "admin"}},
            "waitForSuccess": True,
        },
    }


def test_the_body_has_what_the_spec_says_even_if_it_is_zero_false_or_empty() -> None:
    said = {"targetLowPriorityNodes": 0, "enableAutoScale": False, "applicationPackageReferences": []}

    body = pool_with(said).spec.body()

    assert {name: body[name] for name in said} == said


def test_the_body_keeps_azures_names_however_they_are_spelled() -> None:
    machine = {
        "imageReference": {"virtualMachineImageId": "/subscriptions/s/…/versions/1.0.0"},
        "osDisk": {"ephemeralOSDiskSettings": {"placement": "cachedisk"}, "diskSizeGB": 64},
        "dataDisks": [{"lun": 0, "diskSizeGB": 100}],
        "securityProfile": {"securityType": "trustedLaunch", "uefiSettings": {"vTpmEnabled": True}},
        "extensions": [{"name": "e", "publisher": "p", "type": "t", "settings": {"a": {"b": [1, True]}}}],
    }
    network = {
        "dynamicVNetAssignmentScope": "none",
        "publicIPAddressConfiguration": {"provision": "nopublicipaddresses", "ipAddressIds": ["a"]},
    }
    upgrade = {"mode": "automatic", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}

    body = pool_with(
        {"virtualMachineConfiguration": machine, "networkConfiguration": network, "upgradePolicy": upgrade}
    ).spec.body()

    assert body["virtualMachineConfiguration"] == machine | {"nodeAgentSKUId": "batch.node.ubuntu 22.04"}
    assert (body["networkConfiguration"], body["upgradePolicy"]) == (network, upgrade)


@pytest.mark.parametrize(
    ("choice", "sdk"),
    [
        (OsType, compute.OperatingSystemTypes),
        (OsState, compute.OperatingSystemStateTypes),
        (HyperVGeneration, compute.HyperVGeneration),
        (Architecture, compute.Architecture),
        (StorageAccountType, compute.StorageAccountType),
        (StorageAccountStrategy, compute.StorageAccountStrategy),
        (SharingPermissions, compute.GallerySharingPermissionTypes),
        (NodeDeallocationOption, batch.BatchNodeDeallocationOption),
    ],
)
def test_closed_choices_are_those_of_the_sdk(choice: object, sdk: type[Enum]) -> None:
    assert set(get_args(choice)) == {value.value for value in sdk}


def test_a_duration_goes_to_azure_in_iso_8601_and_comes_in_as_a_length_of_time() -> None:
    spec = pool_with({"resizeTimeout": "PT0H45M"}).spec

    assert (spec.resize_timeout, spec.body()["resizeTimeout"]) == (timedelta(minutes=45), "PT45M")


def test_a_field_that_was_left_out_is_told_from_one_that_was_written() -> None:
    spec = pool_with({"suspend": False}).spec

    assert spec.model_fields_set >= {"suspend", "target_dedicated_nodes"}
    assert not spec.model_fields_set & {"target_low_priority_nodes", "scaling", "deletion_policy"}


def test_unknown_fields_of_a_newer_api_are_dropped() -> None:
    assert "rollout" not in pool_with({"rollout": {"strategy": "OnEmpty"}}).spec.body()


def test_sections_that_were_left_out_are_there_and_empty() -> None:
    image, pool = image_with({"replication": None}), pool_with({})

    assert (image.spec.replication.nodes_per_replica, pool.spec.scaling.replica_gate.mode) == (None, None)


def test_names_in_azure_are_those_of_the_objects_unless_the_spec_says_others() -> None:
    assert (pool_with({}).pool_id, pool_with({"poolId": "movie"}).pool_id) == ("frames", "movie")
    assert image_with({}).definition_name == "render-node"
    assert image_with({"definition": {"name": "node"}}).definition_name == "node"


@pytest.mark.parametrize("field", ["vm_size", "account", "scaling"])
def test_objects_cannot_be_changed_in_place(field: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(pool_with({}).spec, field, None)


def test_a_status_goes_out_in_the_form_in_which_it_comes_in() -> None:
    status = {
        "observedGeneration": 3,
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "observedGeneration": 3,
                "lastTransitionTime": "2026-11-23T12:00:00Z",
                "reason": "Succeeded",
                "message": "2 of 2 nodes",
            }
        ],
        "resizeTimeout": "PT45M",
        "nodes": {"idle": 2, "startTaskFailed": 0},
        "summary": {"dedicated": "2/2", "spot": "0/0"},
    }
    manifest = merged(quickstart("batchpool.yaml"), {"metadata": {"namespace": "rendering"}, "status": status})

    pool = BatchPool.model_validate(manifest)

    assert pool.status.model_dump(mode="json", by_alias=True, exclude_unset=True) == status


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h", 3600), ("90m", 5400), ("1h30m", 5400), ("2h0m10s", 7210), ("1.5h", 5400), ("500ms", 0.5), ("0s", 0)],
)
def test_our_own_durations_are_written_as_go_does(text: str, seconds: float) -> None:
    assert TypeAdapter(GoDuration).validate_python(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "written"),
    [("PT45M", "PT45M"), ("PT45M00S", "PT45M"), ("P1W", "P7D"), ("P1DT12H", "P1DT12H"), ("P400D", "P400D")],
)
def test_azures_durations_are_written_as_azure_does(text: str, written: str) -> None:
    duration = TypeAdapter(IsoDuration)

    assert duration.dump_python(duration.validate_python(text), mode="json") == written


@pytest.mark.parametrize("text", ["PT1H", "1d", "-1h", "1 h", "", "h"])
def test_other_forms_are_refused_for_our_own_durations(text: str) -> None:
    with pytest.raises(ValidationError, match="write it as 1h, 90m or 1h30m"):
        TypeAdapter(GoDuration).validate_python(text)
