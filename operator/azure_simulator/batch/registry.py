"""The pools of one account, found by id without letter case and listed in the order of their ids."""

from bisect import bisect_right, insort

from azure_simulator.batch.errors import pool_not_found
from azure_simulator.batch.pools import Pool


class PoolRegistry:
    """All pools of an account, those that are being deleted too."""

    def __init__(self) -> None:
        self._pools: dict[str, Pool] = {}
        self._keys: list[str] = []

    def __len__(self) -> int:
        return len(self._pools)

    def __contains__(self, pool_id: str) -> bool:
        return pool_id.lower() in self._pools

    def get(self, pool_id: str) -> Pool:
        """The pool with this id; raises BatchError 404 `PoolNotFound`."""
        pool = self._pools.get(pool_id.lower())
        if pool is None:
            raise pool_not_found(pool_id)
        return pool

    def add(self, pool: Pool) -> None:
        """Take up a pool."""
        key = pool.id.lower()
        self._pools[key] = pool
        insort(self._keys, key)

    def discard(self, pool: Pool) -> None:
        """Forget a pool, unless another one has taken its id."""
        key = pool.id.lower()
        if self._pools.get(key) is pool:
            del self._pools[key]
            self._keys.remove(key)

    def after(self, pool_id: str = "") -> list[Pool]:
        """The pools behind `pool_id` in the order of ids; all of them without one."""
        return [self._pools[key] for key in self._keys[bisect_right(self._keys, pool_id.lower()) :]]
