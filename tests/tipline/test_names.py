"""`tipline send` with names that would be somebody's command, page or path."""

import json
import os
from pathlib import Path

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.tipline.test_send import media, run

NAMES = (
    "-rf.mp4",
    "--to=http:attacker",
    "line\nbreak\r\nSet-Cookie: a=b.mp4",
    "<img src=x onerror=alert(1)>.mp4",
    "$(reboot);`reboot`|&.mp4",
    "..%2f..%2fetc%2fpasswd",
    "C:\\Windows\\clip.mp4",
    "photo_\u202egpj.exe",
    "é" * 120 + ".mp4",
    "'; DROP TABLE tip; --.mp4",
    "{{7*7}}%s%n\x07\x1b]0;title\x07.mp4",
    " .mp4",
)


def test_a_hostile_name_arrives_as_a_name_and_as_nothing_else(
    intake: Intake, database: Database, tmp_path: Path
) -> None:
    home, folder = tmp_path / "home", tmp_path / "sent"
    home.mkdir()
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(bytes([number]) * (number + 1))
    (folder / "link.mp4").symlink_to(folder / NAMES[0])
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(intake.spool.root)}
    paths = [str(folder / name) for name in (*NAMES, "link.mp4")]
    code, out, err = run(home, "--to", intake.url, "--json", "--", *paths)
    assert code == 0, err
    assert [file["name"] for file in json.loads(out)["files"]] == [*NAMES, NAMES[0]], (
        "a link is what it leads to"
    )
    assert "\x1b]0;title" not in err, "a terminal obeys what is written to it"
    arrived = [size for size, _ in media(database)]
    assert arrived == sorted([*range(1, len(NAMES) + 1), 1])
    after = {path for path in tmp_path.rglob("*") if not path.is_relative_to(intake.spool.root)}
    assert {path for path in after - before if path.is_file()} == set()
    for path in intake.spool.root.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(os.fsencode(name) in content or name == path.name for name in NAMES), (
            "names are sealed"
        )
