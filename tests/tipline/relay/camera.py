"""A camera for tests: RTSP 1.0 (RFC 2326) over one TCP connection after another, film by ffmpeg.

It does what a client needs that asks for interleaved RTP, and no more: OPTIONS, DESCRIBE, SETUP, PLAY.
"""

import contextlib
import select
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import imageio_ffmpeg

_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=control:film\r\n"
)
_PICTURE = {
    "H264": "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n",
    "H265": "a=rtpmap:96 H265/90000\r\n",
}
# G.711, as cameras hear mostly: payload type 0 of RFC 3551.
_SOUND = "m=audio 0 RTP/AVP 0\r\na=control:sound\r\n"
_ENCODER = {"H264": "libx264", "H265": "libx265"}


@dataclass
class TestCamera:
    """Listens until closed; `connections` counts who has asked to play."""

    __test__ = False
    codec: str = "H264"
    connections: int = 0
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _lines: list[socket.socket] = field(default_factory=list)
    _talks: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._listening.getsockname()[1]}/film"

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self._lines.append(line)
                self._talks.append(threading.Thread(target=self._talk, args=[line], daemon=True))
                self._talks[-1].start()

    def cut(self) -> None:
        """Break every line, as a camera does that loses its power."""
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._lines.clear()

    def close(self) -> None:
        # A plain close would leave `accept` waiting.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        # Each ends its ffmpeg: one that the process leaves behind goes on for ever.
        for talk in self._talks:
            talk.join(10)

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line, line.makefile("rb") as told:
            while request := _read_head(told):
                method, number = request[0].split()[0], _header(request, "cseq")
                told_of = _SDP + _PICTURE[self.codec] + _SOUND
                answer, body = {
                    "OPTIONS": ("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""),
                    "DESCRIBE": ("Content-Type: application/sdp\r\n", told_of),
                    "SETUP": (f"Transport: {_header(request, 'transport')}\r\nSession: 1\r\n", ""),
                }.get(method, ("Session: 1\r\n", ""))
                length = f"Content-Length: {len(body)}\r\n" if body else ""
                line.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{answer}{length}\r\n{body}".encode())
                if method == "PLAY":
                    self.connections += 1
                    _film(line, _ENCODER[self.codec])
                    return


def _read_head(told: object) -> list[str]:
    lines: list[str] = []
    for raw in told:  # type: ignore[attr-defined]
        text = raw.decode().strip()
        if not text:
            return lines
        lines.append(text)
    return []


def _header(request: list[str], name: str) -> str:
    found = (text.split(":", 1)[1].strip() for text in request if text.lower().startswith(f"{name}:"))
    return next(found, "")


def _film(line: socket.socket, encoder: str) -> None:
    """Send RTP as ffmpeg makes it, framed for the line (RFC 2326, 10.12), until the line breaks."""
    with _ear() as pictures, _ear() as sounds:
        film = subprocess.Popen(
            [
                imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-nostdin", "-re",
                "-f", "lavfi", "-i", "testsrc=size=160x120:rate=10",
                "-f", "lavfi", "-i", "sine=sample_rate=8000",
                "-map", "0:v", "-c:v", encoder, "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10",
                "-pix_fmt", "yuv420p", "-bsf:v", "dump_extra", "-threads", "1",
                "-f", "rtp", _address(pictures),
                "-map", "1:a", "-c:a", "pcm_mulaw", "-f", "rtp", _address(sounds),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while True:
                heard, _, _ = select.select([pictures, sounds], [], [], 30)
                if not heard:
                    return
                for ear in heard:
                    packet = ear.recv(65536)
                    channel = 0 if ear is pictures else 2
                    line.sendall(b"$" + bytes([channel]) + len(packet).to_bytes(2) + packet)
        finally:
            film.kill()
            film.wait()


def _ear() -> socket.socket:
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    return ear


def _address(ear: socket.socket) -> str:
    return f"rtp://127.0.0.1:{ear.getsockname()[1]}?pkt_size=1400"


@contextlib.contextmanager
def running_camera(codec: str = "H264") -> Iterator[TestCamera]:
    camera = TestCamera(codec)
    thread = threading.Thread(target=camera.serve, daemon=True)
    thread.start()
    try:
        yield camera
    finally:
        camera.close()
        thread.join()
