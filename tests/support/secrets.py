"""Secrets of a cluster, without the cluster: a test puts them in, and sees who asked for which."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.reconcile.secrets import SecretUnreadError
from tests.support.guard import guard


@dataclass(slots=True, kw_only=True)
class Cabinet:
    """A `reconcile.secrets.SecretReader`."""

    secrets: dict[SecretRef, Mapping[str, bytes]] = field(default_factory=dict, repr=False)
    trouble: str | None = None
    """Why nothing can be read just now."""
    reads: list[SecretRef] = field(default_factory=list)

    async def __call__(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """The Secret's values; raises SecretUnreadError while there is trouble."""
        secret = SecretRef(namespace=namespace, name=name)
        self.reads.append(secret)
        if self.trouble is not None:
            raise SecretUnreadError(self.trouble)
        return self.secrets.get(secret)

    def put(self, namespace: str, name: str, **values: str | bytes) -> None:
        """Make or replace a Secret."""
        data = {key: value.encode() if isinstance(value, str) else value for key, value in values.items()}
        self.secrets[SecretRef(namespace=namespace, name=name)] = data
        guard().confide_values(f"Secret {namespace}/{name}", data)

    def remove(self, namespace: str, name: str) -> None:
        """Delete a Secret."""
        del self.secrets[SecretRef(namespace=namespace, name=name)]
