"""The whole operator as one coroutine: who we are, what we are made of, and running it."""

import asyncio
from contextlib import AbstractContextManager, nullcontext

import structlog

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.discovery import cluster_id
from azure_batch_operator.kube.login import login
from azure_batch_operator.kube.record_key import RecordKey
from azure_batch_operator.kube.secrets import Secrets
from azure_batch_operator.kube.shell import Shell
from azure_batch_operator.metrics import Metrics, served
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.tasks import stop_on_signals, unless
from azure_batch_operator.settings import Settings
from azure_batch_operator.wiring import wired

log = structlog.stdlib.get_logger(__name__)


async def operate(settings: Settings) -> None:
    """Run the operator until a signal ends it; raises WatchFailedError."""
    stop, gate = asyncio.Event(), Gate()
    stop_on_signals(stop)
    client = KubeClient(login, before_write=gate.check)
    try:
        operator_id = settings.operator_id or await unless(stop, cluster_id(client))
        if operator_id is not None:
            async with wired(
                settings,
                operator_id=operator_id,
                read_secret=Secrets(client),
                read_key=_record_key(client, settings),
                before_write=gate.check,
            ) as reconcilers:
                log.info("started", operator_id=operator_id, namespaces=settings.namespaces or "all")
                with _metrics(reconcilers.metrics, settings):
                    await Shell(settings=settings, client=client, reconcilers=reconcilers, gate=gate).run(stop)
    finally:
        await client.close()
    log.info("stopped")


def _record_key(client: KubeClient, settings: Settings) -> RecordKey:
    namespace, _, name = settings.record_key_secret.partition("/")
    return RecordKey(client, namespace=namespace, name=name)


def _metrics(metrics: Metrics, settings: Settings) -> AbstractContextManager[object]:
    """The endpoint that the settings ask for, if any."""
    if not settings.metrics_port:
        return nullcontext()
    return served(metrics, host=settings.metrics_host, port=settings.metrics_port)
