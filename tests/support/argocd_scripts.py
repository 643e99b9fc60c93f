"""Health scripts and actions judged by Argo CD itself: its command line, offline, with a ConfigMap of ours."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tools.generate.argocd import FOLDER, SCRIPTS
from tools.programs.build import find_programs
from tools.stage.manifests import Manifest

KINDS = ("GalleryImage", "BatchPool")
CONFIG_MAP = FOLDER / "argocd-cm.yaml"
_HEALTH = re.compile(r"STATUS: (?P<status>\w*)\nMESSAGE: (?P<message>.*)\n\Z", re.DOTALL)
_SHOW_THE_NEW = """sh -c 'cat "$2"' sh"""
"""In place of diff, which Argo CD calls with the files of the object before and after an action."""

_END = "<end>"

# Judges each item of a list by the script of its kind: one start of the program for any number of objects.
_FOR_EACH = """
local judge = function()
{script}
end
local verdicts = ""
for _, item in ipairs(obj.items) do
  obj = item
  local health = judge()
  verdicts = verdicts .. health.status .. ": " .. health.message .. "{end}"
end
return {{ status = "Healthy", message = verdicts }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What Argo CD shows of an object."""

    status: str
    message: str


class RefusedError(Exception):
    """An action refused to run; the message is what the user of Argo CD reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """`argocd admin settings resource-overrides`, with a folder for what it reads."""

    program: Path
    folder: Path

    def health(self, manifest: Manifest, config_map: Path = CONFIG_MAP) -> Health:
        """How healthy an object is."""
        said = _HEALTH.match(self._must("health", [], manifest, config_map))
        assert said is not None
        return Health(**said.groupdict())

    def healths(self, kind: str, manifests: Sequence[Manifest]) -> list[Health]:
        """How healthy each of many objects of a kind is."""
        script = (SCRIPTS / kind / "health.lua").read_text()
        config_map = self.folder / "for-each.yaml"
        data = {"resource.customizations.health.List": _FOR_EACH.format(script=script, end=_END)}
        config_map.write_text(yaml.safe_dump(_config_map(data)))
        told = self.health({"apiVersion": "v1", "kind": "List", "items": list(manifests)}, config_map)
        verdicts = [line.partition(": ") for line in told.message.split(_END) if line]
        return [Health(status=status, message=message) for status, _, message in verdicts]

    def actions(self, manifest: Manifest) -> dict[str, bool]:
        """The actions that are offered for an object, and whether each can be run now."""
        table = self._must("list-actions", [], manifest).splitlines()[1:]
        return {name: disabled == "false" for name, disabled in (line.split() for line in table)}

    def run(self, action: str, manifest: Manifest, parameters: Mapping[str, str] = MappingProxyType({})) -> Manifest:
        """Run an action; the object that it makes of this one."""
        options = [action, *(f"--param={name}={value}" for name, value in parameters.items())]
        answer = self._ask("run-action", options, manifest)
        if answer.returncode != 0:
            raise RefusedError(answer.stderr)
        changed: Manifest = yaml.safe_load(answer.stdout.partition("\n\n")[2])
        return changed

    def _must(self, command: str, options: list[str], manifest: Manifest, config_map: Path = CONFIG_MAP) -> str:
        answer = self._ask(command, options, manifest, config_map)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def _ask(
        self, command: str, options: list[str], manifest: Manifest, config_map: Path = CONFIG_MAP
    ) -> subprocess.CompletedProcess[str]:
        asked = self.folder / "object.yaml"
        asked.write_text(yaml.safe_dump(manifest))
        settings = ["admin", "settings", "resource-overrides"]
        return subprocess.run(
            [self.program, *settings, command, asked, *options, f"--argocd-cm-path={config_map}"],
            env={**os.environ, "KUBECTL_EXTERNAL_DIFF": _SHOW_THE_NEW, "TMPDIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )


def judge_in(folder: Path) -> Judge:
    """Argo CD's command line, built when it is not there yet."""
    return Judge(program=find_programs("argocd")["argocd"], folder=folder)


def _config_map(data: dict[str, Any]) -> Manifest:
    metadata = {"name": "argocd-cm", "labels": {"app.kubernetes.io/part-of": "argocd"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
