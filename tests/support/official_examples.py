"""Microsoft's own examples: requests ready to be sent to a simulator, and the answers that are shown for them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.simulator import default_scenario
from tools.contracts.contract import Operation
from tools.contracts.sources import BATCH_EXAMPLES, OFFICIAL, derived_operations, official_operations


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request as Microsoft shows it; `answers` are the bodies that are shown for each status (None: no body)."""

    name: str
    operation: Operation
    path: str
    version: str
    query: Mapping[str, str]
    body: Any
    answers: Mapping[int, Any]

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.operation.method


def examples_of(*operations: str) -> list[Example]:
    """The examples in the documents of these operations (their official ids), by name; of all if none is named."""
    wanted = (one for one in official_operations() if not operations or one.name in operations)
    return sorted((example for one in wanted for example in _documented(one)), key=lambda example: example.name)


def newest_batch_examples() -> list[Example]:
    """The examples of the api-version that the installed azure-batch speaks; they came without their document."""
    operations = {_plain(operation.name): operation for operation in derived_operations()}
    paths = (path for folder in BATCH_EXAMPLES for path in sorted((OFFICIAL / folder).glob("Pools_*.json")))
    return [_example(path, operations[_plain(json.loads(path.read_text())["operationId"])]) for path in paths]


def ingredients_of(bodies: Iterable[Any]) -> dict[str, Any]:
    """The default scenario's VM sizes and Marketplace images, and those that the pools among the bodies are made of.

    These come first: one example shows a Marketplace image with another node agent than Batch lists for it.
    """
    scenario = default_scenario().model_dump(mode="json")
    bodies = [body for body in bodies if body and "vmSize" in body]
    sizes = {
        body["vmSize"].casefold(): {"name": body["vmSize"], "family": "f", "cores": 1, "memory_gb": 1}
        for body in bodies
    }
    known = {size["name"].casefold() for size in scenario["vm_sizes"]}
    return {
        "vm_sizes": [*scenario["vm_sizes"], *(size for name, size in sizes.items() if name not in known)],
        "supported_images": [*(_image_of(body) for body in bodies), *scenario["supported_images"]],
    }


def _image_of(body: dict[str, Any]) -> dict[str, str]:
    machine = body["virtualMachineConfiguration"]
    agent = machine["nodeAgentSKUId"]
    names = {name: machine["imageReference"][name].casefold() for name in ("publisher", "offer", "sku")}
    return {**names, "node_agent_sku_id": agent, "os_type": "Windows" if "windows" in agent else "Linux"}


def _documented(operation: Operation) -> Iterator[Example]:
    assert operation.document.folder is not None
    for reference in operation.described.get("x-ms-examples", {}).values():
        yield _example(operation.document.folder / reference["$ref"], operation)


def _example(path: Path, operation: Operation) -> Example:
    document = json.loads(path.read_text())
    given = {"poolId": "poolId"} | document["parameters"]
    places = {name: value for name, value in given.items() if f"{{{name}}}" in operation.template}
    return Example(
        name=path.stem,
        operation=operation,
        path=operation.template.format_map(places),
        version=given["api-version"],
        query={name: value for name, value in given.items() if name.startswith("$")},
        body=next((value for value in given.values() if isinstance(value, dict)), None),
        answers={int(status): answer.get("body") for status, answer in document["responses"].items()},
    )


def _plain(name: str) -> str:
    """`Pools_RemoveNodes` and `remove_nodes_internal` name one operation."""
    return name.removeprefix("Pools_").removesuffix("_internal").replace("_", "").casefold()
