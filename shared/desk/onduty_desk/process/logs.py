"""Logs as events with fields: JSON where a machine reads them, plain lines on a terminal."""

import logging
import os
import sys

import structlog

from onduty_desk.texts.masking import mask_line

LIBRARIES = ("rq", "rq.worker", "rq.job", "httpx", "telegram", "aiohttp", "asyncio")


def start_logging(log_format: str, log_level: str = "info") -> None:
    """Send our events and the libraries' warnings to stderr; `auto` means JSON if not a terminal.

    Fields never hold the token, a phrase, or a customer's text. The libraries log whole requests
    below the level warning, so that is their lowest level; a higher `log_level` applies too.
    """
    level = logging.getLevelNamesMapping()[log_level.upper()]
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if as_json else structlog.processors.UnicodeDecoder(),
    ]
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        # The default formatter shows local variables, which may hold a phrase or a text.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"),
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                render,
                mask_line,
            ],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
