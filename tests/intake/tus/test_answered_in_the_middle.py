"""Real clients whose piece is answered before its end: they hear of it while they send, and go on."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import pytest

from evidence.spool import UploadSecret
from tests.intake.conftest import Intake
from tests.intake.tus.client import Tus
from tests.waiting import eventually

HERE = Path(__file__).parent
LENGTH = 100_000_000
CLIENTS = {
    "tuspy": [sys.executable, str(HERE / "send_slowly_with_tuspy.py")],
    "tus-js-client": ["node", str(HERE / "send_slowly_with_tus_js.mjs")],
}


@pytest.mark.parametrize("client", CLIENTS)
def test_it_hears_of_it_and_goes_on_from_the_offset(client: str, intake: Intake, tmp_path: Path) -> None:
    content = b"".join(number.to_bytes(8) for number in range(LENGTH // 8))
    file = tmp_path / "clip.mp4"
    file.write_bytes(content)
    command = [*CLIENTS[client], f"{intake.url}/files/", str(file)]
    sending = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert sending.stdout is not None
    url = urljoin(f"{intake.url}/files/", sending.stdout.readline().strip())
    arriving = intake.spool.bytes_path(UploadSecret.from_text(url.rsplit("/", 1)[1]).upload_id)
    eventually(lambda: arriving.stat().st_size)
    # Somebody else who knows the address takes over, as the phone itself does after a tunnel.
    reached = Tus(intake.url).offset(url)
    # A line that is left open as long as a silent one takes longer, and all of the clip longer still.
    said, complaint = sending.communicate(timeout=25)
    assert sending.returncode == 0, complaint
    assert said.split() == ["423", str(reached)]
    assert 0 < reached < LENGTH
    assert arriving.read_bytes() == content
