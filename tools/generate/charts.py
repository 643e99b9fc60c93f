"""Writes the chart's templates of the CRDs, and the plain manifests of `deploy/operator/` that it renders."""

import re
from collections.abc import Mapping
from pathlib import Path

from tools.chart.helm import CHART, Helm
from tools.processes import fleeting_folder

PLAIN = Path(__file__).parents[2] / "deploy" / "operator"
PLAIN_VALUES = Path(__file__).with_name("plain.yaml")
"""What the plain manifests are rendered with."""

_HEADER = "# Rendered from charts/azure-batch-operator by `python -m tools.generate`; do not edit.\n"
_OF_HELM_ALONE = re.compile(r"^ +(app\.kubernetes\.io/managed-by|helm\.sh/chart): .*\n", re.MULTILINE)
_KEPT = """\
    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
"""
_LABELS = """\
  labels:
    {{- include "azure-batch-operator.labels" . | nindent 4 }}
"""


def crd_templates(crds: Mapping[Path, str]) -> dict[Path, str]:
    """The templates of the CRDs by their path."""
    return {CHART / "templates" / "crds" / path.name: crd_template(text) for path, text in crds.items()}


def crd_template(crd: str) -> str:
    """The CRD as a template that renders the same, with what the chart adds to its metadata."""
    literal = crd.replace("{{", '{{ "{{" }}')
    added = literal.replace("  annotations:\n", f"{_LABELS}  annotations:\n{_KEPT}", 1)
    return f"{{{{- if .Values.crds.enabled }}}}\n{added}{{{{- end }}}}\n"


def plain_manifests() -> dict[Path, str]:
    """What the chart renders for people without helm, by path; all but the CRDs and the namespace."""
    with fleeting_folder("helm-") as folder:
        rendered = Helm(folder=folder).rendered([PLAIN_VALUES])
    return {PLAIN / template: _HEADER + _OF_HELM_ALONE.sub("", text) for template, text in rendered.items()}
