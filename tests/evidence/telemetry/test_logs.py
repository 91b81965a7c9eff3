"""The log's lines: JSON, with the request's name, and nothing of what somebody sent."""

import json
import logging
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from evidence.errors import Unavailable
from evidence.telemetry import request
from evidence.telemetry.logs import formatter

CANARY = "canary-marmalade"


class Lines(logging.Handler):
    """Keeps what would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(formatter("door", as_json=True))
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))

    @property
    def last(self) -> dict[str, object]:
        return dict(json.loads(self.written[-1]))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def test_a_line_says_when_who_and_what(lines: Lines) -> None:
    logging.getLogger("tipline.intake").warning("%d uploads wait for %s", 3, "the database")
    assert {name: lines.last[name] for name in ("level", "process", "logger", "event")} == {
        "level": "warning", "process": "door", "logger": "tipline.intake",
        "event": "3 uploads wait for the database",
    }  # fmt: skip
    assert str(lines.last["at"]).endswith("+00:00")
    assert "request" not in lines.last


def test_each_line_of_a_request_has_its_name_and_no_two_share_one(lines: Lines) -> None:
    def answer() -> str:
        request.begin()
        logging.getLogger("evidence.storage").warning("slow")
        assert lines.last["request"] == request.current()
        return request.current()

    assert len({copy_context().run(answer) for _ in range(2)}) == 2


def test_an_exception_is_told_by_its_kind_and_place_and_never_by_its_words(lines: Lines) -> None:
    def fail() -> None:
        words = CANARY  # noqa: F841 (a local variable, as a traceback with values would show it)
        raise OSError(2, "No such file", f"/{CANARY}.mp4")

    try:
        try:
            fail()
        except OSError as error:
            raise Unavailable(CANARY, code="store_away") from error
    except Unavailable:
        logging.getLogger("workers.turn").exception("a stage failed")
    told = lines.last
    assert told["error"] == "Unavailable from FileNotFoundError"
    assert told["code"] == "store_away"
    trace = told["trace"]
    assert isinstance(trace, list)
    assert any(line.startswith("evidence/telemetry/test_logs.py:") and " fail" in line for line in trace)
    assert CANARY not in lines.written[-1]


@pytest.mark.parametrize(
    "name", ["asyncio", "urllib3.connectionpool", "botocore.parsers", "werkzeug", "twilio"]
)
def test_of_a_librarys_line_only_its_authors_words_are_kept(lines: Lines, name: str) -> None:
    logging.getLogger(name).error("Retrying %s after %r", CANARY, CANARY)
    assert lines.last["event"] == "Retrying %s after %r"
    logging.getLogger(name).error(f"Task was never retrieved\nfuture: <exception=ValueError('{CANARY}')>")
    assert lines.last["event"] == "Task was never retrieved"


def test_of_a_warning_its_place_and_category_are_kept(lines: Lines) -> None:
    logging.captureWarnings(capture=True)
    try:
        warnings.warn(CANARY, UserWarning, stacklevel=1)
    finally:
        logging.captureWarnings(capture=False)
    assert re.fullmatch(r".*test_logs\.py:\d+: UserWarning", str(lines.last["event"]))
    assert CANARY not in lines.written[-1]


def test_what_nobody_caught_is_a_line_too_and_a_kernel_errors_sentence_is_said() -> None:
    script = (
        "import threading; from evidence.errors import Unavailable\n"
        "from evidence.telemetry.logs import speak\n"
        "def fail(): raise ValueError('canary')\n"
        "speak('worker', 'json'); one = threading.Thread(target=fail); one.start(); one.join()\n"
        "raise Unavailable('No sandbox here. Do this.', code='sandbox_unavailable')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    thread, end = (json.loads(line) for line in done.stderr.splitlines())
    assert (thread["level"], thread["error"]) == ("critical", "ValueError")
    assert (end["event"], end["code"]) == ("No sandbox here. Do this.", "sandbox_unavailable")
    assert "canary" not in done.stderr


def test_structlog_comes_without_what_it_would_load_for_pretty_tracebacks() -> None:
    ask = "import sys, evidence.telemetry.logs; print('rich' in sys.modules, 'pygments' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", ask], text=True).split() == ["False", "False"]
