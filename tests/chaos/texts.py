"""People who text, through a carrier that comes and goes; and whether each text is here, once."""

import hashlib
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from evidence.db.connect import Connection
from evidence.seal import open_sealed
from evidence.thread import TipText
from tests.chaos.tally import Tally
from tipline.carrier import Account, Carrier, serving
from tipline.up.ports import LOOPBACK, free_ports

_KINDS = (("video/mp4", 60_000), ("image/jpeg", 20_000))


@dataclass
class Texting:
    """The carrier, which outlives everything else, and what phones handed to it: by what was written, who."""

    carrier: Carrier
    settings: dict[str, str]
    texts: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int, seed: int) -> None:
        """Be somebody who texts, now and then with files, until it is over."""
        rng, phone = random.Random(f"{seed}/{number}"), f"+1601555{number:04}"
        while not self.over.wait(rng.uniform(0.5, 4)):
            said = f"text {phone} {secrets.token_hex(8)}"
            sent = [
                (kind, rng.randbytes(rng.randrange(1, most)))
                for kind, most in rng.sample(_KINDS, rng.choice((0, 0, 0, 0, 0, 1, 2)))
            ]
            self.texts[said] = phone
            self.files |= {hashlib.sha256(content).hexdigest() for _, content in sent}
            self.carrier.text(phone, said, sent)

    def go_away(self, later: Callable[[Callable[[], None]], None]) -> None:
        """Answer nothing, and tell nobody of what comes, until `later` comes about."""
        self.carrier.down = True

        def be_back() -> None:
            self.carrier.down = False

        later(be_back)


@contextmanager
def texting() -> Iterator[Texting]:
    """Run the carrier, in this process: what it took is never lost there, as at Twilio."""
    token, ports = secrets.token_hex(16), free_ports(["sms"])
    webhook = f"http://{LOOPBACK}:{ports['sms']}/sms"
    carrier = Carrier(Account.demonstration(token, webhook))
    with serving(carrier, LOOPBACK, 0) as api:
        settings = {
            "TIPLINE_TWILIO_ACCOUNT_SID": carrier.account.sid,
            "TIPLINE_TWILIO_AUTH_TOKEN": token,
            "TIPLINE_TWILIO_NUMBER": carrier.account.number,
            "TIPLINE_TWILIO_URL": api,
            "TIPLINE_SMS_URL": webhook,
            "TIPLINE_SMS_PORT": str(ports["sms"]),
            "TIPLINE_SMS_POLL_SECONDS": "2",
            "TIPLINE_SMS_DAILY_DOLLARS": "1000",
        }
        yield Texting(carrier, settings)


def unread(conn: Connection) -> list[str]:
    """Name every text that still waits; what waits for its next try is tried now."""
    conn.execute("UPDATE text_out SET due_at = clock_timestamp() WHERE state = 'queued'")
    conn.execute("UPDATE text_in SET due_at = clock_timestamp() WHERE state IN ('files', 'sealing')")
    waiting = conn.execute(
        "SELECT 'text_out ' || id || ' is ' || state FROM text_out WHERE state IN ('queued', 'sending')"
        " UNION ALL SELECT 'text_in is ' || state FROM text_in WHERE state IN ('files', 'sealing', 'kept')"
        " UNION ALL SELECT 'text cannot be read: ' || code FROM text_unread"
    )
    return [str(line) for (line,) in waiting]


def missing(texting: Texting, conn: Connection) -> list[str]:
    """Name the texts that no webhook and no reading of the list has told of yet."""
    row = conn.execute("SELECT count(*) FROM text_in").fetchone()
    here = row[0] if row else 0
    return [] if here >= len(texting.texts) else [f"{len(texting.texts) - here} texts are not here yet"]


def count_texts(result: Tally, texting: Texting, conn: Connection, agency_key: bytes) -> None:
    """Count the texts, their files, and what each phone shows."""
    said: Counter[str] = Counter()
    tip_of: dict[str, set[UUID]] = {}
    for tip_id, sealed in conn.execute(
        "SELECT tip_id, sealed_agency FROM message JOIN tip ON tip.id = tip_id"
        " WHERE channel = 'sms' AND author = 'citizen'"
    ):
        what = TipText.from_bytes(open_sealed(agency_key, bytes(sealed))).what
        if what:
            said[what] += 1
            tip_of.setdefault(texting.texts.get(what, ""), set()).add(tip_id)
    files = Counter(
        bytes(sha256).hex()
        for (sha256,) in conn.execute(
            "SELECT sha256 FROM media JOIN tip ON tip.id = tip_id"
            " WHERE channel = 'sms' AND sha256 IS NOT NULL"
        )
    )
    shown = Counter(
        (message.to, message.body)
        for phone in set(texting.texts.values())
        for message in texting.carrier.shown_on(phone)
    )
    result.count("texts that the carrier took", len(texting.texts))
    result.count("files in them", len(texting.files))
    how = dict(conn.execute("SELECT found_by, count(*) FROM text_in GROUP BY found_by").fetchall())
    result.count("texts that no webhook told of", how.get("poll", 0))
    lost = [text for text in texting.texts if not said[text]]
    result.count("texts lost", len(lost), lost)
    twice = [f"{text} {count} times" for text, count in said.items() if count > 1]
    result.count("texts twice", len(twice), twice)
    lost = [sha256 for sha256 in texting.files if not files[sha256]]
    result.count("texted files lost", len(lost), lost)
    twice = [f"{sha256} {count} times" for sha256, count in files.items() if count > 1]
    result.count("texted files twice", len(twice), twice)
    # A phone is told each thing once; and everybody is told their words, for each of their tips.
    twice = [f"{to} {count} times" for (to, _), count in shown.items() if count > 1]
    result.count("answers twice", len(twice), twice)
    words = Counter(to for to, body in shown if "9 words" in body)
    unanswered = [phone for phone, tips in tip_of.items() if words[phone] != len(tips)]
    result.count("people who were not told their words", len(unanswered), unanswered)
