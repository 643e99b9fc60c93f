"""When Azure says to come back."""

import pytest

from azure_batch_operator.cloud.retry_after import retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "1", "x-ms-retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "Mon, 23 Nov 2026 09:00:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "1000000000"}, 3600.0),
    ],
)
def test_a_wish_of_azure_is_read_in_seconds(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Retry-After": "soon"}, {"Retry-After": ""}, {"Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT"}],
)
def test_what_says_nothing_is_no_wish(headers: dict[str, str]) -> None:
    assert retry_after(headers) is None
