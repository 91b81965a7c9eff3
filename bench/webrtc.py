"""The peer of live: the same filmed clock, sent by WebRTC and received by aiortc, as its own process.

`python -m bench.webrtc LOSS SECONDS` reads an offer (SDP) from standard input, answers it on standard output,
and prints what it saw. Nobody watches behind it: ours is measured on a viewer's screen, this at the decoder.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from playwright.sync_api import sync_playwright

from bench.cells import CAMERA
from bench.live import FLAGS, told

_SETTLED_SECONDS = 4.0
_CALL = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({video: true, audio: true});
  const line = window.line = new RTCPeerConnection();
  stream.getTracks().forEach((track) => line.addTrack(track, stream));
  await line.setLocalDescription(await line.createOffer());
  while (line.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 20));
  return line.localDescription.sdp;
}"""
_ANSWERED = "sdp => window.line.setRemoteDescription({type: 'answer', sdp})"


@dataclass(frozen=True)
class Received:
    """Delays in ms of every picture; pictures a second, of the 30 that were filmed; a share of one core."""

    delays: list[float]
    pictures_per_second: float
    width: int
    cpu: float

    @property
    def told(self) -> str:
        """The middle, the tail, how smooth, how wide, and what it costs."""
        return f"{told(self.delays, self.pictures_per_second)}, {self.width} wide, {100 * self.cpu:.0f} %"


def call(address: str, loss: float, seconds: float) -> Received:
    """Film the clock in a browser at `address`, and have it received with a share of its packets lost."""
    flags = [*FLAGS, "--disable-features=WebRtcHideLocalIpsWithMdns", "--allow-loopback-in-peer-connection"]
    command = (sys.executable, "-m", "bench.webrtc", str(loss), str(seconds))
    with (
        sync_playwright() as playwright,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as receiver,
    ):
        assert receiver.stdin is not None and receiver.stdout is not None  # noqa: PT018
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        page = browser.new_page()
        page.add_init_script(CAMERA.replace("SLICE", "0"))
        page.goto(address)
        receiver.stdin.write(json.dumps(page.evaluate(_CALL)) + "\n")
        receiver.stdin.flush()
        page.evaluate(_ANSWERED, json.loads(receiver.stdout.readline()))
        heard = Received(**json.loads(receiver.stdout.readline()))
        browser.close()
    return heard


async def receive(offer: str, loss: float, seconds: float) -> Received:
    """Answer the offer, let it settle, and read the clock in every picture for some seconds."""
    _lose(loss)
    line, heard = RTCPeerConnection(), asyncio.get_running_loop().create_future()

    @line.on("track")
    def on_track(track: Any) -> None:
        if track.kind == "video" and not heard.done():
            heard.set_result(track)

    await line.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await line.setLocalDescription(await line.createAnswer())
    print(json.dumps(line.localDescription.sdp), flush=True)
    seen = await _watched(await heard, seconds)
    await line.close()
    return seen


async def _watched(track: Any, seconds: float) -> Received:
    delays: list[float] = []
    width, begins = 0, time.monotonic() + _SETTLED_SECONDS
    cpu: float | None = None
    while time.monotonic() < begins + seconds:
        try:
            picture = await asyncio.wait_for(track.recv(), seconds)
        except (MediaStreamError, TimeoutError):
            break
        if time.monotonic() < begins:
            continue
        cpu = time.process_time() if cpu is None else cpu
        width = max(width, picture.width)
        if (delay := time.time() * 1000 - _clock(picture)) > 0:
            delays.append(delay)
    used = 0.0 if cpu is None else time.process_time() - cpu
    return Received(delays, len(delays) / seconds, width, used / seconds)


def _clock(picture: Any) -> float:
    """The time that a picture shows, read in the middle of each cell."""
    grey = picture.reformat(format="yuv420p").planes[0]
    shades, high, wide = memoryview(grey), picture.height, picture.width
    cells = (
        shades[int((cell // 11 + 0.5) * high / 4) * grey.line_size + int((cell % 11 + 0.5) * wide / 11)]
        for cell in range(44)
    )
    return float(sum(2**cell for cell, shade in enumerate(cells) if shade > 127))


def _lose(share: float) -> None:
    """Lose packets as they come in, at random: without rights on the network there is no lower place."""
    taken = RTCRtpReceiver._handle_rtp_packet

    async def handle(self: RTCRtpReceiver, packet: Any, arrival_time_ms: int) -> None:
        if random.random() >= share:
            await taken(self, packet, arrival_time_ms)

    setattr(RTCRtpReceiver, taken.__name__, handle)


if __name__ == "__main__":
    offered = json.loads(sys.stdin.readline())
    print(json.dumps(asdict(asyncio.run(receive(offered, float(sys.argv[1]), float(sys.argv[2]))))))
