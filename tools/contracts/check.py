"""Compares exchanges with contracts, and says what does not agree."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from jsonschema import Draft4Validator, ValidationError

from azure_simulator.exchanges import Exchange
from tools.contracts.contract import Contract, Endpoint, Operation

_LONGEST = 300
_ONLY_ON_DEMAND = frozenset({"client-request-id"})
"""Headers that are answered only when the client asked for them."""
_POLLED = frozenset({"azure-asyncoperation", "location", "retry-after"})
"""Headers of a long-running operation, looked at together: a client needs one place to poll."""
_NOT_OF_LISTS = frozenset({"etag", "last-modified"})
"""Headers that older documents name for lists too; no list in recorded traffic of the Batch service has them."""
_LINKS = frozenset({"azure-asyncoperation", "location"})
_SHOWING = frozenset({"PUT", "PATCH"})
"""Methods whose 202 may show what is being made, though the SDKs read it only when it is done."""
_PAGING = frozenset({"$skiptoken"})
"""Query parameters that are in links to next pages only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing in an exchange that a contract does not allow."""

    operation: str
    contract: str
    part: str
    expected: str

    def __str__(self) -> str:
        return f"{self.operation}, {self.part}: {self.expected}  [{self.contract}]"


class Checker:
    """Checks exchanges against a contract; exchanges of other services or unknown api-versions are let through."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def mismatches(self, exchange: Exchange) -> Iterator[Mismatch]:
        """Everything in the exchange that some document does not allow."""
        endpoint = Endpoint.BATCH if exchange.service == "batch" else Endpoint.RESOURCE_MANAGER
        version = {name.casefold(): value for name, value in exchange.query.items()}.get("api-version", "")
        operations = self._contract.find(endpoint, version, exchange.method, exchange.path)
        for operation in operations:
            for part, expected in _Comparison(operation, exchange).differences():
                yield Mismatch(
                    operation=f"{exchange.method} {exchange.path} ({operation.name})",
                    contract=operation.contract,
                    part=part,
                    expected=expected,
                )
        all_known = endpoint is Endpoint.BATCH and self._contract.knows(endpoint, version)
        if all_known and not operations and _is_good(exchange.status):
            yield _unknown(exchange, version)


def _unknown(exchange: Exchange, version: str) -> Mismatch:
    return Mismatch(
        operation=f"{exchange.method} {exchange.path}",
        contract=f"api-version {version}",
        part="path",
        expected="no operation of the Batch service has this method and path, so it must be refused",
    )


class _Comparison:
    """One exchange beside one operation; a difference is the part of the exchange and what was expected there."""

    def __init__(self, operation: Operation, exchange: Exchange) -> None:
        self._operation = operation
        self._exchange = exchange

    def differences(self) -> Iterator[tuple[str, str]]:
        """What of the request was accepted and should not have been, and what of the answer is wrong."""
        status = self._exchange.status
        if status is None:
            return
        if _is_good(status):
            yield from self._query()
            yield from self._request_body()
        if status in self._operation.statuses() or _is_good(status):
            yield from self._answer(status)
        elif status != 304 and self._operation.tells_of_errors():
            yield from _body("error body", self._operation.error(), self._answered(), needed=not self._has_no_body())

    def _query(self) -> Iterator[tuple[str, str]]:
        known = self._operation.query()
        sent = {name.casefold() for name in self._exchange.query}
        for name in sorted(sent - known.keys() - _PAGING):
            yield "query", f"there is no parameter {name}; it was accepted"
        for name in sorted(name for name, required in known.items() if required and name not in sent):
            yield "query", f"the parameter {name} is required; the request was accepted without it"

    def _request_body(self) -> Iterator[tuple[str, str]]:
        sent = without_nulls(_document(self._exchange.request_body))
        yield from _body("request body", self._operation.body(), sent, needed=self._operation.needs_body())

    def _answer(self, status: int) -> Iterator[tuple[str, str]]:
        if status not in self._operation.statuses():
            yield "status", f"one of {sorted(self._operation.statuses())}, not {status}"
            return
        selected = "$select" in self._exchange.query
        validator = self._operation.answer(status, selected=selected)
        needed = not self._has_no_body() and validator is not None
        if status == 202 and validator is None and self._operation.method in _SHOWING:
            validator = self._operation.answer(200, selected=selected)
        yield from _body(f"body of {status}", validator, self._answered(), needed=needed)
        yield from self._headers(status)

    def _headers(self, status: int) -> Iterator[tuple[str, str]]:
        sent = {name.casefold(): value for name, value in self._exchange.headers.items()}
        told = {name.casefold() for name in self._operation.headers(status)} | self._always_sent()
        for name in sorted(told - _ONLY_ON_DEMAND - _POLLED - self._headers_of_single_things() - sent.keys()):
            yield f"headers of {status}", f"{name} is missing"
        if status == 202 and told & _POLLED and not sent.keys() & _LINKS:
            yield f"headers of {status}", "neither Azure-AsyncOperation nor Location says where to poll"
        yield from ((f"headers of {status}", wrong) for wrong in _malformed(sent))

    def _headers_of_single_things(self) -> frozenset[str]:
        answered = self._answered()
        is_list = isinstance(answered, dict) and isinstance(answered.get("value"), list)
        return _NOT_OF_LISTS if is_list else frozenset()

    def _always_sent(self) -> frozenset[str]:
        on_arm = self._operation.endpoint is Endpoint.RESOURCE_MANAGER
        return frozenset({"x-ms-request-id"} if on_arm else {"request-id"})

    def _answered(self) -> Any:
        return _document(self._exchange.body)

    def _has_no_body(self) -> bool:
        return self._exchange.method == "HEAD"


def _body(part: str, validator: Draft4Validator | None, document: Any, *, needed: bool) -> Iterator[tuple[str, str]]:
    if document is None:
        if needed:
            yield part, "is missing"
    elif validator is None:
        yield part, "there must be none"
    else:
        for error in validator.iter_errors(document):
            yield f"{part} at {error.json_path}", _sentence(error)


def _sentence(error: ValidationError) -> str:
    return error.message if len(error.message) <= _LONGEST else f"…{error.message[-_LONGEST:]}"


def _document(body: bytes) -> Any:
    """The JSON document; the text itself where it is none, which only the contents of a file may be."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def without_nulls(value: Any) -> Any:
    """A request as Azure reads it: null is as good as absent."""
    match value:
        case dict():
            return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
        case list():
            return [without_nulls(inner) for inner in value]
        case _:
            return value


def _is_good(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _malformed(headers: Mapping[str, str]) -> Iterator[str]:
    """What clients could not read: they look into these headers in lower case."""
    if not _is_http_date(headers.get("last-modified")):
        yield f"Last-Modified is no HTTP date: {headers['last-modified']}"
    if not headers.get("retry-after", "0").isdecimal():
        yield f"Retry-After is no number of seconds: {headers['retry-after']}"
    for name in sorted(_LINKS & headers.keys()):
        if not headers[name].startswith("https://"):
            yield f"{name} is no address: {headers[name]}"


def _is_http_date(text: str | None) -> bool:
    try:
        return text is None or parsedate_to_datetime(text) is not None
    except ValueError:
        return False
