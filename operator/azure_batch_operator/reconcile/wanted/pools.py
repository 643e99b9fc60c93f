"""BatchPool objects as the planner reads them."""

import re
from dataclasses import dataclass, replace

from pydantic import ValidationError

from azure_batch_operator.api.pools import BatchPool, GalleryImageRef
from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import Owner
from azure_batch_operator.core.pools import ImageChoice, WantedPool
from azure_batch_operator.core.secret_values import uses
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.wanted.accounts import account_ref
from azure_batch_operator.reconcile.wanted.pool_body import body_of

_POOL_ID = re.compile(r"[-a-zA-Z0-9_]{1,64}")
_SENT_BY_SIZING = frozenset({"targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolParser:
    """Parses BatchPools; knows what specs may leave to the operator's settings."""

    operator_id: str
    subscription_id: str | None
    """For specs that name no subscription."""

    def __call__(self, body: JsonObject) -> WantedPool | BadSpec:
        """What the object asks for, or why that cannot be told."""
        try:
            pool = BatchPool.model_validate(body)
        except ValidationError as error:
            return _bad_spec(error)
        account = account_ref(pool.spec.account, field="spec.account", subscription_id=self.subscription_id)
        if isinstance(account, BadSpec):
            return account
        return _illegal_id(pool) or self._wanted(pool, account)

    def _wanted(self, pool: BatchPool, account: AccountRef) -> WantedPool:
        spec, scaling = pool.spec, pool.spec.scaling
        gate = scaling.replica_gate
        body = {name: value for name, value in body_of(spec).items() if name not in _SENT_BY_SIZING}
        wanted = WantedPool(
            owner=self._owner(pool),
            account=account,
            pool_id=pool.pool_id,
            body=body,
            secrets=tuple(uses(body)),
            credentials=spec.credentials_secret_ref.name if spec.credentials_secret_ref else None,
            image=_image(pool.metadata.namespace, spec.gallery_image_ref),
            dedicated=spec.target_dedicated_nodes,
            spot=spec.target_low_priority_nodes,
            max_nodes=scaling.max_nodes,
            identities=spec.identity.user_assigned_identities if spec.identity else None,
            resize_timeout=spec.resize_timeout,
            drain_timeout=scaling.drain_timeout,
            node_deallocation_option=scaling.node_deallocation_option,
            interrupt_resize=scaling.interrupt_resize or "Shrink",
            gate_mode=gate.mode or "Wait",
            rollout=spec.rollout.strategy or "OnEmpty",
            deletion_policy=spec.deletion_policy or "Delete",
            adoption_policy=spec.adoption_policy or "Refuse",
            suspended=spec.suspend is True,
            deleting=pool.metadata.deleting,
        )
        return wanted if gate.timeout is None else replace(wanted, gate_timeout=gate.timeout)

    def _owner(self, pool: BatchPool) -> Owner:
        return Owner(
            operator_id=self.operator_id, kind="pool", namespace=pool.metadata.namespace, name=pool.metadata.name
        )


def _illegal_id(pool: BatchPool) -> BadSpec | None:
    """The schema checks poolId; a name that stands in for it may hold dots, which Batch does not allow."""
    if _POOL_ID.fullmatch(pool.pool_id):
        return None
    return BadSpec(
        field="spec.poolId",
        message=f"{pool.pool_id!r} cannot be a pool's id: write poolId with letters, digits, - and _ only",
    )


def _image(namespace: str, ref: GalleryImageRef | None) -> ImageChoice | None:
    if ref is None:
        return None
    return ImageChoice(namespace=ref.namespace or namespace, name=ref.name, version=ref.version)


def _bad_spec(error: ValidationError) -> BadSpec:
    first = error.errors()[0]
    return BadSpec(field=".".join(str(step) for step in first["loc"]), message=first["msg"])
