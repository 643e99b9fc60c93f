"""How we log in to the API server: read afresh whenever asked, because tokens are rotated."""

import logging
import os

import kopf

log = logging.getLogger(__name__)

NO_CREDENTIALS = (
    "There is neither a service account (in a pod) nor a kubeconfig: set KUBECONFIG to a file that names the cluster."
)

NO_LOGIN_COMMANDS = (
    "The kubeconfig logs in by a command, which needs the Python package kubernetes; the container image has neither. "
    "Use a kubeconfig with a token or a client certificate, or run the operator where the package is installed."
)


def login() -> kopf.ConnectionInfo:
    """The API server and our credentials: KUBECONFIG if set, else the pod's service account, else ~/.kube/config.

    Raises kopf.LoginError when there is none of them.
    """
    settings = kopf.OperatorSettings()
    found = None
    if not os.environ.get("KUBECONFIG"):
        found = kopf.login_with_service_account(settings=settings)
    found = found or _with_kubeconfig(settings)
    if found is None:
        raise kopf.LoginError(NO_CREDENTIALS)
    return found


def _with_kubeconfig(settings: kopf.OperatorSettings) -> kopf.ConnectionInfo | None:
    found = kopf.login_with_kubeconfig(settings=settings)
    if found is None or found.as_http_headers() or found.certificate_path or found.certificate_data:
        return found
    # Only Kubernetes' own client, heavy as it is, runs the login commands that a kubeconfig may name.
    by_command = kopf.login_via_client(settings=settings, logger=log)
    if by_command is None:
        raise kopf.LoginError(NO_LOGIN_COMMANDS)
    return by_command
