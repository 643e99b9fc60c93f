"""Which cluster a command speaks to: the one of a kubeconfig, or in a pod its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import kopf

from azure_batch_operator.kube.login import login

DEFAULT_NAMESPACE = "default"

NO_CONTEXTS = (
    "Contexts are read by the Python package kubernetes, which the container image leaves out: "
    "leave --kubeconfig and --context out, too, or run the command where the package is installed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A cluster, who we are there, and the namespace that is meant where none is named."""

    login: Callable[[], kopf.ConnectionInfo]
    namespace: str


def access(*, kubeconfig: Path | None = None, context: str | None = None) -> Access:
    """What kubectl would use, or without a kubeconfig the pod's service account; raises kopf.LoginError."""
    try:
        from azure_batch_operator.kube.contexts import access_by_kubeconfig
    except ModuleNotFoundError:
        if kubeconfig or context:
            raise kopf.LoginError(NO_CONTEXTS) from None
        return own_access()
    return access_by_kubeconfig(kubeconfig=kubeconfig, context=context)


def own_access() -> Access:
    """As the operator itself logs in; raises kopf.LoginError."""
    info = login()
    return Access(login=lambda: info, namespace=info.default_namespace or DEFAULT_NAMESPACE)
