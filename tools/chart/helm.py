"""Runs helm on our chart, with nothing of the user's own helm in the way."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tools.programs.build import find_programs

CHART = Path(__file__).parents[2] / "charts" / "azure-batch-operator"
NAME = "azure-batch-operator"
"""The chart's name, and in tests and documentation that of the release and of its namespace."""

_SOURCE = re.compile(rf"^# Source: {NAME}/templates/(?P<template>\S+)\n", re.MULTILINE)


class HelmError(RuntimeError):
    """helm refused; the message is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helm:
    """helm with files of its own in `folder`; `environment` says which cluster it speaks to, if any."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def try_(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run helm; a refusal is an answer."""
        homes = {f"HELM_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        return subprocess.run(
            [find_programs("helm")["helm"], *arguments],
            env={"HOME": str(self.folder), **self.environment, **homes},
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *arguments: str | Path) -> str:
        """Run helm and return what it printed; raises HelmError."""
        answer = self.try_(*arguments)
        if answer.returncode != 0:
            raise HelmError(f"helm {' '.join(map(str, arguments))}: {answer.stderr.strip()}")
        return answer.stdout

    def rendered(self, values: Sequence[Path] = (), *, chart: Path = CHART) -> dict[str, str]:
        """What each template of the chart makes of the values, by the template's name; raises HelmError."""
        files = [f"--values={path}" for path in values]
        return by_template(self.must("template", NAME, chart, f"--namespace={NAME}", *files))


def by_template(manifests: str) -> dict[str, str]:
    """The documents that helm printed, by the template that each came from."""
    found: dict[str, str] = {}
    for document in re.split(r"^---\n", manifests, flags=re.MULTILINE):
        if source := _SOURCE.match(document):
            template = source["template"]
            separator = "---\n" if template in found else ""
            found[template] = found.get(template, "") + separator + document[source.end() :].strip("\n") + "\n"
    return found
