"""How long the image's operator takes from its start until it says that it is ready, and what that costs."""

import contextlib
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

import psutil

from tools.bench.world import NAMESPACE, image, pool, scenario_in
from tools.controlplane.plane import ControlPlane
from tools.image.container import Container
from tools.image.stage import image_stage
from tools.processes import fleeting_folder, free_port
from tools.stage import Operator, Stage
from tools.stage.apiserver import ApiServer
from tools.stage.operator import PREFIX
from tools.waiting import attempts

SPEED = 240.0
READY_WITHIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start: seconds until ready, the seconds of CPU in them, and the memory then, in bytes."""

    seconds: float
    cpu: float
    memory: int


@contextlib.contextmanager
def crowded_stage(container: Container, plane: ControlPlane, objects: int) -> Iterator[Stage]:
    """A stage with one image and pools that boot from it, `objects` in all, which nobody has looked at yet."""
    with contextlib.ExitStack() as stack:
        scenario = scenario_in(stack.enter_context(fleeting_folder("start-")))
        container.own(scenario.parent)
        settings = {"http_port": str(free_port())}
        stage = stack.enter_context(
            image_stage(container, speed=SPEED, plane=plane, scenario=scenario, settings=settings)
        )
        server = ApiServer(plane)
        stage.cluster.try_("create", "namespace", NAMESPACE)
        server.create("galleryimages", image())
        for number in range(objects - 1):
            server.create("batchpools", pool(number))
        yield stage
        for plural in ("batchpools", "galleryimages"):
            for body in server.list(plural, NAMESPACE):
                server.release(plural, body)


@contextlib.contextmanager
def started(operator: Operator) -> Iterator[Start]:
    """Run it for the length of the block, which begins when its readiness probe succeeds."""
    begun = time.monotonic()
    with operator.running():
        for _ in attempts(READY_WITHIN, every=0.01):
            operator.must_run()
            if _is_ready(operator):
                break
        else:
            raise RuntimeError(f"The operator was not ready within {READY_WITHIN:.0f} s.")
        yield _so_far(operator, time.monotonic() - begun)


def _is_ready(operator: Operator) -> bool:
    probe = f"http://127.0.0.1:{operator.environment[f'{PREFIX}HTTP_PORT']}/readyz"
    try:
        with urllib.request.urlopen(probe, timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:  # nobody listens yet, or the answer is 503: not ready
        return False


def _so_far(operator: Operator, seconds: float) -> Start:
    process = psutil.Process(operator.process.pid)
    used = process.cpu_times()
    return Start(seconds=seconds, cpu=used.user + used.system, memory=process.memory_info().rss)
