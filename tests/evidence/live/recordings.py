"""Recordings as they stand while they are made: by a real ffmpeg, and by a real browser's MediaRecorder."""

import base64
import subprocess
from pathlib import Path

import imageio_ffmpeg
from playwright.sync_api import Browser, BrowserContext

RECORD = """async ([mime, ms]) => {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, {width: 320, height: 240});
  const pen = canvas.getContext('2d');
  const tick = setInterval(() => {
    for (let stripe = 0; stripe < 8; stripe += 1) {
      pen.fillStyle = `hsl(${(performance.now() / 5 + stripe * 45) % 360} 80% 50%)`;
      pen.fillRect(stripe * 40, 0, 40, 240);
    }
  }, 33);
  const stream = canvas.captureStream(30);
  const sound = new AudioContext(), tone = sound.createOscillator();
  const out = sound.createMediaStreamDestination();
  tone.connect(out); tone.start();
  stream.addTrack(out.stream.getAudioTracks()[0]);
  const recorder = new MediaRecorder(stream, {mimeType: mime, videoKeyFrameIntervalDuration: 1000});
  const pieces = [];
  recorder.ondataavailable = (event) => pieces.push(event.data);
  recorder.start(250);
  await new Promise((resolve) => setTimeout(resolve, ms));
  await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
  clearInterval(tick);
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return btoa(text);
}"""


def by_chromium(
    browser: Browser | BrowserContext, mime: str = "video/webm;codecs=vp8,opus", ms: int = 3500
) -> bytes:
    """Record a drawn picture and a tone for so long."""
    page = browser.new_page()
    page.goto("about:blank")
    try:
        return base64.b64decode(page.evaluate(RECORD, [mime, ms]))
    finally:
        page.close()


def webm(path: Path, *, seconds: int = 4, gop: int = 20, cluster_ms: int = 250) -> bytes:
    """VP8 and Opus at 20 pictures a second, in clusters cut by the clock, as a stream of unknown length."""
    return _ffmpeg(
        path, seconds,
        "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", str(gop),
        "-c:a", "libopus", "-b:a", "24k",
        "-f", "webm", "-live", "1", "-cluster_time_limit", str(cluster_ms),
    )  # fmt: skip


def fmp4(path: Path, *, seconds: int = 4, gop: int = 20) -> bytes:
    """H.264 and AAC in fragments of half a second: every other one begins with a key picture."""
    return _ffmpeg(
        path, seconds,
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
        "-g", str(gop), "-c:a", "aac",
        "-f", "mp4", "-movflags", "empty_moov+default_base_moof+frag_every_frame", "-frag_duration", "500000",
    )  # fmt: skip


def _ffmpeg(path: Path, seconds: int, *how: str) -> bytes:
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y",
            "-f", "lavfi", "-i", f"testsrc2=size=320x240:rate=20:duration={seconds}",
            "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", *how, str(path),
        ],
        check=True,
    )  # fmt: skip
    return path.read_bytes()
