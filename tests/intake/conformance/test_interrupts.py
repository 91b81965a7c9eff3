"""Lines that break and processes that end: what was acknowledged stays, and the upload goes on."""

import signal

from tests.intake.conformance.client import PATIENCE, Line, Tus
from tests.intake.conformance.rows import NotAsked, row

LENGTH = 1_000_000
FIRST = bytes(100_000)
MORE = bytes(200_000)
SENT = len(FIRST) + len(MORE)


def begun(tus: Tus) -> str:
    """An upload whose first bytes are acknowledged."""
    url = tus.create(LENGTH)
    assert tus.patch(url, 0, FIRST).status_code == 204
    return url


def more(url: str) -> Line:
    """A PATCH on its way, that brings a part of what it announced."""
    line = Line.patching(url, len(FIRST), LENGTH - len(FIRST))
    line.send(MORE)
    return line


def goes_on(tus: Tus, url: str) -> None:
    """The offset lies between what was acknowledged and what was sent, and the rest arrives from there."""
    offset = tus.offset(url)
    assert len(FIRST) <= offset <= SENT, offset
    answer = tus.patch(url, offset, bytes(LENGTH - offset))
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(LENGTH))


@row("interrupts.fin", "After a line that ended politely (FIN) every byte that came is kept (a SHOULD).")
def test_fin(tus: Tus) -> None:
    url = begun(tus)
    with more(url) as line:
        line.finish()
    assert tus.offset(url) == SENT
    goes_on(tus, url)


@row("interrupts.rst", "After a line that broke off (RST) the upload goes on.")
def test_rst(tus: Tus) -> None:
    url = begun(tus)
    more(url).reset()
    goes_on(tus, url)


@row("interrupts.creation", "A line that breaks during a creation with bytes harms no other upload.")
def test_broken_creation(tus: Tus) -> None:
    url = begun(tus)
    said = {
        "Upload-Length": "1000",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": "1000",
    }
    line = Line("POST", tus.server.endpoint, said)
    line.send(bytes(100))
    line.reset()
    goes_on(tus, url)


@row("interrupts.silence", "A body that falls silent is given up after a while, and what came of it is kept.")
def test_silence(tus: Tus) -> None:
    if tus.server.silence is None or tus.server.silence > PATIENCE:
        raise NotAsked("nobody said after how many seconds, or too many")
    url = begun(tus)
    with more(url) as line:
        line.status()
    assert tus.offset(url) == SENT
    goes_on(tus, url)


@row(
    "interrupts.takeover",
    "While an old line hangs, HEAD tells the offset and a new PATCH goes on from there.",
)
def test_takeover(tus: Tus) -> None:
    url = begun(tus)
    with more(url):
        goes_on(tus, url)


@row("interrupts.late-bytes", "What an old line brings after a newer request has come is not written.")
def test_late_bytes(tus: Tus) -> None:
    url = begun(tus)
    with more(url) as old:
        offset = tus.offset(url)
        old.send_late(MORE)
        assert tus.offset(url) == offset


@row("interrupts.stop", "A process that was stopped for a while (SIGSTOP) goes on with what was on its way.")
def test_stopped_for_a_while(tus: Tus) -> None:
    tus.server.require_process()
    url = begun(tus)
    with more(url) as line:
        tus.server.signal(signal.SIGSTOP)
        line.send(bytes(1000))
        tus.server.signal(signal.SIGCONT)
        line.send(bytes(LENGTH - SENT - 1000))
        assert line.status() == 204
    assert tus.offset(url) == LENGTH


def ended_by(tus: Tus, number: int) -> None:
    tus.server.require_process()
    url = begun(tus)
    with more(url):
        tus.server.stop(number)
        tus.server.start()
        goes_on(tus, url)


@row(
    "interrupts.sigterm",
    "SIGTERM ends the process in the midst of a body; restarted, nothing acknowledged is lost.",
)
def test_sigterm(tus: Tus) -> None:
    ended_by(tus, signal.SIGTERM)


@row(
    "interrupts.kill-9",
    "kill -9 ends the process in the midst of a body; restarted, nothing acknowledged is lost.",
)
def test_kill_9(tus: Tus) -> None:
    ended_by(tus, signal.SIGKILL)


@row("interrupts.kill-9-finished", "After kill -9 a finished upload is still finished.")
def test_kill_9_after_the_end(tus: Tus) -> None:
    tus.server.require_process()
    url = tus.create(3)
    tus.patch(url, 0, b"abc")
    tus.server.stop(signal.SIGKILL)
    tus.server.start()
    assert tus.offset(url) == 3
