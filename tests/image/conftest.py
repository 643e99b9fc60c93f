"""The image of this checkout, built once for the run, and how a pod runs it."""

from collections.abc import Iterator

import pytest

from tools.image.container import Container
from tools.image.needs import prepare
from tools.image.stage import built_image
from tools.image.store import Store


@pytest.fixture(scope="session")
def built() -> Iterator[tuple[Store, str]]:
    """The storage that holds the image, and the image's name in it."""
    prepare()
    with built_image() as built:
        yield built


@pytest.fixture(scope="session")
def container(built: tuple[Store, str]) -> Iterator[Container]:
    """The image as a restricted pod runs it."""
    with Container.of(*built) as container:
        yield container
