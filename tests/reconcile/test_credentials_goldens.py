"""The exact status and Events that a user sees of a GalleryImage whose credentials are not right; `make golden`."""

from collections.abc import AsyncIterator

import pytest

from tests.support.applications import application, with_applications
from tests.support.certificates import certificate
from tests.support.clockwork import Clockwork, clockwork
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.image_turns import IMAGE, MINUTE, an_image, shown
from tests.support.simulator import StartSimulator

IMAGES = application("images", secrets=["images' secret"])


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(GOLDEN / "credentials" / golden_name(request.node.name))


@pytest.fixture
async def operator(start_simulator: StartSimulator) -> AsyncIterator[Clockwork]:
    async with clockwork(start_simulator(**with_applications(IMAGES))) as turning:
        yield turning


def put(operator: Clockwork, **proof: str | bytes) -> None:
    """Make the Secret that the image names."""
    ids = {"AZURE_TENANT_ID": operator.azure.ready.tenant_id, "AZURE_CLIENT_ID": IMAGES.client_id}
    operator.secrets.put(IMAGE.namespace, "azure-rendering", **ids, **proof)


async def apply(operator: Clockwork) -> None:
    await operator.apply(an_image(credentialsSecretRef={"name": "azure-rendering"}))


async def test_a_secret_that_is_missing(operator: Clockwork, golden: Golden) -> None:
    await apply(operator)
    golden.holds(shown(operator))


async def test_a_secret_that_lacks_its_proof(operator: Clockwork, golden: Golden) -> None:
    put(operator)
    await apply(operator)
    golden.holds(shown(operator))


async def test_a_certificate_without_its_key(operator: Clockwork, golden: Golden) -> None:
    put(operator, AZURE_CLIENT_CERTIFICATE=certificate().public_pem)
    await apply(operator)
    golden.holds(shown(operator))


async def test_a_client_secret_that_entra_id_refuses(operator: Clockwork, golden: Golden) -> None:
    put(operator, AZURE_CLIENT_SECRET="mistyped")
    await apply(operator)
    await operator.run(30 * MINUTE)
    golden.holds(shown(operator))


async def test_a_deletion_whose_credentials_are_lost(operator: Clockwork, golden: Golden) -> None:
    put(operator, AZURE_CLIENT_SECRET="images' secret")
    await apply(operator)
    await operator.until(lambda: operator.is_ready(IMAGE), step=5 * MINUTE)
    async with clockwork(operator.azure) as restarted:
        await restarted.take_over(operator)
        await restarted.delete(IMAGE)
        golden.holds(shown(restarted))
