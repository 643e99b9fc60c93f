"""What trying the image needs of the machine: root, buildah and debootstrap."""

import os
import shutil
import subprocess
import sys

from tools.image.store import ImageError

PROGRAMS = ("buildah", "debootstrap")


def prepare() -> None:
    """Install what is missing, where that is one command: as root on Debian; raises ImageError elsewhere."""
    if os.geteuid() != 0:
        raise ImageError("Trying the image needs root, for its own user and its read-only root: run it as root.")
    if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
        _install(missing)


def _install(missing: list[str]) -> None:
    if shutil.which("apt-get") is None:
        raise ImageError(f"Trying the image needs {' and '.join(missing)}: install them (in Debian they are packages).")
    print(f"[image] installing {' and '.join(missing)} from Debian", file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        ended = subprocess.run(["apt-get", "-qq", *arguments], env=quiet, stdout=subprocess.DEVNULL, check=False)
        if ended.returncode != 0:
            raise ImageError(f"apt-get could not install {' and '.join(missing)}; its words are above.")
