"""Lists of pools, nodes, node counts and supported images: pages, order, selections, filters."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.support.batch import Wire, batch_client, small_pool
from tests.support.simulator import SimulatedAzure


def pages(wire: Wire, path: str, query: Mapping[str, str]) -> Iterable[list[Any]]:
    """The pages of a list, following the links as they are."""
    answer = wire.call("GET", path, query=query)
    while True:
        assert answer.status == 200
        yield answer.body["value"]
        if "odata.nextLink" not in answer.body:
            return
        answer = wire.call("GET", answer.body["odata.nextLink"])


@pytest.fixture
def wire(simulator: SimulatedAzure) -> Wire:
    """An account with 23 pools, the last of which has three dedicated and two Spot nodes."""
    client = batch_client(simulator)
    for number in reversed(range(22)):
        client.create_pool(small_pool(f"pool-{number:02}"))
    client.create_pool(small_pool("Zeta", nodes=3, target_low_priority_nodes=2))
    simulator.control.advance(1200)
    return Wire(simulator)


def test_pools_come_in_the_order_of_their_ids_page_by_page(wire: Wire) -> None:
    found = [[pool["id"] for pool in page] for page in pages(wire, "/pools", {"maxresults": "10"})]

    expected = [*(f"pool-{number:02}" for number in range(22)), "Zeta"]
    assert [len(page) for page in found] == [10, 10, 3]
    assert [pool for page in found for pool in page] == expected


def test_a_list_has_its_metadata_and_no_link_when_it_is_whole(simulator: SimulatedAzure, wire: Wire) -> None:
    answer = wire.call("GET", "/pools")

    assert answer.body["odata.metadata"] == f"{simulator.ready.batch['contoso']}/$metadata#pools"
    assert len(answer.body["value"]) == 23
    assert "odata.nextLink" not in answer.body
    assert answer.headers["Content-Type"] == "application/json;odata=minimalmetadata"


def test_the_link_keeps_the_other_parameters(wire: Wire) -> None:
    query = {"maxresults": "10", "$select": "id,state", "$filter": "startswith(id,'pool')"}
    found = list(pages(wire, "/pools", query))

    assert [len(page) for page in found] == [10, 10, 2]
    assert all(pool == {"id": pool["id"], "state": "active"} for page in found for pool in page)


def test_a_pool_that_is_gone_does_not_break_the_pages(simulator: SimulatedAzure, wire: Wire) -> None:
    first = wire.call("GET", "/pools", query={"maxresults": "10"})
    batch_client(simulator).begin_delete_pool("pool-09")
    simulator.control.advance(60)

    second = wire.call("GET", first.body["odata.nextLink"])
    assert second.body["value"][0]["id"] == "pool-10"


@pytest.mark.parametrize(
    ("clause", "ids"),
    [
        ("id eq 'ZETA'", ["Zeta"]),
        ("allocationState eq 'steady' and startswith(id,'pool-0') and id lt 'pool-02'", ["pool-00", "pool-01"]),
        ("state eq 'deleting'", []),
        ("creationTime gt datetime'2999-01-01T00:00:00Z'", []),
        ("enableAutoScale eq false and startswith(id,'z')", ["Zeta"]),
    ],
)
def test_pools_are_filtered(wire: Wire, clause: str, ids: list[str]) -> None:
    answer = wire.call("GET", "/pools", query={"$filter": clause})

    assert [pool["id"] for pool in answer.body["value"]] == ids


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"maxresults": "0"}, "OutOfRangeQueryParameterValue"),
        ({"maxresults": "1001"}, "OutOfRangeQueryParameterValue"),
        ({"maxresults": "many"}, "InvalidQueryParameterValue"),
        ({"$filter": "nodes gt 3"}, "InvalidQueryParameterValue"),
        ({"$skiptoken": "nonsense"}, "InvalidQueryParameterValue"),
        ({"$expand": "nodes"}, "InvalidQueryParameterValue"),
    ],
)
def test_wrong_parameters_of_a_list_are_refused(simulator: SimulatedAzure, query: dict[str, str], code: str) -> None:
    answer = Wire(simulator).call("GET", "/pools", query=query)

    assert (answer.status, answer.code) == (400, code)


def test_statistics_are_not_simulated_and_say_so(wire: Wire) -> None:
    answer = wire.call("GET", "/pools/Zeta", query={"$expand": "stats"})

    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert answer.values["Missing"] == "$expand=stats"


def test_a_selection_of_one_pool_keeps_its_headers(wire: Wire) -> None:
    answer = wire.call("GET", "/pools/zeta", query={"$select": "allocationState, targetLowPriorityNodes"})

    assert answer.body == {
        "odata.metadata": answer.body["odata.metadata"],
        "allocationState": "steady",
        "targetLowPriorityNodes": 2,
    }
    assert answer.headers["ETag"]


def test_node_counts_come_ten_pools_a_page(wire: Wire) -> None:
    found = list(pages(wire, "/nodecounts", {}))

    assert [len(page) for page in found] == [10, 10, 3]
    assert found[-1][-1]["poolId"] == "Zeta"
    assert {kind: found[-1][-1][kind]["total"] for kind in ("dedicated", "lowPriority")} == {
        "dedicated": 3,
        "lowPriority": 2,
    }
    refused = wire.call("GET", "/nodecounts", query={"maxresults": "11"})
    assert (refused.status, refused.code) == (400, "OutOfRangeQueryParameterValue")


def test_node_counts_of_one_pool_tell_its_states(simulator: SimulatedAzure, wire: Wire) -> None:
    (counts,) = batch_client(simulator).list_pool_node_counts(filter="poolId eq 'zeta'")

    assert counts.dedicated is not None
    assert counts.low_priority is not None
    assert (counts.dedicated.idle, counts.dedicated.total) == (3, 3)
    assert (counts.low_priority.idle, counts.low_priority.total) == (2, 2)


def test_nodes_come_in_pages_and_are_filtered_by_state(simulator: SimulatedAzure, wire: Wire) -> None:
    found = list(pages(wire, "/pools/zeta/nodes", {"maxresults": "2"}))
    assert [len(page) for page in found] == [2, 2, 1]
    assert len({node["id"] for page in found for node in page}) == 5
    simulator.control.make_node_unusable("contoso", "zeta", found[0][0]["id"])

    broken = list(batch_client(simulator).list_nodes("zeta", filter="state eq 'unusable'", select=["id", "state"]))
    assert [node.as_dict() for node in broken] == [{"id": found[0][0]["id"], "state": "unusable"}]


def test_supported_images_are_filtered_by_agent_and_operating_system(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)

    windows = list(client.list_supported_images(filter="osType eq 'windows'"))
    assert windows
    assert {image.node_agent_sku_id for image in windows} == {"batch.node.windows amd64"}
    debian = list(client.list_supported_images(filter="nodeAgentSKUId eq 'batch.node.debian 12'"))
    assert [(image.os_type, image.verification_type) for image in debian] == [("linux", "unverified")]


def test_supported_images_come_in_pages(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    whole = wire.call("GET", "/supportedimages").body["value"]
    found = [image for page in pages(wire, "/supportedimages", {"maxresults": "4"}) for image in page]

    assert len(whole) > 8
    assert found == whole
