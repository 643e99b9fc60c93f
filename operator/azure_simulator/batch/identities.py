"""The ids of nodes: derived from the pool and the node's ordinal, never stored."""

import re
import zlib
from datetime import datetime

_NODE_ID = re.compile(r"tvm-(?P<pool>\d+)_(?P<ordinal>\d+)-(?P<moment>\d{8}t\d{6})z", re.IGNORECASE)


def pool_number(account: str, pool_id: str, created: datetime) -> int:
    """The number that the ids of a pool's nodes carry."""
    return zlib.crc32(f"{account}/{pool_id.lower()}/{created.isoformat()}".encode())


def node_id(number: int, ordinal: int, allocated: datetime) -> str:
    """An id such as `tvm-1695681911_1-20161122t193202z`: pool, ordinal, moment of allocation."""
    return f"tvm-{number}_{ordinal}-{allocated:%Y%m%dt%H%M%S}z"


def ordinal_in(text: str, number: int) -> int | None:
    """The ordinal in a node id of the pool with this number, or None for any other text."""
    match = _NODE_ID.fullmatch(text)
    if match is None or int(match["pool"]) != number:
        return None
    return int(match["ordinal"])


def addresses(number: int, ordinal: int) -> tuple[str, str]:
    """The private IPv4 address of a node and its IPv6 address."""
    low = (ordinal + 3) % 65536
    return f"10.{number % 256}.{low // 256}.{low % 256}", f"fd00::{number % 65536:x}:{ordinal:x}"
