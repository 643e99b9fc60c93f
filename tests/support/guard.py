"""Fails every test in which a secret of it is shown: in a log line, a status, an Event, or a traceback in the log.

Whatever makes simulators, Secrets or operators for tests tells the guard of the test what is secret and what is shown.
"""

import base64
import json
import logging
import re
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
import structlog

from azure_simulator.exchanges import Exchange
from azure_simulator.scenario import Scenario

_SHORTEST = 7
"""Shorter values are words that stand elsewhere, too."""

_NO_SECRETS = frozenset({"AZURE_TENANT_ID", "AZURE_CLIENT_ID"})
"""Keys of Secrets whose values may be shown."""

_SECRET_FIELDS = frozenset({"secrets", "secret", "sas", "password", "client_secret"})
"""What a scenario calls values that nobody may see."""

_ALWAYS_SECRET = {
    "a token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    "the signature of a SAS": re.compile(r"\bsig=(?!\*)[\w%+/=-]{8,}"),
}

_TOKENS = ("access_token", "refresh_token", "id_token")
_PROOFS = ("client_secret", "client_assertion", "password", "assertion")


class Guard:
    """What is secret in a test, and what it shows."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        self._shown: list[tuple[str, Callable[[], str]]] = []
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._outcomes: dict[str, None] = {}
        self.watch("the outcome of a turn (status, Events, log fields)", lambda: "\n".join(self._outcomes))

    def confide(self, what: str, value: str | bytes) -> None:
        """`value` is secret; a file is so line by line."""
        text = _text(value) if isinstance(value, bytes) else value
        lines = [line.strip() for line in text.splitlines() if not line.startswith("-----")]
        with self._lock:
            self._secrets |= {line: what for line in lines if len(line) >= _SHORTEST}

    def confide_values(self, what: str, values: Mapping[str, str | bytes]) -> None:
        """The values of a Secret are secret, but for ids."""
        for key, value in values.items():
            if key not in _NO_SECRETS:
                self.confide(f"{key} of {what}", value)

    def confide_secret(self, body: Mapping[str, Any]) -> None:
        """A Secret of Kubernetes as its manifest or the API server has it."""
        data = {key: base64.b64decode(value) for key, value in (body.get("data") or {}).items()}
        self.confide_values(f"Secret {body['metadata']['name']}", data | (body.get("stringData") or {}))

    def confide_scenario(self, scenario: Scenario) -> None:
        """What a simulated Azure knows from the beginning."""
        for what, value in _secrets_in(scenario.model_dump(mode="json"), "the scenario"):
            self.confide(what, value)

    def overhear(self, exchange: Exchange) -> None:
        """An observer of a simulator: with what applications sign in, and the tokens that they get."""
        if exchange.service not in {"identity", "instance_metadata"}:
            return
        answer, form = _json(exchange.body), parse_qs(exchange.request_body.decode(errors="replace"))
        for name in _TOKENS:
            self.confide(f"an {name}", str(answer.get(name, "")))
        for name in _PROOFS:
            for value in form.get(name, ()):
                self.confide(f"a {name}", value)

    def hear(self, outcome: object) -> None:
        """What a turn asks to be shown, everybody can read: its status, its Events, and the fields of its log line."""
        self._outcomes[repr(outcome)] = None

    def watch(self, where: str, text: Callable[[], str]) -> None:
        """Everybody can read what `text` answers when the test has ended."""
        self._shown.append((where, text))

    def testify(self) -> None:
        """Fail if a secret is shown anywhere, without showing it once more; each place is told once."""
        found = [leak for leak in dict.fromkeys(self.leaks()) if leak not in self._told]
        self._told.update(found)
        if found:
            pytest.fail(f"{len(found)} secrets are shown:\n  " + "\n  ".join(found), pytrace=False)

    def leaks(self) -> Iterator[str]:
        """What is shown, and where."""
        with self._lock:
            secrets = {form: what for value, what in self._secrets.items() for form in _forms(value)}
        for where, read in self._shown:
            text = read()
            for form, what in secrets.items():
                if form in text:
                    yield f"{what}, in {where}: {_around(text, text.index(form), len(form))}"
            for what, pattern in _ALWAYS_SECRET.items():
                for match in pattern.finditer(text):
                    yield f"{what}, in {where}: {_around(text, match.start(), len(match[0]))}"


_guards: list[Guard] = []
_GUARD = pytest.StashKey[Guard]()


def guard() -> Guard:
    """The guard of the test that runs; outside of any, one that nobody asks."""
    return _guards[-1] if _guards else Guard()


@pytest.fixture(autouse=True)
def guarded(request: pytest.FixtureRequest) -> Iterator[Guard]:
    """The guard of this test; it speaks when the test has run, and again when all is torn down."""
    mine = request.node.stash[_GUARD] = Guard()
    _guards.append(mine)
    try:
        with _everything_logged() as lines:
            mine.watch("a log line", lambda: "\n".join(lines))
            yield mine
        mine.testify()
    finally:
        _guards.remove(mine)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let the test fail, not only its teardown."""
    result = yield
    if _GUARD in item.stash:
        item.stash[_GUARD].testify()
    return result


class _Lines(logging.Handler):
    """Keeps every line as it would be written, with its traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
    """All that the operator and its libraries log, at the operator's most talkative level."""
    handler, root, operators = _Lines(), logging.getLogger(), logging.getLogger("azure_batch_operator")
    before, level = structlog.get_config(), operators.level
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    root.addHandler(handler)
    operators.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        operators.setLevel(level)
        root.removeHandler(handler)
        structlog.configure(**before)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _secrets_in(document: Any, what: str) -> Iterator[tuple[str, str]]:
    match document:
        case dict():
            for name, value in document.items():
                if name in _SECRET_FIELDS:
                    yield from ((f"{name} in {what}", text) for text in _texts(value))
                else:
                    yield from _secrets_in(value, what)
        case list():
            for value in document:
                yield from _secrets_in(value, what)
        case _:
            pass


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _forms(value: str) -> set[str]:
    """A secret as it is, and as JSON, addresses and Secrets write it."""
    return {value, json.dumps(value)[1:-1], quote(value, safe=""), base64.b64encode(value.encode()).decode()}


def _around(text: str, start: int, length: int) -> str:
    """Some words before and after, the secret itself masked."""
    before, after = text[max(0, start - 60) : start], text[start + length : start + length + 20]
    return f"…{before}***{after}…".replace("\n", " ")
