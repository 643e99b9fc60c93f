"""A contract: the operations of some documents, found by method, path and api-version, with ready validators."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import isodate
from jsonschema import Draft4Validator, FormatChecker

from tools.contracts.documents import Document, Located, Schema
from tools.contracts.schemas import Direction, any_part, json_schema, with_metadata

_METHODS = frozenset({"get", "head", "put", "patch", "post", "delete"})
_FORMATS = FormatChecker(formats=())
_PLACE = re.compile(r"\{[^}]*\}")


class Endpoint(Enum):
    """Whose paths a document describes."""

    RESOURCE_MANAGER = "Azure Resource Manager"
    BATCH = "the Batch service"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One operation as a document describes it; validators are made when they are first asked for."""

    endpoint: Endpoint
    document: Document
    method: str
    template: str
    described: Schema
    version: str
    _validators: dict[object, Draft4Validator | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        """Its operation id."""
        return str(self.described["operationId"])

    @property
    def contract(self) -> str:
        """Which document says so."""
        return self.document.title

    @property
    def route(self) -> tuple[Endpoint, str, str]:
        """What is the same for all api-versions and spellings of this operation."""
        return self.endpoint, self.method, _PLACE.sub("{}", self.template).casefold()

    def query(self) -> Mapping[str, bool]:
        """The query parameters in lower case, and whether each is required."""
        parameters = (parameter.schema for parameter in self._parameters("query"))
        return {parameter["name"].casefold(): parameter.get("required", False) for parameter in parameters}

    def needs_body(self) -> bool:
        """Whether a request without a body is wrong."""
        return any(parameter.schema.get("required", False) for parameter in self._parameters("body"))

    def body(self) -> Draft4Validator | None:
        """What checks a request body; None where the operation has none."""
        if "body" not in self._validators:
            found = next(self._parameters("body"), None)
            schema = None if found is None else json_schema(found.beside(found.schema["schema"]), Direction.REQUEST)
            self._validators["body"] = _validator(schema)
        return self._validators["body"]

    def statuses(self) -> frozenset[int]:
        """The statuses that are no errors."""
        return frozenset(int(status) for status in self.described["responses"] if status != "default")

    def headers(self, status: int) -> frozenset[str]:
        """The headers that the document tells of for an answer."""
        return frozenset(self._response(str(status)).schema.get("headers", {}))

    def answer(self, status: int, *, selected: bool) -> Draft4Validator | None:
        """What checks a good answer; None where it has no body. `selected`: the client asked for some properties."""
        return self._answer(str(status), selected=selected)

    def tells_of_errors(self) -> bool:
        """Whether the document says anything of refusals; those of the disk service leave some out."""
        return "default" in self.described["responses"]

    def error(self) -> Draft4Validator | None:
        """What checks a refusal."""
        return self._answer("default", selected=False)

    def _answer(self, status: str, *, selected: bool) -> Draft4Validator | None:
        key = (status, selected)
        if key not in self._validators:
            response = self._response(status)
            schema = response.schema.get("schema")
            self._validators[key] = _validator(schema and self._answered(response.beside(schema), selected=selected))
        return self._validators[key]

    def _answered(self, located: Located, *, selected: bool) -> Schema:
        schema = json_schema(located, Direction.ANSWER)
        if self.endpoint is Endpoint.BATCH:
            schema = with_metadata(schema)
        return any_part(schema) if selected else schema

    def _response(self, status: str) -> Located:
        return Located(document=self.document, schema=self.described["responses"].get(status, {})).resolved()

    def _parameters(self, place: str) -> Iterator[Located]:
        for parameter in self.described.get("parameters", ()):
            found = Located(document=self.document, schema=parameter).resolved()
            if found.schema["in"] == place:
                yield found


class Contract:
    """Operations by endpoint and api-version."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations: dict[tuple[Endpoint, str], list[tuple[str, re.Pattern[str], Operation]]] = {}
        for operation in operations:
            known = self._operations.setdefault((operation.endpoint, operation.version), [])
            known.append((operation.method, _pattern(operation.template), operation))

    def knows(self, endpoint: Endpoint, version: str) -> bool:
        """Whether any document is about this api-version."""
        return (endpoint, version) in self._operations

    def find(self, endpoint: Endpoint, version: str, method: str, path: str) -> list[Operation]:
        """The operations that a request is: one for each document that describes it."""
        known = self._operations.get((endpoint, version), ())
        return [operation for own, pattern, operation in known if own == method and pattern.fullmatch(path)]


def operations_in(endpoint: Endpoint, document: Document) -> Iterator[Operation]:
    """Every operation that a document describes."""
    for template, item in document.content.get("paths", {}).items():
        for method in item.keys() & _METHODS:
            yield Operation(
                endpoint=endpoint,
                document=document,
                method=method.upper(),
                template=template,
                described=item[method],
                version=_version(document, item[method]),
            )


def _version(document: Document, described: Schema) -> str:
    """The api-version: a derived document names it with the operation, an official one is of one version."""
    for parameter in described.get("parameters", ()):
        if parameter.get("name") == "api-version" and "enum" in parameter:
            return str(parameter["enum"][0])
    return str(document.content["info"]["version"])


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, _PLACE.split(template))), re.IGNORECASE)


def _validator(schema: Schema | None) -> Draft4Validator | None:
    return None if schema is None else Draft4Validator(schema, format_checker=_FORMATS)


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@_FORMATS.checks("duration", raises=isodate.ISO8601Error)
def _is_duration(text: object) -> bool:
    return not isinstance(text, str) or bool(isodate.parse_duration(text) is not None)
