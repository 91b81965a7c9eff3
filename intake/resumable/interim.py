"""104 (Upload Resumption Supported): where an upload is, told before its first byte has to arrive."""

from intake.wire.http import Headers, Scope, Send

STATUS = 104
# What our HTTP protocol class offers (intake/wire), in the manner of ASGI's own extensions.
EXTENSION = "http.response.informational"


class Interim:
    """Interim answers to one request; silent where the server or the client's HTTP has none."""

    def __init__(self, scope: Scope, send: Send, version: int) -> None:
        # HTTP/1.0 knows no interim answers (RFC 9110, 15.2).
        told = EXTENSION in (scope.get("extensions") or {}) and scope.get("http_version") != "1.0"
        self._send = send if told else None
        self._version = version

    async def tell(self, *headers: tuple[str, str]) -> None:
        """Send one, under the version that the client named: it must ignore any other."""
        if self._send is None:
            return
        said: Headers = (("Upload-Draft-Interop-Version", str(self._version)), *headers)
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in said]
        await self._send({"type": EXTENSION, "status": STATUS, "headers": encoded})
