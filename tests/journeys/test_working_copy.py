"""The working copy is clean, the original is untouched: both as handed over."""

from pathlib import Path

from tests.journeys.town import Town


def test_the_playback_copy_tells_nothing_of_the_phone(town: Town, clip: Path, tmp_path: Path) -> None:
    town.tipline("send", str(clip), "--to", town.public_url, "--message", "A clip")
    tip = town.wait_settled()
    out = tmp_path / "bag"
    town.tipline("export", "tip", tip["id"], "--out", str(out))
    copies = list((out / "data/derivatives").iterdir())
    assert len(copies) == 4
    for copy in copies:
        content = copy.read_bytes()
        for trace in (b"CANARY", b"32.2988", b"90.1848", b"Lavf", b"x264"):
            assert trace not in content, f"{copy.name} holds {trace!r}"
    originals = list((out / "data/originals").iterdir())
    assert [file.read_bytes() for file in originals] == [clip.read_bytes()]
