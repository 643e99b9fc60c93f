"""The guard of tests: it finds what is shown, wherever and however it is written, and does not show it once more."""

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from azure_batch_operator.reconcile.outcome import Note, Outcome
from tests.support.guard import Guard

SECRET = "correct horse/battery"  # with a character that addresses escape

LEAKS = """
    import logging

    import pytest
    import structlog

    from azure_batch_operator.reconcile.outcome import Outcome
    from tests.support.guard import guard
    from tests.support.secrets import Cabinet

    SECRET, ADDRESS = "correct horse/battery", "correct%20horse%2Fbattery"
    TOKEN, SAS = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJiYXRjaCJ9.c2lnbmF0dXJl", "https://a.b/c?sv=2024&sig=c2lnbmF0dXJl%3D"
    log = structlog.stdlib.get_logger("azure_batch_operator.some")

    @pytest.fixture(autouse=True)
    def secret():
        Cabinet().put("rendering", "registry", password=SECRET)

    def test_nothing():
        log.info("signed in", key="BatchPool rendering/frames")

    def test_field():
        log.info("signed in", password=SECRET)

    def test_debug():
        log.debug(f"signed in with {SECRET}")

    def test_library():
        logging.getLogger("azure.core").warning("sent %s", SECRET)

    def test_traceback():
        try:
            raise ValueError(SECRET)
        except ValueError:
            log.exception("a defect")

    def test_outcome():
        guard().hear(Outcome(status={"message": SECRET}))

    def test_address():
        guard().watch("a page", lambda: ADDRESS)

    def test_token():
        log.info("sent", token=TOKEN)

    def test_sas():
        log.info("read", url=SAS)
"""


def test_whoever_shows_a_secret_fails_wherever_it_is_and_does_not_show_it_again(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    pytester.makepyfile(LEAKS)
    result = pytester.runpytest_subprocess("-p", "tests.support.guard", "-p", "no:asyncio", "--show-capture=no")
    result.assert_outcomes(passed=1, failed=8)
    told = [line for line in result.outlines if "***" in line]
    assert len(told) >= 8
    assert [line for line in told if "battery" in line or "c2lnbmF0dXJl" in line] == []


def test_a_secret_is_found_as_it_is_and_as_json_addresses_and_secrets_write_it() -> None:
    value = 'say "friend" & enter'
    for written in (
        value,
        json.dumps({"it": value}),
        "say%20%22friend%22%20%26%20enter",
        base64.b64encode(value.encode()).decode(),
    ):
        guard = Guard()
        guard.confide("the word", value)
        guard.watch("a page", lambda written=written: written)  # type: ignore[misc]  # one for each turn of the loop
        assert len(list(guard.leaks())) == 1, written


def test_a_file_is_secret_line_by_line_but_for_its_frame() -> None:
    guard = Guard()
    guard.confide(
        "a key", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
    )
    guard.watch("a page", lambda: "-----BEGIN PRIVATE KEY----- hkiG9w0BAQEFAASC")
    (told,) = guard.leaks()
    assert told.startswith("a key, in a page")


def test_ids_in_a_secret_and_short_words_are_no_secrets() -> None:
    guard = Guard()
    guard.confide_values("Secret registry", {"AZURE_CLIENT_ID": "11111111-2222-3333", "password": "azure"})
    guard.watch("a page", lambda: "11111111-2222-3333 azure")
    assert list(guard.leaks()) == []


def test_what_an_earlier_turn_showed_counts_although_a_later_one_shows_something_else() -> None:
    guard = Guard()
    guard.confide("the word", SECRET)
    note = Note(type="Normal", reason="Created", action="Create", message=SECRET)
    guard.hear(Outcome(notes=(note,)))
    guard.hear(Outcome())
    assert len(list(guard.leaks())) == 1


def test_a_masked_signature_is_none() -> None:
    guard = Guard()
    guard.watch("a page", lambda: "https://a/b?sig=***&sv=2024")
    assert list(guard.leaks()) == []


def test_every_module_that_makes_an_operator_for_tests_has_it_watched() -> None:
    """An operator on clocks that stand still tells the guard of each turn; one in a cluster, what it left there."""
    support = Path(__file__).parents[1]
    makers = [
        path for path in support.rglob("*.py") if " Clockwork(" in path.read_text() or "Stage.set(" in path.read_text()
    ]
    assert makers
    unwatched = [
        path.name
        for path in makers
        if "hear=guard().hear" not in path.read_text() and "tell_guard(" not in path.read_text()
    ]
    assert [name for name in unwatched if name != Path(__file__).name] == []
