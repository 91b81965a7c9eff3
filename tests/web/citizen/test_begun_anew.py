"""The server dies under an upload and is back at once: Chromium then sends the same body again, by itself.

It does so on a new line and without a word to the page; what it sends is at the wrong offset, and it reads no
answer while it can send.
"""

import signal
import socket
from pathlib import Path

from playwright.sync_api import Request

from tests.web.citizen.conftest import NewDoor, Phone

MB = 1_000_000
SIZE = 120 * MB

# What the page shows, each time it changes.
_WATCH = """() => {
    const bar = document.querySelector('.transfer progress');
    window.shown = [bar.value];
    new MutationObserver(() => window.shown.push(bar.value)).observe(bar, { attributes: true });
}"""


def test_what_is_sent_in_vain_ends_soon_and_is_not_shown_as_progress(
    erin: Phone, new_door: NewDoor, spool_dir: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    with clip.open("wb") as file:
        file.truncate(SIZE)
    asked: list[tuple[str, str | None]] = []
    answered: list[tuple[str, int]] = []

    def note(request: Request) -> None:
        asked.append((request.method, request.headers.get("upload-offset")))

    erin.page.on("request", note)
    erin.page.on("response", lambda answer: answered.append((answer.request.method, answer.status)))
    with new_door() as door, socket.create_server(("127.0.0.1", 0)) as listening:
        # As under `tipline up`, the socket outlives the process: nobody is refused.
        door.stop()
        door.listening, door.port = listening, listening.getsockname()[1]
        door.start()
        erin.visit(door)
        erin.choose(clip)
        erin.weaken(5 * MB)
        erin.send()
        erin.wait_for_percent(10)
        erin.page.evaluate(_WATCH)
        assert door.process is not None
        with erin.page.expect_request(lambda request: request.method == "HEAD"):
            door.process.send_signal(signal.SIGKILL)
            door.process.wait()
            [reached] = [path.stat().st_size for path in spool_dir.glob("*.bytes")]
            door.launch()
        assert answered[-1] == ("PATCH", 409), "it was not sent again"
        assert max(erin.page.evaluate("window.shown")) < 50, "what is sent in vain counts"
        erin.weaken(-1)
        erin.wait_for_row("done")
        offsets = [int(offset or 0) for method, offset in asked if method == "PATCH"]
        assert reached in offsets, "it did not go on from where the server was"
        assert offsets == sorted(set(offsets))
        assert len(offsets) > 3, "it went in one piece"
        door.stop()
