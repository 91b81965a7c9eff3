"""Webhooks: who is told what, signed as Twilio signs, one after the other."""

import logging
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from twilio.request_validator import RequestValidator

from evidence.texting.segments import segments
from tipline.carrier.account import Account
from tipline.carrier.message import API_VERSION, Message

log = logging.getLogger(__name__)

SIGNATURE = "X-Twilio-Signature"
# Twilio waits so long for an answer to a webhook.
_ANSWER_SECONDS = 15

Form = Mapping[str, str]


class Teller:
    """A thread that does what is queued, in order; `answers` are the statuses of what it posted."""

    def __init__(self, token: str) -> None:
        self.answers: list[int] = []
        self._validator = RequestValidator(token)
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)
        self._thread.start()

    def after(self, deed: Callable[[], None]) -> None:
        """Do something after all that is queued already."""
        self._queue.put(deed)

    def tell(self, url: str, form: Form) -> None:
        """Post a form once what is queued before it is done."""
        self.after(lambda: self.post(url, form))

    def post(self, url: str, form: Form) -> None:
        """Post a form now; a webhook that fails is not repeated, as at Twilio without further settings."""
        headers = {SIGNATURE: self._validator.compute_signature(url, form), "I-Twilio-Idempotency-Token": ""}
        request = Request(url, urlencode(form).encode(), headers)  # noqa: S310 (our own door)
        try:
            with urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
                self.answers.append(answer.status)
        except HTTPError as refused:
            with refused:
                self.answers.append(refused.code)
            log.warning("a webhook was refused with %d", refused.code)
        except OSError as failed:
            self.answers.append(0)
            log.warning("a webhook reached nobody: %s", type(failed).__name__)

    def close(self) -> None:
        """End with what is queued."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (deed := self._queue.get()) is not None:
            deed()


def incoming_form(message: Message, account: Account) -> Form:
    """What the account is told of a message that came in."""
    about = {
        "ToCountry": "US", "ToState": "MS", "ToCity": "", "ToZip": "", "FromCountry": "US", "FromState": "MS",
        "FromCity": "", "FromZip": "", "SmsMessageSid": message.sid, "SmsSid": message.sid,
        "MessageSid": message.sid, "SmsStatus": "received", "AccountSid": account.sid, "From": message.sender,
        "To": message.to, "Body": message.body, "NumMedia": str(len(message.media)),
        "NumSegments": str(segments(message.body)), "ApiVersion": API_VERSION,
    }  # fmt: skip
    for number, medium in enumerate(message.media):
        uri = f"/{API_VERSION}/Accounts/{account.sid}/Messages/{message.sid}/Media/{medium.sid}"
        about[f"MediaUrl{number}"] = f"https://api.twilio.com{uri}"
        about[f"MediaContentType{number}"] = medium.content_type
    return about


def status_form(message: Message, account: Account) -> Form:
    """What the account is told of a message that it sent."""
    told = {
        "MessageSid": message.sid, "SmsSid": message.sid, "MessageStatus": message.status,
        "SmsStatus": message.status, "AccountSid": account.sid, "From": message.sender, "To": message.to,
        "ApiVersion": API_VERSION,
    }  # fmt: skip
    return told | ({} if message.error is None else {"ErrorCode": str(message.error)})
