"""Reads from the source which reasons conditions and Events can carry, without running it."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_WORD = re.compile(r"[A-Z][A-Za-z]+")
_CARRIERS = frozenset({"reason", "denied"})
"""Names of parameters and fields that hold a reason."""


def reasons_in(*folders: Path) -> frozenset[str]:
    """Every reason that is written down anywhere in these folders."""
    modules = _modules(folders)
    positions = {name: place for module in modules for name, place in _positions(module).items()}
    values = (value for module in modules for value in _reasons(module, positions | _positions(module)))
    return frozenset(_words(values, _constants(modules)))


def codes_in(*folders: Path) -> frozenset[str]:
    """The codes that we give to failures for which Azure has none: `code=…`, and every `Silence(…)`."""
    modules = _modules(folders)
    calls = (node for module in modules for node in ast.walk(module) if isinstance(node, ast.Call))
    return frozenset(_words((value for call in calls for value in _codes(call)), _constants(modules)))


def _modules(folders: Iterable[Path]) -> list[ast.Module]:
    return [ast.parse(path.read_text()) for folder in folders for path in sorted(folder.rglob("*.py"))]


def _constants(modules: Iterable[ast.Module]) -> dict[str, ast.expr]:
    """What the names of modules stand for."""
    assigned = (node for module in modules for node in module.body if isinstance(node, ast.Assign))
    return {target.id: node.value for node in assigned for target in node.targets if isinstance(target, ast.Name)}


def _codes(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "code")
    if isinstance(call.func, ast.Name) and call.func.id == "Silence":
        yield call.args[0]


def _reasons(module: ast.Module, positions: Mapping[str, int]) -> Iterator[ast.expr]:
    for node in ast.walk(module):
        yield from _carried(node, positions)


def _positions(module: ast.Module) -> dict[str, int]:
    """Where each function of the module takes its reason, if it takes one by position."""
    functions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))
    named = ((each.name, [argument.arg for argument in each.args.args]) for each in functions)
    return {name: arguments.index("reason") for name, arguments in named if "reason" in arguments}


def _carried(node: ast.AST, positions: Mapping[str, int]) -> Iterator[ast.expr]:
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


def _words(values: Iterable[ast.expr], constants: Mapping[str, ast.expr]) -> Iterator[str]:
    """The words that the expressions may be: themselves, what their names stand for, either branch of a choice."""
    for value in values:
        match value:
            case ast.Constant(value=str() as word) if _WORD.fullmatch(word):
                yield word
            case ast.Name(id=name) if name in constants:
                yield from _words([constants[name]], {})
            case ast.IfExp(body=body, orelse=orelse):
                yield from _words([body, orelse], constants)
            case ast.BoolOp(values=choices):
                yield from _words(choices, constants)
            case _:
                pass
