"""Waiting without polling: the supervisor sleeps until a child ends, a stop is asked for, or time is up."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any, Self

_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


class Bell:
    """Signals, made into something one can wait for. To be entered by the main thread, once per process."""

    def __init__(self) -> None:
        self.stopping = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._hears, self._rings = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakeup_before = signal.set_wakeup_fd(self._rings, warn_on_full_buffer=False)
        for number in _STOP:
            self._before[number] = signal.signal(number, self._stop)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._hears)
        os.close(self._rings)

    def wait(self, seconds: float | None) -> None:
        """Sleep until a signal comes, or so many seconds have passed."""
        if select.select([self._hears], [], [], seconds)[0]:
            os.read(self._hears, 4096)

    def pause(self, seconds: float) -> None:
        """The same while starting up; raises `StopRequested` if that was the signal."""
        self.wait(seconds)
        if self.stopping:
            raise StopRequested

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
