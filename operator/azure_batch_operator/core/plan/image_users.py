"""The pools that use an image, in words."""

from collections.abc import Iterable

from azure_batch_operator.core.images import PoolUse

MOST_NAMED = 10
"""So many users are named in a message; the rest is counted."""


def named_users(users: Iterable[PoolUse]) -> str:
    """The first users by name, and how many more there are."""
    names = sorted({f"BatchPool {u.namespace}/{u.name}" if u.name else f"pool {u.url}" for u in users})
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
