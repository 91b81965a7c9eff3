"""`tipline sms`: plays a phone, where no account with a carrier is configured, and shows its answers."""

import mimetypes
import time
from pathlib import Path

import click
import requests

from evidence.errors import Invalid, Unavailable
from evidence.texting import carrier
from tipline.carrier.account import E164
from tipline.cli.operator import Operator, data_option
from tipline.up.instance import Phone, phone_of

_ANSWER_SECONDS = 10.0
_LOOK_SECONDS = 0.2
_REQUEST_SECONDS = 30
# More than any carrier delivers.
_LARGEST_FILES = 5_000_000


@click.command("sms")
@click.argument("text", default="")
@click.option("--from", "number", metavar="NUMBER", required=True, help="Whose phone it is: +16015550123.")
@click.option(
    "--media", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file to send with it; may be given several times.",
)  # fmt: skip
@click.option(
    "--wait",
    metavar="SECONDS",
    default=_ANSWER_SECONDS,
    show_default=True,
    help="How long to wait for answers.",
)
@data_option
def sms(text: str, number: str, files: tuple[Path, ...], wait: float, data: Path) -> None:
    """Text TEXT to the tip line from a phone that is played, and show what it is answered."""
    if not E164.fullmatch(number):
        raise Invalid("Give the phone's number as +16015550123.", code="number")
    if not text.strip() and not files:
        raise Invalid("Write something, or add a file with --media.", code="empty_text")
    if sum(path.stat().st_size for path in files) > _LARGEST_FILES:
        raise Invalid(
            "A carrier takes 5 MB with a message at most. Send more with: tipline send", code="large"
        )
    phone = phone_of(data, number)
    with Operator.of(data).database() as conn:
        if carrier.seen_at(conn):
            raise Unavailable(
                "Texts go through an account with a carrier, which this host was not told of, and its"
                " stand-in takes none. See docs/operations.md, Text messages.",
                code="account_elsewhere",
            )
    known = len(_shown(phone))
    _ask("post", phone, data={"Body": text}, files=[_part(path) for path in files])
    click.echo(f"{number} > {text}{''.join(f' [{path.name}]' for path in files)}")
    for answer in _answers(phone, known, wait):
        click.echo(f"{number} < {answer}")


def _answers(phone: Phone, known: int, wait: float) -> list[str]:
    """What comes within the time; nothing may, where one was answered within the hour."""
    until = time.monotonic() + wait
    while len(shown := _shown(phone)) <= known and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    if len(shown) <= known:
        click.echo("tipline: no answer; each phone gets one an hour.", err=True)
    return shown[known:]


def _shown(phone: Phone) -> list[str]:
    return [message["body"] for message in _ask("get", phone).json()["messages"]]


def _part(path: Path) -> tuple[str, tuple[str, bytes, str]]:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return "media", ("file", path.read_bytes(), kind)


def _ask(
    method: str,
    phone: Phone,
    *,
    data: dict[str, str] | None = None,
    files: list[tuple[str, tuple[str, bytes, str]]] | None = None,
) -> requests.Response:
    try:
        answer = requests.request(
            method, phone.url, auth=phone.login, data=data, files=files or None, timeout=_REQUEST_SECONDS
        )
        answer.raise_for_status()
    except requests.RequestException as away:
        raise Unavailable(
            f"The stand-in for the carrier does not answer: {type(away).__name__}.", code="carrier_away"
        ) from None
    return answer
