"""A language that does not exist: every sentence in brackets, from right to left.

What has no brackets, nobody can translate.
"""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from evidence.db.connect import Pool
from intake.pages import create_pages
from intake.pages.language import LANGUAGES
from intake.settings import IntakeSettings
from tests.intake.pages.conftest import Tell
from tests.intake.pages.visiting import visit_in
from tests.web.citizen.built import built_citizen

# Hebrew by its code alone: its locale runs from right to left, and its catalogue is English in brackets.
PSEUDO = "he"
OPEN, SHUT = "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}", "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
# No sentences: names, figures, times, units, hashes.
NO_SENTENCE = re.compile(
    r"Springfield Crime Center|SHA-256|English|Español|Pseudo|[\W\d]*|[0-9a-f]{64}|\S+ (?:KB|MB|GB|bytes)"
)


class Sentences(HTMLParser):
    """The text of a page that a person reads, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style", "textarea")
        told = {name: value for name, value in attrs if name in ("aria-label", "placeholder", "title", "alt")}
        self.found += [value for value in told.values() if value]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style", "textarea")

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.found.append(data.strip())


@pytest.fixture
def erin(
    settings: IntakeSettings, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """Erin speaks the language that does not exist."""
    built, citizen = built_citizen(), tmp_path / "citizen"
    shutil.copytree(built / "translations", citizen / "translations")
    for part in ("templates", "dist"):
        (citizen / part).symlink_to(built / part)
    with (built / "translations/es/LC_MESSAGES/messages.po").open("rb") as file:
        spanish = read_po(file, locale="es")
    pseudo = Catalog(locale=PSEUDO)
    for message in spanish:
        if message.id:
            pseudo.add(message.id, f"{OPEN}{message.id}{SHUT}", flags=message.flags)
    target = citizen / "translations" / PSEUDO / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, pseudo)
    monkeypatch.setitem(LANGUAGES, PSEUDO, "Pseudo")
    return create_pages(settings, citizen, pool).test_client()


def untranslated(page: str) -> list[str]:
    reader = Sentences()
    reader.feed(page)
    # The title is a sentence and the agency's name.
    pieces = [piece.removesuffix(" · Springfield Crime Center") for piece in reader.found]
    return [
        piece for piece in pieces
        if not (piece.startswith(OPEN) and piece.endswith(SHUT)) and not NO_SENTENCE.fullmatch(piece)
    ]  # fmt: skip


def test_the_search_finds_what_it_is_for() -> None:
    assert untranslated(f'<p title="Hello">{OPEN}Hello{SHUT}</p><b>Bye</b>') == ["Hello", "Bye"]


@pytest.mark.parametrize("path", ["/", "/r", "/live", "/privacy", "/nowhere"])
def test_every_sentence_can_be_translated_and_the_page_turns(erin: FlaskClient, path: str) -> None:
    page = erin.get(path, query_string={"lang": PSEUDO}).text
    assert f'<html lang="{PSEUDO}" dir="rtl">' in page
    assert page.count(OPEN) > 10
    assert untranslated(page) == []


def test_so_can_those_of_an_opened_tip(erin: FlaskClient, tell: Tell) -> None:
    words = tell(f"{OPEN}A white van{SHUT}").receipt.words

    def post(path: str, **data: str) -> str:
        return erin.post(path, query_string={"lang": PSEUDO}, data=data).text

    opened = post("/r", words=words)
    pages = [opened, post("/r", words="nine words"), post("/r/messages", visit=visit_in(opened), text=" ")]
    pages += [post("/r/messages", visit=visit_in(opened), text=f"{OPEN}x{SHUT}")]
    pages += [post("/r/withdraw", visit=visit_in(opened))]
    pages += [post("/r/withdraw", visit=visit_in(opened), sure="yes")]
    moments = re.compile(r"\d.*UTC|.*\d{4}.*")
    assert [[piece for piece in untranslated(page) if not moments.fullmatch(piece)] for page in pages] == [
        []
    ] * 6
