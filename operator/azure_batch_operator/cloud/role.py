"""The least-privilege role of Azure: every right that an operation of ours needs, and no other."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, TypeAlias

from azure_batch_operator.cloud.operations import (
    APPLICATION_GET,
    DEFINITION_DELETE,
    GALLERY_DELETE,
    GALLERY_PUT,
    JOBS_LIST,
    OPERATIONS,
    PACKAGE_GET,
    POOL_DELETE,
    PROVIDER_GET,
    VERSION_DELETE,
    VM_SIZES_LIST,
    Operation,
)
from azure_batch_operator.core.json import JsonObject

ROLE_NAME = "Azure Batch operator"

Part: TypeAlias = Literal["checks", "deletion", "galleries", "identities", "jobs", "machines", "vhds"]
"""What somebody may do without, and so without its rights."""

_OPERATIONS_OF: Mapping[Part, Sequence[Operation]] = MappingProxyType(
    {
        "checks": (VM_SIZES_LIST, APPLICATION_GET, PACKAGE_GET, PROVIDER_GET),
        "deletion": (POOL_DELETE, VERSION_DELETE, DEFINITION_DELETE, GALLERY_DELETE),
        "galleries": (GALLERY_PUT, GALLERY_DELETE),
        "jobs": (JOBS_LIST,),
    }
)
_BEGINNINGS_OF: Mapping[Part, Sequence[str]] = MappingProxyType(
    {
        "identities": ("Microsoft.ManagedIdentity/",),
        "machines": (
            "Microsoft.Compute/virtualMachines/",
            "Microsoft.Compute/snapshots/",
            "Microsoft.Compute/disks/read",
            "Microsoft.Compute/disks/write",
        ),
        "vhds": ("Microsoft.Storage/",),
    }
)
"""How the actions of a part begin that belong to what bodies name, not to operations of their own."""


def rights(without: Collection[Part] = ()) -> Mapping[str, tuple[str, ...]]:
    """Each action that a role must grant, and the operations that need it; data actions among them."""
    needed: dict[str, list[str]] = {}
    for operation in OPERATIONS:
        for action in (operation.action, *operation.linked):
            needed.setdefault(action, []).append(operation.name)
    left_out = frozenset(_actions_of(without, needed))
    return {action: tuple(names) for action, names in needed.items() if action not in left_out}


def role_definition(name: str, scopes: Sequence[str], *, without: Collection[Part] = ()) -> JsonObject:
    """The role in the form that `az role definition create` takes."""
    data = {operation.action for operation in OPERATIONS if operation.data}
    granted = rights(without)
    return {
        "Name": name,
        "IsCustom": True,
        "Description": "Gallery images and Batch pools, as the operator handles them.",
        "Actions": [action for action in granted if action not in data],
        "DataActions": [action for action in granted if action in data],
        "AssignableScopes": list(scopes),
    }


def _actions_of(parts: Iterable[Part], actions: Iterable[str]) -> Iterator[str]:
    known = tuple(actions)
    for part in parts:
        yield from (operation.action for operation in _OPERATIONS_OF.get(part, ()))
        yield from (action for action in known if action.startswith(tuple(_BEGINNINGS_OF.get(part, ()))))
