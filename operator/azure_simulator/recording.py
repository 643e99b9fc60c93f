"""A file that keeps whole exchanges, one JSON document a line, with every secret in them masked."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from azure_simulator.exchanges import Exchange
from azure_simulator.journal import hidden, masked

_TOKEN_SERVICES = frozenset({"identity", "instance_metadata"})
_KEY_ANSWERS = ("/listkeys", "/regeneratekeys")


class Recording:
    """An observer that appends to a file; what is asked for tokens is all secret and left out."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)  # a line at a time, so that nothing is lost when the process is killed

    def __call__(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        if exchange.service not in _TOKEN_SERVICES:
            print(json.dumps(_document(exchange)), file=self._file)


def read_recording(path: Path) -> Iterator[Exchange]:
    """The exchanges in a file, oldest first; bodies are JSON with masks where secrets were."""
    with path.open() as lines:
        for line in lines:
            document = json.loads(line)
            bodies = {name: _encoded(document[name]) for name in ("request_body", "body")}
            yield Exchange(**(document | bodies))


def _document(exchange: Exchange) -> dict[str, Any]:
    answer = _decoded(exchange.body)
    keys = exchange.path.casefold().endswith(_KEY_ANSWERS)
    return asdict(exchange) | {
        "request_body": masked(_decoded(exchange.request_body)),
        "body": hidden(answer) if keys else masked(answer),
    }


def _decoded(body: bytes) -> Any:
    """The JSON document; None where there is none."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _encoded(document: Any) -> bytes:
    return b"" if document is None else json.dumps(document).encode()
