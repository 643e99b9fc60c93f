"""What a pool waits for when the value of a Secret is missing: to be made or changed with it, and no more."""

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.plan.pool_steps import Create, Patch, PoolStep, PoolView, ReplaceProperties, Wait
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.secret_values import uses


def completed(view: PoolView, step: PoolStep) -> PoolStep:
    """The step, or the wait for the Secrets whose values its body lacks."""
    match step:
        case Create(body=body) | Patch(changes=body) | ReplaceProperties(body=body) if _lacks_values(body):
            return _awaited(view) or step
        case _:
            return step


def secrets_awaited(view: PoolView, _: ObservedPool) -> Wait | None:
    """Whether a pool has the right secrets cannot be told without them."""
    return _awaited(view)


def _awaited(view: PoolView) -> Wait | None:
    return None if view.secrets_awaited is None else Wait(verdict=view.secrets_awaited)


def _lacks_values(body: JsonObject) -> bool:
    return any(uses(body))
