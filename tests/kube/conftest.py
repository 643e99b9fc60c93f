"""A control plane that serves both kinds, and our client of it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from azure_batch_operator.kube.client import KubeClient
from tests.support.controlplane import Kubectl, temporary_namespace
from tests.support.custom_resources import install_crds
from tests.support.kube import Cluster, Writes, connection
from tools.controlplane.plane import ControlPlane


@pytest.fixture(scope="module")
def shared(control_plane: ControlPlane) -> Iterator[Kubectl]:
    """kubectl in a namespace that the tests of one module share, where both kinds are served."""
    with temporary_namespace(control_plane) as kubectl:
        install_crds(kubectl)
        yield kubectl


@pytest.fixture
async def cluster(shared: Kubectl) -> AsyncIterator[Cluster]:
    """The shared namespace, a client of our own, and the number of its writes."""
    writes = Writes()
    client = KubeClient(lambda: connection(shared.plane), before_write=writes.note)
    yield Cluster(kubectl=shared, client=client, writes=writes)
    await client.close()
