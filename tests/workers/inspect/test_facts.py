"""What the sandboxed look prints is believed only where it is facts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.inspect.examine import ToolFailedError, verdict
from workers.inspect.facts import Facts, Picture, Sound
from workers.inspect.forms import form_of
from workers.inspect.refusals import SENTENCES, RefusedError
from workers.sandbox.launch import Finished

FACTS = Facts(
    "video", "video/mp4", "mov", 12.5,
    Picture(0, "h264", "High", "yuv420p", 1920, 1080, 90, False, False, False),
    Sound(2, "aac"), ("audio:unknown", "data:unknown"),
)  # fmt: skip


def printed(answer: object) -> Finished:
    return Finished(0, json.dumps(answer).encode(), "", 0.1, False)


def changed(**fields: Any) -> Finished:
    return printed({"facts": {**FACTS.to_json(), **fields}})


def test_facts_come_through_unchanged() -> None:
    assert verdict(printed({"facts": FACTS.to_json()})) == FACTS


@pytest.mark.parametrize("code", SENTENCES)
def test_a_refusal_is_a_code_whose_words_are_ours(code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        verdict(printed({"refused": code, "sentence": "<script>alert(1)</script>"}))
    assert refused.value.refusal.sentence == SENTENCES[code]


@pytest.mark.parametrize(
    "finished",
    [
        changed(mime="<script>"),
        changed(kind="executable"),
        changed(seconds=float("1e300")),
        changed(seconds="12"),
        changed(picture=None),
        changed(sound={"index": 64, "codec": "aac"}),
        changed(sound={"index": True, "codec": "aac"}),
        changed(left_out=["x" * 65]),
        changed(left_out=["x"] * 65),
        changed(more="fields"),
        printed({"refused": "a code of its own"}),
        printed({}),
        printed([]),
        Finished(0, b"[" * 100_000, "", 0.1, False),
        Finished(0, b"", "", 0.1, False),
        Finished(0, b'{"facts": NaN}', "", 0.1, False),
    ],
)
def test_nonsense_is_a_failure_of_the_tool(finished: Finished) -> None:
    with pytest.raises(ToolFailedError):
        verdict(finished)


@given(st.binary(max_size=200))
def test_whatever_is_printed_nothing_else_is_raised(output: bytes) -> None:
    with pytest.raises((ToolFailedError, RefusedError)):
        verdict(Finished(0, output, "", 0.1, False))


def test_the_first_bytes_decide_and_a_new_brand_is_still_a_film() -> None:
    film = form_of("application/octet-stream", b"\0\0\0\x18ftypnew1")
    assert film is not None
    assert film.name == "mov"
    assert form_of("application/octet-stream", b"#EXTM3U") is None
    assert form_of("text/plain", b"\0\0\0\x18ftyp") is None
