"""The camera's side: ffmpeg copies the stream, without coding it anew, into fragmented MP4 on a pipe."""

import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, cast
from urllib.parse import urlsplit

import imageio_ffmpeg

from tipline.relay.boxes import Fragment, Splitter

FRAGMENT_MICROSECONDS = 250_000
_SILENCE_SECONDS = 15.0
_READ_BYTES = 64 * 1024
_END_SECONDS = 2.0


@dataclass(frozen=True)
class Source:
    """Where a camera is: an address that ffmpeg reads, RTSP mostly; it may hold a password.

    `sound` takes its sound along, as AAC: what cameras send mostly does not fit MP4.
    """

    url: str = field(repr=False)
    sound: bool = False


class Camera:
    """One connection to a camera; a context manager that ends it."""

    def __init__(self, source: Source) -> None:
        streaming = ["-rtsp_transport", "tcp"] if urlsplit(source.url).scheme in ("rtsp", "rtsps") else []
        audio = ["-map", "0:a:0?", "-c:a", "aac"] if source.sound else []
        self._process = subprocess.Popen(  # noqa: S603 (no shell; the address is the operator's own)
            [
                imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", *streaming,
                "-fflags", "nobuffer", "-i", source.url, "-map", "0:v:0", "-c:v", "copy", *audio,
                "-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof",
                "-frag_duration", str(FRAGMENT_MICROSECONDS), "-flush_packets", "1", "pipe:1",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._stream = cast(IO[bytes], self._process.stdout)
        self._splitter = Splitter()
        self._alarm, self._bell = os.pipe()

    @property
    def init(self) -> bytes:
        """What a player must know before the first fragment."""
        return self._splitter.init

    def fragments(self) -> Iterator[Fragment]:
        """Yield film as it comes; ends with the stream, after a long silence, or where `stop` was called.

        Raises `NotMp4`.
        """
        stream = self._stream.fileno()
        while True:
            ready, _, _ = select.select([stream, self._alarm], [], [], _SILENCE_SECONDS)
            if stream not in ready or self._alarm in ready:
                return
            content = os.read(stream, _READ_BYTES)
            if not content:
                return
            yield from self._splitter.feed(content)

    def stop(self) -> None:
        """Let `fragments` end at once; from any thread."""
        with suppress(OSError):
            os.write(self._bell, b".")

    def __enter__(self) -> "Camera":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stream.close()
        os.close(self._alarm)
        os.close(self._bell)
