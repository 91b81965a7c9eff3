"""The public door, as a relay speaks to it: a session, its parts, requests that are soon given up."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urljoin

import requests

from evidence.errors import EvidenceError, Forbidden, Invalid, Unavailable
from tipline.relay.recording import Part

REQUEST_SECONDS = 8
_TUS = {"Tus-Resumable": "1.0.0"}
_BYTES = {**_TUS, "Content-Type": "application/offset+octet-stream"}
_PASSING = (408, 423, 425, 429)
_PAUSES = (0.5, 1.0, 2.0, 5.0)

State = Literal["live", "ended", "closed"]


class Away(Unavailable):
    """The door does not answer, or asks to come again."""

    default_code = "door_away"

    def __init__(self) -> None:
        super().__init__("The tip line does not answer just now.")


class Closed(Exception):
    """Nothing more is taken of this session."""


@dataclass(frozen=True)
class Stands:
    """How a session stands."""

    state: State
    how: str | None


class Door:
    """The door at `url`; one for each thread."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._line = requests.Session()

    def open(self, relay_token: str, key: str) -> "Session":
        """Open a session with a camera's grant; the same `key` asks for the same one.

        Raises `Away`; `Forbidden` (`consent_not_given`) and other refusals with the door's own sentence.
        """
        answer = self.request("POST", "/live", json={"relay": relay_token}, headers={"Idempotency-Key": key})
        _require(answer, 201)
        told = answer.json()
        return Session(self._url, told["token"], told["session"], told["limits"]["patch_bytes"])

    def request(self, method: str, where: str, **content: Any) -> requests.Response:
        """Send one request; raises `Away` where no answer comes, or one that passes by itself."""
        try:
            answer = self._line.request(
                method,
                urljoin(f"{self._url}/", where),
                timeout=REQUEST_SECONDS,
                allow_redirects=False,
                **content,
            )
        except requests.RequestException:
            raise Away from None
        if answer.status_code >= 500 or answer.status_code in _PASSING:
            raise Away
        return answer


@dataclass(frozen=True)
class Session:
    """One broadcast at a door."""

    url: str
    token: str
    id: str
    most_bytes: int

    def line(self) -> "Line":
        """Open a line of one's own to the door."""
        return Line(self, Door(self.url))


class Line:
    """One thread's way to speak of a session."""

    def __init__(self, session: Session, door: Door) -> None:
        self._session = session
        self._door = door
        self._bearer = {"Authorization": f"Bearer {session.token}"}

    @property
    def session_id(self) -> str:
        """Of which session it speaks."""
        return self._session.id

    def place(self, part: Part) -> str:
        """Open a part's upload, or find it; returns its address. Raises `Away`, `Closed`."""
        told = {
            "sequence": part.sequence, "kind": "film", "mime": part.mime,
            "began_ms": int(part.began * 1000), "why": part.why,
        }  # fmt: skip
        answer = self._say("/live/parts", told)
        _require(answer, 201)
        return str(answer.json()["location"])

    def append(self, location: str, offset: int, content: bytes, *, last: bool) -> int:
        """Send bytes, or say that none follow; returns the offset that the door has then.

        Raises `Away` (ask `offset` then), `Closed`.
        """
        ends = {"Upload-Length": str(offset + len(content))} if last else {}
        headers = {**_BYTES, "Upload-Offset": str(offset), **ends}
        answer = self._door.request("PATCH", location, data=content, headers=headers)
        if answer.status_code == 409:
            return self.offset(location)
        _require(answer, 204)
        return int(answer.headers["Upload-Offset"])

    def offset(self, location: str) -> int:
        """Ask how far an upload is; raises `Away`, `Closed`."""
        answer = self._door.request("HEAD", location, headers=_TUS)
        _require(answer, 200)
        return int(answer.headers["Upload-Offset"])

    def end_part(self, part: Part) -> None:
        """Say what was recorded of a part that was sent whole; raises `Away`, `Closed`."""
        _require(self._say(f"/live/parts/{part.sequence}/end", part.told), 200)

    def beat(self, behind_ms: int, pending_bytes: int) -> Stands:
        """Say that the relay is there; a camera reads no prompts. Raises `Away`."""
        told = {"behind_ms": behind_ms, "pending_bytes": pending_bytes, "delivered": 0, "seen": 0}
        return _standing(self._say("/live/beat", told))

    def end(self, parts: int) -> Stands:
        """Say that nothing more is recorded; raises `Away`."""
        return _standing(self._say("/live/end", {"parts": parts}))

    def _say(self, path: str, told: Mapping[str, object]) -> requests.Response:
        return self._door.request("POST", path, json=told, headers=self._bearer)


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each further try, for ever."""
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]


def new_key() -> str:
    """Draw the key of a request that may have to be asked again."""
    return secrets.token_urlsafe(24)


def _standing(answer: requests.Response) -> Stands:
    _require(answer, 200)
    told = answer.json()
    return Stands(told["state"], told["how"])


def _require(answer: requests.Response, status: int) -> None:
    if answer.status_code == status:
        return
    if answer.status_code == 410:
        raise Closed
    raise _refusal(answer)


def _refusal(answer: requests.Response) -> EvidenceError:
    try:
        told = answer.json()
        sentence, code = str(told["detail"]), str(told["code"])
    except (ValueError, KeyError, TypeError):
        sentence, code = f"The tip line answered {answer.status_code}.", "door_refused"
    return (Forbidden if answer.status_code == 403 else Invalid)(sentence, code=code)
