"""`tipline up --https`: the public door under TLS as well, for the phones in one room.

A browser lends its camera to https alone. No public authority certifies an address of a room's network, so
the installation has an authority of its own, which phones install once.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import segno

from evidence.errors import SettingsError
from tipline.up.accounts import Account, hand_over
from tipline.up.authority import Authority, is_local
from tipline.up.ports import in_url

# The way there is the way to everybody else; nothing is sent (RFC 5737).
_ELSEWHERE = ("198.51.100.1", 9)
_HOST = "--https-host or TIPLINE_HTTPS_HOST"


def address_here() -> str:
    """This machine's address in its network; raises `SettingsError` where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(_ELSEWHERE)
        except OSError:
            raise SettingsError(
                f"This machine is in no network. Say where phones reach it with {_HOST}."
            ) from None
        return str(way.getsockname()[0])


@dataclass(frozen=True)
class Https:
    """The socket on which TLS is spoken, where it is reached, and whose certificate phones install."""

    listening: socket.socket
    authority: Authority

    @classmethod
    def on(cls, listening: socket.socket, folder: Path) -> "Https":
        """Take the socket, and the authority that is kept in `folder`, making it where there is none.

        Raises `SettingsError` for an address that only a public authority should certify.
        """
        address = str(listening.getsockname()[0])
        if not is_local(address):
            raise SettingsError(
                f"{address} is no address of a room's network, and our own certificate would not hold for it."
                f" Say another with {_HOST}, or put a proxy in front: docs/proxy.md."
            )
        return cls(listening, Authority.kept_in(folder))

    @property
    def url(self) -> str:
        """The public door's address for phones."""
        address, port = self.listening.getsockname()[:2]
        return f"https://{in_url(address)}:{port}"

    def give_certificate(self, folder: Path, door: Account) -> None:
        """Certify the door's address anew, into `folder`, for the door alone to read."""
        pair = self.authority.certify([str(self.listening.getsockname()[0]), "localhost"])
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, content in (
            ("door.crt", pair.certificate),
            ("door.key", pair.key),
            ("authority.crt", self.authority.pem),
        ):
            (folder / name).unlink(missing_ok=True)
            (folder / name).touch(mode=0o400)
            (folder / name).write_bytes(content)
        hand_over(folder, door, 0o500)

    def advice(self) -> Iterator[str]:
        """What whoever holds the phone has to do, line by line."""
        yield f"phones in this network: {self.url}/"
        yield f"they warn until they trust this installation's certificate, {self.url}/authority.crt"
        yield "  iPhone:  open it in Safari (Show Details, visit this website), Allow; then Settings, Profile"
        yield "           Downloaded, Install; then General, About, Certificate Trust Settings: switch it on."
        yield "  Android: open it in Chrome (Advanced, Proceed), keep it; then Settings, search for"
        yield "           'CA certificate', Install anyway, and choose tipline.crt."
        yield f"  compare: SHA-256 {self.authority.fingerprint}"
        yield "  Take it off again afterwards; it holds for addresses of such networks alone."

    def picture(self) -> str:
        """The phones' address as a QR code, in the characters of a terminal."""
        rows = [list(row) for row in segno.make(f"{self.url}/", error="l").matrix_iter(border=3)]
        rows += [[0] * len(rows[0])] * (len(rows) % 2)
        halves = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
        pairs = zip(rows[::2], rows[1::2], strict=True)
        return "\n".join(
            "".join(halves[bool(a), bool(b)] for a, b in zip(*pair, strict=True)) for pair in pairs
        )
