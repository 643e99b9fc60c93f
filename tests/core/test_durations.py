"""Azure's durations as lengths of time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core import durations


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("PT45M", 45), ("PT45M00S", 45), ("PT1H30M", 90), ("PT90M", 90), ("P1D", 1440), ("P1W", 10080), ("PT300S", 5)],
)
def test_every_spelling_of_a_duration_has_its_length(text: str, minutes: int) -> None:
    assert durations.parse(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "45 minutes", "15m", "P1Y", "P2M"])
def test_what_has_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|length"):
        durations.parse(text)


def test_forty_five_minutes_are_written_as_azure_answers_them() -> None:
    assert durations.iso(timedelta(minutes=45)) == "PT45M"


@given(st.integers(min_value=0, max_value=10_000_000))
def test_what_is_written_is_read_back(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert durations.parse(durations.iso(duration)) == duration


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(minutes=45), "45 min"),
        (timedelta(hours=1, minutes=30), "1 h 30 min"),
        (timedelta(seconds=20), "20 s"),
        (timedelta(0), "0 s"),
        (timedelta(days=2), "48 h"),
    ],
)
def test_people_read_a_duration_in_hours_minutes_and_seconds(duration: timedelta, words: str) -> None:
    assert durations.in_words(duration) == words
