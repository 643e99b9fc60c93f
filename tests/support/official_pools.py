"""Microsoft's examples of pools, as BatchPools."""

from collections.abc import Iterator
from typing import Any

from tests.support.official_examples import examples_of, newest_batch_examples
from tools.convert.pool import Converted, converted

ACCOUNT = {"resourceGroup": "batch", "name": "contoso"}


def official_pools() -> list[dict[str, Any]]:
    """Every pool that Microsoft shows: in create calls, and in answers; each has an id of its own."""
    return [{**body, "id": f"pool-{number}"} for number, body in enumerate(_bodies())]


def as_batch_pool(pool: dict[str, Any]) -> Converted:
    """What `python -m tools.convert` makes of it."""
    return converted(pool, account=ACCOUNT, namespace="rendering")


def _bodies() -> Iterator[dict[str, Any]]:
    for example in (*examples_of("Pool_Add", "Pool_Get"), *newest_batch_examples()):
        for body in (example.body, example.answers.get(200)):
            if body and "id" in body and "vmSize" in body:
                yield body
