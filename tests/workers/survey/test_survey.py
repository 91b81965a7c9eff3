"""The storyboard and the waveform of a recording whose frames and sounds are known."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.media.making import ffmpeg
from tests.workers.conftest import Site
from workers.survey import storyboard, waveform


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    """Four seconds, each of another colour; silent, loud, half as loud, silent."""
    colours = ("red", "lime", "blue", "white")
    inputs = [word for c in colours for word in ("-f", "lavfi", "-i", f"color={c}:size=320x180:rate=10:d=1")]
    loudness = "if(between(t,1,2),0.8,if(between(t,2,3),0.4,0))*sin(2*PI*440*t)"
    path = tmp_path / "film.mp4"
    ffmpeg(
        *inputs, "-f", "lavfi", "-i", f"aevalsrc='{loudness}':d=4:s=48000", "-filter_complex",
        "[0][1][2][3]concat=n=4", "-map", "4:a", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10",
        "-c:a", "aac", str(path),
    )  # fmt: skip
    return path.read_bytes()


def test_a_board_shows_each_moment_at_its_second_and_a_waveform_how_loud_it_was(
    site: Site, film: bytes
) -> None:
    media_id = site.arrive(film)
    site.until_settled(media_id)
    made = site.derivatives(media_id)
    board = made["storyboard"].facts
    assert [round(second) for second in board["seconds"]] == [0, 1, 2, 3]
    assert (board["width"], board["height"], board["columns"]) == (160, 90, storyboard.COLUMNS)
    picture = Image.open(io.BytesIO(site.bytes_of(made["storyboard"])))
    shown = [picture.getpixel((160 * tile + 80, 45)) for tile in range(4)]
    for pixel, colour in zip(shown, [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)], strict=True):
        assert max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) < 40  # type: ignore[arg-type]

    loud = json.loads(site.bytes_of(made["waveform"]))
    assert abs(loud["seconds"] - 4) < 0.1
    steps = loud["peaks"]
    assert len(steps) == waveform.STEPS
    quarter = waveform.STEPS // 4
    silent, full, half, over = (max(steps[n * quarter + 20 : (n + 1) * quarter - 20]) for n in range(4))
    assert (silent, over) == (0, 0)
    assert 70 < full <= waveform.LOUDEST
    assert 35 < half < 55


def test_what_the_tool_says_besides_is_no_frame() -> None:
    told = (
        "[Parsed_showinfo_6 @ 0x1] n:   0 pts:      0 pts_time:0       duration: 1 fmt:yuv420p s:160x90 i:P\n"
        "n: 3 pts: 4 pts_time:99 s:1x1 \n"
        "[Parsed_showinfo_6 @ 0x1] n:   1 pts:     20 pts_time:1.5     duration: 1 fmt:yuv420p s:160x90 i:P\n"
    )
    assert storyboard.board(told) == storyboard.Board(storyboard.COLUMNS, 160, 90, (0.0, 1.5))
    assert storyboard.board("nothing of the kind") is None
