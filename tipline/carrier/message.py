"""A message and its media, and how the API writes them."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from evidence.texting.segments import segments

FINAL = frozenset({"delivered", "undelivered", "failed", "received", "read", "canceled"})
"""States after which nothing more happens to a message; only then may it be deleted."""
API_VERSION = "2010-04-01"


@dataclass
class Medium:
    """One file of a message, as the carrier keeps it."""

    sid: str
    content_type: str
    content: bytes = field(repr=False)
    created: datetime
    # The unguessable part of the address that the content is fetched from.
    secret: str = field(default_factory=secrets.token_urlsafe, repr=False)


@dataclass
class Message:
    """One message; `error` is Twilio's code once it failed."""

    sid: str
    direction: str
    sender: str
    to: str
    body: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    error: int | None = None
    callback: str | None = None
    media: list[Medium] = field(default_factory=list)

    @property
    def inbound(self) -> bool:
        """Whether somebody sent it to the account."""
        return self.direction == "inbound"


def new_sid(prefix: str) -> str:
    """Draw an identifier."""
    return prefix + secrets.token_hex(16)


def as_json(message: Message, account_sid: str) -> dict[str, Any]:
    """A message as the API answers it."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": moment(message.created),
        "date_sent": moment(message.sent),
        "date_updated": moment(message.updated),
        "direction": message.direction,
        "error_code": message.error,
        "error_message": None if message.error is None else f"Error {message.error}",
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": str(segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def medium_as_json(medium: Medium, message: Message, account_sid: str) -> dict[str, Any]:
    """What the API says of one file."""
    return {
        "account_sid": account_sid,
        "content_type": medium.content_type,
        "date_created": moment(medium.created),
        "date_updated": moment(medium.created),
        "parent_sid": message.sid,
        "sid": medium.sid,
        "uri": f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}/Media/{medium.sid}.json",
    }


def moment(at: datetime | None) -> str | None:
    """A time as the API writes it (RFC 2822, in GMT, whole seconds)."""
    return None if at is None else format_datetime(at)
