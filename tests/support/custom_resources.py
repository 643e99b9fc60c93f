"""The two custom resources in tests: their CRDs, the quickstart's objects, and variations of these."""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.support.controlplane import Answer, Kubectl
from tools.stage.manifests import Manifest, merged

__all__ = [
    "CRDS",
    "QUICKSTART",
    "ROOT",
    "Manifest",
    "apply",
    "install_crds",
    "merged",
    "quickstart",
    "read_manifest",
    "schema_of",
    "walk",
]

ROOT = Path(__file__).parents[2]
CRDS = ROOT / "crds"
QUICKSTART = ROOT / "examples" / "quickstart"


def read_manifest(path: Path) -> Manifest:
    """The one object in a YAML file."""
    manifest: Manifest = yaml.safe_load(path.read_text())
    return manifest


def quickstart(file: str, **metadata: str) -> Manifest:
    """An object of the quickstart for whatever namespace kubectl is in, with some of its metadata replaced."""
    manifest = read_manifest(QUICKSTART / file)
    del manifest["metadata"]["namespace"]
    changed: Manifest = merged(manifest, {"metadata": metadata})
    return changed


def apply(kubectl: Kubectl, manifest: Manifest, *options: str) -> Answer:
    """What `kubectl apply` says to the object."""
    return kubectl("apply", "--filename=-", *options, stdin=json.dumps(manifest))


def install_crds(kubectl: Kubectl) -> None:
    """Apply the CRDs and wait until the API server serves them."""
    kubectl.run("apply", "--server-side", f"--filename={CRDS}")
    kubectl.run("wait", "--for=condition=Established", f"--filename={CRDS}", "--timeout=30s")


def schema_of(plural: str) -> Manifest:
    """The structural schema in the CRD of a kind."""
    schema: Manifest = read_manifest(CRDS / f"{plural}.yaml")["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def walk(schema: Manifest, path: str = "") -> Iterator[tuple[str, Manifest]]:
    """A schema and all below it, each with its path: `.spec.targetRegions[].name`."""
    yield path, schema
    for name, held in schema.get("properties", {}).items():
        yield from walk(held, f"{path}.{name}")
    for keyword in schema.keys() & {"items", "additionalProperties"}:
        yield from walk(schema[keyword], f"{path}[]")
