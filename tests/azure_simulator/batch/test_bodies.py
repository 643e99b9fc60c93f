"""Bodies by api-version: official examples are understood, unknown properties are not, secrets stay inside."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from azure_simulator.answers import BatchError
from azure_simulator.batch.bodies.body import Body
from azure_simulator.batch.bodies.pools import PoolCreate, PoolPatch, PoolReplace, PoolResize
from azure_simulator.batch.doors import parse_body
from azure_simulator.batch.versions import LATEST, V2020_03, V2022_01, V2024_02, V2024_07, V2025_06
from tests.support.azure_specs import AzureSpecs

EXAMPLES_2024 = "specification/batch/data-plane/Microsoft.Batch/stable/2024-07-01.20.0/examples"
EXAMPLES_2025 = "specification/batch/Azure.Batch/examples/2025-06-01"
SMALLEST = {"id": "render", "vmSize": "standard_d2_v3"}


def parsed(kind: type[Body], document: Mapping[str, Any], version: str = LATEST) -> Body:
    return parse_body(kind, json.dumps(document).encode(), version)


def refusal_of(kind: type[Body], document: Mapping[str, Any], version: str = LATEST) -> BatchError:
    with pytest.raises(BatchError) as refusal:
        parsed(kind, document, version)
    assert refusal.value.status == 400
    return refusal.value


def lacking(sent: Any, answered: Any, path: str = "") -> list[str]:
    """The paths of values that were sent and are not answered alike, letter case of text aside."""
    if isinstance(sent, Mapping):
        found = answered if isinstance(answered, Mapping) else {}
        given = ((name, value) for name, value in sent.items() if value is not None)
        return [missing for name, value in given for missing in lacking(value, found.get(name), f"{path}/{name}")]
    if isinstance(sent, list):
        pairs = zip(sent, answered or [None] * len(sent), strict=True)
        return [missing for value, answer in pairs for missing in lacking(value, answer, path)]
    return [] if str(sent).lower() == str(answered).lower() else [path]


@pytest.mark.parametrize(
    ("pattern", "kind", "version"),
    [
        (f"{EXAMPLES_2024}/PoolAdd_*.json", PoolCreate, V2024_07),
        (f"{EXAMPLES_2024}/PoolPatch.json", PoolPatch, V2024_07),
        (f"{EXAMPLES_2024}/PoolUpdate.json", PoolReplace, V2024_07),
        (f"{EXAMPLES_2024}/PoolResize.json", PoolResize, V2024_07),
        (f"{EXAMPLES_2025}/Pools_CreatePool_*.json", PoolCreate, V2025_06),
        (f"{EXAMPLES_2025}/Pools_Update_*.json", PoolPatch, V2025_06),
    ],
)
def test_official_examples_are_understood_and_given_back_but_for_their_secrets(
    azure_specs: AzureSpecs, pattern: str, kind: type[Body], version: str
) -> None:
    for document in azure_specs.documents(pattern):
        body = next(value for value in document["parameters"].values() if isinstance(value, Mapping))
        secrets = {"accountKey", "password", "protectedSettings"}

        lost = lacking(body, parsed(kind, body, version).rendered(version))
        assert [path for path in lost if path.rsplit("/", 1)[-1] not in secrets] == []


def test_a_property_that_nobody_knows_is_refused_with_its_name() -> None:
    refusal = refusal_of(PoolCreate, {**SMALLEST, "targetNodes": 3})

    assert refusal.code == "InvalidRequestBody"
    assert "'targetNodes' does not exist on type" in refusal.values["Reason"]


def test_an_unknown_property_deep_inside_is_refused_too() -> None:
    task = {"commandLine": "true", "runElevated": True}

    assert "'runElevated'" in refusal_of(PoolCreate, {**SMALLEST, "startTask": task}).values["Reason"]


@pytest.mark.parametrize(
    ("change", "code", "property_name"),
    [
        ({"vmSize": None}, "MissingRequiredProperty", "vmSize"),
        ({"targetDedicatedNodes": 3.5}, "InvalidPropertyValue", "targetDedicatedNodes"),
        ({"enableAutoScale": 1}, "InvalidPropertyValue", "enableAutoScale"),
        ({"resizeTimeout": "15 minutes"}, "InvalidPropertyValue", "resizeTimeout"),
        ({"startTask": {}}, "MissingRequiredProperty", "commandLine"),
        ({"taskSchedulingPolicy": {"nodeFillType": "heap"}}, "InvalidPropertyValue", "nodeFillType"),
        ({"metadata": [{"name": "owner"}]}, "MissingRequiredProperty", "value"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_property(
    change: dict[str, Any], code: str, property_name: str
) -> None:
    refusal = refusal_of(PoolCreate, SMALLEST | change)

    assert (refusal.code, refusal.values["PropertyName"]) == (code, property_name)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(BatchError, match="InvalidRequestBody"):
        parse_body(PoolCreate, b"{", LATEST)


@pytest.mark.parametrize(
    ("change", "version", "known"),
    [
        ({"certificateReferences": []}, V2024_07, True),
        ({"certificateReferences": []}, V2025_06, False),
        ({"resourceTags": {"a": "b"}}, V2024_07, True),
        ({"resourceTags": {"a": "b"}}, V2025_06, False),
        ({"targetNodeCommunicationMode": "simplified"}, V2024_02, True),
        ({"targetNodeCommunicationMode": "simplified"}, V2022_01, False),
        ({"upgradePolicy": {"mode": "manual"}}, V2024_02, True),
        ({"upgradePolicy": {"mode": "manual"}}, V2022_01, False),
        ({"maxTasksPerNode": 2}, V2020_03, True),
        ({"maxTasksPerNode": 2}, V2025_06, False),
        ({"taskSlotsPerNode": 2}, V2020_03, False),
    ],
)
def test_properties_belong_to_api_versions(change: dict[str, Any], version: str, known: bool) -> None:
    if known:
        assert set(change) <= set(parsed(PoolCreate, SMALLEST | change, version).rendered(version))
    else:
        assert refusal_of(PoolCreate, SMALLEST | change, version).code == "InvalidRequestBody"


def test_patch_had_only_start_task_packages_and_metadata_before_2024_07() -> None:
    assert refusal_of(PoolPatch, {"vmSize": "standard_d2_v3"}, V2024_02).code == "InvalidRequestBody"
    assert refusal_of(PoolPatch, {"maxTasksPerNode": 2}, V2020_03).code == "InvalidRequestBody"
    assert parsed(PoolPatch, {"metadata": []}, V2024_02).rendered(V2024_02) == {"metadata": []}


def test_what_a_version_does_not_know_is_not_answered_to_it() -> None:
    pool = parsed(PoolCreate, {**SMALLEST, "upgradePolicy": {"mode": "manual"}})

    assert "upgradePolicy" in pool.rendered(V2024_02)
    assert "upgradePolicy" not in pool.rendered(V2022_01)


def test_durations_are_normalised_and_words_lose_their_letter_case() -> None:
    document = {
        **SMALLEST,
        "resizeTimeout": "PT45M00S",
        "startTask": {"commandLine": "true", "userIdentity": {"autoUser": {"elevationLevel": "ADMIN"}}},
    }

    rendered = parsed(PoolCreate, document).rendered(LATEST)
    assert rendered["resizeTimeout"] == "PT45M"
    assert rendered["startTask"]["userIdentity"]["autoUser"] == {"scope": "pool", "elevationLevel": "admin"}


def test_secrets_are_taken_and_never_given_back() -> None:
    document = {
        **SMALLEST,
        "userAccounts": [
            {"name": "renderer", "password": "hunter2", "linuxUserConfiguration": {"sshPrivateKey": "k3y"}}
        ],
        "mountConfiguration": [
            {
                "azureFileShareConfiguration": {
                    "accountName": "files",
                    "accountKey": "hunter2",
                    "azureFileUrl": "https://files",
                    "relativeMountPath": "files",
                }
            }
        ],
    }
    body = parsed(PoolCreate, document)

    text = json.dumps(body.rendered(LATEST)) + repr(body)
    assert "hunter2" not in text
    assert "k3y" not in text
    assert "renderer" in text


def test_whole_numbers_may_stand_in_quotes_as_the_azure_cli_writes_them() -> None:
    body = parsed(PoolCreate, {**SMALLEST, "targetDedicatedNodes": "2", "taskSlotsPerNode": "4"}, V2024_02)

    assert isinstance(body, PoolCreate)
    assert (body.target_dedicated_nodes, body.task_slots_per_node) == (2, 4)


@pytest.mark.parametrize("wrong", ["two", "2.5", "-1", "", "²", True])
def test_what_is_no_whole_number_is_refused_in_quotes_too(wrong: object) -> None:
    refusal = refusal_of(PoolCreate, {**SMALLEST, "targetDedicatedNodes": wrong})

    assert refusal.code == "InvalidPropertyValue"
    assert refusal.values["PropertyName"] == "targetDedicatedNodes"
