import io
from itertools import pairwise

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipline.relay.boxes import NotMp4, Splitter, mime_of


def film() -> bytes:
    """Fragments of two pictures, each third of them beginning with one that stands alone."""
    sink = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "200000"}
    with av.open(sink, "w", format="mp4", options=options) as out:
        stream = out.add_stream("libx264", rate=10, options={"g": "6", "preset": "ultrafast", "bf": "0"})
        stream.width = stream.height = 64
        for number in range(18):
            picture = av.VideoFrame(64, 64, "yuv420p")
            picture.pts = number
            out.mux(stream.encode(picture))
        out.mux(stream.encode())
    return sink.getvalue()


FILM = film()


@settings(max_examples=30)
@given(st.lists(st.integers(1, len(FILM)), max_size=20))
def test_fragments_are_the_same_however_the_bytes_come(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(FILM)]
    splitter = Splitter()
    found = [fragment for begin, end in pairwise(places) for fragment in splitter.feed(FILM[begin:end])]
    assert FILM.startswith(splitter.init + found[0].content)
    assert [fragment.key for fragment in found].count(True) == 3
    assert found[0].key
    assert mime_of(splitter.init).startswith('video/mp4; codecs="avc1.')


def test_a_part_may_begin_with_any_key_fragment() -> None:
    splitter = Splitter()
    found = list(splitter.feed(FILM))
    for place in (place for place, fragment in enumerate(found) if fragment.key):
        part = splitter.init + b"".join(fragment.content for fragment in found[place:])
        with av.open(io.BytesIO(part)) as reader:
            assert sum(1 for _ in reader.decode(video=0)) == 2 * (len(found) - place)


def test_what_is_no_mp4_is_refused() -> None:
    with pytest.raises(NotMp4):
        list(Splitter().feed(bytes(100)))
