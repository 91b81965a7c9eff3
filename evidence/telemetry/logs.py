"""The log: a line of JSON for each thing that happened, on standard error; plain text at a terminal.

Our own lines hold ids, stages and codes. What others' libraries log, and what exceptions say of themselves,
may quote what somebody sent: of a library's line only the words its authors wrote remain, without what they
put in; of an exception its kind and the places it came through.
"""

import logging
import re
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any

from evidence.errors import EvidenceError
from evidence.telemetry import request
from evidence.telemetry.settings import LogFormat

# structlog would load rich, for tracebacks that are never written here: 7 MB in every process.
_HAD_RICH = sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
import structlog  # noqa: E402
from structlog.stdlib import ProcessorFormatter  # noqa: E402
from structlog.typing import EventDict, WrappedLogger  # noqa: E402

if _HAD_RICH is None:
    del sys.modules["rich"]

_OURS = ("tipline", "evidence", "intake", "workers", "web", "__main__")
# They speak of our own machines, and never of whoever calls.
_TRUSTED = (*_OURS, "uvicorn", "psycopg", "procrastinate")
# A warning as Python writes it: file, line, category, and words that may quote what was read.
_WARNED = re.compile(r"^.*?:\d+: \w+")
_MOST_CAUSES = 5
_KEPT_PARTS = 3

log = logging.getLogger("tipline")


def speak(process: str, form: LogFormat) -> None:
    """Send everything that this process logs to standard error, from now on; it replaces what was there."""
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(process, as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    sys.excepthook = _tell_of_the_end
    threading.excepthook = lambda ended: _tell_of_the_end(
        ended.exc_type, ended.exc_value, ended.exc_traceback
    )


def formatter(process: str, *, as_json: bool) -> logging.Formatter:
    """Return what writes one line of any logger's record."""

    def named(_: WrappedLogger, __: str, told: EventDict) -> EventDict:
        return _line(process, told)

    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        renderer = structlog.dev.ConsoleRenderer(colors=False, timestamp_key="at", sort_keys=False)
    return ProcessorFormatter(
        foreign_pre_chain=[named], processors=[renderer], use_get_message=False, pass_foreign_args=True
    )


def _line(process: str, told: EventDict) -> EventDict:
    record: logging.LogRecord = told["_record"]
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line: EventDict = {"at": at, "level": record.levelname.lower(), "process": process, "logger": record.name}
    if name := request.current():
        line["request"] = name
    line["event"] = _said(record, told["positional_args"])
    if record.exc_info and (error := record.exc_info[1]) is not None:
        line.update(_told_of(error))
    return line


def _said(record: logging.LogRecord, args: Any) -> str:
    words = str(record.msg)
    if record.name == "py.warnings":
        return "".join(_WARNED.findall(words)[:1])
    if record.name.split(".")[0] not in _TRUSTED:
        return words.partition("\n")[0]
    try:
        return words % args if args else words
    except (TypeError, ValueError):
        return words


def _told_of(error: BaseException) -> dict[str, Any]:
    """Say what kind an exception is, of what it came, and through which places: never its own words."""
    chain = list(_causes(error))
    told: dict[str, Any] = {"error": " from ".join(type(one).__name__ for one in chain)}
    code = getattr(error, "code", None)
    if isinstance(error, EvidenceError) and code:
        told["code"] = code
    told["trace"] = [
        f"{'/'.join(Path(frame.filename).parts[-_KEPT_PARTS:])}:{frame.lineno} {frame.name}"
        for one in reversed(chain)
        for frame in extract_tb(one.__traceback__)
    ]
    return told


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_MOST_CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _tell_of_the_end(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt) or error is None:
        return
    # A kernel error's sentence is ours, and says what to do.
    words = error.sentence if isinstance(error, EvidenceError) else "an exception that nobody expected"
    log.critical(words, exc_info=(kind, error, trace))
