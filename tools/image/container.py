"""A container of the image as a restricted pod runs it: the image's own user, a read-only root, no shell in reach."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tools.image.store import Store

INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Where the image's root is, and what the image says of how it is run."""

    root: Path
    user: str
    """User and group, as numbers."""
    environment: dict[str, str]

    @classmethod
    @contextlib.contextmanager
    def of(cls, store: Store, image: str) -> Iterator[Self]:
        """A copy of the image's root for the length of the block."""
        config = store.config(image)
        with store.mounted(image) as root:
            yield cls(
                root=root,
                user=config["User"],
                environment=dict(variable.split("=", 1) for variable in config["Env"]),
            )

    def command(self, *program: str, volumes: Mapping[Path, str]) -> tuple[str, ...]:
        """What runs a program of the image; only root can run it.

        Of its environment it gets what begins with AZURE_, and KUBECONFIG.
        `volumes` are folders of this machine and where the program sees them.
        """
        mounts = [f"{folder}={path}" for folder, path in volumes.items()]
        inside = (sys.executable, "-I", "-S", str(INSIDE), str(self.root), self.user, json.dumps(self.environment))
        return (*inside, *mounts, "--", *program)

    def own(self, folder: Path) -> Path:
        """Give a folder to the image's user, and make it if there is none; the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        user, group = map(int, self.user.split(":"))
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, group)
        return folder
