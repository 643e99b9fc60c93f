"""Nodes in the Batch service's JSON."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from azure_batch_operator.cloud.refusals import cleaned
from azure_batch_operator.cloud.wire import child, children, optional_text, text, text_or
from azure_batch_operator.core import durations
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.nodes import ObservedNode


def node_from(body: JsonObject) -> ObservedNode:
    """The node that an answer shows."""
    return ObservedNode(
        node_id=text(body, "id"),
        state=text_or(body, "state", "unknown").lower(),
        dedicated=body.get("isDedicated") is not False,
        since=_time(optional_text(body, "stateTransitionTime")),
        trouble=" ".join(_troubles(body)),
    )


def removal_body(node_ids: Sequence[str], *, timeout: timedelta, node_deallocation_option: str) -> JsonObject:
    """The body that removes these nodes."""
    return {
        "nodeList": list(node_ids),
        "resizeTimeout": durations.iso(timeout),
        "nodeDeallocationOption": node_deallocation_option,
    }


def _troubles(body: JsonObject) -> Iterator[str]:
    """What a node tells of its own trouble, as sentences."""
    for error in children(body, "errors"):
        yield _sentence(error, "errorDetails")
    started = child(body, "startTaskInfo")
    if "exitCode" in started:
        yield f"Its start task ended with exit code {started['exitCode']}."
    if failure := child(started, "failureInfo"):
        yield _sentence(failure, "details")


def _sentence(error: JsonObject, details: str) -> str:
    """Azure's code and words, with its details: of a start task that failed, Batch puts its last words there."""
    said = f"{text_or(error, 'code', 'Unknown')}: {text_or(error, 'message', '').strip()}".rstrip(".: ")
    told = [f"{text_or(each, 'name', '')}: {text_or(each, 'value', '').strip()}" for each in children(error, details)]
    return cleaned(f"{said} ({'; '.join(told)})." if told else f"{said}.")


def _time(text: str | None) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text or "")
    return None
