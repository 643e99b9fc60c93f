"""The CEL rules of the definitions, evaluated as the API server does when an object is made."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import cel

from azure_batch_operator.manifests.crds import Schema
from azure_batch_operator.manifests.findings import Complaint
from azure_batch_operator.manifests.wording import as_quoted

RULES = "x-kubernetes-validations"

_SIZE = re.compile(r"\bsize\(")
_EVALUATION_ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What the library raises where a rule cannot be evaluated; the API server refuses the object then, too."""

_KUBERNETES: dict[str, Callable[..., Any]] = {
    "characters": len,
    "indexOf": str.find,
    "lowerAscii": lambda text: "".join(letter.lower() if letter.isascii() else letter for letter in text),
    "replace": str.replace,
    "split": str.split,
    "substring": lambda text, start, end=None: text[start:end],
    "sum": sum,
}
"""Functions that Kubernetes adds to the language."""


def broken_rules(rules: Sequence[Schema], value: Any) -> Iterator[Complaint]:
    """A complaint, with the path from the value on, for each of a value's rules that does not hold."""
    context = cel.Context({"self": value}, _KUBERNETES)
    return (_complaint(rule, value) for rule in rules if not _holds(rule["rule"], context))


def _holds(rule: str, context: cel.Context) -> bool:
    program = _compiled(rule)
    if "oldSelf" in program.variables():  # about a change, and here nothing is known of what was before
        return True
    try:
        return program.execute(context) is True
    except _EVALUATION_ERRORS:
        return False


@cache
def _compiled(rule: str) -> cel.Program:
    return cel.compile(_SIZE.sub("characters(", rule))  # the library's own `size` counts the bytes of a text


def _complaint(rule: Schema, value: Any) -> Complaint:
    """The API server quotes plain values only, and only where the rule is about them."""
    pointed = tuple(rule.get("fieldPath", "").split(".")[1:])
    quoted = "" if pointed or isinstance(value, dict | list) else f"{as_quoted(value)}: "
    return Complaint(path=pointed, message=f"Invalid value: {quoted}{rule['message']}")
