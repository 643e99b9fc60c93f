"""Paths of Azure Resource Manager: matched without letter case, and what right each one needs."""

import re
from dataclasses import dataclass

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def arm(path: str) -> str:
    """An aiohttp route path whose fixed segments match in any letter case; `{name}` segments stay variable.

    Two slashes may follow a provider's namespace: clients of resources of any type write an empty parent there.
    """
    segments = path.strip("/").split("/")
    before = ("", *segments)
    return "".join(f"/{_segment(at, *pair)}" for at, pair in enumerate(zip(segments, before, strict=False)))


def _segment(position: int, text: str, before: str) -> str:
    if text.startswith("{"):
        return text
    parent = "/?" if before.casefold() == "providers" else ""
    return f"{{fixed_{position}:(?i:{re.escape(text)}{parent})}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The right that a request needs: an action at a scope."""

    action: str
    scope: str


def need_of(method: str, path: str) -> Need | None:
    """What Resource Manager asks of the caller for `method` on `path`; None when anybody may (lists of one's own).

    The rule is Azure's own: the resource type and the verb make the action, the resource is the scope; a list
    needs to read the type in what contains it.
    """
    parts = [part for part in path.split("/") if part]
    if len(parts) < 2 or (parts[0].casefold() == "providers" and _VERBS.get(method) == "read"):
        return None
    providers = [index for index, part in enumerate(parts) if part.casefold() == "providers"]
    if not providers:
        return _need_of_container(method, parts)
    return _need_of_resource(method, parts, providers[-1])


def _need_of_container(method: str, parts: list[str]) -> Need:
    named = parts if len(parts) % 2 == 0 else parts[:-1]
    kinds = "/".join(["subscriptions", *(_container_kind(part) for part in parts[2::2])])
    return Need(action=f"Microsoft.Resources/{kinds}/{_VERBS.get(method, 'action')}", scope=_path(named))


def _container_kind(part: str) -> str:
    return "resourceGroups" if part.casefold() == "resourcegroups" else part


def _need_of_resource(method: str, parts: list[str], index: int) -> Need:
    namespace, rest = parts[index + 1 : index + 2], parts[index + 2 :]
    if not namespace or not rest:
        return Need(action="Microsoft.Resources/subscriptions/providers/read", scope=_path(parts[:index]))
    if method == "POST":
        return _need_of_post(namespace[0], rest, parts)
    return Need(action="/".join([namespace[0], *rest[0::2], _VERBS[method]]), scope=_scope(parts, index))


def _scope(parts: list[str], index: int) -> str:
    named = len(parts[index + 2 :])
    if named == 1:
        return _path(parts[:index])
    return _path(parts if named % 2 == 0 else parts[:-1])


def _need_of_post(namespace: str, rest: list[str], parts: list[str]) -> Need:
    kinds = [*rest[:-1][0::2], rest[-1]]
    scope = parts[:-3] if len(rest) == 1 else parts[:-1]
    return Need(action="/".join([namespace, *kinds, "action"]), scope=_path(scope))


def _path(parts: list[str]) -> str:
    return "/" + "/".join(parts)
