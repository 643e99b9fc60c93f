"""Which properties of a pool differ from its spec, and what each difference costs to put right."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.pool_body import UNCHANGEABLE, metadata_items, wanted_metadata, with_image
from azure_batch_operator.core.pool_secrets import rotated
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.sameness import Path, differing
from azure_batch_operator.core.sizing import wanted_size

IDENTITY = "identity"
"""The property of a pool, beside its create body, that only Resource Manager writes."""


class Cost(Enum):
    """What a difference costs to put right."""

    LIVE_PATCH = "livePatch"  # at any time, also on a pool with nodes
    RESIZE = "resize"
    AUTOSCALE = "autoScale"  # by switching the formula on, off or over
    EMPTY_POOL = "emptyPool"  # only while the pool has no nodes
    NEW_POOL = "newPool"  # never on this pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value of the pool that is not what the spec says."""

    path: Path
    """Where it is in the create body, e.g. `("startTask", "commandLine")`."""
    cost: Cost
    rotated: bool = False
    """Whether it is a secret: Azure does not show it, but another value was applied than its Secret has now."""

    @property
    def top(self) -> str:
        """The property of the create body that it belongs to."""
        return self.path[0]

    @property
    def field(self) -> str:
        """The whole path, for people."""
        return ".".join(self.path)


class _Absent(Enum):
    KEPT = "kept"  # what the spec leaves out stays as Azure has it
    NONE = "none"  # what the spec leaves out must not be there


@dataclass(frozen=True, slots=True)
class _Rule:
    cost: Cost
    absent: _Absent = _Absent.KEPT


_RULES: Mapping[str, _Rule] = {
    "startTask": _Rule(Cost.LIVE_PATCH, _Absent.NONE),
    "applicationPackageReferences": _Rule(Cost.LIVE_PATCH, _Absent.NONE),
    "metadata": _Rule(Cost.LIVE_PATCH, _Absent.NONE),
    "targetDedicatedNodes": _Rule(Cost.RESIZE),
    "targetLowPriorityNodes": _Rule(Cost.RESIZE),
    "enableAutoScale": _Rule(Cost.AUTOSCALE),
    "autoScaleFormula": _Rule(Cost.AUTOSCALE),
    "autoScaleEvaluationInterval": _Rule(Cost.AUTOSCALE),
    "displayName": _Rule(Cost.EMPTY_POOL),
    "vmSize": _Rule(Cost.EMPTY_POOL),
    "virtualMachineConfiguration": _Rule(Cost.EMPTY_POOL),
    "enableInterNodeCommunication": _Rule(Cost.EMPTY_POOL),
    "networkConfiguration": _Rule(Cost.EMPTY_POOL),
    "taskSlotsPerNode": _Rule(Cost.EMPTY_POOL),
    "taskSchedulingPolicy": _Rule(Cost.EMPTY_POOL),
    "userAccounts": _Rule(Cost.EMPTY_POOL),
    "mountConfiguration": _Rule(Cost.EMPTY_POOL),
    "upgradePolicy": _Rule(Cost.EMPTY_POOL),
    IDENTITY: _Rule(Cost.EMPTY_POOL),
}
"""Every property of the create body but its id, with the cost that the text of the Batch API's PATCH gives it; and the
identity, which Resource Manager changes under a pool with nodes, too, but gives only to nodes that come later."""


def differences(wanted: WantedPool, found: ObservedPool, *, image_id: str | None) -> tuple[Difference, ...]:
    """Every value that differs. `image_id`: the gallery image that is wanted; None where that is not known now."""
    goal, fact = _goal(wanted, found, image_id), _fact(found)
    shown = (
        Difference(path=path, cost=_cost(path, rule))
        for name, rule in _RULES.items()
        for path in _compared(name, rule, goal, fact)
    )
    hidden = (
        Difference(path=path, cost=_RULES[path[0]].cost, rotated=True) for path in rotated(wanted, found.metadata)
    )
    return (*shown, *hidden)


def pending(found: Iterable[Difference]) -> dict[str, Cost]:
    """The differences that no live write can put right, as at most two steps of their paths, each with its cost."""
    waiting = {Cost.EMPTY_POOL, Cost.NEW_POOL}
    return {".".join(each.path[:2]): each.cost for each in found if each.cost in waiting}


def _compared(name: str, rule: _Rule, goal: JsonObject, fact: JsonObject) -> Iterator[Path]:
    if name in goal or rule.absent is _Absent.NONE:
        yield from differing(goal.get(name), fact.get(name), (name,), whole=rule.absent is _Absent.NONE)


def _goal(wanted: WantedPool, found: ObservedPool, image_id: str | None) -> JsonObject:
    return {
        **with_image(wanted.body, image_id),
        **_goal_size(wanted, found),
        "metadata": metadata_items(wanted_metadata(wanted, found.metadata)),
        **({} if wanted.identities is None else {IDENTITY: _unordered(wanted.identities)}),
    }


def _goal_size(wanted: WantedPool, found: ObservedPool) -> JsonObject:
    """Targets in the spec ask for a pool without a formula; who names none leaves the sizing as it is."""
    if not wanted.sized_by_targets:
        return {}
    if found.auto_scaled:
        return {"enableAutoScale": False}
    size = wanted_size(wanted, found)
    return {"targetDedicatedNodes": size.dedicated, "targetLowPriorityNodes": size.spot}


def _fact(found: ObservedPool) -> JsonObject:
    return {
        **found.body,
        "enableAutoScale": found.auto_scaled,
        "targetDedicatedNodes": found.target_dedicated,
        "targetLowPriorityNodes": found.target_spot,
        "metadata": metadata_items(found.metadata),
        IDENTITY: _unordered(found.identities),
    }


def _unordered(identities: Iterable[str]) -> Sequence[str]:
    """Resource ids in an order of their own and in one letter case: Azure answers them in another."""
    return sorted(each.casefold() for each in identities)


def _cost(path: Path, rule: _Rule) -> Cost:
    return Cost.NEW_POOL if path[:2] in UNCHANGEABLE else rule.cost
