"""What is said to citizens in many languages, outside of the pages: catalogues in the format of gettext."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.pofile import read_po

SOURCE = "en"


def catalogues(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Read every `LANGUAGE.po` of a folder: what stands for each English string, by language.

    English stands for itself. What is not translated is missing, and so said in English; that nothing is,
    in a language that is complete, is held by tests/web/citizen/test_strings.py.
    """
    return {SOURCE: {}, **{path.stem: dict(_read(path)) for path in sorted(folder.glob("*.po"))}}


def _read(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        for message in read_po(file, locale=path.stem):
            said, stands_for_it = message.id, message.string
            if isinstance(said, str) and isinstance(stands_for_it, str) and said and stands_for_it:
                yield said, stands_for_it
