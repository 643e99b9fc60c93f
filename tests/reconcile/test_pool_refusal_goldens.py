"""What a user sees for every refusal of the Batch service, word for word; `make golden`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.clockwork import Clockwork
from tests.support.golden import GOLDEN, Golden
from tests.support.pool_turns import HOUR, MINUTE, pool
from tests.support.simulator import SimulatedAzure

FORMULA = {
    "enableAutoScale": True,
    "autoScaleFormula": "$TargetDedicatedNodes=0",
    "targetDedicatedNodes": None,
}
Act = Callable[[Clockwork, PoolKey], Awaitable[None]]


async def create(turns: Clockwork, key: PoolKey) -> None:
    """Its pool is to be made."""
    await turns.apply(pool(key.name, targetDedicatedNodes=0))


async def create_with_formula(turns: Clockwork, key: PoolKey) -> None:
    """Its pool, which a formula sizes, is to be made."""
    await turns.apply(pool(key.name, **FORMULA))


async def resize(turns: Clockwork, key: PoolKey) -> None:
    """Its size is changed."""
    await turns.change(key, {"targetDedicatedNodes": 2})


async def shrink(turns: Clockwork, key: PoolKey) -> None:
    """A growth that is under way is no longer wanted."""
    await turns.change(key, {"targetDedicatedNodes": 50})
    await turns.run(MINUTE)
    await turns.change(key, {"targetDedicatedNodes": 1})


async def patch(turns: Clockwork, key: PoolKey) -> None:
    """A property is changed."""
    await turns.change(key, {"metadata": [{"name": "team", "value": "rendering"}]})


async def autoscale(turns: Clockwork, key: PoolKey) -> None:
    """A formula is to size it from now on."""
    await turns.change(key, FORMULA)


async def delete(turns: Clockwork, key: PoolKey) -> None:
    """It is deleted."""
    await turns.delete(key)


OPERATIONS: Mapping[Act, str] = {
    create: "Pools_CreatePool",
    create_with_formula: "Pools_CreatePool",
    resize: "Pools_ResizePool",
    shrink: "Pools_StopPoolResize",
    patch: "Pools_UpdatePool",
    autoscale: "Pools_EnablePoolAutoScale",
    delete: "Pools_DeletePool",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer of the Batch service, and what was asked of it."""

    act: Act
    status: int
    code: str


REFUSALS = tuple(
    Refusal(act=act, status=status, code=code)
    for act, status, codes in (
        (create, 400, ("InvalidPropertyValue", "MissingRequiredProperty", "InvalidRequestBody")),
        (create, 400, ("UnsupportedRequestVersion", "MissingRequiredQueryParameter", "InvalidAuthenticationInfo")),
        (create, 401, ("AuthenticationFailed",)),
        (create, 403, ("AuthenticationFailed", "InsufficientAccountPermissions", "AccountIsDisabled")),
        (create, 404, ("NodeAgentSKUNotFound",)),
        (create, 409, ("PoolExists", "PoolQuotaReached")),
        (create, 500, ("InternalError", "OperationTimedOut")),
        (create, 503, ("ServerBusy",)),
        (create_with_formula, 400, ("AutoScalingFormulaSyntaxError", "InvalidAutoScalingSettings")),
        (create_with_formula, 400, ("AutoScalingFormulaTooLong",)),
        (resize, 404, ("PoolNotFound",)),
        (resize, 409, ("PoolBeingResized", "OperationInvalidForCurrentState", "OperationNotValidOnPool")),
        (resize, 409, ("PoolBeingDeleted",)),
        (resize, 412, ("ConditionNotMet",)),
        (shrink, 409, ("OperationInvalidForCurrentState",)),
        (patch, 409, ("PoolBeingDeleted",)),
        (patch, 412, ("ConditionNotMet",)),
        (autoscale, 409, ("PoolBeingResized",)),
        (autoscale, 503, ("TooManyEnableAutoScaleRequests",)),
        (delete, 409, ("PoolBeingDeleted",)),
        (create, 429, ("TooManyRequests",)),
    )
    for code in codes
)
"""Those of Microsoft's page "Batch Status and Error Codes" that requests of the operator may get."""


async def test_every_refusal_of_the_batch_service(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    shown = [
        await told(refusal, PoolKey("rendering", f"pool-{n}"), clocked, simulator) for n, refusal in enumerate(REFUSALS)
    ]
    Golden(GOLDEN / "pools" / "every-refusal-of-the-batch-service.yaml").holds(shown)


async def told(refusal: Refusal, key: PoolKey, turns: Clockwork, simulator: SimulatedAzure) -> dict[str, Any]:
    """What is shown half an hour after Azure has begun to answer so, and whether all is well when it stops."""
    if refusal.act not in {create, create_with_formula}:
        await create(turns, key)
        await turns.until(lambda: turns.is_ready(key))
    simulator.control.order_fault(
        {
            "match": {"operation": OPERATIONS[refusal.act]},
            "times": None,
            "answer": {"status": refusal.status, "code": refusal.code, "message": "Azure says why here."},
        }
    )
    await refusal.act(turns, key)
    await turns.run(HOUR / 2, step=5 * MINUTE)
    conditions = turns.status(key)["conditions"]
    events = [f"{note.type} {note.reason}: {note.message}" for whose, note in turns.notes if whose == key]
    simulator.control.clear_faults()
    await turns.until(lambda: not turns.is_there(key) or turns.is_ready(key), step=5 * MINUTE)
    well = turns.is_ready(key) if turns.is_there(key) else "gone"
    return {
        "asked": f"{OPERATIONS[refusal.act]}: {refusal.act.__doc__}",
        "answer": f"{refusal.status} {refusal.code}",
        "conditions": [_plain(each) for each in conditions if each["type"] in {"Ready", "Reconciling", "Stalled"}],
        "events": events,
        "Ready when that is over": well,
    }


def _plain(condition: Mapping[str, Any]) -> dict[str, str]:
    return {name: condition[name] for name in ("type", "status", "reason", "message")}
