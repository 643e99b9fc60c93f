"""Derives a Swagger 2.0 document from each installed Azure SDK: the contract that is always at hand."""

import importlib.metadata
from dataclasses import dataclass
from typing import Any

from tools.contracts.sdk_models import Definitions, Schema
from tools.contracts.sdk_operations import Held, Parameter, SdkOperation, operations_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """An installed SDK and the client classes whose operations are of interest here (reading all would take long)."""

    distribution: str
    package: str
    operations: str
    groups: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name with the installed version."""
        return f"{self.distribution} {importlib.metadata.version(self.distribution)}"


BATCH = Sdk(
    distribution="azure-batch",
    package="azure.batch",
    operations="azure.batch._operations._operations",
    groups=("_BatchClientOperationsMixin",),
)
COMPUTE = Sdk(
    distribution="azure-mgmt-compute",
    package="azure.mgmt.compute",
    operations="azure.mgmt.compute.operations._operations",
    groups=(
        "DiskEncryptionSetsOperations",
        "DisksOperations",
        "GalleriesOperations",
        "GalleryImagesOperations",
        "GalleryImageVersionsOperations",
        "GallerySharingProfileOperations",
        "ImagesOperations",
        "ResourceSkusOperations",
        "SnapshotsOperations",
        "SoftDeletedResourceOperations",
        "UsageOperations",
        "VirtualMachineExtensionsOperations",
        "VirtualMachinesOperations",
        "VirtualMachineSizesOperations",
    ),
)
BATCH_MANAGEMENT = Sdk(
    distribution="azure-mgmt-batch",
    package="azure.mgmt.batch",
    operations="azure.mgmt.batch.operations._operations",
    groups=(
        "ApplicationOperations",
        "ApplicationPackageOperations",
        "BatchAccountOperations",
        "LocationOperations",
        "PoolOperations",
    ),
)


def derive(sdk: Sdk) -> Schema:
    """The document that the SDK's request builders and models amount to."""
    definitions = Definitions(sdk.package)
    paths: dict[str, Schema] = {}
    for operation in operations_of(sdk.operations, sdk.groups):
        request = operation.request
        paths.setdefault(request.path, {})[request.method.lower()] = _operation(operation, definitions)
    return {
        "swagger": "2.0",
        "info": {"title": sdk.title, "version": importlib.metadata.version(sdk.distribution)},
        "paths": dict(sorted(paths.items())),
        "definitions": definitions.described(),
    }


def _operation(operation: SdkOperation, definitions: Definitions) -> Schema:
    query = [_parameter(parameter, operation.request.version) for parameter in operation.request.query]
    return {
        "operationId": operation.name,
        "parameters": [*query, *_body(operation.body, definitions)],
        "responses": {
            **{str(status): _response(operation, status, definitions) for status in operation.statuses},
            **({"default": {"schema": definitions.reference(operation.error)}} if operation.error else {}),
        },
        **({"x-ms-long-running-operation": True} if operation.long_running else {}),
    }


def _parameter(parameter: Parameter, version: str) -> Schema:
    known = {"enum": [version]} if parameter.name == "api-version" else {}
    return {"name": parameter.name, "in": "query", "required": parameter.required, **known}


def _body(body: Held | None, definitions: Definitions) -> list[Schema]:
    if body is None:
        return []
    return [{"name": "body", "in": "body", "required": body.required, "schema": _schema(body, definitions)}]


def _response(operation: SdkOperation, status: int, definitions: Definitions) -> Schema:
    headers = {"headers": {name: {"type": "string"} for name in operation.headers[status]}}
    if not _has_body(status):
        return headers
    if operation.streams:
        return {"schema": {"type": "file"}, **headers}
    return {"schema": _schema(operation.answer, definitions), **headers} if operation.answer else headers


def _has_body(status: int) -> bool:
    """202 only says that an operation goes on, 204 and 404 that nothing is there."""
    return status in {200, 201}


def _schema(held: Held, definitions: Definitions) -> Schema:
    reference = definitions.reference(held.model)
    if not held.listed:
        return reference
    array = {"type": "array", "items": reference}
    if held.next_link is None:
        return array
    page: dict[str, Any] = {"value": array, held.next_link: {"type": "string"}}
    return {"type": "object", "properties": page, "required": ["value"]}
