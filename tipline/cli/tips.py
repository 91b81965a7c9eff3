"""`tipline tips` and `tipline show`: what has come in, for operators at the shell."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Column, Table

from evidence import ledger, media, tips
from evidence.db.connect import Connection
from evidence.ledger import Entry
from evidence.media import Derivative, Media
from evidence.reviewers.reviewer import names_of_actors
from evidence.tips import Tip
from evidence.tips.ending import Purge, purge_of
from evidence.traces.trace import Traces
from evidence.traces.trace import of_media as traces_of
from tipline.cli.operator import Operator, data_option

_PAGE = 500
_WIDTH = 110


@click.command("tips")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@data_option
def list_tips(as_json: bool, data: Path) -> None:
    """List tips, newest first."""
    with Operator.of(data).database() as conn:
        found = list(_every_tip(conn))
        by_tip: dict[UUID, list[Media]] = defaultdict(list)
        for item in media.of_tips(conn, [tip.id for tip in found]):
            by_tip[item.tip_id].append(item)
    described = [describe_tip(tip, by_tip[tip.id]) for tip in found]
    if as_json:
        click.echo(json.dumps(described, indent=2))
    elif not described:
        click.echo("No tips yet.")
    else:
        _print_table(described)


@click.command("show")
@click.argument("name", metavar="TIP")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@data_option
def show_tip(name: str, as_json: bool, data: Path) -> None:
    """Show one tip: its media, their stages and copies, and its whole history.

    TIP is its id, or the first eight digits of it, as the console shows them.
    """
    with Operator.of(data).database() as conn:
        tip = tips.get(conn, tips.named(conn, name))
        items = media.of_tip(conn, tip.id)
        purge = purge_of(conn, tip.id)
        copies = [] if purge else media.derivatives_of(conn, [item.id for item in items])
        traces = traces_of(conn, [item.id for item in items])
        entries = ledger.history(conn, tip.id)
        names = names_of_actors(conn, {entry.actor for entry in entries})
    if as_json:
        described = describe_tip(tip, items) | {
            "media": [_describe_media_fully(item, copies, traces.get(item.id)) for item in items],
            "deleted": _describe_purge(purge),
            "history": [_describe_entry(entry) for entry in entries],
        }
        click.echo(json.dumps(described, indent=2))
    else:
        _print_tip(tip, items, copies, traces, entries)
        if purge:
            click.echo(f"\n{purge.refusal().sentence}")
        _print_history(entries, names)


def _every_tip(conn: Connection) -> Iterator[Tip]:
    before = None
    while page := tips.newest(conn, before=before, limit=_PAGE):
        yield from page
        before = (page[-1].received_at, page[-1].id)


def describe_tip(tip: Tip, items: Iterable[Media]) -> dict[str, Any]:
    """Return a tip as the JSON that scripts rely on."""
    return {
        "id": str(tip.id),
        "channel": tip.channel,
        "state": tip.state,
        "received_at": tip.received_at.isoformat(),
        "media": [_describe_media(item) for item in items],
    }


def _describe_media(item: Media) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "kind": item.kind,
        "state": item.state,
        "bytes": item.size,
        "sha256": item.sha256.hex() if item.sha256 else None,
    }


def _describe_media_fully(item: Media, copies: Iterable[Derivative], traces: Traces | None) -> dict[str, Any]:
    return _describe_media(item) | {
        "stage": item.stage,
        "attempts": item.attempts,
        "mime": item.mime,
        "facts": item.facts,
        "quarantine": {"code": item.quarantine_code, "sentence": item.quarantine_sentence}
        if item.quarantine_code
        else None,
        "traces": {"kinds": traces.kinds, "grade": traces.grade, "clues": traces.clues, "clock": traces.clock,
                   "manifest": traces.manifest}
        if traces
        else None,
        "derivatives": [
            {"id": str(copy.id), "kind": copy.kind, "recipe": copy.recipe, "bytes": copy.size,
             "mime": copy.mime, "sha256": copy.sha256.hex()}
            for copy in copies
            if copy.media_id == item.id
        ],
    }  # fmt: skip


def _describe_purge(purge: Purge | None) -> dict[str, str | None] | None:
    if purge is None:
        return None
    return {"reason": purge.reason, "at": purge.done_at.isoformat() if purge.done_at else None}


def _describe_entry(entry: Entry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "actor": entry.actor,
        "details": entry.details,
        "hash": entry.hash.hex(),
    }


def _print_table(described: Iterable[dict[str, Any]]) -> None:
    table = Table(Column("Tip", no_wrap=True), "Received (UTC)", "Channel", "State", "Media", box=None)
    for tip in described:
        states = (
            ", ".join(f"{item['kind'] or 'file'} {item['state']}" for item in tip["media"]) or "text only"
        )
        received = tip["received_at"][:16].replace("T", " ")
        table.add_row(tip["id"], received, tip["channel"], tip["state"], states)
    _print_whole(table)


def _print_whole(table: Table) -> None:
    """Print a table as wide as it has to be: an id that was cut is of no use to anybody."""
    out = Console()
    out.width = max(out.width, _WIDTH)
    out.print(table)


def _print_tip(
    tip: Tip,
    items: Iterable[Media],
    copies: Sequence[Derivative],
    traces: Mapping[UUID, Traces],
    entries: Sequence[Entry],
) -> None:
    out = Console(soft_wrap=True)
    out.print(
        f"[bold]Tip {tip.id}[/bold]  {tip.state}, by {tip.channel}, received {tip.received_at:%F %T} UTC"
    )
    for item in items:
        out.print(
            f"\n[bold]Media {item.id}[/bold]  {item.kind or 'not inspected'}, {item.state}, {_progress(item)}"
        )
        if item.quarantine_sentence:
            out.print(f"  set aside ({item.quarantine_code}): {item.quarantine_sentence}")
        for told in (e.details for e in entries if e.kind == "not_made"):
            if told["media"] == str(item.id):
                out.print(f"  not made at {told['stage']} ({told['code']}): {told['sentence']}")
        out.print(f"  original: {item.size:,} bytes, {item.mime or 'not inspected'}")
        out.print(f"    SHA-256 {item.sha256.hex() if item.sha256 else 'not sealed yet'}")
        if item.id in traces:
            out.print(f"  {_told(traces[item.id])}")
        for copy in copies:
            if copy.media_id == item.id:
                small = " (small)" if copy.facts.get("quick") else ""
                out.print(f"  {copy.kind}{small}: {copy.size:,} bytes, {copy.mime}")
                out.print(f"    SHA-256 {copy.sha256.hex()}")


def _progress(item: Media) -> str:
    """How far a media has come, and since when it waits."""
    if item.state in ("quarantined", "purged"):
        return f"given up at {item.stage}" if item.state == "quarantined" else "deleted"
    if item.stage == "done":
        return "all stages done"
    began = f", attempt {item.attempts}" if item.attempts else ""
    return f"next stage {item.stage}{began}, received {item.received_at:%F %T} UTC"


def _told(traces: Traces) -> str:
    """The kinds of what the original tells, and what it looks like, in the words of the ledger."""
    told = "could not be read" if traces.kinds is None else ", ".join(traces.kinds) or "nothing"
    why = f" ({', '.join(traces.clues)})" if traces.clues else ""
    manifest = "" if traces.manifest == "none" else f"; C2PA manifest: {traces.manifest}"
    return f"original tells: {told}; grade: {traces.grade}{why}; clock: {traces.clock}{manifest}"


def _print_history(entries: Iterable[Entry], names: Mapping[str, str]) -> None:
    table = Table("#", "At (UTC)", "What", "Who", "Hash", box=None, title="\nHistory", title_justify="left")
    for entry in entries:
        who = names.get(entry.actor, entry.actor)
        table.add_row(
            str(entry.sequence), f"{entry.at:%F %T.%f}"[:-3], entry.kind, who, entry.hash.hex()[:16]
        )
    _print_whole(table)
