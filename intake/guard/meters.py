"""What each client may send in an hour, and at once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from intake.guard.allowance import MINUTE, Allowance
from intake.guard.clients import Client, Clients
from intake.guard.refusals import TooFast
from intake.settings import IntakeSettings
from intake.wire.http import Scope

_CROWD = "Very much is being sent from your network just now."


@dataclass(frozen=True)
class Meters:
    """The limits in force, and what the clients of the last hours have used of them."""

    tips: Allowance
    uploads: Allowance
    bytes: Allowance
    bodies: int
    clients: Clients = field(default_factory=Clients)

    @classmethod
    def of(cls, settings: IntakeSettings) -> "Meters":
        """Read the limits; 0 is none."""
        return cls(
            tips=Allowance(settings.client_tips_per_hour),
            uploads=Allowance(settings.client_uploads_per_hour),
            bytes=Allowance(settings.client_bytes_per_hour),
            bodies=settings.client_bodies_at_once,
        )

    def client(self, scope: Scope) -> Client:
        """Return whose request it is."""
        return self.clients.of((scope.get("client") or (None,))[0])

    def require_tip(self, client: Client) -> None:
        """Raise `TooFast` unless the client may send one more tip now."""
        if wait := self.tips.wait(client.tips, 1, time.monotonic()):
            raise TooFast(_CROWD, code="client_tips", seconds=wait)

    def spend_tip(self, client: Client) -> None:
        """Count one tip."""
        client.tips = self.tips.spend(client.tips, 1, time.monotonic())

    def require_upload(self, client: Client, length: int) -> None:
        """Raise `TooFast` unless the client may begin one more upload of `length` bytes now."""
        now = time.monotonic()
        if self.bodies and client.bodies > self.bodies:
            raise TooFast(_CROWD, code="client_bodies", seconds=MINUTE)
        if wait := self.uploads.wait(client.uploads, 1, now):
            raise TooFast(_CROWD, code="client_uploads", seconds=wait)
        if wait := self.bytes.wait(client.bytes, length, now):
            raise TooFast(_CROWD, code="client_bytes", seconds=wait)

    def spend_upload(self, client: Client, length: int) -> None:
        """Count one upload, and the bytes it is going to have."""
        client.uploads = self.uploads.spend(client.uploads, 1, time.monotonic())
        self.spend_bytes(client, length)

    def spend_bytes(self, client: Client, count: int) -> None:
        """Count bytes that nobody announced."""
        client.bytes = self.bytes.spend(client.bytes, count, time.monotonic())

    @contextmanager
    def sending(self, client: Client) -> Iterator[None]:
        """Count a body for as long as it comes in."""
        client.bodies += 1
        try:
            yield
        finally:
            client.bodies -= 1
