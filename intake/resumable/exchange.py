"""One request in the draft's terms, with what can be told while its body comes."""

from dataclasses import dataclass

from intake.resumable.fields import Fields
from intake.resumable.interim import Interim
from intake.wire.http import Receive, Request


@dataclass(frozen=True)
class Exchange:
    """A request, its body, what its fields say, and the way to tell its client of its progress."""

    request: Request
    receive: Receive
    fields: Fields
    interim: Interim
