"""The client of the API server: it logs in again when it must, and turns every trouble into one kind of failure."""

from pathlib import Path

import kopf
import pytest

from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.login import login
from azure_batch_operator.runtime.gate import GateClosedError
from tests.support.kube import Cluster, connection

NAMESPACE = "/api/v1/namespaces/kube-system"


async def test_a_token_that_was_replaced_is_read_again_when_the_old_one_is_refused(cluster: Cluster) -> None:
    tokens = iter(["expired", cluster.kubectl.plane.admin_token])
    client = KubeClient(lambda: connection(cluster.kubectl.plane, token=next(tokens)))
    assert (await client.get(NAMESPACE))["metadata"]["name"] == "kube-system"
    await client.close()


async def test_a_token_that_stays_wrong_is_a_failure(cluster: Cluster) -> None:
    client = KubeClient(lambda: connection(cluster.kubectl.plane, token="wrong"))
    with pytest.raises(ApiFailure) as refused:
        await client.get(NAMESPACE)
    assert refused.value.status == 401
    await client.close()


async def test_a_refusal_carries_the_api_servers_own_words(cluster: Cluster) -> None:
    with pytest.raises(ApiFailure, match='namespaces "nowhere" not found') as refused:
        await cluster.client.get("/api/v1/namespaces/nowhere")
    assert refused.value.not_found


async def test_no_answer_at_all_is_a_failure_too() -> None:
    client = KubeClient(lambda: kopf.ConnectionInfo(server="https://127.0.0.1:1"))
    with pytest.raises(ApiFailure) as unanswered:
        await client.get(NAMESPACE)
    assert unanswered.value.status is None
    await client.close()


async def test_what_may_not_be_written_just_now_is_kept_back(cluster: Cluster) -> None:
    key = cluster.make_pool()

    def refuse() -> None:
        raise GateClosedError("not now")

    client = KubeClient(lambda: connection(cluster.kubectl.plane), before_write=refuse)
    with pytest.raises(GateClosedError):
        await client.patch(f"/apis/azurebatch.io/v1alpha1/namespaces/{key.namespace}/batchpools/{key.name}", {})
    assert (await client.get(NAMESPACE))["kind"] == "Namespace"
    await client.close()


async def test_a_write_that_is_sent_again_after_a_new_login_is_asked_for_again(cluster: Cluster) -> None:
    key, allowed = cluster.make_pool(), iter([True])
    tokens = iter(["expired", cluster.kubectl.plane.admin_token])

    def once() -> None:
        if not next(allowed, False):
            raise GateClosedError("not now")

    client = KubeClient(lambda: connection(cluster.kubectl.plane, token=next(tokens)), before_write=once)
    with pytest.raises(GateClosedError):
        await client.patch(f"/apis/azurebatch.io/v1alpha1/namespaces/{key.namespace}/batchpools/{key.name}", {})
    await client.close()


async def test_writes_are_recorded_under_our_name(cluster: Cluster) -> None:
    key = cluster.make_pool()
    path = f"/apis/azurebatch.io/v1alpha1/namespaces/{key.namespace}/batchpools/{key.name}"
    body = await cluster.client.patch(path, {"metadata": {"labels": {"touched": "yes"}}})
    assert "azure-batch-operator" in {entry["manager"] for entry in body["metadata"]["managedFields"]}


def test_without_any_credentials_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(kopf.LoginError, match="set KUBECONFIG"):
        login()
