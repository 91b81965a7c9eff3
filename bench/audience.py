"""Many broadcasts and many viewers, without browsers: from the moment a piece is sent until a viewer has it.

Each sender sends what a phone does at 2.5 Mb/s, four pieces a second: clusters that end with the time;
each viewer joins at what is now, and reads that time.
"""

import hashlib
import json
import secrets
import statistics
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from bench.http import Connection
from bench.installation import Installation

SECONDS = 10.0
_PIECE = 78_000
_EVERY_SECONDS = 0.25
_MARK = b"\xf0TIPLINE CLOCK\xf0"
_JSON = "Content-Type: application/json\r\n"
_TRACKS = (
    # A header, a segment of unknown length, and one track of VP8.
    b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    b"\x16\x54\xae\x6b\x8f\xae\x8d\xd7\x81\x01\x83\x81\x01\x86\x85V_VP8"
)


@dataclass(frozen=True)
class Heard:
    """From a piece's sending to each viewer's hand, in ms; shares of one core meanwhile."""

    delays: list[float]
    door: float
    console: float

    @property
    def told(self) -> str:
        """The middle and the tail."""
        cuts = statistics.quantiles(self.delays, n=20)
        return f"{cuts[9]:.0f}, {cuts[18]:.0f} ms"


@dataclass
class _Broadcast:
    """One sender at the door; its session and part are open."""

    port: int
    session: str = ""
    token: str = ""
    path: str = ""
    sent: int = 0
    line: Connection = field(init=False)

    def __post_init__(self) -> None:
        self.line = Connection(self.port)
        terms = hashlib.sha256(b"I agree").hexdigest()
        opened = self._post("/live", {"terms": terms, "language": "en"})
        self.session, self.token = opened["session"], opened["token"]
        asked = {
            "sequence": 1,
            "kind": "film",
            "mime": "video/webm;codecs=vp8",
            "began_ms": 0,
            "why": "start",
        }
        self.path = urlsplit(self._post("/live/parts", asked)["location"]).path
        self._patch(_TRACKS)

    def keep_on(self, until: float) -> None:
        """Send until then, with a beat each second."""
        began, number = time.monotonic(), 0
        said: dict[str, object] = {
            "behind_ms": 0,
            "pending_bytes": 0,
            "delivered": 0,
            "seen": 0,
            "visible": True,
        }
        while time.monotonic() < until:
            self._patch(_cluster(round(1000 * (time.monotonic() - began))))
            number += 1
            if number % 4 == 0:
                self._post("/live/beat", said)
            time.sleep(max(0.0, began + number * _EVERY_SECONDS - time.monotonic()))

    def end(self) -> None:
        """Stop, so that nobody finds it among the running ones."""
        self._post("/live/end", {"parts": 1})
        self.line.close()

    def _patch(self, piece: bytes) -> None:
        self.line.begin_patch(self.path, self.sent, len(piece))
        self.line.send(piece)
        answer = self.line.answer()
        assert answer.status == 204, answer
        self.sent += len(piece)

    def _post(self, path: str, content: dict[str, object]) -> dict[str, str]:
        headers = f"{_JSON}Idempotency-Key: {secrets.token_urlsafe(24)}\r\n"
        headers += f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        answer = self.line.ask("POST", path, headers, json.dumps(content).encode())
        assert answer.status in (200, 201), answer
        told: dict[str, str] = json.loads(answer.body)
        return told


def _cluster(ms: int) -> bytes:
    """A key picture of noise at a time, with the clock at its end."""
    picture = secrets.token_bytes(_PIECE) + _MARK + struct.pack(">d", time.time())
    block = b"\x81\x00\x00\x80" + picture
    return (
        b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff\xe7\x84" + ms.to_bytes(4)
        + b"\xa3" + (len(block) | 1 << 28).to_bytes(4) + block
    )  # fmt: skip


def audience(installation: Installation, senders: int, viewers: int) -> Heard:
    """Let so many send and so many watch for some seconds."""
    port, origin = installation.port_of("intake"), installation.signin.partition("/signin")[0]
    broadcasts = [_Broadcast(port) for _ in range(senders)]
    cookies = _signed_in(installation, origin, broadcasts)
    over = threading.Event()
    with ThreadPoolExecutor(senders + viewers) as pool:
        watched = [
            pool.submit(_watch, f"{origin}/live/{broadcasts[n % senders].session}", cookies, over)
            for n in range(viewers)
        ]
        before = {name: installation.cpu_seconds(name) for name in ("intake", "console")}
        began = time.monotonic()
        until = began + SECONDS
        for sending in [pool.submit(one.keep_on, until) for one in broadcasts]:
            sending.result()
        spent = time.monotonic() - began
        used = {name: (installation.cpu_seconds(name) - before[name]) / spent for name in before}
        over.set()
        for broadcast in broadcasts:  # the last piece lets each viewer see that it is over
            broadcast.keep_on(time.monotonic() + 0.01)
        delays = [delay for one in watched for delay in one.result()]
    for broadcast in broadcasts:
        broadcast.end()
    return Heard(delays, used["intake"], used["console"])


def _signed_in(installation: Installation, origin: str, broadcasts: list[_Broadcast]) -> httpx.Cookies:
    """Somebody who has asked to watch them all."""
    token = installation.signin_again().partition("token=")[2]
    with httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=60) as client:
        assert client.post("/signin", data={"token": token}).status_code == 303
        for broadcast in broadcasts:
            assert client.post(f"/live/{broadcast.session}/watch").status_code == 204
        return client.cookies


def _watch(address: str, cookies: httpx.Cookies, over: threading.Event) -> list[float]:
    delays, held = [], b""
    with httpx.stream("GET", f"{address}/parts/1/bytes?at=live", cookies=cookies, timeout=60) as answer:
        assert answer.status_code == 200, answer
        for piece in answer.iter_raw():
            held += piece
            while (at := held.find(_MARK)) >= 0 and len(held) >= at + len(_MARK) + 8:
                sent = struct.unpack_from(">d", held, at + len(_MARK))[0]
                delays.append(1000 * (time.time() - sent))
                held = held[at + len(_MARK) + 8 :]
            if over.is_set():
                break
    return delays[1:]  # the first was there before
