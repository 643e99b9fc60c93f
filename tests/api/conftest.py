"""A control plane that knows the two custom resources."""

from collections.abc import Iterator

import pytest

from tests.support.controlplane import Kubectl, temporary_namespace
from tests.support.custom_resources import install_crds
from tools.controlplane.plane import ControlPlane


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane) -> Iterator[Kubectl]:
    """kubectl in a namespace that the tests of one module share, where both kinds are served."""
    with temporary_namespace(control_plane) as kubectl:
        install_crds(kubectl)
        yield kubectl
