"""What a decision about a pool is made on, and the steps that it can choose."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from azure_batch_operator.core.breaker import OpenBreaker
from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.diff import Cost, Difference
from azure_batch_operator.core.formulas import FormulaCheck
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.replicas import GateAnswer
from azure_batch_operator.core.sizing import Size, wanted_size


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageKnown:
    """The image that the pool should boot from; `image_id` None: the body names it by itself."""

    image_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAwaited:
    """The image is not there yet, or may not be used now."""

    reason: str
    message: str
    image_id: str | None = None
    """As of an image that is known; None also where it cannot be told which image is meant."""
    unobserved: bool = False
    """Whether nobody else looks out for it, so that the pool has to."""


ImageAnswer: TypeAlias = ImageKnown | ImageAwaited


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """Everything that one decision needs."""

    wanted: WantedPool
    found: ObservedPool | None
    """None: a GET of this turn said that there is no such pool."""
    ownership: Ownership = Ownership.OURS
    """Whose the found pool is."""
    differences: tuple[Difference, ...] = ()
    image: ImageAnswer = ImageKnown()
    gate: GateAnswer | None = None
    """What the replica gate says to the wanted size; None where no gallery image is managed here."""
    gate_late: bool = False
    """Whether the pool has waited for replicas as long as its spec allows."""
    change_gate: GateAnswer | None = None
    """What the gate says to the wanted size with the image that a pool with nodes is to be changed to."""
    change_gate_late: bool = False
    """The same of the wait for that."""
    unrestarted: int = 0
    """Nodes that have not started since their start task or packages changed."""
    refilling: bool = False
    """Whether the pool was emptied for a change, and has not its nodes back yet."""
    made_in_vain: bool = False
    """Whether the pool was made from this very spec and image, and has never been as they say."""
    adoption_shown: bool = False
    """Whether it was shown what taking the pool over changes."""
    violated: Progressing | Retrying | Stalled | None = None
    """What preflight checks found that Azure could only refuse, or that would never start."""
    secrets_awaited: Progressing | Retrying | Stalled | None = None
    """Why values of Secrets are not known that the body needs; None: all are."""
    rival: str | None = None
    """An older BatchPool, `namespace/name`, that asks for the same pool."""
    preempted: int = 0
    """Spot nodes that Azure took back."""
    resize_pause: float = 0.0
    """Seconds before a resize that moved nothing is sent again."""
    short_of_cores: str = ""
    """How many cores the missing nodes need and how many are free, where a resize came to the end of a quota."""
    checked: FormulaCheck | None = None
    """What Azure said to the formula that the spec has."""
    formula_pause: float = 0.0
    """Seconds before Azure takes another formula for this pool."""
    breaker: OpenBreaker | None = None
    """Why the pool is not let grow: its new nodes break."""
    leaving: tuple[str, ...] = ()
    """Broken and preempted nodes that leave first, where the pool shrinks."""
    given_up: tuple[str, ...] = ()
    """Preempted nodes that Batch tries to restore no longer."""
    removing: bool = False
    """Whether what runs is a removal of nodes by name."""
    repair_pause: float = 0.0
    """Seconds before the properties that come next, and that Azure did not take over, are written again."""

    @property
    def size(self) -> Size:
        """The size that the spec asks for."""
        return wanted_size(self.wanted, self.found)

    @property
    def waiting(self) -> tuple[Difference, ...]:
        """What differs and can be written only while the pool has no nodes."""
        return tuple(each for each in self.differences if each.cost is Cost.EMPTY_POOL)

    @property
    def impossible(self) -> tuple[Difference, ...]:
        """What differs and can be had only from another pool of that id."""
        return tuple(each for each in self.differences if each.cost is Cost.NEW_POOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make the pool."""

    body: JsonObject
    size: Size
    timeout: timedelta | None
    """None for a pool that a formula sizes."""
    identities: tuple[str, ...] = ()
    """Identities that it is made with, which only Resource Manager can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Put properties right, each of them whole."""

    changes: JsonObject
    fields: tuple[str, ...]
    """What differed, as paths for people."""
    of_empty_pool: bool = False
    """Whether they are such as change only while the pool has no nodes."""
    identities: tuple[str, ...] | None = None
    """The identities that the pool is to have, which only Resource Manager can change; None: they stay."""
    adopts: bool = False
    """Whether the pool becomes ours by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceProperties:
    """The same where a start task must go: PATCH cannot take one away. Has no ETag, so it follows a GET at once."""

    body: JsonObject
    fields: tuple[str, ...]
    adopts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """Ask for another size, or for the same one again."""

    size: Size
    before: Size
    """What Azure was asked for until now."""
    timeout: timedelta
    deallocation: str | None
    """What becomes of tasks on nodes that leave; None where none does."""
    change: tuple[str, ...] = ()
    """The fields for whose sake nodes leave; none where the size itself is wanted."""

    @property
    def repeats(self) -> bool:
        """Whether Azure was asked for this size already and fell short."""
        return self.size == self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNodes:
    """Take nodes out by name, 100 at most: those that do no work."""

    node_ids: tuple[str, ...]
    timeout: timedelta
    deallocation: str
    restored: bool = False
    """Whether they are preempted ones in whose place others come: the pool does not shrink by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateAutoScale:
    """Have Azure evaluate a formula without applying it; changes nothing."""

    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableAutoScale:
    """Have a formula size the pool, or another formula, or at another interval."""

    formula: str
    interval: str | None
    """None keeps the one that the pool has, Azure's default at first."""
    fields: tuple[str, ...]
    """What differed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableAutoScale:
    """Take the formula away. Has no ETag, so it follows a GET at once."""

    size: Size
    """The targets that the pool keeps."""
    for_change: bool = False
    """Whether it comes back when the pool was emptied and changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopResize:
    """End a resize for another size: a growth that nobody wants any more costs money."""

    running: Size
    wanted: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete the pool."""

    change: tuple[str, ...] = ()
    """The fields for whose sake it is made again; none where its BatchPool is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Nothing of ours is left, or should go: the resource may disappear."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAdoption:
    """Show what is about to be taken over, and what that changes, before anything is written."""

    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Do nothing now; the verdict says for what, until when or for whom."""

    verdict: Progressing | Retrying | Stalled


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The pool is as it should be."""


Scaling: TypeAlias = Resize | StopResize | RemoveNodes | EnableAutoScale | DisableAutoScale
"""The steps that change the size of a pool, or who decides it."""

PoolStep: TypeAlias = (
    Create | Patch | ReplaceProperties | Scaling | EvaluateAutoScale | Delete | Release | ShowAdoption | Wait | Nothing
)


def progressing(reason: str, message: str) -> Wait:
    """Wait for something that goes on by itself."""
    return Wait(verdict=Progressing(reason=reason, message=message))


def retrying(reason: str, message: str) -> Wait:
    """Wait until it is time for another try."""
    return Wait(verdict=Retrying(reason=reason, message=message))


def stalled(reason: str, message: str) -> Wait:
    """Wait for somebody to change something."""
    return Wait(verdict=Stalled(reason=reason, message=message))
