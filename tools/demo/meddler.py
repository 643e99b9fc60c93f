"""Somebody with rights and Azure's own SDK, who does not know that the pool is looked after."""

from collections.abc import Iterator
from contextlib import contextmanager

from azure.batch import BatchClient
from azure.batch.models import BatchPoolUpdateOptions, BatchStartTask
from azure.identity import ClientSecretCredential

from tools.stage import Azure


def change_start_task(azure: Azure, account: str, pool: str, command: str) -> None:
    """Give the pool another start task."""
    with _client(azure, account) as client:
        client.update_pool(pool, BatchPoolUpdateOptions(start_task=BatchStartTask(command_line=command)))


def start_task_command(azure: Azure, account: str, pool: str) -> str | None:
    """The start task's command line as Azure shows it now."""
    with _client(azure, account) as client:
        task = client.get_pool(pool).start_task
        return task.command_line if task else None


@contextmanager
def _client(azure: Azure, account: str) -> Iterator[BatchClient]:
    trusted = {"connection_verify": str(azure.ready.ca_file)}
    credential = ClientSecretCredential(
        azure.ready.tenant_id,
        azure.administrator.client_id,
        azure.administrator.secrets[0],
        authority=azure.ready.authority,
        disable_instance_discovery=True,
        **trusted,
    )
    with credential, BatchClient(azure.ready.batch[account], credential, **trusted) as client:
        yield client
