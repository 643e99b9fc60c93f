"""The exact status and Events that a user sees of a GalleryImage, for each situation worth knowing; `make golden`."""

import pytest

from tests.support.clockwork import Clockwork
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.image_turns import MINUTE, an_image, shown

IMAGES = GOLDEN / "images"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(IMAGES / golden_name(request.node.name))


async def test_an_image_at_rest(published: Clockwork, golden: Golden) -> None:
    golden.holds(shown(published))


async def test_a_version_that_is_being_published(turns: Clockwork, golden: Golden) -> None:
    await turns.apply(an_image(targetRegions=[{"name": "westeurope"}, {"name": "northeurope"}]))
    await turns.run(10 * MINUTE)
    golden.holds(shown(turns))


def test_every_file_is_held_by_a_test() -> None:
    tests = {golden_name(name) for name in globals() if name.startswith("test_")}
    assert {path.name for path in IMAGES.iterdir()} <= tests
