"""The replica gate: whether the image's replicas let a pool be made or grow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from azure_batch_operator.core.images import ObservedVersion, PoolUse, WantedImage
from azure_batch_operator.core.names import same
from azure_batch_operator.core.replica_plan import Past, nodes_by_version, plan_version
from azure_batch_operator.core.replicas import MOST_REPLICAS, GateAnswer, GateClosed, GateOpen, gate
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.versions import ready_replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """A pool that wants `nodes` nodes in all from an image version."""

    pool: PoolKey
    image: ImageKey
    version_id: str
    region: str
    """Normalised region of the pool's account."""
    nodes: int


@dataclass(slots=True, kw_only=True)
class ReplicaGate:
    """Answers from what is believed of the version itself, never from a GalleryImage's status."""

    usage: Usage
    beliefs: Beliefs

    def ask(self, request: GateRequest) -> GateAnswer:
        """Whether the pool may be made, or grow, to the size that it asks for."""
        wanted = self.usage.wanted_image(request.image)
        if wanted is None:
            return GateClosed(
                reason="DependencyNotReady",
                message=f"There is no GalleryImage {request.image.namespace}/{request.image.name}.",
            )
        return _with_owners_wish(self._answer(request, wanted), wanted)

    def _answer(self, request: GateRequest, wanted: WantedImage) -> GateAnswer:
        sighting = self.beliefs.versions.believed(request.version_id)
        if sighting is None and not self.beliefs.lacks_version(request.version_id):
            return GateClosed(reason="ImageNotRead", message=f"{request.version_id} is being looked at in Azure.")
        version = sighting.value if sighting else None
        if version is None or not version.published:
            return GateClosed(reason="ImageNotPublished", message=f"{request.version_id} is not published yet.")
        if version.region(request.region) is None:
            return _not_in_region(request, wanted)
        return self._gate(request, wanted, version)

    def _gate(self, request: GateRequest, wanted: WantedImage, version: ObservedVersion) -> GateAnswer:
        mine = (request.pool.namespace, request.pool.name)
        uses = self.usage.uses(request.image)
        others = [use for use in uses if (use.namespace, use.name) != mine]
        asked = partial(
            gate,
            region=request.region,
            nodes=request.nodes,
            others=sum(use.in_azure for use in others if _shares(use, request)),
            nodes_per_replica=wanted.replication.nodes_per_replica,
            ready=ready_replicas(self.beliefs, request.version_id, request.region),
        )
        answer = asked(limit=MOST_REPLICAS)
        if isinstance(answer, GateOpen):  # a lower limit, which costs a whole plan to know, opens no wider
            return answer
        return asked(limit=_most(wanted, version, region=request.region, uses=(*others, _as_use(request))))


def _most(wanted: WantedImage, version: ObservedVersion, *, region: str, uses: Iterable[PoolUse]) -> int:
    """What the region would have with every wish granted: less than that is needed, or it is all there can be."""
    plan = plan_version(
        wanted,
        version.name.id,
        home=version.location,
        observed=version,
        nodes=nodes_by_version(uses).get(version.name.id.casefold(), {}),
        past=Past(),
        now=datetime.min.replace(tzinfo=UTC),
        complete=True,
    )
    planned = plan.region(region)
    return planned.required if planned else MOST_REPLICAS


def _shares(use: PoolUse, request: GateRequest) -> bool:
    return use.region == request.region and same(use.version_id, request.version_id)


def _as_use(request: GateRequest) -> PoolUse:
    return PoolUse(version_id=request.version_id, region=request.region, wanted=request.nodes, in_azure=0)


def _not_in_region(request: GateRequest, wanted: WantedImage) -> GateClosed:
    if wanted.replication.follow_pools:
        next_step = "the GalleryImage adds the region"
    else:
        next_step = "add it to spec.targetRegions of the GalleryImage, which does not follow its pools"
    return GateClosed(
        reason="ImageNotInRegion",
        message=f"{request.version_id} has no replica in {request.region}; {next_step}.",
    )


def _with_owners_wish(answer: GateAnswer, wanted: WantedImage) -> GateAnswer:
    """Replicas do not come while the image is suspended or on its way out: then that is the reason to show."""
    if isinstance(answer, GateOpen) or not (wanted.suspended or wanted.deleting):
        return answer
    reason = "ImageDeleting" if wanted.deleting else "ImageSuspended"
    state = "being deleted" if wanted.deleting else "suspended"
    return replace(answer, reason=reason, message=f"{answer.message} Its GalleryImage is {state}.")
