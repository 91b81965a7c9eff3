"""The one account that the stand-in has: its name, its token, its number, and where its webhooks go."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Self

ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
MEDIA_SID = re.compile(r"ME[0-9a-fA-F]{32}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164: a plus and at most 15 digits."""

# One of the numbers that are kept for fiction.
DEMO_NUMBER = "+16015550100"


@dataclass(frozen=True)
class Account:
    """`number` is where citizens text; `webhook` the address that is told of each message."""

    sid: str
    token: str = field(repr=False)
    webhook: str
    number: str = DEMO_NUMBER

    @classmethod
    def demonstration(cls, token: str, webhook: str) -> Self:
        """The account of an installation that has none with Twilio; its name follows from its token."""
        return cls(demonstration_sid(token), token, webhook)


def demonstration_sid(token: str) -> str:
    """The name of an account that exists on this machine alone."""
    return "AC" + hashlib.sha256(b"account of " + token.encode()).hexdigest()[:32]
