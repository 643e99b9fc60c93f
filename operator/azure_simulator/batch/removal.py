"""Shrinking: nodes leaving a pool, at once when they are free, after their tasks when they are busy."""

from collections.abc import Callable, Iterable

from azure_simulator.batch.fabric import Fabric
from azure_simulator.batch.lifecycles import Lifecycle
from azure_simulator.batch.nodes import Cohort, Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.states import Deallocation, Kind, NodeState, ResizeError

_LEAVES_FIRST = (
    NodeState.PREEMPTED,
    NodeState.UNUSABLE,
    NodeState.START_TASK_FAILED,
    NodeState.UNKNOWN,
    NodeState.OFFLINE,
    NodeState.DEALLOCATED,
    NodeState.DEALLOCATING,
    NodeState.CREATING,
    NodeState.STARTING,
    NodeState.REBOOTING,
    NodeState.REIMAGING,
    NodeState.UPGRADING_OS,
    NodeState.WAITING_FOR_START_TASK,
    NodeState.IDLE,
    NodeState.RUNNING,
)


def choose(pool: Pool, kind: Kind, count: int) -> tuple[Stretch, ...]:
    """`count` nodes of a kind to give up: those of least use first, busy ones last, the newest first."""
    candidates = [
        cohort for cohort in pool.nodes.cohorts if cohort.kind is kind and cohort.state is not NodeState.LEAVING_POOL
    ]
    candidates.sort(key=lambda cohort: (_LEAVES_FIRST.index(cohort.state), -cohort.stretch.first))
    return tuple(_take(candidates, count))


def _take(cohorts: Iterable[Cohort], count: int) -> Iterable[Stretch]:
    for cohort in cohorts:
        if count <= 0:
            return
        taken = min(count, cohort.count)
        yield Stretch(cohort.stretch.end - taken, cohort.stretch.end)
        count -= taken


class Shrinkage:
    """Takes nodes out of a pool; calls `done` once, with the reason when some stayed."""

    def __init__(
        self,
        pool: Pool,
        stretches: tuple[Stretch, ...],
        option: Deallocation,
        fabric: Fabric,
        done: Callable[[ResizeError | None], None],
    ) -> None:
        self._pool = pool
        self._waiting = stretches
        self._option = option
        self._fabric = fabric
        self._done = done
        self._leaving = 0
        self._ended = False

    def start(self) -> None:
        """Let every node leave that does not have to wait for its tasks."""
        free = self._free()
        self._waiting = tuple(self._busy()) if self._option.waits_for_tasks else ()
        self._leave(free)
        self._finish_if_empty()

    def tasks_finished(self) -> None:
        """Let the nodes leave that have become free."""
        free = self._free()
        self._waiting = tuple(self._busy())
        self._leave(free)

    def time_out(self) -> None:
        """End at the resize timeout: busy nodes run on, or leave all the same, as the scenario says."""
        if self._fabric.switches.after_drain_timeout == "remove":
            self._leave(self._waiting)
            self._waiting = ()
            self._finish_if_empty()
        elif self._waiting:
            self._keep_rest("AllocationTimedout", "as the resize timeout was reached")

    def stop(self) -> None:
        """End because the resize is stopped; what is leaving leaves."""
        if self._waiting:
            self._keep_rest("ResizeStopped", "due to a stop resize operation")

    def abandon(self) -> None:
        """Forget the removal; `done` is not called."""
        self._ended = True

    def drains(self, ordinal: int) -> bool:
        """Whether this node only waits for its tasks."""
        return not self._ended and any(stretch.first <= ordinal < stretch.end for stretch in self._waiting)

    def _free(self) -> tuple[Stretch, ...]:
        waits = self._option.waits_for_tasks
        return tuple(self._parts(lambda cohort: not (waits and cohort.state is NodeState.RUNNING)))

    def _busy(self) -> Iterable[Stretch]:
        return self._parts(lambda cohort: cohort.state is NodeState.RUNNING)

    def _parts(self, when: Callable[[Cohort], bool]) -> Iterable[Stretch]:
        return [part for stretch in self._waiting for part in self._pool.nodes.parts(stretch, when)]

    def _leave(self, stretches: tuple[Stretch, ...]) -> None:
        if not stretches:
            return
        self._leaving += 1
        leave(self._pool, stretches, self._fabric, self._left)

    def _left(self) -> None:
        self._leaving -= 1
        self._finish_if_empty()

    def _finish_if_empty(self) -> None:
        if not self._waiting and not self._leaving:
            self._end(None)

    def _keep_rest(self, code: str, reason: str) -> None:
        self._end(ResizeError(code=code, message=f"Desired number of nodes could not be removed {reason}"))

    def _end(self, error: ResizeError | None) -> None:
        if not self._ended:
            self._ended = True
            self._done(error)


def leave(pool: Pool, stretches: tuple[Stretch, ...], fabric: Fabric, left: Callable[[], None]) -> None:
    """Let nodes leave a pool and give their cores back once they are gone; then call `left`."""
    Lifecycle(pool, fabric).enter(stretches, NodeState.LEAVING_POOL)

    def go() -> None:
        remove(pool, stretches, fabric)
        left()

    fabric.clock.after(fabric.pace.node_removal.draw(fabric.random), go)


def remove(pool: Pool, stretches: Iterable[Stretch], fabric: Fabric) -> None:
    """Take nodes out at once and give their cores back."""
    everything = tuple(stretches)
    for kind in Kind:
        gone = pool.nodes.remove(everything, when=_is(kind))
        fabric.ledger.book(pool.account, kind, pool.size, -gone)


def _is(kind: Kind) -> Callable[[Cohort], bool]:
    return lambda cohort: cohort.kind is kind
