"""How we log in to the API server: read afresh whenever asked, because tokens are rotated."""

import logging
import os

import kopf

log = logging.getLogger(__name__)

NO_CREDENTIALS = (
    "There is neither a service account (in a pod) nor a kubeconfig: set KUBECONFIG to a file that names the cluster."
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
    return kopf.login_via_client(settings=settings, logger=log)
