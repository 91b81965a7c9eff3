"""The door dies, is away, and comes back: what a client is told meanwhile, and that it can go on."""

import signal
from contextlib import suppress

from tests.infra.proxy.conftest import BEHIND, NewProxy
from tests.infra.proxy.uploading import offset, opened, stored, wait_for
from tests.intake.conformance.client import Line
from tests.intake.conftest import NewIntake
from tests.intake.tus.client import BYTES, TUS
from tests.waiting import eventually

SIZE = 1_000_000
CONTENT = bytes(range(250)) * (SIZE // 250)


def test_an_upload_goes_on_after_the_door_was_killed_under_it(
    new_proxy: NewProxy, new_intake: NewIntake
) -> None:
    with new_intake(**BEHIND) as intake, new_proxy(intake.port) as proxy:
        url = opened(proxy, SIZE)
        with Line("PATCH", url, {**BYTES, "Upload-Offset": "0", "Content-Length": str(SIZE)}) as line:
            line.send(CONTENT[:600_000])
            wait_for(intake, url, 600_000)
            intake.stop(signal.SIGKILL)
            # Caddy tells a client with its next byte, nginx at once; by an answer, or by the end of the line.
            line.send_late(CONTENT[600_000:])
        with proxy.client() as client:
            looked = client.head(url, headers=TUS)
            # tus-js-client begins anew at any other refusal of HEAD.
            assert looked.status_code == 423
            sent = client.patch(url, headers={**TUS, **BYTES, "Upload-Offset": "600000"}, content=b"x")
            assert (sent.status_code, sent.json()["code"]) == (503, "door_away")
            for answer in (looked, sent):
                assert answer.headers["retry-after"] == "2"
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers.get_list("strict-transport-security") == [
                    "max-age=31536000; includeSubDomains"
                ]
            intake.start()
            kept = offset(proxy, url)
            assert kept >= 600_000
            said = {**TUS, **BYTES, "Upload-Offset": str(kept)}
            rest = client.patch(url, headers=said, content=CONTENT[kept:])
            assert (rest.status_code, rest.headers["upload-offset"]) == (204, str(SIZE))


def test_a_door_that_stops_tells_the_client_through_the_proxy(
    new_proxy: NewProxy, new_intake: NewIntake
) -> None:
    with new_intake(**BEHIND) as intake, new_proxy(intake.port) as proxy:
        url = opened(proxy, SIZE)
        with Line("PATCH", url, {**BYTES, "Upload-Offset": "0", "Content-Length": str(SIZE)}) as line:
            line.send(CONTENT[:1000])
            wait_for(intake, url, 1000)
            intake.stop()
            with suppress(ConnectionError):
                line.send(CONTENT[1000:2000])
            assert line.status() in (503, None)
        intake.start()
        assert offset(proxy, url) >= 1000


def test_of_several_doors_the_one_that_is_there_serves(new_proxy: NewProxy, new_intake: NewIntake) -> None:
    with new_intake(**BEHIND) as one, new_intake(**BEHIND) as other, new_proxy(one.port, other.port) as proxy:
        url = opened(proxy, SIZE)
        one.stop(signal.SIGKILL)
        with proxy.client() as client:

            def send_on() -> bool:
                """One piece, from where the door says that the upload is, as every client does."""
                looked = client.head(url, headers=TUS)
                if looked.status_code != 200:
                    return False
                sent = int(looked.headers["upload-offset"])
                said = {**TUS, **BYTES, "Upload-Offset": str(sent)}
                client.patch(url, headers=said, content=CONTENT[sent : sent + 250_000])
                return sent == SIZE

            eventually(send_on, "the rest of the upload")
        assert stored(other, url).read_bytes() == CONTENT
