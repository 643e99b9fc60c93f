"""A pool's body in the words of Resource Manager: each property of both SDKs' models, and Microsoft's own examples."""

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.pool_arm import arm_pool, untranslatable
from azure_batch_operator.core.pool_arm_table import CREATE_BODY, Row, Shape
from tests.support.azure_specs import AzureSpecs
from tools.contracts.derive import BATCH, BATCH_MANAGEMENT
from tools.contracts.sources import derived

IDENTITY = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rendering"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/render"
)
SERVICE, MANAGER = derived(BATCH)["definitions"], derived(BATCH_MANAGEMENT)["definitions"]
OFFICIAL_BODIES = "specification/batch/data-plane/**/examples/PoolAdd_*.json"
GONE = {"certificateReferences", "resourceTags", "targetNodeCommunicationMode"}
"""Properties of Microsoft's older examples that the Batch service of today has no more."""


def properties(body: Mapping[str, Any]) -> Any:
    """What Resource Manager is told of a pool with this body."""
    return arm_pool(body, (IDENTITY,))["properties"]


def schema_of(definitions: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a property, or each entry of its list, has."""
    if schema.get("type") == "array":
        return schema_of(definitions, schema["items"])
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    found: Mapping[str, Any] = definitions[name] if name else schema
    return found


def at(schema: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The schema at a path in one of Resource Manager's objects."""
    for step in path:
        found = schema.get("properties", {}).get(step)
        if found is None:
            return None
        schema = schema_of(MANAGER, found)
    return schema


def faults(shape: Shape, ours: Mapping[str, Any], theirs: Mapping[str, Any], place: str) -> Iterator[str]:
    """Where the table contradicts one of the two SDKs."""
    if shape.keys() != ours["properties"].keys():
        yield f"{place}: {sorted(shape.keys() ^ ours['properties'].keys())}"
    for name, row in shape.items():
        here, path = f"{place}.{name}", (name,) if row.to is None else row.to
        source, target = schema_of(SERVICE, ours["properties"][name]), at(theirs, path) if path else None
        if path and target is None:
            yield f"{here}: Resource Manager has no {'.'.join(path)}"
        elif target is not None:
            yield from row_faults(row, source, target, here)


def row_faults(row: Row, source: Mapping[str, Any], target: Mapping[str, Any], place: str) -> Iterator[str]:
    """Where one row contradicts the schemas of its property."""
    if set(row.words or row.switch or ()) != set(target.get("enum", ())):
        yield f"{place}: Resource Manager's words are {target.get('enum')}"
    if {word.casefold() for word in row.words} != {word.casefold() for word in source.get("enum", ())}:
        yield f"{place}: the Batch service's words are {source.get('enum')}"
    if ("properties" in source) != (row.parts is not None):
        yield f"{place}: an object on one side, a value on the other"
    elif row.parts is not None:
        yield from faults(row.parts, source, target, place)


def test_every_property_of_the_create_body_has_its_place_and_its_words_in_resource_manager() -> None:
    told = list(faults(CREATE_BODY, SERVICE["BatchPoolCreateOptions"], MANAGER["PoolProperties"], "pool"))
    assert told == []


def test_only_what_is_said_otherwise_or_only_answered_is_left_out() -> None:
    assert [name for name, row in CREATE_BODY.items() if row.to == ()] == ["id", "enableAutoScale"]
    assert properties({"id": "frames", "enableAutoScale": True, "autoScaleFormula": "$x=1"}) == {
        "scaleSettings": {"autoScale": {"formula": "$x=1"}}
    }


def test_a_fixed_size_goes_into_the_scale_settings_with_its_timeout() -> None:
    body = {"targetDedicatedNodes": 2, "targetLowPriorityNodes": 0, "resizeTimeout": "PT15M"}
    assert properties(body) == {"scaleSettings": {"fixedScale": body}}


def test_machines_are_deployed_with_resource_managers_names_and_words() -> None:
    machine = {
        "imageReference": {"virtualMachineImageId": "/subscriptions/…/versions/1.0.0"},
        "nodeAgentSKUId": "batch.node.ubuntu 22.04",
        "dataDisks": [
            {"lun": 0, "diskSizeGB": 32, "caching": "readwrite", "managedDisk": {"storageAccountType": "premium_lrs"}}
        ],
        "diskEncryptionConfiguration": {"targets": ["osdisk", "TemporaryDisk"]},
        "securityProfile": {"securityType": "confidentialvm"},
    }
    assert properties({"virtualMachineConfiguration": machine}) == {
        "deploymentConfiguration": {
            "virtualMachineConfiguration": {
                "imageReference": {"id": "/subscriptions/…/versions/1.0.0"},
                "nodeAgentSkuId": "batch.node.ubuntu 22.04",
                "dataDisks": [
                    {
                        "lun": 0,
                        "diskSizeGB": 32,
                        "caching": "ReadWrite",
                        "managedDisk": {"storageAccountType": "Premium_LRS"},
                    }
                ],
                "diskEncryptionConfiguration": {"targets": ["OsDisk", "TemporaryDisk"]},
                "securityProfile": {"securityType": "confidentialVM"},
            }
        }
    }


def test_what_is_a_boolean_in_the_batch_service_is_a_word_in_resource_manager() -> None:
    assert properties({"enableInterNodeCommunication": True}) == {"interNodeCommunication": "Enabled"}
    assert properties({"enableInterNodeCommunication": False}) == {"interNodeCommunication": "Disabled"}


def test_settings_of_extensions_are_taken_as_they_are() -> None:
    settings = {"caching": "readonly", "applicationId": "x", "list": [1, {"scope": "pool"}]}
    machine = {"extensions": [{"name": "e", "publisher": "p", "type": "t", "settings": settings}]}
    (extension,) = properties({"virtualMachineConfiguration": machine})["deploymentConfiguration"][
        "virtualMachineConfiguration"
    ]["extensions"]
    assert extension["settings"] == settings


def test_secrets_are_carried_over_unseen() -> None:
    password = Confidential("s3cret")
    accounts = [{"name": "user", "password": password, "elevationLevel": "admin"}]
    (account,) = properties({"userAccounts": accounts})["userAccounts"]
    assert account == {"name": "user", "password": password, "elevationLevel": "Admin"}


def test_a_word_that_is_new_is_left_to_azure() -> None:
    body = {"upgradePolicy": {"mode": "Gradual"}}
    assert properties(body) == body


def test_what_resource_manager_does_not_know_is_named_with_its_path() -> None:
    body: dict[str, Any] = {
        "vmSize": "STANDARD_D2_V3",
        "newcomer": 1,
        "startTask": {"commandLine": "true", "resourceFiles": [{"httpUrl": "https://…"}, {"checksum": "0"}]},
    }
    assert untranslatable(body) == ("newcomer", "startTask.resourceFiles.checksum")
    assert "newcomer" not in properties(body)


def test_identities_are_written_as_resource_manager_writes_them() -> None:
    assert arm_pool({}, (IDENTITY,))["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": {IDENTITY: {}},
    }
    assert arm_pool({}, ())["identity"] == {"type": "None"}


def test_microsofts_own_examples_translate_whole(azure_specs: AzureSpecs) -> None:
    for example in azure_specs.documents(OFFICIAL_BODIES):
        given = example["parameters"]["pool"]
        body = {name: value for name, value in given.items() if name not in GONE}
        assert untranslatable(body) == ()
        assert list(refusals(properties(body), MANAGER["PoolProperties"], "pool")) == []


def refusals(value: Any, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    """Where a value is not what Resource Manager's schema has room for."""
    if isinstance(value, list):
        for entry in value:
            yield from refusals(entry, schema, place)
    elif isinstance(value, Mapping) and "properties" in schema:
        for name, part in value.items():
            room = at(schema, (name,))
            yield from [f"{place}.{name}"] if room is None else refusals(part, room, f"{place}.{name}")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value}"
