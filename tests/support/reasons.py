"""Reads from the source which reasons conditions and Events can carry, without running it."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_WORD = re.compile(r"[A-Z][A-Za-z]+")
_CARRIERS = frozenset({"reason", "denied"})
"""Names of parameters and fields that hold a reason."""


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file, with the functions in it that take a reason by position."""

    tree: ast.Module

    def positions(self) -> dict[str, int]:
        """Where each function of the module takes its reason."""
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef))
        named = ((each.name, [argument.arg for argument in each.args.args]) for each in found)
        return {name: arguments.index("reason") for name, arguments in named if "reason" in arguments}


def reasons_in(folders: Iterable[Path]) -> frozenset[str]:
    """Every reason that is written down anywhere in these folders."""
    paths = (path for folder in folders for path in sorted(folder.rglob("*.py")))
    return frozenset(reason for path in paths for reason in _reasons(Module(ast.parse(path.read_text()))))


def codes_in(folder: Path) -> frozenset[str]:
    """The codes that we give to failures for which Azure has none: `code=…`, and every `Silence(…)`."""
    calls = (node for path in sorted(folder.rglob("*.py")) for node in _calls(ast.parse(path.read_text())))
    return frozenset(code for call in calls for value in _coded(call) for code in _words(value))


def _coded(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "code")
    if isinstance(call.func, ast.Name) and call.func.id == "Silence":
        yield call.args[0]


def _reasons(module: Module) -> Iterator[str]:
    positions = module.positions()
    for node in ast.walk(module.tree):
        for value in _carried(node, positions):
            yield from _words(value)


def _carried(node: ast.AST, positions: dict[str, int]) -> Iterator[ast.expr]:
    """The expressions of this node that end up as a reason."""
    match node:
        case ast.Call():
            yield from (keyword.value for keyword in node.keywords if keyword.arg in _CARRIERS)
            place = positions.get(node.func.id) if isinstance(node.func, ast.Name) else None
            if place is not None and place < len(node.args):
                yield node.args[place]
        case ast.AnnAssign(target=ast.Name(id="reason"), value=ast.expr() as value):
            yield value
        case ast.Assign(targets=[ast.Name(id="reason")], value=value):
            yield value
        case ast.FunctionDef(name="_denied"):
            yield from (found.value for found in ast.walk(node) if isinstance(found, ast.Return) and found.value)
        case ast.arguments():
            yield from (default for name, default in _defaults(node) if name in _CARRIERS)
        case ast.Tuple(elts=[ast.Constant() as word, sentence]) if _is_sentence(sentence):
            yield word


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument.arg, default


def _is_sentence(node: ast.expr) -> bool:
    """Whether this is text for a person, or stands for one: what makes a pair of (reason, message)."""
    match node:
        case ast.JoinedStr():
            return True
        case ast.Constant(value=str() as text):
            return " " in text
        case ast.Attribute(attr="message"):
            return True
        case _:
            return False


def _words(value: ast.expr) -> Iterator[str]:
    """The words that the expression may be: itself, or either branch of a choice."""
    match value:
        case ast.Constant(value=str() as word) if _WORD.fullmatch(word):
            yield word
        case ast.IfExp(body=body, orelse=orelse):
            yield from _words(body)
            yield from _words(orelse)
        case ast.BoolOp(values=values):
            for each in values:
                yield from _words(each)
        case _:
            pass


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))
