"""Uploads through a proxy, as a test asks for them, and what the door has of them."""

from pathlib import Path
from urllib.parse import urljoin

import psutil

from evidence.spool import UploadSecret
from tests.infra.proxy.proxies import Proxy
from tests.intake.conftest import Intake
from tests.intake.tus.client import TUS
from tests.waiting import eventually


def opened(proxy: Proxy, length: int) -> str:
    """Open an upload, and return its URL."""
    with proxy.client() as client:
        answer = client.post("/files/", headers={**TUS, "Upload-Length": str(length)})
    assert answer.status_code == 201, answer.text
    return urljoin(f"{proxy.url}/files/", answer.headers["location"])


def offset(proxy: Proxy, url: str) -> int:
    """How far the door says that it is; asked again, as a client does, where it is locked."""
    with proxy.client() as client:
        answer = eventually(lambda: None if (it := client.head(url, headers=TUS)).status_code == 423 else it)
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["upload-offset"])


def stored(intake: Intake, url: str) -> Path:
    """The file in the door's spool that an upload's bytes are in."""
    return intake.spool.bytes_path(UploadSecret.from_text(url.rpartition("/")[2]).upload_id)


def wait_for(intake: Intake, url: str, least: int) -> int:
    """Wait until so much of an upload is in the door's spool, and return how much that is."""
    eventually(lambda: stored(intake, url).stat().st_size >= least, f"the arrival of {least} bytes")
    return stored(intake, url).stat().st_size


def wait_for_cut(intake: Intake, url: str) -> None:
    """Wait, for less than the door's patience with a silent body, until it has let go of an upload's file."""
    eventually(lambda: not holds(intake, url), "the end of the line to the door", within=20)


def holds(intake: Intake, url: str) -> bool:
    """Whether the door has an upload's file open, as it has while a body comes."""
    assert intake.process
    door, file = psutil.Process(intake.process.pid), str(stored(intake, url))
    return any(
        file == opened_file.path
        for process in (door, *door.children(recursive=True))
        for opened_file in process.open_files()
    )


def as_arguments(headers: dict[str, str]) -> list[str]:
    """Headers, as curl is told them."""
    return [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]


def curl(proxy: Proxy, *arguments: str) -> list[str]:
    """A command line of curl's that trusts the proxy's certificate."""
    return ["curl", "-sSv", "--cacert", str(proxy.folder / "given/authority/authority.crt"), *arguments]
