"""Which programs there are, and the Go module that pins each."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

TOOLS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A folder with `go.mod` and `go.sum`, and the packages in it that become programs."""

    folder: Path
    main: str
    """The required module whose version is that of the programs."""
    packages: Mapping[str, str]
    version_words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Variables of the programs that tell their version, as templates over `version`, `major`, `minor` and `patch`."""

    @property
    def pinned(self) -> str:
        """A name for exactly these versions, and for how the programs tell theirs."""
        files = (self.folder / name for name in ("go.mod", "go.sum"))
        words = " ".join(f"{name}={word}" for name, word in self.version_words.items())
        return hashlib.sha256(b"".join((*(file.read_bytes() for file in files), words.encode()))).hexdigest()[:16]

    @property
    def oldest_go(self) -> str:
        """What the go line of go.mod asks for."""
        found = re.search(r"^go (\S+)$", (self.folder / "go.mod").read_text(), re.MULTILINE)
        return found[1] if found else ""

    @property
    def version(self) -> str | None:
        """The version of the programs, as `v1.2.3`; None when go.mod does not require them."""
        line = rf"^\s*{re.escape(self.main)} (v\d+\.\d+\.\d+)\b"
        found = re.search(line, (self.folder / "go.mod").read_text(), re.MULTILINE)
        return found[1] if found else None


_KUBERNETES_VERSION = "k8s.io/component-base/version"

MODULES = (
    Module(
        folder=TOOLS / "controlplane",
        main="k8s.io/kubernetes",
        packages={
            "etcd": "go.etcd.io/etcd/server/v3",
            "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
            "kubectl": "k8s.io/kubernetes/cmd/kubectl",
            "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        },
        version_words={
            f"{_KUBERNETES_VERSION}.gitVersion": "{version}",
            f"{_KUBERNETES_VERSION}.gitMajor": "{major}",
            f"{_KUBERNETES_VERSION}.gitMinor": "{minor}",
        },
    ),
    Module(
        folder=TOOLS / "helm",
        main="helm.sh/helm/v4",
        packages={"helm": "helm.sh/helm/v4/cmd/helm"},
        version_words={"helm.sh/helm/v4/internal/version.version": "{version}"},
    ),
    Module(
        folder=TOOLS / "argocd",
        main="github.com/argoproj/argo-cd/v3",
        packages={"argocd": "github.com/argoproj/argo-cd/v3/cmd"},
        version_words={"github.com/argoproj/argo-cd/v3/common.version": "{major}.{minor}.{patch}"},
    ),
)

PROGRAMS = {name: module for module in MODULES for name in module.packages}
ALWAYS_NEEDED = ("etcd", "kube-apiserver", "kubectl")
