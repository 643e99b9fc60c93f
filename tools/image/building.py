"""Builds the image of this checkout, with any of the programs that read a Dockerfile."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.image.store import ImageError, answer_of
from tools.processes import fleeting_folder, leashed

ROOT = Path(__file__).parents[2]
NAME = "azure-batch-operator"
ENGINES = ("docker", "podman", "buildah")
_PIP_SETTING = re.compile(r"^[\w:.]+\.(?P<name>[\w-]+)='(?P<value>.*)'$", re.MULTILINE)
_WHERE_PACKAGES_ARE = ("index-url", "extra-index-url", "trusted-host", "proxy")


def version() -> str:
    """The version in pyproject.toml, which the image is tagged with."""
    project: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["version"]


def find_engine() -> str:
    """The first program on this machine that can build an image now; raises ImageError."""
    for engine in ENGINES:
        if shutil.which(engine) and _answers(engine):
            return engine
    raise ImageError(f"None of {', '.join(ENGINES)} is here and answers: install one, or start its daemon.")


def build(engine: Sequence[str], tag: str, *, source: str = "") -> None:
    """Build the image of this checkout and give it the tag; `source` is the address of the repository, for its label.

    What pip on this machine needs to reach its index goes along as secrets, which leave no trace in the image.
    """
    labels = {"VERSION": version(), "REVISION": _revision(), "SOURCE": source}
    with _secrets() as secrets:
        command = [*engine, "build", f"--file={ROOT / 'Dockerfile'}", f"--tag={tag}", *secrets]
        command += [f"--build-arg={name}={value}" for name, value in labels.items()]
        answer_of(leashed([*command, str(ROOT)]))


def _answers(engine: str) -> bool:
    return subprocess.run([engine, "info"], capture_output=True, check=False).returncode == 0


def _revision() -> str:
    """The commit, with a plus sign when the checkout differs from it."""
    described = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    answer = subprocess.run(described, cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout.strip()


@contextlib.contextmanager
def _secrets() -> Iterator[list[str]]:
    settings = _pip_settings()
    places = {name: value for name, value in settings.items() if name in _WHERE_PACKAGES_ARE}
    with fleeting_folder("image-secrets-") as folder:
        conf = folder / "pip.conf"
        conf.write_text("\n".join(["[global]", *(f"{name} = {value}" for name, value in places.items())]) + "\n")
        secrets = {"pip.conf": conf if places else None, "certificates": _certificates(settings.get("cert"))}
        yield [f"--secret=id={name},src={path}" for name, path in secrets.items() if path]


def _pip_settings() -> dict[str, str]:
    """Those of files and of the environment; the latter come last and win."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    found = sorted(_PIP_SETTING.finditer(listed.stdout), key=lambda setting: setting[0].startswith(":env:"))
    return {setting["name"]: setting["value"] for setting in found}


def _certificates(pips: str | None) -> str | None:
    """The authorities that this machine trusts, where somebody has set them."""
    return pips or os.environ.get("SSL_CERT_FILE")
