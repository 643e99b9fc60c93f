"""Taking over a pool that belongs to nobody: refused unless the spec consents, and shown before anything is written."""

from azure_batch_operator.core.names import OWNER_TAG, owner_from_tag
from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.plan.pool_changes import live_properties
from azure_batch_operator.core.plan.pool_steps import PoolStep, PoolView, ShowAdoption, Wait, stalled
from azure_batch_operator.core.pools import ObservedPool

_FREE = frozenset({Ownership.NOBODYS, Ownership.ORPHANED})


def ownership_step(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """Whether the pool may be touched at all, and what makes it ours."""
    if view.ownership is Ownership.OURS:
        return None
    if view.ownership not in _FREE or view.wanted.adoption_policy == "Refuse":
        return stalled("OwnedByAnother", _refusal(view, found))
    if view.rival is not None:
        return _goes_first(view.rival, found)
    if found.state == "deleting":
        return None
    return live_properties(view, found) if view.adoption_shown else ShowAdoption(changes=_changes(view))


def _goes_first(rival: str, found: ObservedPool) -> Wait:
    return stalled("OwnedByAnother", f"BatchPool {rival} is older and asks for the same pool {found.pool_id}.")


def _changes(view: PoolView) -> tuple[str, ...]:
    return tuple(each.field for each in view.differences)


def _refusal(view: PoolView, found: ObservedPool) -> str:
    tag = found.metadata.get(OWNER_TAG)
    if view.ownership is Ownership.NOBODYS:
        why = f"Pool {found.pool_id} exists already without metadata item {OWNER_TAG}: this operator did not make it."
    elif view.ownership is Ownership.ORPHANED:
        why = f"Pool {found.pool_id} was made for a BatchPool that is gone: its metadata item {OWNER_TAG} is {tag}."
    else:
        return _of_another(view, found, tag)
    consent = f"To take it over, write adoptionPolicy: Adopt, which changes {', '.join(_changes(view))}."
    return f"{why} {consent} Or choose another poolId, or remove it."


def _of_another(view: PoolView, found: ObservedPool, tag: str | None) -> str:
    why = f"Pool {found.pool_id} belongs to another owner: its metadata item {OWNER_TAG} is {tag}."
    named = owner_from_tag(tag)
    if named is not None and named.operator_id == view.wanted.owner.operator_id:
        return (
            f"{why} Choose another poolId; or delete BatchPool {named.namespace}/{named.name}, with deletionPolicy: "
            "Retain to keep the pool, and write adoptionPolicy: Adopt here."
        )
    return (
        f"{why} What an operator unknown to this one has tagged is never taken over: choose another poolId, name that "
        "operator's id in the setting of former operator ids if it is gone, or remove the pool together with its owner."
    )
