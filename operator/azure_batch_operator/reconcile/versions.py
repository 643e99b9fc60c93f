"""What is known of image versions: taking note of an answer, and the replicas that serve nodes now."""

from dataclasses import dataclass, replace

from azure_batch_operator.core.images import ObservedRegion, ObservedVersion
from azure_batch_operator.reconcile.beliefs import Beliefs


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an answer changed in what is believed of a version."""

    changed: bool
    serving: bool
    """Whether ready replicas or a region's state changed: pools that boot from it want to know."""


def take_note(beliefs: Beliefs, version: ObservedVersion, *, sent_at: float) -> News:
    """Believe an answer about a version, if it is newer than what is known and than our last write."""
    before = beliefs.versions.believed(version.name.id)
    known = carried(version, before.value if before else None)
    served = _serving(beliefs, before.value if before else None)
    changed = beliefs.versions.see(version.name.id, known, sent_at=sent_at)
    if changed:
        _remember_ready(beliefs, known)
    return News(changed=changed, serving=changed and served != _serving(beliefs, known))


def carried(version: ObservedVersion, before: ObservedVersion | None) -> ObservedVersion:
    """A listed version, which comes without replication status, with the status that is known if nothing moved.

    Only a finished state is carried over: what moves must be read.
    """
    if version.replication_read or before is None or not before.replication_read or moving(before):
        return version
    if _shape(version) != _shape(before):
        return version
    regions = tuple(_with_state(region, before) for region in version.regions)
    return replace(version, regions=regions, replication_read=True)


def moving(version: ObservedVersion) -> bool:
    """Whether an operation or a replication is under way, or its state was never read."""
    if not version.settled or not version.replication_read:
        return True
    return any(region.state not in ("Completed", "Failed") for region in version.regions)


def ready_replicas(beliefs: Beliefs, version_id: str, region: str) -> int:
    """Replicas of a version that serve nodes in a region now; none while the version itself has to be looked at."""
    seen = beliefs.versions.believed(version_id)
    return ready_of(beliefs, seen.value, region) if seen and seen.value else 0


def ready_of(beliefs: Beliefs, version: ObservedVersion, region: str) -> int:
    """Replicas that were ever seen ready in a region, and never more than `version` shows to be asked for."""
    target = version.region(region)
    remembered = beliefs.ready_replicas.get(version.name.id.casefold(), {})
    return min(remembered.get(region, 0), target.replicas) if target else 0


def forget(beliefs: Beliefs, version_id: str) -> None:
    """Drop the memory of a version's replicas: it is gone from Azure."""
    beliefs.ready_replicas.pop(version_id.casefold(), None)


def _remember_ready(beliefs: Beliefs, version: ObservedVersion) -> None:
    """Completed regions of a settled version are ready; while a change replicates, what was ready before still is."""
    done = version.provisioning_state.casefold() == "succeeded"
    before = beliefs.ready_replicas.pop(version.name.id.casefold(), {})
    now = dict[str, int]()
    for region in version.regions:
        if done and region.state == "Completed":
            now[region.key] = region.replicas
        elif region.key in before:
            now[region.key] = min(before[region.key], region.replicas)
    if now:
        beliefs.ready_replicas[version.name.id.casefold()] = now


def _serving(beliefs: Beliefs, version: ObservedVersion | None) -> dict[str, tuple[int, str | None]]:
    if version is None:
        return {}
    return {r.key: (ready_replicas(beliefs, version.name.id, r.key), r.state) for r in version.regions}


def _shape(version: ObservedVersion) -> tuple[object, ...]:
    regions = tuple((region.key, region.replicas) for region in version.regions)
    return (version.provisioning_state.casefold(), sorted(regions))


def _with_state(region: ObservedRegion, before: ObservedVersion) -> ObservedRegion:
    known = before.region(region.key)
    if known is None:
        return region
    return replace(region, state=known.state, progress=known.progress, details=known.details)
