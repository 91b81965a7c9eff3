"""The count of texts finds what is lost, doubled and unanswered."""

import hashlib
from datetime import timedelta

from nacl.public import PrivateKey

from evidence import vault
from evidence.db.connect import Connection
from evidence.seal import public_key_of
from evidence.texting import incoming
from evidence.thread import Receipt, once_of, write_by_text
from evidence.tips.door import open_texted_tip
from evidence.vault import VaultKeys
from tests.chaos.tally import Tally
from tests.chaos.texts import Texting, count_texts, missing, texting, unread
from tests.conftest import Database

ERIN = "+16015550000"
AGENCY = bytes(PrivateKey.generate())


def take(conn: Connection, *said: str) -> None:
    """What the SMS door does with texts of erin's."""
    keys, agency = VaultKeys(bytes(32), bytes(32)), public_key_of(AGENCY)
    erin = vault.recognise(conn, keys, ERIN, language="en", lives=timedelta(days=1))
    tip_id = open_texted_tip(conn, said[0], language="en", agency_public_key=agency, receipt=Receipt.new())
    incoming.begin_tip(conn, erin.id, tip_id)
    for number, text in enumerate(said):
        incoming.note(conn, once_of(str(number)), str(number), "poll")
        incoming.place(conn, once_of(str(number)), erin.id, tip_id, announced=0)
        if number:
            write_by_text(conn, tip_id, text, agency_public_key=agency, once=once_of(str(number)))


def counted(people: Texting, conn: Connection) -> dict[str, str]:
    result = Tally()
    count_texts(result, people, conn, AGENCY)
    return dict(result.rows)


def answer(people: Texting, words: str) -> None:
    given = {"To": [ERIN], "From": [people.carrier.account.number], "Body": [f"Keep these 9 words: {words}"]}
    people.carrier.create(given)


def test_what_is_here_once_and_answered_is_no_fault_and_all_else_is(database: Database) -> None:
    with texting() as people, database.as_role("sms") as conn, database.as_admin() as admin:
        people.texts |= {"one": ERIN, "two": ERIN}
        assert missing(people, admin) == ["2 texts are not here yet"]
        take(conn, "one", "two")
        conn.commit()
        answer(people, "a b c")
        people.carrier.teller.close()
        assert missing(people, admin) + unread(admin) == []
        result = Tally()
        count_texts(result, people, admin, AGENCY)
        assert result.faults == []
        people.texts["three"] = ERIN
        people.files.add(hashlib.sha256(b"a film").hexdigest())
        people.carrier._shown *= 2
        take(conn, "four", "four")
        conn.commit()
        rows = counted(people, admin)
    assert (
        rows["texts lost"] == rows["texts twice"] == rows["texted files lost"] == rows["answers twice"] == "1"
    )
