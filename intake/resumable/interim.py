"""104 (Upload Resumption Supported): where an upload is, told before its bytes have to come; and how far."""

from intake.resumable import protocol
from intake.wire.http import Headers, Scope, Send
from intake.wire.protocol import INFORMATIONAL

STATUS = 104
# A header by which a proxy says that it passes none on: some take the first one for the answer.
NONE = (b"tipline-interim", b"none")


class Interim:
    """Interim answers to one request; silent where the server or the client's HTTP has none, or a proxy."""

    def __init__(self, scope: Scope, send: Send, version: int) -> None:
        # HTTP/1.0 knows no interim answers (RFC 9110, 15.2).
        can_tell = INFORMATIONAL in scope.get("extensions", {}) and scope["http_version"] != "1.0"
        self._send = send if can_tell and NONE not in scope["headers"] else None
        self._version = version

    async def created(self, location: tuple[str, str], limits: tuple[str, str]) -> None:
        """Tell where the upload is, and what limits it has."""
        await self._tell((location, limits))

    async def reached(self, offset: int) -> None:
        """Tell an offset that is on the disk: the client may forget what is before it."""
        await self._tell((protocol.offset_header(offset),))

    async def _tell(self, headers: Headers) -> None:
        """Send one, under the version that the client named: it must ignore any other."""
        if self._send is None:
            return
        said: Headers = (("Upload-Draft-Interop-Version", str(self._version)), *headers)
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in said]
        await self._send({"type": INFORMATIONAL, "status": STATUS, "headers": encoded})
