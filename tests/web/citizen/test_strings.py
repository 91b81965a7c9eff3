"""Every word in every language, and the script's words all there."""

import re
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_from_dir
from babel.messages.pofile import read_po

from evidence.wording import catalogues
from intake.pages.language import LANGUAGES, SOURCE
from tests.web.citizen.built import CITIZEN, ROOT

# Said in texts and by staff: a source of its own each, with a catalogue beside it.
TEXTS = {"intake/texting/replies.py": 9, "web/console/canned.py": 7}
METHODS = [
    ("intake/texting/**.py", "ignore"),
    ("intake/**.py", "python"),
    ("web/citizen/templates/**.html", "jinja2"),
]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None}


def _said() -> set[str]:
    """Every string of the pages, as their sources say it."""
    found = extract_from_dir(
        ROOT, METHODS, keywords=KEYWORDS, directory_filter=lambda folder: "node_modules" not in folder
    )
    return {str(message) for _, _, message, *_ in found if message}


def _catalog(language: str) -> Catalog:
    with (CITIZEN / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {SOURCE}))
def test_every_string_is_translated_and_none_is_left_over(language: str) -> None:
    said = _said()
    assert len(said) > 100
    catalog = _catalog(language)
    translated = {str(message.id) for message in catalog if message.id and message.string}
    assert said - translated == set()
    assert translated - said == set()
    assert not [message.id for message in catalog if message.id and message.fuzzy]


@pytest.mark.parametrize("source", TEXTS)
@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {SOURCE}))
def test_every_text_is_translated_and_none_is_left_over(language: str, source: str) -> None:
    path = ROOT / source
    with path.open("rb") as file:
        said = {str(message) for _, message, *_ in extract("python", file, KEYWORDS)}
    assert len(said) >= TEXTS[source]
    translated = catalogues(path.parent / "translations")[language]
    assert said - translated.keys() == set()
    assert translated.keys() - said == set()
    for english, other in translated.items():
        assert _blanks(other) == _blanks(english), english
        assert other.count("[…]") == english.count("[…]"), english


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {SOURCE}))
def test_a_translation_fills_in_what_the_source_fills_in(language: str) -> None:
    for message in _catalog(language):
        if message.id:
            assert _blanks(str(message.string)) == _blanks(str(message.id)), message.id


def _blanks(text: str) -> set[str]:
    braces = {name for _, name, _, _ in Formatter().parse(text.replace("%%", "%")) if name}
    return braces | set(re.findall(r"%\((\w+)\)s", text))


@pytest.mark.parametrize(
    ("script", "union", "template"),
    [("page-data.ts", "Phrase", "strings.html"), ("live/phrases.ts", "LivePhrase", "live_strings.html")],
)
def test_the_script_and_the_page_agree_on_what_may_be_said(script: str, union: str, template: str) -> None:
    typed = (CITIZEN / "scripts" / script).read_text()
    phrases = typed.split(f"export type {union} =")[1].split(";")[0]
    given = (CITIZEN / "templates" / template).read_text().split('"strings"')[1]
    assert set(re.findall(r'"(\w+)"', phrases)) == set(re.findall(r'^    "(\w+)": ', given, re.MULTILINE))
