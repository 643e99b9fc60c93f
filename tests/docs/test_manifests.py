"""Every whole manifest that a page shows is accepted by the API server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.support.controlplane import Kubectl
from tests.support.custom_resources import install_crds
from tests.support.pages import blocks

BUILT_IN = ("v1", "apps/v1", "autoscaling/v2", "rbac.authorization.k8s.io/v1", "azurebatch.io/v1alpha1")
"""What an API server serves that has our CRDs and no others."""


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    for block in blocks("yaml"):
        for document in yaml.safe_load_all(block.text):
            if isinstance(document, dict) and {"apiVersion", "kind", "metadata"} <= document.keys():
                yield str(block), document


SHOWN = list(manifests())


def test_pages_show_manifests_of_both_kinds() -> None:
    kinds = [manifest["kind"] for _, manifest in SHOWN]
    assert kinds.count("GalleryImage") > 3
    assert kinds.count("BatchPool") > 3


@pytest.mark.parametrize(("where", "manifest"), SHOWN, ids=[where for where, _ in SHOWN])
def test_the_api_server_accepts_it(where: str, manifest: dict[str, Any], kubectl: Kubectl) -> None:
    if manifest["apiVersion"] not in BUILT_IN:
        pytest.skip(f"{manifest['apiVersion']} is not served here")
    install_crds(kubectl)
    manifest["metadata"].pop("namespace", None)
    answer = kubectl("apply", "--dry-run=server", "--filename=-", stdin=json.dumps(manifest))
    assert answer.exit_status == 0, f"{where}: {answer.stderr}"
