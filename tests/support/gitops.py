"""The fixtures `argo_cd` and `gitops`: our examples in a local Git repository, which a real Argo CD syncs."""

import contextlib
import json
import os
import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_batch_operator.api.model import GROUP, VERSION
from tests.support.custom_resources import ROOT, Manifest, merged
from tests.support.eventually import eventually
from tests.support.play import Body, Play
from tools.controlplane.controllers import garbage_collector
from tools.controlplane.plane import ControlPlane
from tools.stage.argocd import NAMESPACE, ArgoCd

EXAMPLES = Path("examples") / "argocd"
APPLICATIONS = EXAMPLES / "apps"
RENDERING = EXAMPLES / "rendering"
OPERATOR = EXAMPLES / "operator.yaml"
CHART = Path("charts") / "azure-batch-operator"
APPLICATION = "rendering"
REFRESH = "argocd.argoproj.io/refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A Git repository with our CRDs and examples; only where they come from and go to is rewritten."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, *, server: str, namespace: str) -> "Repository":
        """Copy the examples into a new repository and commit them."""
        repository = cls(folder=folder)
        shutil.copytree(ROOT / "crds", folder / "crds")
        shutil.copytree(ROOT / EXAMPLES, folder / EXAMPLES)
        shutil.copytree(ROOT / CHART, folder / CHART)
        # No kubelet runs here, so the operator's Application would hold up those after it: a process takes its place.
        (folder / APPLICATIONS / "operator.yaml").rename(folder / OPERATOR)
        for application in (EXAMPLES / "root.yaml", OPERATOR, *repository.listed(APPLICATIONS)):
            repository.change(application, _elsewhere(repository.read(application), repository.url, server, namespace))
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit()
        return repository

    @property
    def url(self) -> str:
        """Where Argo CD finds it."""
        return self.folder.as_uri()

    def listed(self, folder: Path) -> list[Path]:
        """The files in a folder, by their paths in the repository."""
        return [path.relative_to(self.folder) for path in (self.folder / folder).iterdir()]

    def read(self, path: Path) -> Manifest:
        """The object in a file."""
        manifest: Manifest = yaml.safe_load((self.folder / path).read_text())
        return manifest

    def change(self, path: Path, change: Mapping[str, Any]) -> None:
        """Merge a change into the object in a file."""
        self.write(path, merged(self.read(path), change))

    def write(self, path: Path, manifest: Manifest) -> None:
        """Write a file with one object."""
        (self.folder / path).write_text(yaml.safe_dump(manifest))

    def remove(self, *paths: Path) -> None:
        """Remove files."""
        for path in paths:
            (self.folder / path).unlink()

    def commit(self) -> None:
        """Commit everything as it is."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Change it")

    def git(self, *arguments: str) -> None:
        """Run git with nothing of the user's configuration."""
        who = {
            f"GIT_{role}_{word}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for word in ("NAME", "EMAIL")
        }
        environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        subprocess.run(["git", *arguments], cwd=self.folder, env=environment, check=True)


def _elsewhere(application: Manifest, url: str, server: str, namespace: str) -> Manifest:
    """What is rewritten in an Application."""
    own = application["spec"]["destination"]["namespace"] == APPLICATION
    destination = {"server": server, **({"namespace": namespace} if own else {})}
    return {"spec": {"source": {"repoURL": url}, "destination": destination}}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOps:
    """A Git repository, Argo CD, and the operator on its stage."""

    argo_cd: ArgoCd
    play: Play
    repository: Repository

    def apply(self, application: Path = APPLICATIONS / "rendering.yaml") -> None:
        """Give Argo CD an Application of the repository."""
        self.argo_cd.cluster.must("apply", "-f", str(self.repository.folder / application))

    def change(self, file: str, **spec: Any) -> None:
        """Merge a change into the spec of an object in Git, commit it, and have Argo CD look at once."""
        self.repository.change(RENDERING / file, {"spec": spec})
        self.repository.commit()
        self.refresh()

    def application(self, name: str = APPLICATION) -> Body:
        """The Application as the API server shows it."""
        found: Body = json.loads(self._kubectl("get", "application", name, "--output=json"))
        return found

    def shown(self, name: str = APPLICATION) -> tuple[str, str]:
        """What Argo CD says of an Application: whether it is as in Git, and how it is."""
        status = self.application(name).get("status", {})
        return status.get("sync", {}).get("status", ""), status.get("health", {}).get("status", "")

    def becomes(self, sync: str, health: str, name: str = APPLICATION, *, within: float = 120.0) -> None:
        """Wait until Argo CD says that of the newest commit."""

        def there() -> bool:
            self.play.stage.operator.must_run()
            assert self.shown(name) == (sync, health), self.told(name)
            return True

        eventually(there, within=within, every=0.3)

    def told(self, name: str = APPLICATION) -> str:
        """All that Argo CD says of an Application, for the message of a failure."""
        status = self.application(name).get("status", {})
        operation = status.get("operationState", {})
        kept = {key: status.get(key) for key in ("sync", "health", "conditions", "resources")}
        return json.dumps({**kept, "operation": {key: operation.get(key) for key in ("phase", "message")}})

    def refresh(self, name: str = APPLICATION) -> None:
        """Have Argo CD compare with Git at once, past its caches, and wait until it has."""
        self._kubectl("annotate", "application", name, f"{REFRESH}=hard", "--overwrite")
        eventually(lambda: REFRESH not in self.application(name)["metadata"].get("annotations", {}), within=30)

    def confirm(self, name: str = APPLICATION) -> None:
        """Consent to what waits to be deleted, as the button in Argo CD does."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._kubectl("annotate", "application", name, f"argocd.argoproj.io/deletion-approved={now}", "--overwrite")

    def health(self, kind: str, name: str) -> str:
        """What Argo CD says of one object."""
        resources = self.argo_cd.ask(f"applications/{APPLICATION}")["status"]["resources"]
        return str(next(each["health"]["status"] for each in resources if (each["kind"], each["name"]) == (kind, name)))

    def actions(self, kind: str, name: str) -> dict[str, Body]:
        """The actions that the web page offers for an object, as it shows them."""
        query = urllib.parse.urlencode(self._object(kind, name))
        offered = self.argo_cd.ask(f"applications/{APPLICATION}/resource/actions?{query}")["actions"]
        return {action["name"]: action for action in offered}

    def act(self, action: str, kind: str, name: str, **parameters: str) -> None:
        """Run an action on an object, as a person does on the web page."""
        given = [{"name": key, "value": value} for key, value in parameters.items()]
        asked = {**self._object(kind, name), "action": action, "resourceActionParameters": given}
        self.argo_cd.ask(f"applications/{APPLICATION}/resource/actions/v2", asked)

    def _object(self, kind: str, name: str) -> dict[str, str]:
        where = {"group": GROUP, "version": VERSION, "namespace": self.play.kubectl.namespace}
        return {**where, "kind": kind, "resourceName": name}

    def _kubectl(self, *arguments: str) -> str:
        return self.argo_cd.cluster.must(*arguments, f"--namespace={NAMESPACE}")


@pytest.fixture(scope="session")
def argo_cd(control_plane: ControlPlane) -> Iterator[ArgoCd]:
    """Argo CD for the whole run, configured as docs/gitops.md says; what it prunes goes by a garbage collector."""
    with garbage_collector(control_plane), ArgoCd.start(control_plane) as argo_cd:
        configure(argo_cd, ROOT / "deploy" / "argocd" / "argocd-cm.yaml", manager="azure-batch-operator")
        configure(argo_cd, ROOT / EXAMPLES / "argocd-cm.yaml", manager="waves")
        yield argo_cd


def configure(argo_cd: ArgoCd, config_map: Path, *, manager: str) -> None:
    """Add keys to Argo CD's ConfigMap."""
    argo_cd.cluster.must("apply", "--server-side", f"--field-manager={manager}", "-f", str(config_map))


@pytest.fixture
def gitops(argo_cd: ArgoCd, play: Play, tmp_path: Path) -> Iterator[GitOps]:
    """The operator runs, and nothing is synced yet; afterwards no Application is left."""
    with watching(argo_cd, play, tmp_path) as gitops:
        yield gitops


@contextlib.contextmanager
def watching(argo_cd: ArgoCd, play: Play, tmp_path: Path) -> Iterator[GitOps]:
    """A new repository for the test's namespace; at the end no Application is left."""
    server, namespace = argo_cd.destination, play.kubectl.namespace
    repository = Repository.make(tmp_path / "repository", server=server, namespace=namespace)
    yield GitOps(argo_cd=argo_cd, play=play, repository=repository)
    argo_cd.cluster.must("delete", "applications", "--all", f"--namespace={NAMESPACE}")
