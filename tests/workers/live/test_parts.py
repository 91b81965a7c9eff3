"""Parts of a broadcast come through the pipeline as other files do, also those cut in mid-picture."""

import json
import subprocess

import pytest

from tests.media.making import FFMPEG
from tests.workers.conftest import Site

_FILM = [FFMPEG, "-loglevel", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=15"]
_SOUND = ["-f", "lavfi", "-i", "sine=frequency=440"]


def made(*options: str) -> bytes:
    """Three seconds, on a pipe: what is written once is never gone back to."""
    command = [*_FILM, *_SOUND, "-t", "3", *options, "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True).stdout


WEBM = ("-c:v", "libvpx", "-g", "15", "-deadline", "realtime", "-c:a", "libopus", "-live", "1", "-f", "webm")
MP4 = (
    "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "15", "-c:a", "aac", "-output_ts_offset", "600",
    "-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "250000",
)  # fmt: skip


@pytest.mark.parametrize("options", [WEBM, MP4], ids=["webm", "mp4"])
def test_a_part_that_was_cut_plays_as_far_as_it_goes(site: Site, options: tuple[str, ...]) -> None:
    whole = made(*options)
    media_id = site.arrive(whole[: len(whole) * 3 // 4])
    site.until_settled(media_id)
    media = site.media(media_id)
    assert media.state == "ready"
    assert "playback" in site.derivatives(media_id)


def test_a_place_track_is_kept_counted_and_handed_on(site: Site) -> None:
    fix = {
        "fix_ms": 1_700_000_000_000,
        "media_ms": 2000,
        "lat": 32.3,
        "lon": -90.1,
        "accuracy_m": 5.2,
    }
    later = {**fix, "fix_ms": 1_700_000_003_000, "media_ms": 5000}
    track = b"".join(json.dumps(line).encode() + b"\n" for line in (fix, later))
    media_id = site.arrive(track + b'{"fix_ms": 17')
    with site.database.as_admin() as conn:
        conn.execute(
            "INSERT INTO live_session (tip_id, source, token_sha256, prompt_key, terms, language, ends_by,"
            " max_bytes)"
            " SELECT tip_id, 'phone', sha256('t'), sha256('p'), repeat('0', 64), 'en', now(), 9 FROM media"
        )
        conn.execute(
            "INSERT INTO live_part (session_id, sequence, upload_id, kind, mime, began_at, why)"
            " SELECT s.id, 1, m.upload_id, 'place', 'application/jsonl', now(), 'start'"
            " FROM media m, live_session s"
        )
    assert site.until_settled(media_id) == []
    media = site.media(media_id)
    assert (media.state, media.kind, media.mime) == ("ready", "other", "application/jsonl")
    assert media.facts == {"fixes": 2, "unreadable_lines": 1}
    made = site.derivatives(media_id)
    assert b'<trkpt lat="32.3000000" lon="-90.1000000">' in site.bytes_of(made["gpx"])
    with site.database.as_admin() as conn:
        # Where it was, stands in nothing that cannot be purged.
        bodies = b"".join(row[0] for row in conn.execute("SELECT body FROM ledger"))
    assert b"32.3" not in bodies
