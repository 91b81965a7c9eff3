"""Where a viewer may begin: found in real recordings however they arrive, and never undone by broken ones."""

import io
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from evidence.live.index import Index, Mark
from evidence.live.indexing import index_for
from tests.evidence.live.recordings import by_chromium, fmp4, webm


def fed(mime: str, content: bytes, sizes: list[int] | None = None) -> Index:
    """An index of `content` that arrived in pieces of these sizes, then whole."""
    index, here = index_for(mime), 0
    for size in [*(sizes or []), len(content)]:
        here = min(len(content), here + size)
        while index.wants < here and not index.broken:
            piece = content[index.wants : here][: max(8192, index.look)]
            if not index.take(piece) and index.wants + len(piece) >= here:
                break
    return index


@pytest.fixture(scope="module")
def recordings(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    root: Path = tmp_path_factory.mktemp("recordings")
    return {
        "ffmpeg's WebM": ("video/webm", webm(root / "a.webm")),
        "Chromium's WebM": ("video/webm;codecs=vp8,opus", by_chromium(browser)),
        "Chromium's WebM of H.264": (
            "video/webm;codecs=h264",
            by_chromium(browser, "video/webm;codecs=h264"),
        ),
        "ffmpeg's MP4": ("video/mp4", fmp4(root / "a.mp4")),
    }


def first_picture_ms(content: bytes) -> int:
    """The time of the first picture a decoder makes of this."""
    with av.open(io.BytesIO(content)) as film:
        frame = next(film.decode(video=0))
        assert frame.pts is not None
        return int(frame.pts * frame.time_base * 1000)


def test_every_mark_is_where_a_decoder_can_begin(recordings: dict[str, tuple[str, bytes]]) -> None:
    for name, (mime, content) in recordings.items():
        index = fed(mime, content)
        assert not index.broken, name
        marks, init_end = index.found.marks, index.found.init_end
        assert init_end, name
        assert len(marks) >= 3, name
        assert marks == sorted(marks, key=lambda mark: (mark.offset, mark.time_ms)), name
        assert index.found.latest_ms > 2500, name
        for mark in marks:
            joined = content[:init_end] + content[mark.offset :]
            assert abs(first_picture_ms(joined) - mark.time_ms) <= 1, (name, mark)


def test_it_is_the_same_however_the_bytes_arrive(recordings: dict[str, tuple[str, bytes]]) -> None:
    @settings(max_examples=25)
    @given(st.sampled_from(sorted(recordings)), st.lists(st.integers(1, 30_000), max_size=20))
    def holds(name: str, sizes: list[int]) -> None:
        mime, content = recordings[name]
        assert fed(mime, content, sizes).found == fed(mime, content).found

    holds()


def test_what_is_there_so_far_is_found_before_the_rest_comes(
    recordings: dict[str, tuple[str, bytes]],
) -> None:
    for mime, content in recordings.values():
        whole = fed(mime, content).found
        half = fed(mime, content[: len(content) // 2]).found
        assert half.marks
        assert half.marks == whole.marks[: len(half.marks)]


def test_broken_bytes_end_the_index_and_raise_nothing(recordings: dict[str, tuple[str, bytes]]) -> None:
    @settings(max_examples=60)
    @given(
        st.sampled_from(sorted(recordings)),
        st.lists(
            st.tuples(st.integers(0, 40_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6
        ),
    )
    def holds(name: str, wounds: list[tuple[int, bytes]]) -> None:
        mime, content = recordings[name]
        hurt = bytearray(content)
        for at, bad in wounds:
            hurt[at : at + len(bad)] = bad
        index = fed(mime, bytes(hurt))
        assert all(0 <= mark.offset < len(hurt) for mark in index.found.marks)

    holds()


@settings(max_examples=100)
@given(st.sampled_from(["video/webm", "video/mp4"]), st.binary(max_size=3000))
def test_what_is_no_recording_has_no_place_to_begin(mime: str, content: bytes) -> None:
    assert fed(mime, content).join() is None


def test_a_place_is_found_by_time() -> None:
    index = index_for("video/webm")
    assert index.join() is None
    index.found.marks += [Mark(100, 0), Mark(200, 1000), Mark(300, 2000)]
    assert index.join() == Mark(300, 2000)
    assert index.join(1999) == Mark(200, 1000)
    assert index.join(2000) == Mark(300, 2000)
    assert index.join(0) == Mark(100, 0)
