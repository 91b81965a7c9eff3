"""TLS of the door's own, on a second socket, for phones in one room: `tipline up --https`.

A city has a proxy in front instead (docs/proxy.md).
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from intake.wire.http import Answer

# What phones install, so that they trust the door's certificate.
PATH = "/authority.crt"


@dataclass(frozen=True)
class Https:
    """The certificate that is shown, as a context, and the authority's that certified it, PEM."""

    context: ssl.SSLContext = field(repr=False)
    authority: bytes = field(repr=False)

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """Read `door.crt`, `door.key` and `authority.crt`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "door.crt", folder / "door.key")
        context.set_alpn_protocols(["http/1.1"])
        return cls(context, (folder / "authority.crt").read_bytes())

    def answer(self) -> Answer:
        """Hand out the authority's certificate; a phone then asks whether to install it."""
        named = ("Content-Disposition", 'attachment; filename="tipline.crt"')
        return Answer(200, (("Content-Type", "application/x-x509-ca-cert"), named), self.authority)
