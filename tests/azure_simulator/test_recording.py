"""The file of whole exchanges that `azure-simulator serve --record` writes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from azure_simulator.exchanges import Exchange
from azure_simulator.recording import Recording, read_recording
from tests.support.exchanges import NEW_POOL, create_pool, read_pool
from tests.support.simulator import SimulatorThread, default_scenario


def recorded(path: Path, exchange: Exchange) -> Exchange:
    Recording(path)(exchange)
    (found,) = read_recording(path)
    return found


def test_an_exchange_comes_back_as_it_was(tmp_path: Path) -> None:
    assert recorded(tmp_path / "record", read_pool()) == read_pool()


def test_secrets_are_masked_and_keep_their_shape(tmp_path: Path) -> None:
    body = NEW_POOL | {
        "userAccounts": [{"name": "render", "password": "hush"}],
        "extensions": [{"protectedSettings": {"key": ["hush"]}}],
    }
    found = recorded(tmp_path / "record", create_pool(request_body=json.dumps(body).encode()))
    assert "hush" not in (tmp_path / "record").read_text()
    assert json.loads(found.request_body)["extensions"] == [{"protectedSettings": {"key": ["***"]}}]


@pytest.mark.parametrize("path", ["/…/batchAccounts/contoso/listKeys", "/…/batchAccounts/contoso/regenerateKeys"])
def test_account_keys_are_masked(tmp_path: Path, path: str) -> None:
    found = recorded(tmp_path / "record", read_pool({"primary": "hush"}, path=path))
    assert json.loads(found.body) == {"primary": "***"}


def test_tokens_are_left_out(tmp_path: Path) -> None:
    Recording(tmp_path / "record")(replace(read_pool({"access_token": "hush"}), service="identity"))
    assert (tmp_path / "record").read_text() == ""


def test_a_lost_answer_is_kept_without_one(tmp_path: Path) -> None:
    lost = read_pool(status=None, headers={}, body=b"")
    assert recorded(tmp_path / "record", lost) == lost


def test_observers_are_told_of_every_exchange_but_those_of_the_control_api(simulator_data_dir: Path) -> None:
    seen: list[Exchange] = []
    thread = SimulatorThread(default_scenario(), simulator_data_dir, clock_speed=0, observer=seen.append)
    azure = thread.start()
    try:
        galleries = list(azure.compute().galleries.list())
        azure.control.advance(1)
    finally:
        thread.stop()

    assert galleries == []
    (listed,) = [exchange for exchange in seen if exchange.service != "identity"]
    assert (listed.operation, listed.status, json.loads(listed.body)) == ("Galleries_List", 200, {"value": []})
