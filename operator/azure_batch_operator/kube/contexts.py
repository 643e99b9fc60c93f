"""Logging in as a person does: the kubeconfig files and contexts that kubectl knows."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

import kopf
from kubernetes.client import Configuration
from kubernetes.config import ConfigException, kube_config

from azure_batch_operator.kube.access import DEFAULT_NAMESPACE, Access, own_access

Named: TypeAlias = Mapping[str, Any]
"""A context with its name, as a kubeconfig has it."""


def access_by_kubeconfig(*, kubeconfig: Path | None = None, context: str | None = None) -> Access:
    """What kubectl would use; raises kopf.LoginError."""
    contexts: Callable[..., tuple[Sequence[Named], Named]] = kube_config.list_kube_config_contexts
    file = str(kubeconfig) if kubeconfig else None
    try:
        known, current = contexts(file)
    except ConfigException:
        if file or context:
            raise kopf.LoginError(f"There is no kubeconfig {file or ''}: name one with --kubeconfig.") from None
        return own_access()
    chosen = _named(context, known) if context else current
    return Access(
        login=lambda: _connection(file, context),
        namespace=chosen["context"].get("namespace") or DEFAULT_NAMESPACE,
    )


def _named(context: str, known: Sequence[Named]) -> Named:
    names = [str(each["name"]) for each in known]
    found = next((each for each in known if each["name"] == context), None)
    if found is None:
        near = ", ".join(get_close_matches(context, names, n=3)) or ", ".join(sorted(names))
        raise kopf.LoginError(f"The kubeconfig has no context {context}. There is: {near}.")
    return found


def _connection(file: str | None, context: str | None) -> kopf.ConnectionInfo:
    """The credentials of a context; Kubernetes' own client runs the login commands that a kubeconfig may name."""
    loaded = Configuration()
    load: Callable[..., None] = kube_config.load_kube_config
    try:
        load(file, context, client_configuration=loaded, persist_config=False)
    except ConfigException as error:
        raise kopf.LoginError(f"The kubeconfig cannot be used: {error}") from error
    scheme, _, token = (loaded.get_api_key_with_prefix("BearerToken") or "").rpartition(" ")
    return kopf.ConnectionInfo(
        server=loaded.host,
        ca_path=loaded.ssl_ca_cert,
        insecure=not loaded.verify_ssl,
        username=loaded.username or None,
        password=loaded.password or None,
        scheme=scheme or None,
        token=token or None,
        certificate_path=loaded.cert_file,
        private_key_path=loaded.key_file,
        proxy_url=loaded.proxy,
    )
