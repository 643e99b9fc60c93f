"""Lists of Resource Manager: `value`, `nextLink`, `$top` (Batch: `maxresults`), `$skiptoken` and simple `$filter`s."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.world import WORLD

Item = TypeVar("Item")
_COMPARISON = re.compile(r"\s*([A-Za-z./]+)\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


def page(
    request: web.Request,
    items: Iterable[Item],
    *,
    key: Callable[[Item], str],
    render: Callable[[Item], dict[str, Any]],
) -> web.Response:
    """One page of `items` in the order of their keys; only what is on the page is rendered."""
    ordered = sorted(items, key=key)
    after = _decoded(request.query.get("$skiptoken", request.query.get("$skipToken", "")))
    rest = [item for item in ordered if key(item) > after] if after else ordered
    size = _page_size(request)
    shown = rest[:size]
    body: dict[str, Any] = {"value": [render(item) for item in shown]}
    if len(rest) > size:
        token = base64.urlsafe_b64encode(key(shown[-1]).encode()).decode()
        link = request.url.update_query({"$skiptoken": token})
        body["nextLink"] = str(link)
    return web.json_response(body)


def comparisons(request: web.Request) -> dict[str, str]:
    """The `$filter` as a mapping from lower-case property to value; only `a eq 'b' and c eq 'd'` is understood.

    Raises ArmError 400 `InvalidFilterInQueryString` for anything else.
    """
    text = request.query.get("$filter", "").strip()
    if not text:
        return {}
    found = [_COMPARISON.fullmatch(part) for part in _AND.split(text)]
    if any(match is None for match in found):
        raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
    return {match[1].casefold(): match[2].replace("''", "'") for match in found if match is not None}


def _page_size(request: web.Request) -> int:
    longest = request.app[WORLD].scenario.page_size
    wanted = request.query.get("$top") or request.query.get("maxresults", "")
    if not wanted:
        return longest
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ArmError(400, "InvalidTopInQueryString", f"Invalid $top '{wanted}' specified in the query string.")
    return min(int(wanted), longest)


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ArmError(400, "InvalidSkipToken", "The skip token is not one that this service gave.") from error
