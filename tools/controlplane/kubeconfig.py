"""Writes kubeconfig files: how a client finds the API server, trusts it and says who it is."""

import base64
from pathlib import Path

import yaml


def write_kubeconfig(path: Path, *, url: str, ca_file: Path, token: str, namespace: str = "default") -> Path:
    """Write a kubeconfig that needs no other file, readable by its owner only."""
    certificate = base64.b64encode(ca_file.read_bytes()).decode()
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "local", "cluster": {"server": url, "certificate-authority-data": certificate}},
        ],
        "users": [{"name": "local", "user": {"token": token}}],
        "contexts": [
            {"name": "local", "context": {"cluster": "local", "user": "local", "namespace": namespace}},
        ],
        "current-context": "local",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content))
    return path
