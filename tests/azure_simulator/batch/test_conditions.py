"""Conditional headers: ETags without quotes, times in whole seconds, contradictions refused."""

from datetime import UTC, datetime

import pytest

from azure_simulator.answers import BatchError
from azure_simulator.batch.conditions import Stamp, check_write, read_is_current

STAMP = Stamp(etag="0x8D85FD91CD035F6", modified=datetime(2026, 3, 2, 8, 30, 15, 700_000, tzinfo=UTC))
EXACT = "Mon, 02 Mar 2026 08:30:15 GMT"
BEFORE = "Mon, 02 Mar 2026 08:30:14 GMT"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"If-Match": "0x8D85FD91CD035F6"},
        {"If-Match": '"0x8D85FD91CD035F6"'},
        {"If-Match": 'W/"0x8d85fd91cd035f6"'},
        {"If-Match": "*"},
        {"If-Match": '"0x1", "0x8D85FD91CD035F6"'},
        {"If-None-Match": '"0x1"'},
        {"If-Unmodified-Since": EXACT},
        {"If-Modified-Since": BEFORE},
        {"If-Match": "0x8D85FD91CD035F6", "If-Unmodified-Since": EXACT},
    ],
)
def test_conditions_that_hold_let_reads_and_writes_pass(headers: dict[str, str]) -> None:
    check_write(headers, STAMP)
    assert read_is_current(headers, STAMP)


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Match": "0x8D85FD91CD035F7"},
        {"If-None-Match": "*"},
        {"If-None-Match": "0x8D85FD91CD035F6"},
        {"If-Unmodified-Since": BEFORE},
        {"If-Modified-Since": EXACT},
    ],
)
def test_conditions_that_do_not_hold_stop_reads_and_refuse_writes(headers: dict[str, str]) -> None:
    assert not read_is_current(headers, STAMP)
    with pytest.raises(BatchError) as refusal:
        check_write(headers, STAMP)
    assert (refusal.value.status, refusal.value.code) == (412, "ConditionNotMet")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"If-Match": "*", "If-None-Match": "*"}, "MultipleConditionHeadersNotSupported"),
        ({"If-Modified-Since": EXACT, "If-Unmodified-Since": EXACT}, "MultipleConditionHeadersNotSupported"),
        ({"If-Modified-Since": "yesterday"}, "InvalidHeaderValue"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(BatchError) as refusal:
        check_write(headers, STAMP)
    assert (refusal.value.status, refusal.value.code) == (400, code)
