"""The bodies of the Batch API's calls for a pool, made from what is wanted and what was found."""

from collections.abc import Iterable, Mapping, Sequence

from azure_batch_operator.core import durations
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.sizing import Size, creation_timeout, wanted_size

MACHINES = "virtualMachineConfiguration"
"""The property that says what nodes are made of, their image among it."""

UNCHANGEABLE: frozenset[tuple[str, ...]] = frozenset({(MACHINES, "dataDisks")})
"""Parts that no call changes: "This property … cannot be updated" in the text of `dataDisks`."""

OUR_METADATA = "batch-operator-"
"""Metadata items whose names begin so are the operator's own; the schema keeps them out of specs."""


def create_body(wanted: WantedPool, *, image_id: str | None) -> JsonObject:
    """The whole body of the create call; `image_id` where the spec refers to a GalleryImage."""
    described = {"id": wanted.pool_id, **with_image(wanted.body, image_id)}
    return {**described, **_sizes(wanted), "metadata": metadata_items(wanted_metadata(wanted, found={}))}


def patch_body(
    wanted: WantedPool, found: ObservedPool, properties: Iterable[str], *, image_id: str | None = None
) -> JsonObject:
    """Each of the properties whole, for a PATCH: Batch replaces what is given and keeps the rest.

    `image_id` where the spec refers to a GalleryImage.
    """
    goal = with_image(wanted.body, image_id)
    whole = {**_laid_over(found.body, goal, ()), **live_body(wanted, found)}
    return {name: whole.get(name) for name in properties}


def live_body(wanted: WantedPool, found: ObservedPool) -> JsonObject:
    """All that can change on a pool with nodes, as it should be; an absent start task means none.

    Complete enough for `updateproperties`, the only call that can take a start task away.
    """
    start_task = {"startTask": wanted.body["startTask"]} if wanted.body.get("startTask") is not None else {}
    return {
        **start_task,
        "applicationPackageReferences": wanted.body.get("applicationPackageReferences") or [],
        "metadata": metadata_items(wanted_metadata(wanted, found.metadata)),
    }


def wanted_metadata(wanted: WantedPool, found: Mapping[str, str]) -> dict[str, str]:
    """The metadata that the pool should have: the spec's (or, where it gives none, what is there) and our own."""
    given = wanted.body.get("metadata")
    theirs = {name: value for name, value in found.items() if not name.startswith(OUR_METADATA)}
    ours = {name: value for name, value in found.items() if name.startswith(OUR_METADATA)}
    named = theirs if given is None else _named(given)
    return {**named, **ours, OWNER_TAG: wanted.owner.tag()}


def metadata_items(metadata: Mapping[str, str]) -> Sequence[JsonObject]:
    """Metadata in its wire form."""
    return [{"name": name, "value": value} for name, value in sorted(metadata.items())]


def with_image(body: JsonObject, image_id: str | None) -> JsonObject:
    """The body with the gallery image put in, where the spec only refers to one."""
    machine = body.get(MACHINES)
    if image_id is None or not isinstance(machine, Mapping):
        return body
    reference = {"virtualMachineImageId": image_id}
    return {**body, MACHINES: {**machine, "imageReference": reference}}


def _laid_over(fact: JsonObject, goal: JsonObject, path: tuple[str, ...]) -> JsonObject:
    """An object as the spec wants it; what the spec leaves out of it, and what never changes, stays as it is."""
    changed = {name: value for name, value in goal.items() if (*path, name) not in UNCHANGEABLE}
    return {**fact, **{name: _changed(fact.get(name), value, (*path, name)) for name, value in changed.items()}}


def _changed(fact: Json, goal: Json, path: tuple[str, ...]) -> Json:
    """An image is named in one way: of a former reference nothing may stay."""
    if isinstance(fact, Mapping) and isinstance(goal, Mapping) and path[-1] != "imageReference":
        return _laid_over(fact, goal, path)
    return goal


def _sizes(wanted: WantedPool) -> JsonObject:
    if wanted.auto_scaled:
        return {}
    size = wanted_size(wanted, None)
    return {**_targets(size), "resizeTimeout": durations.iso(creation_timeout(wanted, size))}


def _targets(size: Size) -> JsonObject:
    return {"targetDedicatedNodes": size.dedicated, "targetLowPriorityNodes": size.spot}


def _named(items: Json) -> dict[str, str]:
    entries = items if isinstance(items, Sequence) and not isinstance(items, str) else ()
    return {str(entry["name"]): str(entry["value"]) for entry in entries if isinstance(entry, Mapping)}
