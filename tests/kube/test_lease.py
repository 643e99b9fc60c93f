"""The Lease as the record of an election, on a real API server, with the rights that we ship."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import kopf
import pytest

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.lease import LeaseStore
from azure_batch_operator.runtime.election import Claim, RecordUnavailableError
from tests.support.controlplane import Kubectl
from tests.support.kube import apply_rbac, connection
from tests.support.proxy import Proxy

OPERATOR = "azure-batch-operator"
OURS = Claim(holder="us", duration=15, transitions=0)
THEIRS = Claim(holder="them", duration=4, transitions=1)


@pytest.fixture
def cleared(shared: Kubectl) -> Iterator[Kubectl]:
    """The operator's namespace and rights, and no Lease, before and after."""
    apply_rbac(shared.plane)
    shared.plane.kubectl("delete", "lease", OPERATOR, f"--namespace={OPERATOR}", "--ignore-not-found")
    yield Kubectl(plane=shared.plane, namespace=OPERATOR)
    shared.plane.kubectl("delete", "lease", OPERATOR, f"--namespace={OPERATOR}", "--ignore-not-found")


@pytest.fixture
async def client(cleared: Kubectl) -> AsyncIterator[KubeClient]:
    token = cleared.plane.service_account_token(OPERATOR, OPERATOR)
    client = KubeClient(lambda: connection(cleared.plane, token=token))
    yield client
    await client.close()


@pytest.fixture
def store(client: KubeClient) -> LeaseStore:
    return LeaseStore(client, namespace=OPERATOR, name=OPERATOR)


def lease(kubectl: Kubectl) -> dict[str, Any]:
    return kubectl.get("lease", OPERATOR)


async def test_a_lease_that_is_not_there_is_made_and_read_back(store: LeaseStore) -> None:
    assert await store.read() is None
    made = await store.write(OURS, over=None)
    assert made is not None
    assert made.claim == OURS
    assert await store.read() == made


async def test_the_times_in_it_are_utc_with_microseconds(cleared: Kubectl, store: LeaseStore) -> None:
    await store.write(OURS, over=None)
    spec = lease(cleared)["spec"]
    for name in ("acquireTime", "renewTime"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", spec[name])


async def test_a_renewal_shows_as_another_record_and_keeps_since_when_it_is_held(
    cleared: Kubectl, store: LeaseStore
) -> None:
    made = await store.write(OURS, over=None)
    before = lease(cleared)["spec"]
    renewed = await store.write(OURS, over=made)
    after = lease(cleared)["spec"]
    assert renewed != made
    assert renewed == await store.read()
    assert after["acquireTime"] == before["acquireTime"]
    assert after["renewTime"] > before["renewTime"]


async def test_another_holder_takes_over_from_now(cleared: Kubectl, store: LeaseStore) -> None:
    made = await store.write(OURS, over=None)
    taken = await store.write(THEIRS, over=made)
    assert taken is not None
    assert taken.claim == THEIRS
    spec = lease(cleared)["spec"]
    assert spec["acquireTime"] == spec["renewTime"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("them", 4, 1)


async def test_of_two_who_write_over_the_same_record_one_does(store: LeaseStore) -> None:
    made = await store.write(OURS, over=None)
    assert await store.write(THEIRS, over=made) is not None
    assert await store.write(OURS, over=made) is None
    assert await store.write(OURS, over=None) is None


async def test_a_lease_that_was_deleted_is_not_renewed(cleared: Kubectl, store: LeaseStore) -> None:
    made = await store.write(OURS, over=None)
    cleared.run("delete", "lease", OPERATOR)
    assert await store.write(OURS, over=made) is None
    assert await store.write(OURS, over=None) is not None


async def test_a_released_lease_names_nobody_and_is_free_at_once(cleared: Kubectl, store: LeaseStore) -> None:
    made = await store.write(OURS, over=None)
    released = await store.write(Claim(holder=None, duration=0, transitions=0), over=made)
    assert released is not None
    assert released.claim == Claim(holder=None, duration=0, transitions=0)
    assert "holderIdentity" not in lease(cleared)["spec"]


async def test_a_holder_that_somebody_cleared_by_hand_still_counts_for_its_duration(
    cleared: Kubectl, store: LeaseStore
) -> None:
    await store.write(OURS, over=None)
    cleared.run("patch", "lease", OPERATOR, "--type=merge", '--patch={"spec":{"holderIdentity":null}}')
    found = await store.read()
    assert found is not None
    assert found.claim == Claim(holder=None, duration=15, transitions=0)


async def test_an_empty_lease_is_free(cleared: Kubectl, store: LeaseStore) -> None:
    cleared.run(
        "create", "-f", "-", stdin=f"apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: {OPERATOR}}}"
    )
    found = await store.read()
    assert found is not None
    assert found.claim == Claim(holder=None, duration=0, transitions=0)
    assert await store.write(OURS, over=found) is not None


async def test_what_others_note_in_its_metadata_stays(cleared: Kubectl, store: LeaseStore) -> None:
    await store.write(OURS, over=None)
    cleared.run("label", "lease", OPERATOR, "team=rendering")
    assert await store.write(OURS, over=await store.read()) is not None
    assert lease(cleared)["metadata"]["labels"] == {"team": "rendering"}


async def test_a_missing_right_says_what_to_grant(client: KubeClient) -> None:
    elsewhere = LeaseStore(client, namespace="kube-public", name=OPERATOR)
    assert elsewhere.name == "Lease kube-public/azure-batch-operator"
    for attempt in (elsewhere.read(), elsewhere.write(OURS, over=None)):
        with pytest.raises(RecordUnavailableError, match="Grant the operator `get`, `patch` and `create`"):
            await attempt


async def test_a_namespace_that_is_not_there_is_named(cluster_admin: KubeClient) -> None:
    nowhere = LeaseStore(cluster_admin, namespace="nowhere", name="nowhere")
    assert await nowhere.read() is None
    with pytest.raises(RecordUnavailableError, match='namespaces "nowhere" not found'):
        await nowhere.write(OURS, over=None)


@pytest.fixture
async def cluster_admin(shared: Kubectl) -> AsyncIterator[KubeClient]:
    client = KubeClient(lambda: connection(shared.plane))
    yield client
    await client.close()


async def test_an_api_server_that_falls_silent_is_waited_for_no_longer_than_allowed(cleared: Kubectl) -> None:
    plane = cleared.plane
    async with Proxy(urlsplit(plane.url).port or 0) as proxy:
        detour = kopf.ConnectionInfo(
            server=f"https://127.0.0.1:{proxy.port}", ca_path=str(plane.ca_file), token=plane.admin_token
        )
        client = KubeClient(lambda: detour, timeout=0.5)
        store = LeaseStore(client, namespace=OPERATOR, name=OPERATOR)
        made = await store.write(OURS, over=None)
        proxy.fall_silent()
        with pytest.raises(RecordUnavailableError, match="no answer"):
            await store.write(OURS, over=made)
        await client.close()
