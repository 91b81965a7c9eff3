"""The ways of saying no to a file, each a stable code and a plain sentence. The sealed original stays in
every case.

The sandboxed child may only name a code; the words are ours, so that no file can put words on a reviewer's
screen.
"""

from dataclasses import dataclass

SENTENCES: dict[str, str] = {
    "empty_file": "The file is empty: not one byte was in it. Ask for it to be sent again.",
    "not_media": "This is no video, photo or sound recording that can be opened here, whatever its name "
    "says. The original is kept.",
    "damaged": "The recording is damaged or was cut off before its end, so it cannot be played. "
    "The original is kept; ask for it to be sent again.",
    "no_index": "The recording was cut off before its index was written, so it cannot be played as it is. "
    "The original is kept; ask for it to be sent again.",
    "codec_unsupported": "The recording uses a coding that cannot be opened safely here. "
    "The original is kept.",
    "makers_format": "The recording is in the format of one recorder's maker, which cannot be opened here. "
    "The original is kept; ask for it to be exported as MP4 or AVI and sent again.",
    "colours_unknown": "The film's colors can be shown by Dolby Vision players alone, and any copy made here "
    "would show wrong ones. The original is kept; ask for a version that plays everywhere.",
    "speed_changed": "The recording is told to play at another speed than it was filmed at, and a copy made "
    "here would play at the wrong one. The original is kept; ask for it as the camera stored it.",
    "too_many_streams": "The file holds more streams than any real recording, so it was not opened. "
    "The original is kept.",
    "too_many_pixels": "The picture is larger than can be opened safely here. The original is kept.",
    "malware": "The virus scanner knows this file as harmful, so it was not opened. The original is kept.",
    "too_long": "The recording claims to be longer than can be prepared here. The original is kept.",
    "leaves_mismatch": "The bytes on disk are not the bytes that were received, so they were not sealed. "
    "The spool file is kept for an investigation; ask for the file to be sent again.",
    "spool_missing": "The received bytes are no longer in the spool, and nothing was sealed. "
    "Ask for the file to be sent again, and look into who removed them.",
    "original_altered": "The stored original is no longer what was sealed, so it was not worked on. "
    "Keep the store as it is and run `tipline verify`.",
    "not_clean": "The working copy still carried something that is not allowed in it, so it was thrown away. "
    "The original is kept.",
    "tool_failed": "Three attempts to prepare this file failed. The original is kept.",
}


_HARMFUL = frozenset({"malware"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that will not be worked on: quarantined with this code and sentence, its original kept."""

    code: str

    @property
    def sentence(self) -> str:
        """The words for staff and citizen."""
        return SENTENCES[self.code]

    @property
    def harmful(self) -> bool:
        """Whether it also ends the use of what was made of the file before, when less was known of it."""
        return self.code in _HARMFUL


class RefusedError(Exception):
    """A file is refused for good: trying again would end the same way."""

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code])
        self.refusal = Refusal(code)
