"""What the image is made of, and what it is not."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tools.image.container import Container
from tools.image.store import Store
from tools.sbom.packages import packages

pytestmark = pytest.mark.image

PROJECT = Path(__file__).parents[2]
LARGEST = 250
INSTALLERS_AND_COMPILERS = re.compile(r"(pip|uv|uvx|hatchling|wheel|gcc|g\+\+|cc|c\+\+|make|ld|as)(-?[\d.]+)?")
STICKY = 0o1000
INSTALLED = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
UNCOMPILED = """
import sys, azure_batch_operator.kube.process, azure_simulator.server
from pathlib import Path
cached = [path for module in sys.modules.values() if (path := getattr(module, '__cached__', None))]
print([path for path in cached if not Path(path).exists()])
"""


@pytest.fixture(scope="module")
def config(built: tuple[Store, str]) -> dict[str, Any]:
    store, image = built
    return store.config(image)


def said(container: Container, *program: str) -> str:
    ended = subprocess.run(container.command(*program, volumes={}), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def files(container: Container) -> Iterator[Path]:
    for folder, _, names in os.walk(container.root):
        yield from (Path(folder, name) for name in names)


def test_it_has_less_than_250_megabytes(built: tuple[Store, str]) -> None:
    store, image = built
    assert store.megabytes(image) < LARGEST


def test_it_runs_as_a_user_with_a_number_and_without_rights(container: Container, config: dict[str, Any]) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", config["User"])
    assert (
        said(container, "python3", "-c", "import os; print(os.getuid(), os.getgid(), os.getgroups())")
        == "65532 65532 []"
    )


def test_it_says_what_it_is_and_where_it_comes_from(config: dict[str, Any]) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
    assert labels["title"] == project["name"]
    assert labels["version"] == project["version"]
    assert labels["licenses"] == project["license"]
    assert re.fullmatch(r"[0-9a-f]{40}\+?", labels["revision"])
    assert "source" in labels


def test_its_programs_run_without_a_shell(container: Container, config: dict[str, Any]) -> None:
    assert (config["Entrypoint"], config["Cmd"]) == (["azure-batch-operator"], ["run"])
    for program in tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["scripts"]:
        assert said(container, program, "--help")


def test_a_trial_is_as_strict_as_a_restricted_pod(container: Container) -> None:
    for refused in ("/bin/sh", "touch"):
        with pytest.raises(AssertionError, match=r"Permission denied|Read-only file system"):
            said(container, refused, "/opt/azure-batch-operator/anything")


def test_nothing_in_it_installs_or_compiles(container: Container) -> None:
    programs = {path.name for path in files(container) if path.is_file() and os.access(path, os.X_OK)}
    assert {name for name in programs if INSTALLERS_AND_COMPILERS.fullmatch(name)} == set()
    find = "import importlib.util as u; print([n for n in ('pip', 'ensurepip', 'setuptools', 'uv') if u.find_spec(n)])"
    for python in ("/usr/local/bin/python3", "python3"):
        assert said(container, python, "-c", find) == "[]"


def test_its_user_can_change_none_of_its_files(container: Container) -> None:
    user, group = map(int, container.user.split(":"))
    found = [(path, path.lstat()) for path in (container.root, *container.root.rglob("*")) if not path.is_symlink()]
    assert [path for path, stat in found if stat.st_uid == user or stat.st_gid == group] == []
    open_to_all = {path.relative_to(container.root) for path, stat in found if stat.st_mode & 0o002}
    sticky = {path.relative_to(container.root) for path, stat in found if stat.st_mode & STICKY}
    assert {path for path in open_to_all - sticky if path.parts[0] != "dev"} == set()


def test_it_holds_exactly_the_locked_packages(container: Container) -> None:
    installed = json.loads(said(container, "python3", "-c", INSTALLED))
    assert {canonicalize_name(name): version for name, version in installed.items()} == packages()


def test_nothing_is_compiled_at_its_start(container: Container) -> None:
    assert said(container, "python3", "-c", UNCOMPILED) == "[]"


def test_nothing_of_the_builder_is_left_in_it(container: Container) -> None:
    assert not (container.root / "etc" / "pip.conf").exists()
    assert sorted(path.name for path in (container.root / "opt").iterdir()) == ["azure-batch-operator"]
