"""Growth: nodes of one kind arriving one batch after another until enough are there, or no more can come."""

from collections.abc import Callable
from math import inf

from azure_simulator.batch.fabric import Boot, Fabric
from azure_simulator.batch.lifecycles import Lifecycle
from azure_simulator.batch.nodes import Cohort, Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.scenario import NodeCreation
from azure_simulator.batch.states import Kind, NodeState, ResizeError
from azure_simulator.clock import Timer

MOST_COMMUNICATING_NODES = 100
"""Nodes of a pool with inter-node communication (learn.microsoft.com, "Batch service quotas and limits")."""

Done = Callable[[ResizeError | None], None]


def seconds_per_node(creation: NodeCreation, *, own: int, under_way: int, replicas: int) -> float:
    """Simulated seconds between two nodes of a resize that has `own` of all creations `under_way`."""
    if replicas <= 0:
        return inf
    slowness = 1 + under_way / (creation.half_speed_at * replicas)
    return creation.seconds * slowness / own


class Growth:
    """Obtains nodes of one kind for a pool; calls `done` once, with the reason when it fell short."""

    def __init__(self, pool: Pool, kind: Kind, wanted: int, boot: Boot, fabric: Fabric, done: Done) -> None:
        self._pool = pool
        self._kind = kind
        self._missing = wanted
        self._boot = boot
        self._fabric = fabric
        self._done = done
        self._began = fabric.clock.now()
        self._under_way = 0
        self._timer: Timer | None = None
        self._ended = False

    def start(self) -> None:
        """Request the first nodes."""
        self._continue()

    def time_out(self) -> None:
        """Give up because the resize timeout was reached; what is under way is dropped."""
        self._finish(
            ResizeError(
                code="AllocationTimedout",
                message=(
                    f"Desired number of {self._kind} nodes could not be allocated as the resize timeout was reached"
                ),
            )
        )

    def stop(self) -> None:
        """Give up because the resize is stopped."""
        self._finish(
            ResizeError(
                code="ResizeStopped",
                message=(f"Desired number of {self._kind} nodes could not be allocated due to a stop resize operation"),
            )
        )

    def abandon(self) -> None:
        """Forget the growth; `done` is not called."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._occupy(0)

    def tasks_finished(self) -> None:
        """Nothing to do: growth does not wait for tasks."""

    def drains(self, ordinal: int) -> bool:  # noqa: ARG002 no node leaves while others come
        """No node leaves."""
        return False

    def _continue(self) -> None:
        refusal = self._refusal()
        if self._missing == 0 or refusal is not None:
            self._finish(refusal)
            return
        self._occupy(min(self._missing, self._fabric.pace.creation.at_once))
        batch = max(1, self._missing // self._fabric.pace.creation.steps)
        self._timer = self._fabric.clock.after(batch * self._seconds_per_node(), lambda: self._arrive(batch))

    def _arrive(self, batch: int) -> None:
        room = self._room()
        obtained = batch if room is None else min(batch, room)
        if obtained:
            self._add(obtained)
            self._missing -= obtained
        self._continue()

    def _add(self, count: int) -> None:
        now = self._fabric.clock.now()
        cohort = Cohort(
            kind=self._kind,
            stretch=Stretch(0, count),
            state=NodeState.CREATING,
            since=now,
            allocated=self._began,
            booted=now,
            image=self._boot.image,
        )
        stretch = self._pool.nodes.add(cohort)
        self._fabric.ledger.book(self._pool.account, self._kind, self._pool.size, count)
        Lifecycle(self._pool, self._fabric).join(stretch, self._boot.fate)

    def _seconds_per_node(self) -> float:
        creation = self._fabric.pace.creation
        under_way = self._fabric.sites.under_way(self._boot.image, self._pool.account.location)
        spread = self._fabric.random.uniform(1 - creation.spread, 1 + creation.spread)
        return spread * seconds_per_node(
            creation, own=self._under_way, under_way=under_way, replicas=self._boot.ready_replicas()
        )

    def _refusal(self) -> ResizeError | None:
        if self._missing == 0:
            return None
        if self._boot.ready_replicas() == 0:
            return image_not_in_region(self._boot.image, self._pool.account.location)
        if self._room_to_communicate() == 0:
            return _TOO_MANY_COMMUNICATING
        room = self._fabric.ledger.room(self._pool.account, self._kind, self._pool.size)
        return None if room is None or room.nodes else room.refusal

    def _room(self) -> int | None:
        quota = self._fabric.ledger.room(self._pool.account, self._kind, self._pool.size)
        limits = (None if quota is None else quota.nodes, self._room_to_communicate())
        return min((limit for limit in limits if limit is not None), default=None)

    def _room_to_communicate(self) -> int | None:
        if not self._pool.features.enable_inter_node_communication:
            return None
        return max(0, MOST_COMMUNICATING_NODES - len(self._pool.nodes))

    def _finish(self, error: ResizeError | None) -> None:
        if not self._ended:
            self._ended = True
            self.abandon()
            self._done(error)

    def _occupy(self, creations: int) -> None:
        change = creations - self._under_way
        self._fabric.sites.change(self._boot.image, self._pool.account.location, change)
        self._under_way = creations


_TOO_MANY_COMMUNICATING = ResizeError(
    code="CommunicationEnabledPoolReachedMaxVMCount",
    message=f"A pool with inter-node communication cannot have more than {MOST_COMMUNICATING_NODES} nodes",
)


def image_not_in_region(image: str, region: str) -> ResizeError:
    """Compute's refusal of an image that has no replica in the region, as a resize error."""
    return ResizeError(
        code="AllocationFailed",
        message=(
            f"GalleryImageNotFound: The gallery image {image} is not available in {region} region. Please "
            "contact image owner to replicate to this region, or change your requested region."
        ),
        values={"ProviderErrorCode": "GalleryImageNotFound"},
    )
