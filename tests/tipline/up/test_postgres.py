"""The embedded Postgres: passwords for everyone, crashes, and directories that nobody else can enter."""

import os
import signal
import time
from pathlib import Path

import psycopg
import pytest

from tipline.up.launch import launch
from tipline.up.postgres import ADMIN, EmbeddedPostgres


def test_asks_everyone_for_a_password_and_opens_no_socket(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "pg", durable=False).running() as server:
        with psycopg.connect(server.admin_url) as conn:
            rules = conn.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
            sockets = conn.execute("SHOW unix_socket_directories").fetchone()
            conn.execute("CREATE ROLE somebody LOGIN PASSWORD 'theirs'")
        assert rules == [("scram-sha-256",)]
        assert sockets == ("",)
        for user in (ADMIN, "somebody", "postgres"):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(server.admin_url, user=user, password="wrong")
        assert not (tmp_path / "pg" / "admin-password").exists()


def test_logs_no_word_of_a_statement_that_failed(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg", durable=False, log=tmp_path / "log")
    with server.running(), psycopg.connect(server.admin_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE tip (words text UNIQUE)")
        conn.execute("INSERT INTO tip VALUES ('canary-one')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("INSERT INTO tip VALUES (%s)", ["canary-one"])
        with pytest.raises(psycopg.errors.UndefinedTable):
            conn.execute("SELECT 'canary-two' FROM nowhere")
    assert "canary" not in (tmp_path / "log").read_text()


def test_keeps_what_was_committed_through_kill_9(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg")
    server.initialise()
    child = launch(server.program())
    server.wait_ready(lambda: child.poll() is None)
    with psycopg.connect(server.admin_url) as conn:
        conn.execute("CREATE TABLE kept (n int)")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with server.running(), psycopg.connect(server.admin_url) as conn:
        assert conn.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_runs_where_no_other_user_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with (
        EmbeddedPostgres(closed / "pg", durable=False).running() as server,
        psycopg.connect(server.admin_url) as conn,
    ):
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert closed.stat().st_mode & 0o777 == 0o700


def test_starts_over_a_lock_whose_number_belongs_to_another_program_now(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg", durable=False)
    server.initialise()
    lock = tmp_path / "pg" / "cluster" / "postmaster.pid"
    lock.write_text(f"{os.getppid()}\n{lock.parent}\n{int(time.time())}\n5432\n\n127.0.0.1\n")
    with server.running():
        assert lock.read_text().split("\n", 1)[0] != str(os.getppid())


def test_makes_a_cluster_anew_when_the_first_time_was_cut_short(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg", durable=False)
    server.initialise()
    (tmp_path / "pg" / "initdb-unfinished").touch()
    (tmp_path / "pg" / "cluster" / "global" / "pg_control").unlink()
    with server.running(), psycopg.connect(server.admin_url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
