"""How a spec's account reference becomes an `AccountRef`."""

from azure_batch_operator.api.accounts import AccountReference
from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.names import region
from azure_batch_operator.reconcile.desired import BadSpec


def account_ref(reference: AccountReference, *, field: str, subscription_id: str | None) -> AccountRef | BadSpec:
    """The account that `reference` names; `subscription_id` is the operator's own, for specs that name none."""
    location = region(reference.location) if reference.location else None
    if reference.name is None:
        return AccountRef(endpoint=reference.endpoint, location=location)
    subscription = reference.subscription_id or subscription_id
    if subscription is None:
        return BadSpec(
            field=f"{field}.subscriptionId",
            message=f"{field} names no subscription, and the operator has none of its own: write subscriptionId there.",
        )
    return AccountRef(
        subscription_id=subscription,
        resource_group=reference.resource_group,
        name=reference.name,
        location=location,
    )
