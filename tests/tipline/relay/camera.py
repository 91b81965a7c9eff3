"""A camera for tests: RTSP 1.0 (RFC 2326) over one TCP connection after another, film by ffmpeg.

It does what a client needs that asks for interleaved RTP, and no more: OPTIONS, DESCRIBE, SETUP, PLAY.
"""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import imageio_ffmpeg

_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:film\r\n"
)


@dataclass
class TestCamera:
    """Listens until closed; `connections` counts who has asked to play."""

    __test__ = False
    connections: int = 0
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _lines: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._listening.getsockname()[1]}/film"

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self._lines.append(line)
                threading.Thread(target=self._talk, args=[line], daemon=True).start()

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

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line, line.makefile("rb") as told:
            while request := _read_head(told):
                method, number = request[0].split()[0], _header(request, "cseq")
                answer, body = {
                    "OPTIONS": ("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""),
                    "DESCRIBE": ("Content-Type: application/sdp\r\n", _SDP),
                    "SETUP": ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n", ""),
                }.get(method, ("Session: 1\r\n", ""))
                length = f"Content-Length: {len(body)}\r\n" if body else ""
                line.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{answer}{length}\r\n{body}".encode())
                if method == "PLAY":
                    self.connections += 1
                    _film(line)
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
    return next(text.split(":", 1)[1].strip() for text in request if text.lower().startswith(f"{name}:"))


def _film(line: socket.socket) -> None:
    """Send RTP as ffmpeg makes it, framed for the line (RFC 2326, 10.12), until the line breaks."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        packets.bind(("127.0.0.1", 0))
        packets.settimeout(30)
        film = subprocess.Popen(
            [
                imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-nostdin", "-re",
                "-f", "lavfi", "-i", "testsrc=size=160x120:rate=10",
                "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10",
                "-bsf:v", "dump_extra", "-threads", "1",
                "-f", "rtp", f"rtp://127.0.0.1:{packets.getsockname()[1]}?pkt_size=1400",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while True:
                packet = packets.recv(65536)
                line.sendall(b"$\0" + len(packet).to_bytes(2) + packet)
        finally:
            film.kill()
            film.wait()


@contextlib.contextmanager
def running_camera() -> Iterator[TestCamera]:
    camera = TestCamera()
    thread = threading.Thread(target=camera.serve, daemon=True)
    thread.start()
    try:
        yield camera
    finally:
        camera.close()
        thread.join()
