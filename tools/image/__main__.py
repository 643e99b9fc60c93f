"""`python -m tools.image build`, `prepare` or `start`: make the image, get ready to try it, measure its start."""

import argparse
import os
import sys
from statistics import median

import tools.image
from tools.controlplane.plane import ControlPlane
from tools.image.base import NAME as BASE
from tools.image.building import NAME, build, find_engine, version
from tools.image.container import Container
from tools.image.needs import prepare
from tools.image.stage import built_image
from tools.image.start import Start, crowded_stage, started
from tools.image.store import ImageError
from tools.stage import Stage


def main() -> int:
    """Do what was asked, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m tools.image", description=tools.image.__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("build", help="build the image with docker, podman or buildah")
    command.set_defaults(run=_build)
    command.add_argument("--tag", default=f"{NAME}:{version()}")
    command = commands.add_parser("prepare", help="install what trying the image needs, as root on Debian")
    command.set_defaults(run=lambda _: prepare())
    command = commands.add_parser("start", help="build it where no registry is, and measure its start")
    command.set_defaults(run=_start)
    command.add_argument("--objects", type=int, default=100)
    command.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except ImageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _build(arguments: argparse.Namespace) -> None:
    engine = find_engine()
    build([engine], arguments.tag, source=os.environ.get("SOURCE", ""))
    print(f"{arguments.tag}: built by {engine}")


def _start(arguments: argparse.Namespace) -> None:
    prepare()
    with built_image() as (store, image), Container.of(store, image) as container, ControlPlane.start() as plane:
        print(f"{store.megabytes(image):.0f} MB, of which {store.megabytes(BASE):.0f} MB stand in for the base")
        with crowded_stage(container, plane, arguments.objects) as stage:
            starts = [_one_start(stage) for _ in range(arguments.times)]
    print(f"{arguments.objects} objects: ready after {median(each.seconds for each in starts):.2f} s (median)")


def _one_start(stage: Stage) -> Start:
    with started(stage.operator) as start:
        memory = start.memory / 2**20
        print(
            f"ready after {start.seconds:.2f} s, of which {start.cpu:.2f} s of CPU, with {memory:.0f} MiB", flush=True
        )
        return start


if __name__ == "__main__":
    sys.exit(main())
