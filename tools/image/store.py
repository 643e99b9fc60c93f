"""A storage of images that is gone with whoever made it; buildah keeps it, without a daemon and without a registry."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tools.processes import fleeting_folder

LINES_OF_A_FAILURE = 30
MEGABYTES = {"KB": 0.001, "MB": 1, "GB": 1000}


class ImageError(RuntimeError):
    """An image could not be built or used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Images of nobody else."""

    folder: Path

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator[Self]:
        """An empty storage for the length of the block; about a gigabyte with base and image in it."""
        with fleeting_folder("image-") as folder:
            yield cls(folder=folder)

    @property
    def engine(self) -> list[str]:
        """What a buildah command begins with."""
        return ["buildah", "--storage-driver=vfs", f"--root={self.folder / 'root'}", f"--runroot={self.folder / 'run'}"]

    def buildah(self, *arguments: str) -> str:
        """What a command of buildah printed; raises ImageError with its last words."""
        return answer_of([*self.engine, *arguments])

    def megabytes(self, image: str) -> float:
        """All layers, uncompressed, as they lie on a node; a megabyte has a million bytes."""
        size, unit = self.buildah("images", "--format={{.Size}}", image).split()
        return float(size) * MEGABYTES[unit]

    def config(self, image: str) -> dict[str, Any]:
        """What the image says of how it is run: user, environment, entry point, labels."""
        found: dict[str, Any] = json.loads(self.buildah("inspect", "--type=image", image))["OCIv1"]["config"]
        return found

    @contextlib.contextmanager
    def mounted(self, image: str) -> Iterator[Path]:
        """A copy of the image's root."""
        container = self.buildah("from", "--pull-never", image)
        try:
            yield Path(self.buildah("mount", container))
        finally:
            self.buildah("rm", container)


def answer_of(command: list[str]) -> str:
    """What a command printed; raises ImageError with its last words."""
    # What we build is our own, so a root of its own isolates enough, and needs no runtime of containers.
    environment = {"BUILDAH_ISOLATION": "chroot", **os.environ}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        said = "\n".join((ended.stdout + ended.stderr).splitlines()[-LINES_OF_A_FAILURE:])
        raise ImageError(f"{' '.join(command[:8])} … ended with status {ended.returncode}:\n{said}")
    return ended.stdout.strip()
