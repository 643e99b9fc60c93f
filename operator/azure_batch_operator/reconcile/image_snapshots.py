"""Looks at the snapshots that we made between a machine and its version: only while some may be there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from azure_batch_operator.cloud.sources import Sources
from azure_batch_operator.core.compute_ids import ComputeName, GroupName, compute_name
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.machines import ObservedDisk
from azure_batch_operator.core.names import same
from azure_batch_operator.core.plan.image_snapshots import is_needed
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.plan.source_machine import completed
from azure_batch_operator.core.sources import MachineSource, SnapshotsNeeded, SourceAnswer
from azure_batch_operator.reconcile.desired import Desired
from azure_batch_operator.reconcile.image_memory import ImageMemory
from azure_batch_operator.reconcile.keys import ImageKey

Seen = dict[str, ObservedDisk]
"""Snapshots by the key of their names."""


@dataclass(slots=True, kw_only=True)
class SnapshotMemory:
    """One per process. Losing it costs a list of a resource group, since snapshots tell whose they are."""

    searched: defaultdict[ImageKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Keys of the resource groups in which each image's snapshots were looked for."""
    known: dict[ImageKey, Seen] = field(default_factory=dict)
    """The image's snapshots as they were seen last."""
    expected: dict[ImageKey, dict[str, ComputeName]] = field(default_factory=dict)
    """Those that were told in the status, before they were made."""

    def expect(self, key: ImageKey, names: Iterable[ComputeName]) -> bool:
        """Take note of snapshots that are going to be made; whether that is news, and so has to be told first."""
        known = self.expected.setdefault(key, {})
        news = {name.key: name for name in names if name.key not in known}
        known.update(news)
        return bool(news)

    def search_anew(self, key: ImageKey) -> None:
        """Somebody asks for a look at everything."""
        self.searched.pop(key, None)

    def forget(self, key: ImageKey) -> None:
        """The resource is gone."""
        self.search_anew(key)
        self.known.pop(key, None)
        self.expected.pop(key, None)


@dataclass(slots=True, kw_only=True)
class SnapshotSight:
    """Adds snapshots to a view. At rest, when none is left, it asks Azure for nothing."""

    sources: Sources
    memory: SnapshotMemory
    failures: ImageMemory

    async def look(self, key: ImageKey, desired: Desired[WantedImage], view: ImageView) -> ImageView:
        """The view with our snapshots, and with a source that is ready once all of its own are; raises AzureFailure."""
        if view.wanted.suspended:
            return replace(view, unsearched=tuple(_left_alone(desired.status)))
        if retains_all(desired, view.wanted):
            return view
        seen, unsearched = await self._searched(key, view)
        for name in self._names(key, desired, view):
            if name.key not in seen and (found := await self._read(key, view, name)):
                seen[name.key] = found
        self._remember(key, view, seen)
        return replace(
            view,
            source=_source(view, seen),
            snapshots=tuple(seen.values()),
            unsearched=unsearched,
            retry_at=self.failures.retry_times(),
        )

    async def _searched(self, key: ImageKey, view: ImageView) -> tuple[Seen, tuple[str, ...]]:
        """What an earlier process may have left; where that may not be read, it must not hold up a version that is."""
        group = _group_of(view.wanted)
        if group is None or group.key in self.memory.searched[key]:
            return {}, ()
        try:
            listed = await self.sources.list_snapshots(group)
        except AzureFailure as failure:
            if failure.kind is FailureKind.FORBIDDEN and view.current is not None and not view.wanted.deleting:
                return {}, (f"Whether snapshots are left in resource group {group.name} is not known: {failure}.",)
            raise
        self.memory.searched[key].add(group.key)
        return _ours(view, {snapshot.name.key: snapshot for snapshot in listed}), ()

    def _names(self, key: ImageKey, desired: Desired[WantedImage], view: ImageView) -> Iterable[ComputeName]:
        """Everything that may be there: as the source needs it, as it was seen, and as the status tells."""
        names = (
            *captured(view),
            *(snapshot.name for snapshot in self.memory.known.get(key, {}).values()),
            *self.memory.expected.get(key, {}).values(),
            *told(desired.status),
        )
        return {name.key: name for name in names}.values()

    async def _read(self, key: ImageKey, view: ImageView, name: ComputeName) -> ObservedDisk | None:
        """What is in use is believed to be there; everything else is asked for."""
        last = self.memory.known.get(key, {}).get(name.key)
        needed = {found.key for found in captured(view)}
        if last is not None and name.key not in needed and is_needed(view, last):
            return last
        return await self.sources.get_snapshot(name)

    def _remember(self, key: ImageKey, view: ImageView, seen: Seen) -> None:
        self.memory.known[key] = _ours(view, seen)
        needed = {name.key: name for name in captured(view)}
        expected = self.memory.expected.get(key, {})
        self.memory.expected[key] = {name: expected[name] for name in expected.keys() & needed.keys()}
        for snapshot in self.memory.known[key].values():
            if same(snapshot.provisioning_state, "Failed"):
                self.failures.failed(snapshot.name.id, view.now)
            elif snapshot.done:
                self.failures.recovered(snapshot.name.id)


def _source(view: ImageView, seen: Seen) -> SourceAnswer | None:
    return completed(view.source, _ours(view, seen)) if isinstance(view.source, SnapshotsNeeded) else view.source


def retains_all(desired: Desired[WantedImage], wanted: WantedImage) -> bool:
    """Whether a deletion leaves everything in Azure as it is: then nothing is looked at, nor are credentials needed."""
    leaves = wanted.deleting and wanted.deletion_policy == "Retain"
    return leaves and (wanted.suspended or not any(told(desired.status)))


def _group_of(wanted: WantedImage) -> GroupName | None:
    """Where snapshots are made of the machine that the spec names."""
    source = wanted.source
    if not isinstance(source, MachineSource) or source.capture != "Snapshots":
        return None
    machine = compute_name(source.id)
    return machine.group if machine else None


def captured(view: ImageView) -> tuple[ComputeName, ...]:
    """The snapshots that the source needs."""
    captures = view.source.captures if isinstance(view.source, SnapshotsNeeded) else ()
    return tuple(disk.snapshot for disk in captures)


def told(status: JsonObject) -> Iterator[ComputeName]:
    """The snapshots that the status lists."""
    listed = status.get("intermediateSnapshots")
    for each in listed if isinstance(listed, (list, tuple)) else ():
        name = compute_name(str(each))
        if name is not None and name.kind == "snapshots":
            yield name


def _left_alone(status: JsonObject) -> Iterator[str]:
    if names := ", ".join(name.id for name in told(status)):
        yield f"spec.suspend leaves snapshots in Azure that were to be removed: {names}."


def _ours(view: ImageView, seen: Seen) -> Seen:
    return {key: snapshot for key, snapshot in seen.items() if view.is_ours(snapshot.tags)}
