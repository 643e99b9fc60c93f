"""The record of the secrets that a pool has: what it tells, what it hides, and when it counts."""

from dataclasses import replace
from typing import Any

import pytest

from azure_batch_operator.core.confidential import Confidential, ConfidentialObject, InSecret
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.pool_secrets import RECORD_ITEM, record_after, record_of, rotated
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.core.secret_values import UnusableValueError, filled, uses, value_from
from tests.support.batch_pools import OWNER, wanted_pool

KEY, OTHER_KEY = Confidential(b"one key"), Confidential(b"another key")
PASSWORD, TOKEN = InSecret(name="pool", key="password"), InSecret(name="pool", key="token")
BODY: dict[str, Any] = {
    "userAccounts": [{"name": "build", "password": PASSWORD}],
    "startTask": {"commandLine": "true", "environmentSettings": [{"name": "TOKEN", "value": TOKEN}]},
}
OURS = {OWNER_TAG: OWNER.tag()}


def pool(password: str = "old", token: str = "old", key: Confidential[bytes] = KEY) -> WantedPool:
    """A pool whose Secrets hold these values."""
    values = {PASSWORD: Confidential(password), TOKEN: Confidential(token)}
    named = replace(wanted_pool(BODY), secrets=tuple(uses(BODY)))
    return replace(named, body=filled(named.body, values), record=record_of(named, values, key))


def applied(wanted: WantedPool) -> dict[str, str]:
    """The metadata of a pool to which all of these were applied."""
    record = record_after(wanted, {}, written=BODY)
    assert record is not None
    return {**OURS, RECORD_ITEM: record}


def test_what_was_applied_is_as_wanted_until_a_value_changes() -> None:
    metadata = applied(pool())
    assert list(rotated(pool(), metadata)) == []
    assert list(rotated(pool(token="new"), metadata)) == [("startTask", "environmentSettings", "TOKEN", "value")]
    assert list(rotated(pool(password="new"), metadata)) == [("userAccounts", "build", "password")]


def test_a_write_of_one_property_says_nothing_of_the_others() -> None:
    both = pool(password="new", token="new")
    written = record_after(both, applied(pool()), written={"startTask"})
    assert list(rotated(both, {**OURS, RECORD_ITEM: str(written)})) == [("userAccounts", "build", "password")]


def test_a_pool_of_ours_without_a_record_has_none_of_them() -> None:
    assert [path[0] for path in rotated(pool(), OURS)] == ["startTask", "userAccounts"]
    assert record_after(pool(), OURS, written=()) is None


@pytest.mark.parametrize("metadata", [{}, {OWNER_TAG: "former/pool/rendering/frames"}, applied(pool(key=OTHER_KEY))])
def test_what_is_not_known_counts_as_equal_and_is_recorded(metadata: dict[str, str]) -> None:
    assert list(rotated(pool(), metadata)) == []
    assert record_after(pool(), metadata, written=()) == applied(pool())[RECORD_ITEM]


def test_secrets_that_are_not_known_now_leave_the_record_as_it_is() -> None:
    unread = replace(wanted_pool(BODY), secrets=tuple(uses(BODY)))
    assert list(rotated(unread, applied(pool()))) == []
    assert record_after(unread, applied(pool()), written=()) == applied(pool())[RECORD_ITEM]


def test_a_property_that_lost_its_secrets_leaves_the_record_when_it_is_written() -> None:
    plain = replace(wanted_pool({}), record=record_of(wanted_pool({}), {}, KEY))
    assert record_after(plain, applied(pool()), written=BODY) is None


@pytest.mark.parametrize(
    ("held", "value"),
    [(b"one line\n", "one line"), (b"one line\r\n", "one line"), (b"a\nb\n", "a\nb\n"), (b" spaced ", " spaced ")],
)
def test_a_text_is_taken_as_it_is_but_for_the_break_after_a_single_line(held: bytes, value: str) -> None:
    assert value_from(held, "text") == Confidential(value)


def test_an_object_is_kept_as_its_json() -> None:
    value = value_from(b'{"a": 1}', "object")
    assert isinstance(value, ConfidentialObject)
    assert value.reveal() == '{"a": 1}'


@pytest.mark.parametrize(
    ("held", "form"), [(b"", "text"), (b"\n", "text"), (b"\xff", "text"), (b"[1]", "object"), (b"{", "object")]
)
def test_what_cannot_be_used_is_refused_without_showing_it(held: bytes, form: str) -> None:
    with pytest.raises(UnusableValueError, match=r"^is (empty|no text in UTF-8|not the JSON of an object)$"):
        value_from(held, form)
