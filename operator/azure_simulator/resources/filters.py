"""The `$filter` of lists that span resources of all types (REST reference, "Resources - List")."""

import re
from collections.abc import Callable

from azure_simulator.answers import ArmError
from azure_simulator.resources.index import ArmResource

Test = Callable[[ArmResource], bool]

_EQUAL = re.compile(r"(?P<property>\w+)\s+eq\s+'(?P<value>(?:[^']|'')*)'", re.IGNORECASE)
_PART = re.compile(r"substringof\(\s*'(?P<value>(?:[^']|'')*)'\s*,\s*(?P<property>\w+)\s*\)", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_PROPERTIES: dict[str, Callable[[ArmResource], str]] = {
    "name": lambda resource: resource.id.name,
    "resourcetype": lambda resource: resource.id.type,
    "resourcegroup": lambda resource: resource.id.group,
    "location": lambda resource: resource.location,
}
_SEARCHABLE = frozenset({"name", "resourcegroup"})


def resource_filter(text: str) -> Test:
    """The test that `$filter` describes: comparisons joined by `and`, letter case aside; nothing filters nothing.

    Raises ArmError 400 `InvalidFilterInQueryString` for what Azure does not understand either.
    """
    tests = [_test(term, text) for term in _AND.split(text.strip()) if term]
    tag = dict(test for test in tests if isinstance(test, tuple))
    plain = [test for test in tests if not isinstance(test, tuple)]
    return lambda resource: all(test(resource) for test in plain) and has_tag(resource.tags, tag)


def has_tag(tags: dict[str, str], wanted: dict[str, str]) -> bool:
    """Whether `tags` has the tag of `tagname`, with the value of `tagvalue` if that is wanted too."""
    name, value = wanted.get("tagname"), wanted.get("tagvalue")
    if name is None:
        return True
    found = {tag.casefold(): held for tag, held in tags.items()}.get(name.casefold())
    return found is not None and value in {None, found}


def _test(term: str, text: str) -> Test | tuple[str, str]:
    match = _EQUAL.fullmatch(term.strip())
    part = _PART.fullmatch(term.strip())
    if match is not None:
        return _equal(match["property"].casefold(), match["value"].replace("''", "'"), text)
    if part is not None and part["property"].casefold() in _SEARCHABLE:
        read, wanted = _PROPERTIES[part["property"].casefold()], part["value"].replace("''", "'").casefold()
        return lambda resource: wanted in read(resource).casefold()
    raise _invalid(text)


def _equal(name: str, value: str, text: str) -> Test | tuple[str, str]:
    if name in {"tagname", "tagvalue"}:
        return name, value
    read = _PROPERTIES.get(name)
    if read is None:
        raise _invalid(text)
    return lambda resource: read(resource).casefold() == value.casefold()


def _invalid(text: str) -> ArmError:
    return ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
