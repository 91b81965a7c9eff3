"""Runs inside the sandbox: sniff standard input, open it with the reader the sniff allows, and print what it
is.

Prints one JSON object: `{"facts": ...}` or `{"refused": code}`. Whatever else happens to it (a crash, a kill)
is the parent's to judge.
"""

import json
import os
import sys
from typing import Any, BinaryIO

import pylibmagic  # noqa: F401 - first: `magic` then finds the wheel's library, also where Debian has none

# isort: split
import magic

from workers.inspect.facts import Facts
from workers.inspect.forms import SNIFFED_BYTES, form_of, is_makers_own
from workers.inspect.moving import moving
from workers.inspect.opened import Opened, UnwantedError
from workers.inspect.picture import animation, photo
from workers.inspect.recording import recording


def main(_: list[str]) -> int:
    """Look at standard input; always 0, since a refusal is an answer as well."""
    try:
        answer: dict[str, Any] = {"facts": look(sys.stdin.buffer).to_json()}
    except UnwantedError as unwanted:
        answer = {"refused": unwanted.code}
    sys.stdout.write(json.dumps(answer))
    return 0


def look(file: BinaryIO) -> Facts:
    """What a seekable file is. Raises `UnwantedError` with a code of `workers.inspect.refusals`."""
    length = os.fstat(file.fileno()).st_size
    if length == 0:
        raise UnwantedError("empty_file")
    head = file.read(SNIFFED_BYTES)
    mime = magic.from_buffer(head, mime=True)
    form = form_of(mime, head)
    if form is None:
        raise UnwantedError("makers_format" if is_makers_own(mime, head) else "not_media")
    opened = Opened(file, length, mime, form)
    if form.reader == "av":
        return recording(opened)
    film = moving(form.name, file, length)
    return (film and animation(opened, film)) or photo(opened)
