"""Debian's Firefox films too: what is stored is what its recorders gave out."""

import json
import os
import subprocess
from pathlib import Path

from tests.intake.conftest import Intake
from tests.web.citizen.live.conftest import Broadcasting

HERE = Path(__file__).parent
BYTES = 60_000


def test_firefox_goes_live_turns_the_camera_and_loses_nothing(
    door: Intake, broadcasting: Broadcasting
) -> None:
    firefox = os.environ.get("TIPLINE_FIREFOX", "/usr/bin/firefox-esr")
    # Firefox gives a camera to http on "localhost", and to no bare address.
    address = f"http://localhost:{door.port}/live"
    filmed = subprocess.run(
        ("node", str(HERE / "firefox.mjs"), firefox, address, str(BYTES)),
        capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert filmed.returncode == 0, filmed.stderr
    told = json.loads(filmed.stdout)
    assert "Everything has arrived" in told["said"]
    films = broadcasting.films()
    assert [film.sha256 for film in films] == told["hashes"]
    assert [film.part.why for film in films] == ["start", "camera"]
    assert all(film.part.chain_holds and film.frames() > 0 for film in films)
