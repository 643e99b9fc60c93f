"""The bodies of the Batch API's calls for a pool, made from what is wanted and what was found."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from azure_batch_operator.core import durations
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.pool_secrets import RECORD_ITEM, record_after
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
    return {
        **described,
        **_sizes(wanted),
        "metadata": metadata_items(wanted_metadata(wanted, found={}, written=described)),
    }


def patch_body(
    wanted: WantedPool, found: ObservedPool, properties: Iterable[str], *, image_id: str | None = None
) -> JsonObject:
    """Each of the properties whole, for a PATCH: Batch replaces what is given and keeps the rest.

    `image_id` where the spec refers to a GalleryImage.
    """
    goal, written = with_image(wanted.body, image_id), frozenset(properties)
    metadata = wanted_metadata(wanted, found.metadata, written=written)
    whole = {**_laid_over(found.body, goal, ()), **live_body(wanted, found), "metadata": metadata_items(metadata)}
    recorded = {"metadata"} if metadata.get(RECORD_ITEM) != found.metadata.get(RECORD_ITEM) else set()
    return {name: whole.get(name) for name in sorted(written | recorded)}


def live_body(wanted: WantedPool, found: ObservedPool) -> JsonObject:
    """All that can change on a pool with nodes, as it should be; an absent start task means none.

    Complete enough for `updateproperties`, the only call that can take a start task away.
    """
    start_task = {"startTask": wanted.body["startTask"]} if wanted.body.get("startTask") is not None else {}
    return {
        **start_task,
        "applicationPackageReferences": wanted.body.get("applicationPackageReferences") or [],
        "metadata": metadata_items(wanted_metadata(wanted, found.metadata, written={"startTask"})),
    }


def wanted_metadata(
    wanted: WantedPool, found: Mapping[str, str], *, written: Collection[str] = frozenset()
) -> dict[str, str]:
    """The metadata that the pool should have: the spec's (or, where it gives none, what is there) and our own.

    `written`: the properties that go with it in the same write, whose secrets it tells of from then on.
    """
    given = wanted.body.get("metadata")
    theirs = {name: value for name, value in found.items() if not name.startswith(OUR_METADATA)}
    ours = {name: value for name, value in found.items() if name.startswith(OUR_METADATA) and name != RECORD_ITEM}
    named = theirs if given is None else _named(given)
    record = record_after(wanted, found, written)
    return {**named, **ours, OWNER_TAG: wanted.owner.tag(), **({RECORD_ITEM: record} if record else {})}


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
