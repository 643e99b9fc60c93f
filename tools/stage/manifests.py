"""Custom resources as YAML has them, and changes of these."""

from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]


def merged(document: Any, change: Any) -> Any:
    """The document after a JSON merge patch (RFC 7396): null takes a field away, a list replaces a list."""
    if not isinstance(change, Mapping):
        return change
    kept = document if isinstance(document, Mapping) else {}
    changed = {key: merged(kept.get(key), value) for key, value in change.items() if value is not None}
    return {key: value for key, value in kept.items() if key not in change} | changed
