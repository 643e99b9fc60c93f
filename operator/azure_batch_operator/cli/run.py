"""The operator itself."""

import asyncio

import click

from azure_batch_operator.kube.process import operate
from azure_batch_operator.kube.shell import WatchFailedError
from azure_batch_operator.runtime.election import LeadershipLostError
from azure_batch_operator.settings import BadSettingsError, read_settings
from azure_batch_operator.telemetry import configure_logging


@click.command()
def run() -> None:
    """Run the operator until SIGTERM or SIGINT.

    The cluster is the one of the pod, or of KUBECONFIG; all settings are environment variables
    (AZURE_BATCH_OPERATOR_…, and AZURE_TENANT_ID, AZURE_CLIENT_ID and the like for signing in).
    """
    try:
        settings = read_settings()
    except BadSettingsError as error:
        raise click.ClickException(str(error)) from None
    configure_logging(log_format=settings.log_format, level=settings.log_level)
    try:
        asyncio.run(operate(settings))
    except (WatchFailedError, LeadershipLostError) as error:
        raise click.ClickException(str(error)) from error
