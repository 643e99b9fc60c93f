"""The stage of the demo and the end-to-end tests, with operator and simulator out of the image."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from tools.controlplane.plane import ControlPlane
from tools.image.base import add_base
from tools.image.building import NAME, build
from tools.image.container import Container
from tools.image.store import Store
from tools.stage import Operator, Stage
from tools.stage.operator import PREFIX

CREDENTIALS = "/run/credentials"
SIMULATOR = "azure-simulator"


@contextlib.contextmanager
def built_image() -> Iterator[tuple[Store, str]]:
    """The image of this checkout on the stand-in for its base, in a storage that ends with the block."""
    with Store.open() as store:
        add_base(store)
        build([*store.engine], NAME)
        yield store, NAME


@contextlib.contextmanager
def image_stage(
    container: Container,
    *,
    speed: float,
    plane: ControlPlane,
    scenario: Path | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Stage]:
    """A stage on which both programs are the image's; the operator is not started yet."""

    def simulator(folder: Path) -> tuple[str, ...]:
        folders = (container.own(folder), *([scenario.parent] if scenario else []))
        return container.command(SIMULATOR, volumes={each: str(each) for each in folders})

    with Stage.set(speed=speed, scenario=scenario, plane=plane, settings=settings, simulator=simulator) as stage:
        yield Stage(folder=stage.folder, cluster=stage.cluster, azure=stage.azure, operator=_in(container, stage))


def _in(container: Container, stage: Stage) -> Operator:
    """The stage's operator, with its kubeconfig and certificates where the image's user may read them."""
    (program, *arguments), outside = stage.operator.command, stage.operator.environment
    credentials = stage.folder / "credentials"
    credentials.mkdir()
    shutil.copy(outside["KUBECONFIG"], credentials / "kubeconfig")
    shutil.copy(outside[f"{PREFIX}CA_FILE"], credentials / "ca.crt")
    return Operator(
        environment={
            **outside,
            "KUBECONFIG": f"{CREDENTIALS}/kubeconfig",
            f"{PREFIX}CA_FILE": f"{CREDENTIALS}/ca.crt",
        },
        log=stage.operator.log,
        command=container.command(Path(program).name, *arguments, volumes={container.own(credentials): CREDENTIALS}),
    )
