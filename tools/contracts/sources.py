"""Where contracts come from: derived from the installed SDKs always, Microsoft's documents where they are at hand."""

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tools.contracts.changes import changes
from tools.contracts.contract import Contract, Endpoint, Operation, operations_in
from tools.contracts.derive import BATCH, BATCH_MANAGEMENT, COMPUTE, Sdk, derive
from tools.contracts.documents import Document, Schema, read_document

ROOT = Path(__file__).parents[2]
_STORE = ROOT / ".build" / "contracts"
_SDKS = ((Endpoint.BATCH, BATCH), (Endpoint.RESOURCE_MANAGER, COMPUTE), (Endpoint.RESOURCE_MANAGER, BATCH_MANAGEMENT))

OFFICIAL = ROOT.parent / "shared" / "azure-specs" / "specification"
"""Microsoft's documents beside the checkout, laid out as in the repository Azure/azure-rest-api-specs."""
BATCH_EXAMPLES = ("batch/data-plane/Batch/stable/2025-06-01/examples", "batch/Azure.Batch/examples/2025-06-01")
"""Examples of the Batch service for the api-version of the installed SDK, whose document is not at hand."""
_COMPUTE_RP = "compute/resource-manager/Microsoft.Compute"
_OFFICIAL = (
    (Endpoint.BATCH, "batch/data-plane/Microsoft.Batch/stable/2024-07-01.20.0/BatchService.json"),
    (Endpoint.RESOURCE_MANAGER, f"{_COMPUTE_RP}/GalleryRP/stable/2024-03-03/gallery.json"),
    (Endpoint.RESOURCE_MANAGER, f"{_COMPUTE_RP}/ComputeRP/stable/2024-07-01/image.json"),
    (Endpoint.RESOURCE_MANAGER, f"{_COMPUTE_RP}/ComputeRP/stable/2024-07-01/virtualMachine.json"),
    (Endpoint.RESOURCE_MANAGER, f"{_COMPUTE_RP}/DiskRP/stable/2024-03-02/disk.json"),
    (Endpoint.RESOURCE_MANAGER, f"{_COMPUTE_RP}/DiskRP/stable/2024-03-02/snapshot.json"),
)


@functools.cache
def contract() -> Contract:
    """Everything that is known here about Azure's interfaces."""
    derived, official = list(derived_operations()), list(official_operations())
    return Contract([*derived, *official, *unchanged_operations(official, derived)])


def unchanged_operations(older: Iterable[Operation], newer: Iterable[Operation]) -> Iterator[Operation]:
    """Those of `older` that are still the same in `newer`, as operations of the newer api-version."""
    known = {operation.route: operation for operation in older}
    for operation in newer:
        before = known.get(operation.route)
        if before is not None and not any(changes(before, operation)):
            yield replace(before, version=operation.version)


def derived_operations() -> Iterator[Operation]:
    """The operations of the installed SDKs."""
    for endpoint, sdk in _SDKS:
        yield from operations_in(endpoint, Document(title=sdk.title, content=derived(sdk)))


def official_operations() -> Iterator[Operation]:
    """The operations of Microsoft's documents; none where these are not at hand."""
    if OFFICIAL.is_dir():
        for endpoint, path in _OFFICIAL:
            yield from operations_in(endpoint, read_document(OFFICIAL / path))


def derived(sdk: Sdk) -> Schema:
    """The document of an SDK."""
    document: Schema = json.loads(_derived_file(sdk).read_text())
    return document


def derived_files() -> list[Path]:
    """The files with the documents of the SDKs."""
    return [_derived_file(sdk) for _, sdk in _SDKS]


def _derived_file(sdk: Sdk) -> Path:
    """A document is kept for the next time, since reading an SDK takes seconds."""
    path = _STORE / f"{sdk.title.replace(' ', '-')}.{_edition()}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(derive(sdk), indent=1))
        unfinished.replace(path)
    return path


@functools.cache
def _edition() -> str:
    """Changes with the code that derives."""
    sources = (Path(__file__).with_name(name) for name in ("derive.py", "sdk_models.py", "sdk_operations.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
