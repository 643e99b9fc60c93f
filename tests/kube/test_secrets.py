"""Reading Secrets from a real API server with the rights that we ship."""

from collections.abc import AsyncIterator

import kopf
import pytest

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.secrets import Secrets
from azure_batch_operator.reconcile.secrets import SecretUnreadError
from tests.support.controlplane import Kubectl
from tests.support.kube import apply_rbac, connection

OPERATOR = "azure-batch-operator"


@pytest.fixture
async def secrets(shared: Kubectl) -> AsyncIterator[Secrets]:
    """Secrets as the operator's own service account may read them."""
    apply_rbac(shared.plane)
    token = shared.plane.service_account_token(OPERATOR, OPERATOR)
    client = KubeClient(lambda: connection(shared.plane, token=token))
    yield Secrets(client)
    await client.close()


async def test_the_values_of_a_secret_come_as_they_were_put_there(shared: Kubectl, secrets: Secrets) -> None:
    shared.run("create", "secret", "generic", "azure", "--from-literal=AZURE_CLIENT_ID=it", "--from-literal=empty=")
    assert await secrets(shared.namespace, "azure") == {"AZURE_CLIENT_ID": b"it", "empty": b""}


async def test_a_secret_that_changes_is_read_as_it_is_then(shared: Kubectl, secrets: Secrets) -> None:
    shared.run("create", "secret", "generic", "rotating", "--from-literal=key=old")
    await secrets(shared.namespace, "rotating")
    shared.run("patch", "secret", "rotating", '--patch={"stringData": {"key": "new"}}')
    assert await secrets(shared.namespace, "rotating") == {"key": b"new"}


async def test_a_secret_without_values_has_none(shared: Kubectl, secrets: Secrets) -> None:
    shared.run("create", "secret", "generic", "bare")
    assert await secrets(shared.namespace, "bare") == {}


@pytest.mark.parametrize("name", ["nowhere", "..", "../configmaps/kube-root-ca.crt", "Upper", "a?watch=true", ""])
async def test_what_is_not_there_or_cannot_be_is_none(shared: Kubectl, secrets: Secrets, name: str) -> None:
    assert await secrets(shared.namespace, name) is None


async def test_a_right_that_is_missing_says_which_one_to_grant(shared: Kubectl) -> None:
    shared.run("create", "serviceaccount", "powerless")
    token = shared.plane.service_account_token(shared.namespace, "powerless")
    client = KubeClient(lambda: connection(shared.plane, token=token))
    with pytest.raises(SecretUnreadError, match="Grant the operator `get` on Secrets") as unread:
        await Secrets(client)(shared.namespace, "azure")
    assert str(unread.value).startswith(f"Secret {shared.namespace}/azure cannot be read: ")
    await client.close()


async def test_an_api_server_that_does_not_answer_is_no_missing_secret() -> None:
    client = KubeClient(lambda: kopf.ConnectionInfo(server="https://127.0.0.1:1"))
    with pytest.raises(SecretUnreadError, match="Secret rendering/azure cannot be read"):
        await Secrets(client)("rendering", "azure")
    await client.close()
