"""Structured logs without personal data: one JSON line per event, with ids and counts only.

Request paths are logged as route names, never as addresses (they hold tokens), and no exception message is logged: it may carry
values. The class of an exception and the place it came from are enough to find it.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

import structlog


def configure(_: dict[str, Any] | None = None) -> None:
    """Set up logging for this process: JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(_WithoutValues())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # Django's request log prints paths, and paths hold portal tokens; our middleware logs the route instead.
    for name in ("django.request", "django.server", "django.security.DisallowedHost"):
        logging.getLogger(name).propagate = False


class _WithoutValues(logging.Formatter):
    """Formats a record of a library by its place only: logger, level and, for exceptions, class and line."""

    def format(self, record: logging.LogRecord) -> str:
        place = f"{record.pathname.rsplit('/', 1)[-1]}:{record.lineno}"
        line = {"event": "log", "logger": record.name, "level": record.levelname.lower(), "line": place}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)


def where(error: BaseException) -> str:
    """The innermost place of an exception, as `file:line function`, for a log line without values."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
