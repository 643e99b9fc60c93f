"""The whole operator as one coroutine: who we are, what we are made of, and running it."""

import asyncio

import structlog

from azure_batch_operator.kube.candidacy import candidacy
from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.discovery import cluster_id
from azure_batch_operator.kube.endpoints import endpoints
from azure_batch_operator.kube.login import login
from azure_batch_operator.kube.probes import Probes
from azure_batch_operator.kube.record_key import RecordKey
from azure_batch_operator.kube.secrets import Secrets
from azure_batch_operator.kube.shell import Shell
from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.reconcile.keys import KINDS
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.pulse import Pulse
from azure_batch_operator.runtime.tasks import running, stop_on_signals, unless
from azure_batch_operator.settings import Settings
from azure_batch_operator.wiring import utc_now, wired

log = structlog.stdlib.get_logger(__name__)


async def operate(settings: Settings) -> None:
    """Run the operator until a signal ends it; raises WatchFailedError or LeadershipLostError."""
    stop, gate, pulse = asyncio.Event(), Gate(), Pulse()
    stop_on_signals(stop)
    metrics = Metrics(
        now=utc_now,
        kinds=KINDS,
        workers=settings.workers,
        pulse=pulse,
        leading=lambda: gate.leads,
        lease=settings.lease.partition("/")[2],
    )
    probes = Probes(pulse=pulse, gate=gate, sweep_interval=settings.sweep_interval)
    async with (
        endpoints(metrics.registry, probes, host=settings.http_host, port=settings.http_port),
        running(pulse.beating()),
    ):
        await _operate(settings, stop, gate, metrics)
    log.info("stopped")


async def _operate(settings: Settings, stop: asyncio.Event, gate: Gate, metrics: Metrics) -> None:
    client = KubeClient(login, before_write=gate.check, answered=metrics.api_server.answered)
    try:
        operator_id = settings.operator_id or await unless(stop, cluster_id(client))
        if operator_id is not None:
            async with (
                wired(
                    settings,
                    operator_id=operator_id,
                    read_secret=Secrets(client),
                    read_key=_record_key(client, settings),
                    before_write=gate.check,
                    metrics=metrics,
                ) as reconcilers,
                candidacy(settings, gate, answered=metrics.api_server.answered) as candidate,
            ):
                log.info("started", operator_id=operator_id, namespaces=settings.namespaces or "all")
                shell = Shell(
                    settings=settings,
                    client=client,
                    reconcilers=reconcilers,
                    gate=gate,
                    candidate=candidate,
                    metrics=metrics,
                )
                await shell.run(stop)
    finally:
        await client.close()


def _record_key(client: KubeClient, settings: Settings) -> RecordKey:
    namespace, _, name = settings.record_key_secret.partition("/")
    return RecordKey(client, namespace=namespace, name=name)
