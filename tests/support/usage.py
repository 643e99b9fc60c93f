"""Who uses whom in tests: a clock, BatchPools, and pools that a list showed."""

from dataclasses import dataclass, field

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.names import Owner
from azure_batch_operator.core.pools import ImageChoice, ObservedPool, WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from tests.support.images import VERSION

IMAGE = ImageKey("rendering", "render-node")
POOL = PoolKey("rendering", "frames")
CONTOSO = AccountRef(subscription_id="s", resource_group="batch", name="contoso")
NORTH = AccountRef(subscription_id="s", resource_group="batch", name="north", location="northeurope")
HOST = "contoso.westeurope.batch.azure.com"


@dataclass(slots=True)
class Ticking:
    """A clock that never shows the same time twice."""

    seconds: float = field(default=0.0)

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


def a_pool(
    *,
    name: str = "frames",
    namespace: str = "rendering",
    nodes: int = 2,
    version: str | None = None,
    literal: str | None = None,
    account: AccountRef = CONTOSO,
    deleting: bool = False,
) -> WantedPool:
    """A BatchPool that names our image, or a literal image id."""
    reference = {"virtualMachineConfiguration": {"imageReference": {"virtualMachineImageId": literal}}}
    return WantedPool(
        owner=Owner(operator_id="cluster-1", kind="pool", namespace=namespace, name=name),
        account=account,
        pool_id=name,
        body=reference if literal else {},
        image=None if literal else ImageChoice(namespace="rendering", name="render-node", version=version),
        dedicated=nodes,
        deleting=deleting,
    )


def seen_pool(beliefs: Beliefs, *, name: str = "frames", nodes: int = 2, image_id: str | None = VERSION.id) -> None:
    """A list showed the pool."""
    pool = ObservedPool(
        pool_id=name,
        url=f"https://{HOST}/pools/{name}",
        etag="0x1",
        state="active",
        allocation_state="steady",
        allocation_changed_at=None,
        body={},
        metadata={},
        auto_scaled=False,
        target_dedicated=nodes,
        current_dedicated=nodes,
        target_spot=0,
        current_spot=0,
        resize_timeout=None,
        image_id=image_id,
    )
    beliefs.pools.see(pool_key(HOST, name), pool, sent_at=beliefs.monotonic())
