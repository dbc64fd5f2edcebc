"""The log of the web: one JSON line for each request, on standard error, without secrets or personal values."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog


class WebLogger:
    """A structured logger that costs nothing when it is switched off."""

    def __init__(self) -> None:
        self.is_enabled = False
        self._logger: Any = None

    def configure(self, level: str, stream: TextIO | None = None) -> None:
        """Log from that level on ("debug", "info", "warning", "error", "off")."""
        number = logging.getLevelNamesMapping().get(level.upper())
        if number is None:
            self.is_enabled, self._logger = False, None
            return
        self.is_enabled = number <= logging.INFO
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(stream or sys.stderr),
            processors=[_stamped, _traced, structlog.processors.JSONRenderer(serializer=_line)],
            wrapper_class=structlog.make_filtering_bound_logger(number),
        )

    def info(self, event: str, **values: Any) -> None:
        """Log what happened."""
        if self._logger is not None:
            self._logger.info(event, **values)

    def warning(self, event: str, **values: Any) -> None:
        """Log what somebody should look at."""
        if self._logger is not None:
            self._logger.warning(event, **values)

    def exception(self, event: str, *, exc_info: BaseException, **values: Any) -> None:
        """Log a fault of ours with its traceback, without the values of its variables."""
        if self._logger is not None:
            self._logger.error(event, exc_info=exc_info, **values)


def _stamped(_logger: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"at": datetime.now(UTC), "level": level, **event}


def _traced(_logger: Any, _level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.pop("exc_info", None)
    if error is not None:
        event["error"] = type(error).__name__
        event["traceback"] = "".join(traceback.format_exception(error))
    return event


def _line(event: dict[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z).decode()


logger = WebLogger()
