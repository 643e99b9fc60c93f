"""The key of the records of applied secrets, in a Secret of a real API server, with the rights that we ship."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.record_key import KEY_BYTES, RecordKey
from azure_batch_operator.reconcile.secrets import SecretUnreadError
from tests.support.controlplane import Kubectl
from tests.support.kube import apply_rbac, connection

OPERATOR = "azure-batch-operator"
SECRET = "azure-batch-operator-record-key"  # a name
EMPTY = '--patch={"data": null}'


@pytest.fixture
async def client(shared: Kubectl) -> AsyncIterator[KubeClient]:
    """The API server as the operator's own service account meets it, with a Secret that has no key yet."""
    apply_rbac(shared.plane)
    shared.plane.kubectl("patch", "secret", SECRET, f"--namespace={OPERATOR}", EMPTY)
    token = shared.plane.service_account_token(OPERATOR, OPERATOR)
    client = KubeClient(lambda: connection(shared.plane, token=token))
    yield client
    await client.close()


def shipped(client: KubeClient) -> RecordKey:
    return RecordKey(client, namespace=OPERATOR, name=SECRET)


async def test_a_key_is_made_once_and_then_the_same_for_every_process(client: KubeClient) -> None:
    key = await shipped(client)()

    assert len(key.reveal()) == KEY_BYTES
    assert await shipped(client)() == key


async def test_two_processes_that_begin_together_come_to_one_key(client: KubeClient) -> None:
    keys = await asyncio.gather(*(shipped(client)() for _ in range(5)))
    assert len(set(keys)) == 1


async def test_applying_what_we_ship_again_keeps_the_key(shared: Kubectl, client: KubeClient) -> None:
    key = await shipped(client)()
    apply_rbac(shared.plane)
    assert await shipped(client)() == key


async def test_a_secret_that_is_not_there_says_what_to_apply(client: KubeClient) -> None:
    with pytest.raises(
        SecretUnreadError, match="is not there: apply deploy/operator, or correct AZURE_BATCH_OPERATOR_"
    ):
        await RecordKey(client, namespace=OPERATOR, name="elsewhere")()


async def test_a_key_that_is_too_short_is_not_taken(shared: Kubectl, client: KubeClient) -> None:
    short = base64.b64encode(b"short").decode()
    shared.plane.kubectl(
        "patch", "secret", SECRET, f"--namespace={OPERATOR}", f'--patch={{"data": {{"key": "{short}"}}}}'
    )
    with pytest.raises(SecretUnreadError, match="has a key of less than 32 bytes"):
        await shipped(client)()


async def test_a_secret_that_it_may_not_fill_says_which_rights_to_grant(shared: Kubectl, client: KubeClient) -> None:
    shared.run("create", "secret", "generic", "not-ours")
    with pytest.raises(SecretUnreadError, match="Grant the operator `get` and `patch` on it") as unread:
        await RecordKey(client, namespace=shared.namespace, name="not-ours")()
    assert f"Secret {shared.namespace}/not-ours" in str(unread.value)
