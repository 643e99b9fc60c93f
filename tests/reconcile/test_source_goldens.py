"""The exact status and Events that a user sees of a GalleryImage on its way from a source; `make golden`."""

import pytest
from azure.mgmt.compute import ComputeManagementClient

from tests.support.clockwork import Clockwork
from tests.support.custom_resources import merged
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.image_sources import SIGNED, from_machine, signed_vhd, snapshots_left
from tests.support.image_turns import IMAGE, MINUTE, POOL, a_pool, an_image, shown

SOURCES = GOLDEN / "sources"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(SOURCES / golden_name(request.node.name))


async def test_a_machine_whose_disks_are_being_captured(
    turns: Clockwork, compute: ComputeManagementClient, golden: Golden
) -> None:
    await turns.apply(from_machine())
    await turns.until(lambda: len(snapshots_left(compute)) == 2, step=5.0)
    golden.holds(shown(turns))


async def test_a_version_from_a_machine_whose_snapshots_are_kept(turns: Clockwork, golden: Golden) -> None:
    await turns.apply(a_pool(targetDedicatedNodes=0))
    await turns.apply(merged(from_machine(), {"spec": {"source": {"keepIntermediate": True}}}))
    await turns.until(lambda: turns.is_ready(IMAGE) and turns.is_ready(POOL), step=5 * MINUTE)
    golden.holds(shown(turns))


async def test_a_vhd_whose_secret_holds_no_address(turns: Clockwork, golden: Golden) -> None:
    turns.secrets.put("rendering", "vhds", uri=SIGNED.removeprefix("https://"))
    await turns.apply(an_image(source=signed_vhd()))
    golden.holds(shown(turns))
