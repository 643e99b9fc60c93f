"""OData filters and selections as the Batch service has them."""

from datetime import UTC, datetime

import pytest

from azure_simulator.answers import BatchError
from azure_simulator.batch.filters import parse_filter, parse_select, selected

ROWS = (
    {"id": "Alpha-1", "state": "active", "created": datetime(2026, 1, 1, tzinfo=UTC), "auto": True, "size": 1},
    {"id": "alpha-2", "state": "deleting", "created": datetime(2026, 2, 1, tzinfo=UTC), "auto": False, "size": 2},
    {"id": "beta's", "state": "active", "created": datetime(2026, 3, 1, tzinfo=UTC), "auto": False, "size": None},
)
PROPERTIES = frozenset(ROWS[0])


@pytest.mark.parametrize(
    ("clause", "ids"),
    [
        ("id eq 'alpha-1'", ["Alpha-1"]),
        ("id eq 'beta''s'", ["beta's"]),
        ("startswith(id,'ALPHA')", ["Alpha-1", "alpha-2"]),
        ("not startswith(id, 'alpha')", ["beta's"]),
        ("state ne 'active'", ["alpha-2"]),
        ("state eq 'active' and startswith(id,'alpha')", ["Alpha-1"]),
        ("id eq 'alpha-2' or id eq 'alpha-1'", ["Alpha-1", "alpha-2"]),
        ("(state eq 'deleting' or auto eq true) and startswith(id,'alpha-2')", ["alpha-2"]),
        ("state eq 'deleting' or state eq 'active' and auto eq true", ["Alpha-1", "alpha-2"]),
        ("auto eq false", ["alpha-2", "beta's"]),
        ("created gt datetime'2026-01-15T00:00:00Z'", ["alpha-2", "beta's"]),
        ("created le 2026-02-01T00:00:00Z", ["Alpha-1", "alpha-2"]),
        ("created lt DateTime'2026-02-01T00:00:00'", ["Alpha-1"]),
        ("size ge 1", ["Alpha-1", "alpha-2"]),
        ("ID eq 'alpha-1'", ["Alpha-1"]),
    ],
)
def test_a_filter_admits_the_rows_it_describes(clause: str, ids: list[str]) -> None:
    admits = parse_filter(clause, PROPERTIES)

    assert [row["id"] for row in ROWS if admits(row)] == ids


@pytest.mark.parametrize(
    "clause",
    [
        "id",
        "id eq",
        "id like 'a'",
        "colour eq 'red'",
        "startswith(id 'a')",
        "(id eq 'a'",
        "id eq 'a' xor",
        "id eq ~",
        "created gt datetime'yesterday'",
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_clause_in_the_answer(clause: str) -> None:
    with pytest.raises(BatchError) as refusal:
        parse_filter(clause, PROPERTIES)

    assert (refusal.value.status, refusal.value.code) == (400, "InvalidQueryParameterValue")
    assert refusal.value.values["QueryParameterName"] == "$filter"
    assert refusal.value.values["QueryParameterValue"] == clause


def test_a_selection_keeps_only_what_it_names() -> None:
    names = parse_select("id, state,unknown")

    assert selected(ROWS[0], names) == {"id": "Alpha-1", "state": "active"}
    assert selected(ROWS[0], parse_select(None)) == ROWS[0]
