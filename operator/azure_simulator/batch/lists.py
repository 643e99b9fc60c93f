"""Lists in pages: `maxresults`, a `$skiptoken` that says where to go on, and `odata.nextLink`."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from urllib.parse import quote

from multidict import MultiMapping

from azure_simulator.batch.errors import invalid_query, out_of_range_query

SKIP_TOKEN = "$skiptoken"  # noqa: S105 - the name of a query parameter, no secret
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is asked for: at most `size` items behind the position `after`."""

    size: int
    after: str

    def cut(self, items: Iterable[tuple[str, Item]]) -> tuple[Sequence[Item], str | None]:
        """The items of the window and, when there are more, the position of the last one.

        `items` are pairs of position and item, all of them behind `after`.
        """
        page = list(islice(items, self.size + 1))
        more = len(page) > self.size
        kept = page[: self.size]
        return [item for _, item in kept], kept[-1][0] if more else None


def window_of(query: MultiMapping[str], *, largest: int) -> Window:
    """The window that `maxresults` (1 to `largest`, which is also the default) and `$skiptoken` ask for."""
    return Window(size=_size(query.get("maxresults"), largest), after=_position(query.get(SKIP_TOKEN)))


def next_link(url: str, query: MultiMapping[str], position: str) -> str:
    """The link to the window behind `position`, with all other query parameters kept."""
    token = base64.urlsafe_b64encode(position.encode()).decode()
    kept = [(name, value) for name, value in query.items() if name != SKIP_TOKEN]
    pairs = (f"{quote(name, safe='$-')}={quote(value, safe='')}" for name, value in (*kept, (SKIP_TOKEN, token)))
    return f"{url}?{'&'.join(pairs)}"


def _size(text: str | None, largest: int) -> int:
    if text is None:
        return largest
    if not text.lstrip("-").isdigit():
        raise invalid_query("maxresults", text, "The value must be a whole number.")
    size = int(text)
    if not 1 <= size <= largest:
        raise out_of_range_query("maxresults", text, 1, largest)
    return size


def _position(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid_query(SKIP_TOKEN, token, "The token is none of this service.") from error
