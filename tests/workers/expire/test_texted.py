"""A tip that came by text: its end cuts the way to the number, and nothing of it goes out any more."""

from tests.workers.expire.conftest import Deletion


def test_nothing_leads_from_a_number_to_a_tip_that_was_deleted(deletion: Deletion) -> None:
    database = deletion.site.database
    with database.as_role("sms") as conn:
        (tip,) = (
            conn.execute(
                "SELECT sms_open_tip('en', 'agency', 'citizen', sha256('lookup'), sha256('key'))"
            ).fetchone()
            or ()
        )
        (texter,) = (
            conn.execute(
                "INSERT INTO texter (handle, language, expires_at)"
                " VALUES ('2222', 'en', now() + interval '90 days') RETURNING id"
            ).fetchone()
            or ()
        )
        conn.execute("INSERT INTO texted_tip (tip_id, texter_id) VALUES (%s, %s)", [tip, texter])
        conn.execute(
            "INSERT INTO text_in (once, sid, texter_id, tip_id, found_by, state) VALUES"
            " (sha256('1'), NULL, %(texter)s, %(tip)s, 'webhook', 'done'),"
            " (sha256('2'), 'SM2', %(texter)s, %(tip)s, 'webhook', 'settle')",
            {"texter": texter, "tip": tip},
        )
        conn.execute(
            "INSERT INTO text_out (texter_id, tip_id, sequence, kind, sealed, state) VALUES"
            " (%(texter)s, %(tip)s, NULL, 'receipt', 'nine words', 'queued'),"
            " (%(texter)s, %(tip)s, 2, 'staff', 'on its way', 'sending')",
            {"texter": texter, "tip": tip},
        )
    with database.as_role("intake") as conn:
        assert conn.execute("SELECT intake_withdraw('lookup')").fetchone() == (True,)
    deletion.tick()

    def linked() -> list[tuple[str, str, bytes | None]]:
        with database.as_admin() as conn:
            assert conn.execute("SELECT FROM texted_tip").fetchall() == []
            assert conn.execute("SELECT state FROM tip").fetchall() == [("purged",)]
            return conn.execute(
                "SELECT 'in', state, NULL::bytea FROM text_in WHERE tip_id = %(tip)s"
                " UNION ALL SELECT 'out', state, sealed FROM text_out WHERE tip_id = %(tip)s ORDER BY 1, 2",
                {"tip": tip},
            ).fetchall()

    # What is still to be deleted at the carrier is known by its tip until then; what only waited never goes.
    assert linked() == [("in", "settle", None)]
    with database.as_admin() as conn:
        assert conn.execute("SELECT state, sealed FROM text_out").fetchall() == [("sending", b"on its way")]
    with database.as_role("sms") as conn:
        conn.execute("UPDATE text_in SET state = 'done', sid = NULL WHERE state = 'settle'")
        conn.execute("UPDATE text_out SET state = 'sent', sealed = NULL, sid = 'SM3' WHERE state = 'sending'")
    deletion.look_again()
    assert linked() == []
