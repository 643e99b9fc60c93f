"""Logging: how lines look, and what the line about a turn is called and contains."""

import logging
import sys
from collections.abc import Mapping
from typing import Literal

import structlog

LogFormat = Literal["json", "console"]

_QUIET = {
    "kopf": logging.WARNING,  # it logs each event of each object
    "azure": logging.WARNING,  # it logs each request with its headers
    "aiohttp": logging.WARNING,
    "asyncio": logging.WARNING,
}

log = structlog.stdlib.get_logger("azure_batch_operator.turns")


def configure_logging(*, log_format: LogFormat, level: str) -> None:
    """Send every line, ours and the libraries', to standard error in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(log_format))
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLogger().level))


def report_turn(
    *, key: str, step: str, reason: str | None, failed: bool, seconds: float, detail: Mapping[str, str]
) -> None:
    """One line about a turn that did something: what it was about, the step taken, and Azure's words about it."""
    write = log.warning if failed else log.info
    write("turn", key=key, step=step, reason=reason, seconds=round(seconds, 3), **detail)


def _rendering(log_format: LogFormat) -> list[structlog.typing.Processor]:
    match log_format:
        case "json":
            return [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ]
        case "console":
            # the plain traceback: the pretty one shows local variables, and with them tokens
            renderer = structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
            return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
