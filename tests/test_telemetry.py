"""Log lines: one JSON document each, whoever wrote them."""

import json
import subprocess
import sys

import pytest

SAY = """
import logging
from azure_batch_operator.telemetry import configure_logging, report_turn
configure_logging(log_format={format!r}, level={level!r})
detail = {{"request_id": "1"}}
report_turn(key="BatchPool a/b", step="Resize", reason="Resizing", failed=False, seconds=0.12345, detail=detail)
logging.getLogger("kopf.objects").info("an event of an object")
logging.getLogger("kopf").warning("a warning of kopf")
token = "no-line-may-show-this"
try:
    raise ValueError("a defect")
except ValueError:
    logging.getLogger("azure_batch_operator").exception("it failed")
"""


def said(log_format: str, level: str = "info") -> str:
    code = SAY.format(format=log_format, level=level)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr


def test_every_line_is_one_json_document_with_time_level_and_origin() -> None:
    lines = [json.loads(line) for line in said("json").splitlines()]
    assert [line["event"] for line in lines] == ["turn", "a warning of kopf", "it failed"]
    assert all({"timestamp", "level", "logger"} <= line.keys() for line in lines)
    assert "ValueError: a defect" in lines[2]["exception"]


def test_the_line_about_a_turn_tells_key_step_reason_and_azures_request() -> None:
    turn = json.loads(said("json").splitlines()[0])
    expected = {"key": "BatchPool a/b", "step": "Resize", "reason": "Resizing", "seconds": 0.123, "request_id": "1"}
    assert turn.items() >= expected.items()


def test_a_level_leaves_out_what_is_below_it() -> None:
    assert "turn" not in said("json", level="warning")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_tracebacks_do_not_show_local_variables(log_format: str) -> None:
    shown = said(log_format)
    assert "a defect" in shown
    assert "no-line-may-show-this" not in shown
