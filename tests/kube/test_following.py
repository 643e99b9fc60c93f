"""Following both kinds: what is shown after each change, and while the API server cannot be reached."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import kopf
import pytest

from azure_batch_operator.kube import following
from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.following import Picture, pictures
from tests.support.kube import Cluster, connection
from tests.support.proxy import Proxy
from tools.controlplane.plane import ControlPlane


@pytest.fixture
async def proxy(control_plane: ControlPlane) -> AsyncIterator[Proxy]:
    async with Proxy(urlsplit(control_plane.url).port or 0) as proxy:
        yield proxy


@pytest.fixture
async def client(control_plane: ControlPlane, proxy: Proxy) -> AsyncIterator[KubeClient]:
    def login() -> kopf.ConnectionInfo:
        known = connection(control_plane)
        return kopf.ConnectionInfo(
            server=f"https://127.0.0.1:{proxy.port}", ca_path=known.ca_path, token=control_plane.admin_token
        )

    client = KubeClient(login)
    yield client
    await client.close()


def names(picture: Picture) -> set[str]:
    return {body["metadata"]["name"] for body in picture.pools}


async def until_shown(shown: AsyncIterator[Picture], *, name: str, there: bool = True) -> Picture:
    """The first picture that has the pool, or has it no more."""
    async for picture in shown:
        if (name in names(picture)) is there and picture.trouble is None:
            return picture
    raise AssertionError("the pictures have an end")


async def test_what_is_made_and_what_is_deleted_is_shown(cluster: Cluster, client: KubeClient) -> None:
    shown = pictures(client, cluster.kubectl.namespace)
    assert "frames" not in names(await anext(shown))

    cluster.make_pool("frames")
    await until_shown(shown, name="frames")

    cluster.kubectl.run("delete", "batchpool/frames", "--wait=false")
    await until_shown(shown, name="frames", there=False)
    await shown.aclose()


async def test_other_namespaces_are_not_shown(cluster: Cluster, client: KubeClient) -> None:
    key = cluster.make_pool()

    elsewhere, everywhere = pictures(client, "kube-public"), pictures(client, None)

    assert key.name not in names(await anext(elsewhere))
    assert key.name in names(await anext(everywhere))
    await elsewhere.aclose()
    await everywhere.aclose()


async def test_a_lost_connection_is_told_and_made_up_for(
    cluster: Cluster, client: KubeClient, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AGAIN_AFTER", 0.2)
    shown = pictures(client, cluster.kubectl.namespace)
    await anext(shown)

    await proxy.down()
    assert (await anext(shown)).trouble is not None
    key = cluster.make_pool()
    await proxy.up()

    await until_shown(shown, name=key.name)
    await shown.aclose()
