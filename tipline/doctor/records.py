"""What the database says: its schema, who may do what, jobs, stages, the ledger, texts and deletions."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import psycopg

from evidence.db.connect import Connection, connect
from evidence.db.migrate import MIGRATIONS
from evidence.ledger.lag import lag
from evidence.media.overview import load, set_aside_count
from evidence.media.purging import waiting_since
from evidence.texting.reconciled import reconciliation
from evidence.vault import keys_in_use
from tipline.cli.texts import faults_of, faults_of_keys
from tipline.doctor.finding import Finding, fault, in_words, warning, well
from tipline.doctor.network import Clock, clock_agrees

_TABLES_OF_TIPS = ("tip", "message", "media", "ledger", "cases", "texter", "trace", "upload")
_SLOW, _STUCK = timedelta(minutes=30), timedelta(hours=6)
_UNSIGNED = timedelta(minutes=10)
_ALTERED = ("leaves_mismatch", "spool_missing", "original_altered")
_TEXTS_LATE = timedelta(minutes=15)
_TEXT_WAITS = timedelta(hours=1)
_PURGE_WAITS = timedelta(hours=24)
_SILENT_SECONDS = 60


def answers(url: str) -> Iterable[Finding]:
    """Ask the database for nothing but an answer."""
    try:
        with connect(url) as conn:
            conn.execute("SELECT 1")
    except psycopg.Error as error:
        yield fault(
            "database", f"It does not answer ({type(error).__name__}); what it knows was not looked at.",
            "Read the end of log/postgres.log and look at its disk's room; of your own, at its console.",
        )  # fmt: skip
    else:
        yield well("database", "The database answers.")


def schema_is_current(conn: Connection) -> Iterable[Finding]:
    """Compare the migrations that were applied with those that this code brings."""
    brought = {path.name.split("_")[0] for path in MIGRATIONS.glob("*.sql")}
    applied = {version for (version,) in conn.execute("SELECT version FROM schema_migrations")}
    if missing := brought - applied:
        yield fault(
            "migrations", f"{len(missing)} migrations are not applied, the first is {min(missing)}.",
            "Start `tipline up` anew, or run `python -m tipline.run.prepare`.",
        )  # fmt: skip
    elif unknown := applied - brought:
        yield fault(
            "migrations", f"The database is ahead of this code by {len(unknown)} migrations.",
            "Install the version that it was brought to: none goes back.",
        )  # fmt: skip
    else:
        yield well("migrations", f"All {len(brought)} migrations are applied.")


def door_has_no_rights(conn: Connection) -> Iterable[Finding]:
    """Ask the catalogue whether the public door's role holds any right on any table, of any kind."""
    rows = conn.execute(
        "SELECT relname FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
        " AND (has_table_privilege('tipline_intake', oid, 'SELECT,INSERT,UPDATE,DELETE,TRUNCATE')"
        "      OR has_any_column_privilege('tipline_intake', oid, 'SELECT,INSERT,UPDATE')) ORDER BY relname"
    ).fetchall()
    yield from _judge_rights([name for (name,) in rows])


def door_reads_nothing(url: str) -> Iterable[Finding]:
    """Log in as the public door does, and try to read."""
    read = []
    with connect(url, autocommit=True) as conn:
        for table in _TABLES_OF_TIPS:
            try:
                conn.execute(
                    psycopg.sql.SQL("SELECT 1 FROM {} LIMIT 1").format(psycopg.sql.Identifier(table))
                )
            except psycopg.errors.InsufficientPrivilege:
                continue
            read.append(table)
    yield from _judge_rights(read)


def _judge_rights(tables: list[str]) -> Iterable[Finding]:
    if tables:
        names = ", ".join(tables)
        yield fault(
            "rights", f"The public door's role has rights on {names}: who breaks in there reads tips.",
            f"As the database's administrator: REVOKE ALL ON {names} FROM tipline_intake, PUBLIC.",
        )  # fmt: skip
    else:
        yield well("rights", "The public door's role can read no table.")


def database_clock(conn: Connection, clock: Clock) -> Iterable[Finding]:
    """Compare the database's clock with this machine's."""
    asked = clock()
    row = conn.execute("SELECT clock_timestamp()").fetchone()
    if row is not None:
        yield from clock_agrees("the database", row[0], asked, clock())


def jobs_move(conn: Connection, now: datetime) -> Iterable[Finding]:
    """Look for jobs that nobody does though they are begun, and for how long the oldest has waited."""
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE j.status = 'doing' AND NOT EXISTS ("
        "  SELECT 1 FROM procrastinate_workers w WHERE w.id = j.worker_id"
        "  AND w.last_heartbeat > now() - make_interval(secs => %s))),"
        " count(*) FILTER (WHERE j.status = 'todo'),"
        " min(e.at) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, e.at) <= now())"
        " FROM procrastinate_jobs j LEFT JOIN procrastinate_events e"
        "  ON e.job_id = j.id AND e.type = 'deferred'",
        [_SILENT_SECONDS],
    ).fetchone()
    stalled, waiting, since = row or (0, 0, None)
    if stalled:
        yield warning(
            "jobs", f"{stalled} jobs are begun and nobody does them.",
            "A worker takes them up within a minute; look whether one runs.",
        )  # fmt: skip
    age = now - since if since else timedelta(0)
    if age > _SLOW:
        yield (fault if age > _STUCK else warning)(
            "jobs", f"{waiting} jobs wait, the oldest for {in_words(age)}.",
            "Look whether the worker runs; if it does, start more of them: docs/operations.md.",
        )  # fmt: skip
    elif not stalled:
        yield well("jobs", f"{waiting} jobs wait, none for long.")


def stages_move(conn: Connection, now: datetime) -> Iterable[Finding]:
    """Look for a stage at which media are stuck."""
    late = [(one.stage, now - one.oldest_due_since) for one in load(conn) if one.oldest_due_since]
    stuck = [(stage, age) for stage, age in late if age > _SLOW]
    for stage, age in stuck:
        urgent = age > _STUCK or stage == "seal"
        yield (fault if urgent else warning)(
            "stages", f"Media have been due at the stage {stage} for {in_words(age)}.",
            "Read the worker's log for that stage; `tipline show` says it of one tip.",
        )  # fmt: skip
    if not stuck:
        yield well("stages", "Media move through every stage.")


def set_aside(conn: Connection) -> Iterable[Finding]:
    """Count what is in quarantine; what a tool failed at may want another chance."""
    found = set_aside_count(conn)
    if altered := sum(found.get(code, 0) for code in _ALTERED):
        yield warning(
            "quarantine", f"{altered} media are set aside since their bytes are not those that came.",
            "Change nothing in spool and store; run `tipline verify --all`. See /pipeline in the console.",
        )  # fmt: skip
    if failed := found.get("tool_failed", 0):
        yield warning(
            "quarantine", f"{failed} media are set aside since a tool failed at them.",
            "See /pipeline in the console; `tipline rederive --set-aside` tries them again.",
        )  # fmt: skip
    elif not altered:
        yield well("quarantine", f"{sum(found.values())} media are set aside, each with a reason.")


def ledger_is_signed(conn: Connection, now: datetime) -> Iterable[Finding]:
    """Look whether heads are signed, and copied into the locked bucket."""
    behind = lag(conn)
    age = now - behind.unsigned_since if behind.unsigned_since else timedelta(0)
    if age > _UNSIGNED:
        yield fault(
            "ledger", f"The oldest entry has waited for a signed head for {in_words(age)}.",
            "Until one is signed, a change to the ledger can be hidden: look whether the worker runs.",
        )  # fmt: skip
    elif behind.uncopied > 2:
        yield fault(
            "ledger", f"{behind.uncopied} signed heads are not in the locked bucket.",
            "Read the worker's log for `checkpointer`: the store refuses them.",
        )  # fmt: skip
    else:
        yield well("ledger", "Every entry is signed for, or will be within a minute.")


def texts_arrive(conn: Connection, now: datetime) -> Iterable[Finding]:
    """Look whether every text is here and every answer went out; nothing where no text ever came."""
    counted = reconciliation(conn)
    amiss = faults_of_keys(keys_in_use(conn), now)
    for says in amiss:
        yield fault("texts", says, "Give it the secrets that were in use: docs/runbooks/keys.md.")
    if not (counted.told or counted.found or counted.readings or amiss):
        yield well("texts", "No text has come yet.")
        return
    faults = faults_of(counted, now, _TEXTS_LATE)
    for says in faults:
        do = "Read the SMS door's log, and look at the carrier's console."
        if counted.unserved(now):
            do = "Start the host whose TIPLINE_TWILIO_* are set, or set them here: no other takes texts."
        yield fault("texts", says, do)
    waits = now - counted.oldest_waiting if counted.oldest_waiting else timedelta(0)
    if waits > _TEXT_WAITS:
        yield warning(
            "texts", f"{counted.waiting} texts wait to go out, one for {in_words(waits)}.",
            "The day's sum may be spent (TIPLINE_SMS_DAILY_DOLLARS), or the carrier refuses: its log says.",
        )  # fmt: skip
    elif not faults and not amiss:
        yield well("texts", "Every text is here, and none waits long to go out.")


def deletions_end(conn: Connection, now: datetime) -> Iterable[Finding]:
    """Look for deletions that were begun and are not done: somebody was promised them."""
    begun, since = waiting_since(conn)
    if since and now - since > _PURGE_WAITS:
        yield fault(
            "deletion", f"{begun} deletions are begun and not done, one for {in_words(now - since)}.",
            "Read the log of `expire`: it says for each what keeps it.",
        )  # fmt: skip
    else:
        yield well("deletion", "What was to be deleted is.")
