"""Every check, one after the other; one that cannot be made keeps no other from being made."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from evidence.db.connect import connect
from evidence.storage.store import Store
from evidence.version import VERSION
from tipline.doctor import disks, network, processes, records, storage
from tipline.doctor.finding import Finding, fault
from tipline.doctor.installation import Installation
from tipline.doctor.network import utc_now
from tipline.up.ports import reachable

Check = Callable[[], Iterable[Finding]]


def examine(site: Installation) -> Iterator[Finding]:
    """Yield what every check that can be made here finds."""
    yield from _made(_on_this_machine(site))
    for answers, rest in (
        (("database", partial(records.answers, site.env.text("DATABASE_URL"))), _of_records(site)),
        (("store", partial(storage.answers, site.store_settings()["operator"])), _of_storage(site)),
    ):
        found = list(_made([answers]))
        yield from found
        # What is away would be waited for, and told, as often as there are checks.
        if all(one.level != "fault" for one in found):
            yield from _made(rest)


def _made(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    for name, check in checks:
        try:
            yield from check()
        except Exception as error:
            yield fault(
                name, f"This could not be looked at ({type(error).__name__}).",
                "What it needs is away, or this user may not look: see the findings above.",
            )  # fmt: skip


def _on_this_machine(site: Installation) -> Iterator[tuple[str, Check]]:
    settings = site.settings
    intake_url, console_url = settings["TIPLINE_INTAKE_URL"], settings["TIPLINE_CONSOLE_URL"]
    if site.note is not None:  # elsewhere nobody but the processes knows their settings
        yield "processes", partial(processes.alive, site.note.pids)
        yield "version", partial(processes.version, site.note.version, VERSION)
        addresses = site.note.reach.addresses
        for name, port in (
            ("The public door", addresses.intake_port),
            ("The console", addresses.console_port),
            ("The SMS door", addresses.sms_port),
        ):
            yield "ready", partial(processes.ready, name, f"http://{reachable(addresses.host)}:{port}")
        yield "sandbox", partial(processes.shut_in, settings)
        yield "proxy", partial(network.proxies_are_named, site.note.settings)
        yield "metrics", partial(network.metrics_are_private, settings, intake_url)
    for name, address in (("the public door", intake_url), ("the console", console_url)):
        yield "certificate", partial(network.certificate, name, address, utc_now())
    if site.folders is not None:
        yield "secrets", partial(disks.secrets_are_private, site.folders.secrets)
    if site.spool is not None:
        reserve = settings.get("TIPLINE_SPOOL_RESERVE_BYTES")
        yield "disk", partial(disks.spool_has_room, site.spool, int(reserve) if reserve else None)
        yield "spool", partial(disks.spool_moves, site.spool, utc_now())
    yield "backup", partial(disks.backed_up, site.backups, utc_now())


def _of_records(site: Installation) -> Iterator[tuple[str, Check]]:
    url = site.env.text("DATABASE_URL")
    for name, look in (
        ("migrations", records.schema_is_current),
        ("rights", records.door_has_no_rights),
        ("clock", lambda conn: records.database_clock(conn, utc_now)),
        ("jobs", lambda conn: records.jobs_move(conn, utc_now())),
        ("stages", lambda conn: records.stages_move(conn, utc_now())),
        ("quarantine", records.set_aside),
        ("ledger", lambda conn: records.ledger_is_signed(conn, utc_now())),
        ("texts", lambda conn: records.texts_arrive(conn, utc_now())),
        ("deletion", lambda conn: records.deletions_end(conn, utc_now())),
    ):
        yield name, partial(_asked, url, look)
    if door := site.database_url("tipline_intake"):
        yield "rights", partial(records.door_reads_nothing, door)


def _of_storage(site: Installation) -> Iterator[tuple[str, Check]]:
    identities = site.store_settings()
    for name, settings in identities.items():
        yield "store", partial(storage.reached, name, settings)
    ours = identities["operator"]
    if bucket := site.settings.get("TIPLINE_SPOOL_BUCKET"):
        yield "shelf", partial(storage.spool_forgets, ours, bucket)
    yield "clock", lambda: storage.store_clock(ours, utc_now)
    yield "lock", partial(storage.locks_hold, identities.get("steward", ours))
    earlier = site.env.keys32("TIPLINE_CHECKPOINT_EARLIER_KEYS")
    keys = (site.env.secret32("TIPLINE_CHECKPOINT_VERIFY_KEY"), *earlier)
    yield "checkpoint", lambda: storage.last_head(Store.connect(ours), keys, _copied(site))


def _asked(url: str, look: Callable[..., Iterable[Finding]]) -> list[Finding]:
    with connect(url) as conn:
        return list(look(conn))


def _copied(site: Installation) -> int:
    with connect(site.env.text("DATABASE_URL")) as conn:
        row = conn.execute("SELECT coalesce(max(size), 0) FROM checkpoint_copy").fetchone()
    return int(row[0]) if row else 0
