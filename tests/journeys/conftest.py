"""A town for each file of journeys, real browsers, and clips made by a real encoder."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.town import Town, running_town

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("town") / "var") as town:
        yield town


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Erin's phone."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """Alice's desk."""
    context = browser.new_context(viewport=DESK)
    yield context.new_page()
    context.close()


@pytest.fixture
def other_desk(browser: Browser) -> Iterator[Page]:
    """Bob's desk."""
    context = browser.new_context(viewport=DESK)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 30 MB of H.264 and AAC in a QuickTime file, as a phone would make, with its owner's traces."""
    path = tmp_path_factory.mktemp("clips") / "IMG_4711.MOV"
    encode(path, seconds=12, bits_per_second=20_000_000)
    assert 25_000_000 < path.stat().st_size < 40_000_000
    return path


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 2 MB, of the same make."""
    path = tmp_path_factory.mktemp("clips") / "IMG_4712.MOV"
    encode(path, seconds=4, bits_per_second=4_000_000)
    return path


def encode(path: Path, *, seconds: int, bits_per_second: int) -> None:
    """Noise does not compress, so that the bit rate is met."""
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y",
            "-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=30:duration={seconds},noise=alls=60:allf=t",
            "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}",
            "-c:v", "libx264", "-preset", "ultrafast", "-b:v", str(bits_per_second),
            "-minrate", str(bits_per_second), "-maxrate", str(bits_per_second),
            "-bufsize", str(bits_per_second // 4), "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac",
            "-metadata", "location=+32.2988-090.1848/", "-metadata", "artist=CANARY-ERIN",
            "-metadata", "com.apple.quicktime.model=CANARY-PHONE", "-movflags", "use_metadata_tags",
            "-shortest", str(path),
        ],
        check=True,
    )  # fmt: skip
