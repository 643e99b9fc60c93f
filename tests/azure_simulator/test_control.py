"""The simulator's own API: journal, faults, clock and state, through its Python client."""

import urllib.error
from http.client import RemoteDisconnected

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from azure_simulator.client import ControlError
from tests.support.arm import call
from tests.support.galleries import GALLERY, GROUP, put_gallery
from tests.support.simulator import SimulatedAzure, StartSimulator

IMAGE = {"operation": "Images_Get"}


def test_the_journal_tells_who_asked_what_and_what_came_of_it(simulator: SimulatedAzure) -> None:
    compute = simulator.compute()
    put_gallery(compute)
    [entry] = simulator.control.requests(service="compute")
    assert (entry.operation, entry.method, entry.status) == ("Galleries_CreateOrUpdate", "PUT", 201)
    assert entry.path.endswith("/resourceGroups/images/providers/Microsoft.Compute/galleries/renderGallery")
    assert (entry.caller, entry.api_version) == (simulator.ready.client_id, "2026-03-03")
    assert entry.body == {"location": "westeurope"}
    assert entry.simulated_time == simulator.control.clock().time


def test_the_journal_can_be_narrowed_and_continued(simulator: SimulatedAzure) -> None:
    compute = simulator.compute()
    compute.images.get(GROUP, "render-node-1")
    seen = simulator.control.sequence()
    compute.images.get(GROUP, "render-node-2")
    put_gallery(compute)
    assert [entry.method for entry in simulator.control.requests(since=seen)] == ["GET", "PUT"]
    assert len(simulator.control.requests(operation="Images_Get")) == 2
    assert [entry.method for entry in simulator.control.requests(service="compute", method="PUT")] == ["PUT"]


def test_the_journal_keeps_the_code_of_a_refusal(simulator: SimulatedAzure) -> None:
    with pytest.raises(HttpResponseError):
        simulator.compute().images.get(GROUP, "nobody")
    [entry] = simulator.control.requests(operation="Images_Get")
    assert (entry.status, entry.error_code) == (404, "ResourceNotFound")


def test_a_fault_answers_for_the_service_after_some_and_for_some_requests(simulator: SimulatedAzure) -> None:
    answer = {
        "status": 429,
        "code": "TooManyRequests",
        "message": "Slow down.",
        "headers": {"Retry-After": "7"},
    }
    simulator.control.order_fault({"match": IMAGE, "skip": 1, "times": 2, "answer": answer})
    path = f"/subscriptions/{simulator.subscription}/resourceGroups/{GROUP}"
    url = f"{path}/providers/Microsoft.Compute/images/render-node-1?api-version=2024-07-01"
    answers = [call(simulator, "GET", url) for _ in range(4)]
    assert [found.status for found in answers] == [200, 429, 429, 200]
    assert (answers[1].code, answers[1].headers["retry-after"]) == ("TooManyRequests", "7")
    [fault] = simulator.control.faults()
    assert (fault["passed"], fault["struck"], fault["spent"]) == (1, 2, True)


def test_a_lost_request_is_not_carried_out_and_a_lost_answer_is(simulator: SimulatedAzure) -> None:
    match = {"operation": "Galleries_CreateOrUpdate"}
    compute = simulator.compute()
    for lose, left in (("request", []), ("response", [GALLERY])):
        simulator.control.order_fault({"match": match, "lose": lose})
        with pytest.raises(ServiceResponseError):
            put_gallery(compute)
        assert [gallery.name for gallery in compute.galleries.list()] == left
    assert [entry.status for entry in simulator.control.requests(operation="Galleries_CreateOrUpdate")] == [None, None]


def test_a_fault_matches_paths_and_methods(simulator: SimulatedAzure) -> None:
    answer = {"status": 500, "code": "InternalServerError"}
    match = {"pathRegex": "/images/render-node-2$", "method": "GET", "service": "compute"}
    simulator.control.order_fault({"match": match, "times": None, "answer": answer})
    compute = simulator.compute()
    compute.images.get(GROUP, "render-node-1")
    for _ in range(3):
        with pytest.raises(HttpResponseError, match="InternalServerError"):
            compute.images.get(GROUP, "render-node-2")
    simulator.control.clear_faults()
    compute.images.get(GROUP, "render-node-2")


def test_a_delayed_answer_arrives_all_the_same(simulator: SimulatedAzure) -> None:
    simulator.control.order_fault({"match": IMAGE, "delay": 0.2})
    compute = simulator.compute()
    compute.images.get(GROUP, "render-node-1")
    [entry] = simulator.control.requests(operation="Images_Get")
    assert entry.seconds >= 0.2


def test_a_fault_speaks_as_the_service_that_it_strikes(simulator: SimulatedAzure) -> None:
    answer = {"status": 503, "code": "ServerBusy", "message": "Busy."}
    simulator.control.order_fault({"match": {"service": "batch"}, "answer": answer})
    body = call(simulator, "GET", simulator.ready.batch["contoso"] + "/pools?api-version=2024-07-01.20.0").body
    assert (body["code"], body["message"]["value"].splitlines()[0]) == ("ServerBusy", "Busy.")


def test_a_fault_has_exactly_one_effect(simulator: SimulatedAzure) -> None:
    with pytest.raises(ControlError, match="exactly one effect"):
        simulator.control.order_fault({"match": IMAGE, "delay": 1, "lose": "request"})
    with pytest.raises(ControlError, match="exactly one effect"):
        simulator.control.order_fault({"match": IMAGE})


def test_the_clock_stands_still_until_it_is_moved(simulator: SimulatedAzure) -> None:
    before = simulator.control.clock()
    assert before.speed == 0
    assert simulator.control.clock().time == before.time
    after = simulator.control.advance(90)
    assert (after.time - before.time).total_seconds() == 90


def test_the_date_of_an_answer_is_simulated(simulator: SimulatedAzure) -> None:
    simulator.control.advance(10 * 365 * 24 * 3600)
    date = call(simulator, "GET", "/subscriptions?api-version=2022-12-01").headers["date"]
    assert date.endswith("GMT")
    assert str(simulator.control.clock().time.year) in date


def test_retry_after_is_simulated_seconds_by_the_speed(start_simulator: StartSimulator) -> None:
    for speed, seconds, milliseconds in ((0.5, "30", "30000"), (1.0, "15", "15000"), (60.0, "1", "250")):
        simulator = start_simulator(clock_speed=speed)
        gallery = f"/resourceGroups/{GROUP}/providers/Microsoft.Compute/galleries/{GALLERY}"
        url = f"/subscriptions/{simulator.subscription}{gallery}?api-version=2024-03-03"
        headers = call(simulator, "PUT", url, {"location": "westeurope"}).headers
        assert (headers["retry-after"], headers["x-ms-retry-after-ms"]) == (seconds, milliseconds)


def test_a_reset_forgets_everything(simulator: SimulatedAzure) -> None:
    compute = simulator.compute()
    start = simulator.control.state()
    simulator.control.order_fault({"match": IMAGE, "times": None, "answer": {"status": 500, "code": "X"}})
    put_gallery(compute)
    assert simulator.control.state()["galleries"]
    simulator.control.reset()
    assert {**simulator.control.state(), "time": start["time"]} == start
    assert simulator.control.requests() == []
    compute.images.get(GROUP, "render-node-1")


def test_an_unknown_control_path_is_refused(simulator: SimulatedAzure) -> None:
    with pytest.raises(ControlError, match="There is no Batch account 'nobody'"):
        simulator.control.quotas("nobody")


def test_a_lost_request_breaks_the_connection_of_any_client(simulator: SimulatedAzure) -> None:
    simulator.control.order_fault({"match": {"service": "compute"}, "lose": "request"})
    with pytest.raises((RemoteDisconnected, urllib.error.URLError)):
        call(simulator, "GET", f"/subscriptions/{simulator.subscription}/providers/Microsoft.Compute/galleries")
    assert simulator.control.healthy()
