"""A camera's session without a consent that is given cannot be: whoever tries, by whatever way."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import psycopg
import pytest

from evidence import cameras
from evidence.cameras import Consent, Terms
from evidence.cameras.consent import Grant
from evidence.errors import Conflict, Forbidden, Gone
from evidence.ledger.append import history
from evidence.live import SessionKeys, door
from evidence.live.door import Limits
from tests.conftest import Database

LIMITS = Limits(minutes=30, max_bytes=10**9, at_once=10)
NOW = datetime.now(UTC)
TERMS = Terms(
    hashlib.sha256(b"signed").digest(), "The corner", NOW - timedelta(days=1), NOW + timedelta(days=1)
)
NO_TERMS = "0" * 64
REFUSED = (
    psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege, psycopg.errors.GeneratedAlways,
)  # fmt: skip


def a_consent(database: Database, terms: Terms = TERMS) -> tuple[Consent, Grant]:
    with database.as_role("operator") as conn:
        camera = cameras.add(conn, name="North door", place="1 Main St", owner="Alice", actor="operator")
        given = cameras.give(conn, camera, terms, actor="operator")
        return given, cameras.grant(conn, given.id, until=NOW + timedelta(days=9), actor="operator")


def go_live(database: Database, grant: Grant, keys: SessionKeys) -> UUID:
    with database.as_role("intake") as conn:
        return door.open_session(
            conn, keys, "relay", grant.token, terms=NO_TERMS, language="en", limits=LIMITS
        )


def test_revoking_takes_grants_and_sessions_along_and_says_so_on_both_chains(database: Database) -> None:
    given, grant = a_consent(database)
    assert grant.until == given.valid_until  # never longer than the consent
    keys = SessionKeys.new()
    session = go_live(database, grant, keys)
    with database.as_role("operator") as conn:
        cameras.revoke(conn, given.id, actor="operator")
    with database.as_role("intake") as conn:
        stands = door.look(conn, keys)
    assert stands is not None
    assert (stands.state, stands.how) == ("closed", "consent")
    with database.as_role("operator") as conn:
        (now,) = cameras.consents(conn, given.camera_id)
        assert now.state == "revoked"
        kinds = [entry.kind for entry in history(conn, given.camera_id)]
        (tip,) = conn.execute("SELECT tip_id FROM live_session WHERE id = %s", [session]).fetchone() or ()
        told = [entry.kind for entry in history(conn, tip)]
        with pytest.raises(Conflict):
            cameras.revoke(conn, given.id, actor="operator")
    assert kinds == ["camera_added", "consent_given", "relay_granted", "consent_revoked"]
    assert told == ["opened", "live_opened", "live_ended", "live_closed"]
    with pytest.raises(Forbidden):
        go_live(database, grant, SessionKeys.new())


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE consent SET state = 'revoked', ended_at = now()",
        "DELETE FROM relay_grant; UPDATE consent SET state = 'revoked', ended_at = now()",
        "UPDATE live_session SET closed_at = NULL, how_closed = NULL",
        "INSERT INTO live_session (tip_id, source, token_sha256, prompt_key, terms, language, ends_by,"
        " max_bytes, consent_id)"
        " SELECT tip_id, 'camera', sha256('b'), prompt_key, terms, 'en', now(), 1, consent_id"
        " FROM live_session LIMIT 1",
        "INSERT INTO live_session (tip_id, source, token_sha256, prompt_key, terms, language, ends_by,"
        " max_bytes)"
        " SELECT tip_id, 'camera', sha256('c'), prompt_key, terms, 'en', now(), 1 FROM live_session LIMIT 1",
        "UPDATE live_session SET consent_state = 'revoked'",
        "INSERT INTO relay_grant (token_sha256, consent_id, until, issued_by)"
        " SELECT sha256('d'), id, now(), 'me' FROM consent",
        "UPDATE consent SET valid_until = valid_until + interval '1 year'",
        "UPDATE consent SET state = 'given', ended_at = NULL",
        "DELETE FROM consent",
    ],
)
def test_not_even_the_owner_of_the_database_has_a_camera_run_without_consent(
    database: Database, deed: str
) -> None:
    given, grant = a_consent(database)
    go_live(database, grant, SessionKeys.new())
    if "SET state = 'revoked'" not in deed:
        with database.as_role("operator") as conn:
            cameras.revoke(conn, given.id, actor="operator")
    with database.as_admin() as conn, pytest.raises(REFUSED):
        conn.execute(deed.encode())


def test_hours_and_the_end_of_a_consent_close_by_the_clock(database: Database) -> None:
    hour = timedelta(hours=1)
    keys = SessionKeys.new()
    given, grant = a_consent(database)
    go_live(database, grant, keys)
    with database.as_role("intake") as conn:
        assert [ticked.closed for ticked in door.tick(conn, whole=False, upload_hours=1)] == [False]
    with database.as_admin() as conn:
        # Time cannot be made to pass: what the trigger guards is moved instead.
        conn.execute("ALTER TABLE consent DISABLE TRIGGER only_ends")
        conn.execute("UPDATE consent SET valid_until = now() - interval '1 second'")
        conn.execute("ALTER TABLE consent ENABLE TRIGGER only_ends")
    with database.as_role("intake") as conn:
        door.tick(conn, whole=False, upload_hours=1)
        stands = door.look(conn, keys)
    assert stands is not None
    assert (stands.state, stands.how) == ("closed", "consent")
    with database.as_role("operator") as conn:
        assert [consent.state for consent in cameras.consents(conn, given.camera_id)] == ["expired"]
        for begins, ends, may in ((NOW - hour, NOW + hour, True), (NOW + hour, NOW + 2 * hour, False)):
            daily = (begins.time().replace(microsecond=0), ends.time().replace(microsecond=0))
            terms = Terms(bytes(32), "x", TERMS.valid_from, TERMS.valid_until, "UTC", daily)
            version = cameras.give(conn, given.camera_id, terms, actor="operator")
            assert covers(database, conn, version.id) is may
        chicago = Terms(
            bytes(32), "x", TERMS.valid_from, TERMS.valid_until, "America/Chicago", (time(0), time(0))
        )
        assert covers(database, conn, cameras.give(conn, given.camera_id, chicago, actor="operator").id)


def covers(database: Database, conn: psycopg.Connection, consent_id: UUID) -> bool:
    """Whether a relay may open a session by this consent now."""
    grant = cameras.grant(conn, consent_id, until=NOW + timedelta(days=9), actor="operator")
    conn.commit()
    try:
        go_live(database, grant, SessionKeys.new())
    except (Forbidden, Gone):
        return False
    return True
