"""Golden files: what somebody sees, kept as text beside the tests, compared word for word, written anew on request."""

import os
import re
from pathlib import Path
from typing import Any

import yaml

GOLDEN = Path(__file__).parents[1] / "golden"
UPDATE = "UPDATE_GOLDEN"
"""The environment variable that has every file written as it is now; `make golden` sets it."""

_WIDTH = 100
_PLACEHOLDERS = (
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\btvm-\d+_\d+-\d{8}t\d{6}z"), "<node>"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d+"), "<host>"),
)
"""What differs from run to run."""


class Golden:
    """One file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def holds(self, document: Any) -> None:
        """Assert that the file has this document, times and ids aside; or write it, when that was asked for."""
        self._holds(_written(document))

    def shows(self, text: str) -> None:
        """Assert that the file has this text, times and ids aside; or write it, when that was asked for."""
        self._holds(_without_what_differs(text))

    def _holds(self, text: str) -> None:
        if os.environ.get(UPDATE):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(text)
        have = self.path.read_text() if self.path.exists() else ""
        assert text == have, f"{self.path.name} says something else; if the new words are right: make golden"


def golden_name(test: str) -> str:
    """The file of a test, by the test's name: `test_an_image_at_rest` has `an-image-at-rest.yaml`."""
    return f"{test.removeprefix('test_').replace('_', '-')}.yaml"


def _written(document: Any) -> str:
    return _without_what_differs(yaml.safe_dump(document, sort_keys=False, width=_WIDTH, allow_unicode=True))


def _without_what_differs(text: str) -> str:
    for pattern, placeholder in _PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    return text
