"""The least each door needs, read from the catalogue: a grant added by accident fails here."""

import psycopg
import pytest

from tests.conftest import Database

TABLES = (
    "camera", "consent", "live_link", "live_part", "live_prompt", "live_session", "live_turnstile",
    "relay_grant",
    "case_note", "case_tip", "cases", "checkpoint", "checkpoint_copy", "console_session", "derivative",
    "echo", "ledger", "ledger_log", "ledger_unlogged", "media", "message", "passkey", "passkey_challenge",
    "picture_print", "piece", "print_turn", "printed", "purge", "reviewer", "signin_link", "sound_mark",
    "sound_print",
    "text_account", "text_file", "text_in", "text_key", "text_leftover", "text_out", "text_past", "text_poll",
    "text_spend", "text_tally", "text_unread", "texted_tip", "texter",
    "statement", "tip", "tip_note", "trace", "unsealing", "upload", "upload_pass",
)  # fmt: skip

INTAKE_FUNCTIONS = {
    "intake_open_tip", "intake_open_upload", "intake_finish_upload", "intake_upload_state",
    "intake_end_upload", "intake_mailbox", "intake_write", "intake_admit", "intake_withdraw",
    "intake_ending", "intake_linked",
    "intake_live_look", "intake_live_open", "intake_live_part", "intake_live_part_upload",
    "intake_live_part_end", "intake_live_beat", "intake_live_end", "intake_live_closed",
    "intake_live_tick", "intake_live_stop",
}  # fmt: skip


def tables_with(database: Database, role: str, privilege: str) -> set[str]:
    """Tables on which a role holds a privilege, whole or on any column."""
    with database.as_admin() as conn:
        rows = conn.execute(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
            " AND (has_table_privilege(%(role)s, oid, %(what)s)"
            "      OR CASE WHEN %(what)s IN ('SELECT', 'INSERT', 'UPDATE')"
            "         THEN has_any_column_privilege(%(role)s, oid, %(what)s) ELSE false END)",
            {"role": f"tipline_{role}", "what": privilege},
        )
        return {name for (name,) in rows}


def functions_of(database: Database, role: str) -> set[str]:
    with database.as_admin() as conn:
        rows = conn.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND has_function_privilege(%s, oid, 'EXECUTE')",
            [f"tipline_{role}"],
        )
        return {name for (name,) in rows}


@pytest.mark.parametrize(
    "privilege", ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
)
def test_intake_has_no_right_on_any_table(database: Database, privilege: str) -> None:
    assert tables_with(database, "intake", privilege) == set()


def test_intake_may_execute_its_few_functions_and_no_other(database: Database) -> None:
    assert functions_of(database, "intake") == INTAKE_FUNCTIONS


def test_console_writes_decisions_and_no_evidence(database: Database) -> None:
    assert tables_with(database, "console", "INSERT") == {
        "tip_note", "cases", "case_tip", "case_note", "console_session", "passkey", "passkey_challenge",
        "unsealing",
    }  # fmt: skip
    assert tables_with(database, "console", "UPDATE") == {
        "tip", "signin_link", "console_session", "passkey", "echo", "unsealing",
    }  # fmt: skip
    assert tables_with(database, "console", "DELETE") == {
        "case_tip", "console_session", "passkey", "passkey_challenge",
    }  # fmt: skip
    assert functions_of(database, "console") == {
        "ledger_append", "unseal", "console_write", "console_text", "deletion_due", "console_live_prompt",
        "console_live_close", "console_live_link", "console_live_snapshot",
    }  # fmt: skip


def test_worker_reads_no_message_and_no_staff(database: Database) -> None:
    readable = {name for name in tables_with(database, "worker", "SELECT") if name in TABLES}
    assert readable == {
        "tip", "upload", "media", "derivative", "ledger", "ledger_log", "ledger_unlogged", "checkpoint",
        "checkpoint_copy", "picture_print", "sound_print", "sound_mark", "printed", "print_turn", "echo",
        "piece", "trace", "statement", "live_session", "live_part",
    }  # fmt: skip
    changeable = {name for name in tables_with(database, "worker", "UPDATE") if name in TABLES}
    assert changeable == {"media", "printed", "print_turn", "echo", "trace"}
    assert {name for name in tables_with(database, "worker", "DELETE") if name in TABLES} == {
        "ledger_unlogged", "picture_print", "piece", "sound_print", "sound_mark",
    }  # fmt: skip


def test_the_deletion_clock_reads_ids_and_ends_tips_by_three_functions(database: Database) -> None:
    assert tables_with(database, "expire", "SELECT") & set(TABLES) == {
        "purge", "media", "derivative", "piece", "upload",
    }  # fmt: skip
    assert tables_with(database, "expire", "UPDATE") == {"purge"}
    assert tables_with(database, "expire", "INSERT") == tables_with(database, "expire", "DELETE") == set()
    assert functions_of(database, "expire") == {
        "expire_due", "expire_begin", "expire_finish", "expire_unlink_texts",
    }  # fmt: skip
    with database.as_role("expire") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT sealed_name FROM media")


def test_nobody_but_the_worker_reads_a_fingerprint(database: Database) -> None:
    for role in ("intake", "console", "operator"):
        readable = tables_with(database, role, "SELECT")
        assert not readable & {"picture_print", "sound_print", "sound_mark"}, role


@pytest.mark.parametrize("role", ["console", "operator"])
def test_nobody_reads_what_a_trace_says_past_the_second_person(database: Database, role: str) -> None:
    with database.as_role(role) as conn:
        conn.execute("SELECT media_id, kinds, grade FROM trace")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT sealed FROM trace")


def test_the_sms_door_reads_and_writes_what_texts_are_and_nothing_of_tips(database: Database) -> None:
    """Its queue is the one table that it shares, and there it sees its own jobs alone."""
    texts = {
        "texter", "texted_tip", "text_in", "text_file", "text_out", "text_spend", "text_poll", "text_account",
        "text_key",
    }  # fmt: skip
    noted = {"text_leftover", "text_unread"}
    assert tables_with(database, "sms", "SELECT") & set(TABLES) == texts | noted | {"text_past", "text_tally"}
    assert tables_with(database, "sms", "INSERT") & set(TABLES) == texts | noted
    assert tables_with(database, "sms", "UPDATE") & set(TABLES) == texts - {"texted_tip"}
    assert tables_with(database, "sms", "DELETE") & set(TABLES) == noted
    ours = {name for name in functions_of(database, "sms") if not name.startswith("procrastinate_")}
    assert ours == {
        "sms_open_tip", "sms_write", "sms_citizen_key", "sms_admit", "sms_current_tip", "enqueue_text",
        "sms_file_state", "sms_expire",
    }  # fmt: skip


def test_the_sms_door_has_no_way_into_a_tip_that_did_not_come_by_text(database: Database) -> None:
    with database.as_admin() as conn:
        (tip,) = (
            conn.execute(
                "INSERT INTO tip (channel, citizen_key, receipt_lookup)"
                " VALUES ('web', sha256('key'), sha256('lookup')) RETURNING id"
            ).fetchone()
            or ()
        )
    texter = "INSERT INTO texter (handle, language, expires_at) VALUES ('2222', 'en', now()) RETURNING id"
    with database.as_role("sms") as conn:
        assert conn.execute("SELECT sms_citizen_key(%s)", [tip]).fetchone() == (None,)
        admit = "SELECT sms_admit(%s, sha256('token'), now() + interval '1 hour', 1)"
        assert conn.execute(admit, [tip]).fetchone() == (False,)
    with database.as_role("sms") as conn, pytest.raises(psycopg.Error) as refused:
        conn.execute("SELECT sms_write(%s, 'agency', 'citizen', sha256('once'))", [tip])
    assert refused.value.sqlstate == "TL001"
    # Whoever is noted as texting about a tip is who staff's answers go to.
    with database.as_role("sms") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"WITH new AS ({texter}) INSERT INTO texted_tip SELECT %s, id FROM new".encode(), [tip])


def test_the_sms_door_sees_no_job_of_the_pipeline(database: Database) -> None:
    jobs = "SELECT queue_name FROM procrastinate_jobs ORDER BY id"
    defer = (
        "SELECT procrastinate_defer_jobs_v1(ARRAY["
        "ROW(%s, 'x', 0, NULL, NULL, '{}', NULL)::procrastinate_job_to_defer_v1])"
    )
    with database.as_role("worker") as conn:
        conn.execute(defer, ["media"])
    with database.as_role("sms") as conn:
        conn.execute("SELECT enqueue_text('send', 'a', NULL)")
        assert conn.execute(jobs).fetchall() == [("sms",)]
        conn.execute("DELETE FROM procrastinate_jobs")
    with database.as_role("worker") as conn:
        assert conn.execute(jobs).fetchall() == [("media",)]
    with database.as_role("sms") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(defer, ["media"])


@pytest.mark.parametrize("role", ["intake", "worker", "console", "operator"])
@pytest.mark.parametrize("column", ["sealed", "mark"])
def test_nobody_but_the_sms_door_reads_the_vault(database: Database, role: str, column: str) -> None:
    with database.as_role(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"SELECT {column} FROM texter".encode())


def test_operator_changes_nothing_but_staff(database: Database) -> None:
    assert tables_with(database, "operator", "INSERT") == {"reviewer", "signin_link"}
    assert tables_with(database, "operator", "UPDATE") == {"reviewer"}
    assert tables_with(database, "operator", "DELETE") == set()


@pytest.mark.parametrize("role", ["intake", "worker", "console", "operator", "sms", "expire"])
def test_nobody_may_create_or_become_the_owner(database: Database, role: str) -> None:
    with database.as_role(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("CREATE TABLE public.mine (id integer)")
    with database.as_role(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SET ROLE tipline_owner")


@pytest.mark.parametrize("table", TABLES)
def test_intake_reads_nothing_back(database: Database, table: str) -> None:
    with database.as_role("intake") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(psycopg.sql.SQL("SELECT * FROM {}").format(psycopg.sql.Identifier(table)))


def test_definer_functions_trust_no_temporary_object(database: Database) -> None:
    with database.as_admin() as conn:
        unsafe = conn.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
            " AND NOT coalesce('search_path=public, pg_temp' = ANY(proconfig), false)"
        ).fetchall()
    assert unsafe == []


@pytest.mark.parametrize(
    "deed",
    [
        "SELECT intake_open_tip('staff', 'en', 'a', 'b', sha256('l'), sha256('k'), sha256('t'), now())",
        "SELECT intake_open_tip('sms', 'en', 'a', 'b', sha256('l'), sha256('k'), sha256('t'), now())",
        "SELECT intake_end_upload(gen_random_uuid(), 'received')",
        "SELECT intake_end_upload(gen_random_uuid(), 'open')",
    ],
)
def test_a_taken_over_door_opens_no_tip_of_another_channel_and_ends_no_upload_in_a_lie(
    database: Database, deed: str
) -> None:
    with database.as_role("intake") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(deed.encode())


def test_no_function_waits_for_a_lock_that_any_login_could_hold(database: Database) -> None:
    with database.as_admin() as conn:
        waiting = conn.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND prosrc LIKE '%pg_%advisory%'"
        ).fetchall()
    assert waiting == []


@pytest.mark.parametrize("role", ["intake", "worker", "console"])
def test_no_process_can_hold_the_others_up_for_long(database: Database, role: str) -> None:
    with database.as_role(role) as conn:
        said = {
            name: (conn.execute(f"SHOW {name}".encode()).fetchone() or ("",))[0]
            for name in ("idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout")
        }
    assert said == {
        "idle_in_transaction_session_timeout": "30s", "lock_timeout": "10s", "statement_timeout": "1min",
    }  # fmt: skip
