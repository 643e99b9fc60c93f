"""Reads the operations of an installed Azure SDK out of its source: paths, parameters, bodies, answers and headers.

The SDKs are generated and show this nowhere else, but they are very regular: a function `build_..._request` makes the
request, and a method of the client calls it, names the statuses that it accepts and the models that it reads.
"""

import ast
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter of a request."""

    name: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a body holds: one model, a list of it, or a page of it (then `next_link` names the next page's property)."""

    model: str
    listed: bool = False
    next_link: str | None = None
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a request builder makes."""

    method: str
    path: str
    version: str
    query: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkOperation:
    """One method of a client: its request, and the answers that it understands."""

    name: str
    request: Request
    body: Held | None
    statuses: tuple[int, ...]
    answer: Held | None
    streams: bool
    """Whether the answer is the contents of a file."""
    error: str | None
    headers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """The headers that the SDK reads from the answer of each status."""
    long_running: bool = False


def operations_of(package: str, groups: Iterable[str]) -> Iterator[SdkOperation]:
    """The operations of the client classes `groups` in a module such as `azure.batch._operations._operations`."""
    spec = importlib.util.find_spec(package)
    assert spec is not None, f"{package} is not installed"
    assert spec.origin is not None, f"{package} has no source"
    module = ast.parse(Path(spec.origin).read_text())
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    for group in groups:
        yield from _operations_in(classes[group], functions)


def _operations_in(group: ast.ClassDef, functions: dict[str, ast.FunctionDef]) -> Iterator[SdkOperation]:
    methods = {node.name: _Method(node) for node in group.body if isinstance(node, ast.FunctionDef)}
    results = {called: method.answer() for method in methods.values() for called in method.calls_to_itself()}
    for method in methods.values():
        builder = method.builder()
        if builder is not None:
            initial = method.name.endswith("_initial")
            yield SdkOperation(
                name=_operation_name(group.name, method.name),
                request=_request_of(functions[builder]),
                body=method.body(),
                statuses=method.statuses(),
                answer=results[method.name] if initial else method.answer(),
                streams=not initial and method.streams(),
                error=method.error(),
                headers=dict(method.headers()),
                long_running=initial,
            )


def _operation_name(group: str, method: str) -> str:
    """`Galleries_update` for a method of a group, `get_pool` for a method of the client itself (a mixin)."""
    name = method.strip("_").removesuffix("_initial")
    return name if group.startswith("_") else f"{group.removesuffix('Operations')}_{name}"


def _request_of(builder: ast.FunctionDef) -> Request:
    made = next(call for call in _calls(builder) if _called(call) == "HttpRequest")
    return Request(
        method=next(_text(keyword.value) for keyword in made.keywords if keyword.arg == "method"),
        path=next(_texts_assigned(builder, "_url")),
        version=next(_text(call.args[1]) for call in _calls(builder) if _is_version(call)),
        query=tuple(_query_of(builder)),
    )


def _is_version(call: ast.Call) -> bool:
    return _called(call) == "pop" and _is_text(call.args[0]) and _text(call.args[0]) == "api-version"


def _query_of(builder: ast.FunctionDef) -> Iterator[Parameter]:
    for statement in builder.body:
        for node in ast.walk(statement):
            name = _subscripted(node, "_params")
            if name is not None:
                yield Parameter(name=name, required=not isinstance(statement, ast.If))


class _Method:
    """A method of a client, as its source shows it."""

    def __init__(self, node: ast.FunctionDef) -> None:
        self._node = node
        self._calls = list(_calls(node))
        self.name = node.name

    def builder(self) -> str | None:
        """The request builder that it calls, if it sends a request."""
        names = (_called(call) for call in self._calls)
        return next((name for name in names if name.startswith("build_") and name.endswith("_request")), None)

    def calls_to_itself(self) -> Iterator[str]:
        """The `..._initial` methods that it carries on."""
        return (name for name in map(_called, self._calls) if name.endswith("_initial"))

    def statuses(self) -> tuple[int, ...]:
        """The statuses that are no errors."""
        compared = (node for node in ast.walk(self._node) if isinstance(node, ast.Compare))
        accepted = next(node.comparators[0] for node in compared if isinstance(node.ops[0], ast.NotIn))
        return tuple(ast.literal_eval(accepted))

    def error(self) -> str | None:
        """The model of an error body."""
        return next((_model(call.args[0]) for call in self._calls if _called(call) == "_failsafe_deserialize"), None)

    def answer(self) -> Held | None:
        """What a good answer holds."""
        read = [call.args[0] for call in self._calls if _called(call) == "_deserialize" and _model(call.args[0])]
        return None if not read else _held(read[0], next_link=self._next_link())

    def streams(self) -> bool:
        """Whether it hands on the bytes of the answer as they come, and nothing else."""
        return self.answer() is None and any(_called(call) == "iter_bytes" for call in self._calls)

    def body(self) -> Held | None:
        """What the request holds."""
        dumped = [call.args[0] for call in self._calls if _called(call) == "dumps"]
        arguments = [*self._node.args.args, *self._node.args.kwonlyargs]
        sent = [one for one in arguments if dumped and isinstance(dumped[0], ast.Name) and one.arg == dumped[0].id]
        annotation = sent[0].annotation if sent else None
        return None if annotation is None or not _model(annotation) else _held(annotation, next_link=None)

    def headers(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The headers that it reads, by status."""
        for status in self.statuses():
            yield status, tuple(_headers_read(self._node.body, status))

    def _next_link(self) -> str | None:
        properties = (_text(call.args[0]) for call in self._calls if _called(call) == "get" and _is_text(call.args[0]))
        return next((name for name in properties if name.casefold().endswith("nextlink")), None)


def _headers_read(statements: list[ast.stmt], status: int) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.If) and _is_for_other_status(statement.test, status):
            continue
        if isinstance(statement, ast.If):
            yield from _headers_read(statement.body, status)
        name = _subscripted(statement, "response_headers")
        if name is not None:
            yield name


def _is_for_other_status(test: ast.expr, status: int) -> bool:
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    compared = test.comparators[0]
    return isinstance(compared, ast.Constant) and isinstance(compared.value, int) and compared.value != status


def _held(annotation: ast.expr, *, next_link: str | None) -> Held:
    listed = isinstance(annotation, ast.Subscript) and _name(annotation.value) in {"list", "List"}
    optional = isinstance(annotation, ast.Subscript) and _name(annotation.value) == "Optional"
    return Held(
        model=_model(annotation) or "", listed=listed, next_link=next_link if listed else None, required=not optional
    )


def _model(expression: ast.expr) -> str | None:
    """The first `_models.X` in an expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute) and _name(node.value) == "_models":
            return node.attr
    return None


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def _called(call: ast.Call) -> str:
    return _name(call.func)


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _texts_assigned(node: ast.AST, variable: str) -> Iterator[str]:
    for found in ast.walk(node):
        match found:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))) if name == variable:
                yield text
            case _:
                pass


def _subscripted(node: ast.AST, mapping: str) -> str | None:
    """The key that a statement such as `_params["api-version"] = ...` sets in `mapping`."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)))]):
            return key if name == mapping else None
        case _:
            return None


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _text(node: ast.AST) -> str:
    assert isinstance(node, ast.Constant), ast.dump(node)
    return str(node.value)
