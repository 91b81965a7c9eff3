"""What nobody who means well sends."""

from tests.intake.conformance.client import Line, Tus, metadata, pairs_of, refused
from tests.intake.conformance.rows import row


def answered(method: str, tus: Tus, path: str) -> int | None:
    """The answer to a path as it stands: a client would tidy it up first."""
    with Line(method, f"{tus.server.endpoint}{path}", {"Content-Length": "0"}) as line:
        return line.status()


@row("security.traversal", "An encoded way up leads nowhere.")
def test_traversal(tus: Tus) -> None:
    for path in ("..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cx", "a/../../x"):
        status = answered("HEAD", tus, path)
        assert status in (400, 403, 404, 405, 410, 412), (path, status)


@row("security.nul", "A NUL in a name leads nowhere, and is no fault.")
def test_nul(tus: Tus) -> None:
    for path in ("%00", "a%00b"):
        status = answered("HEAD", tus, path)
        assert status in (400, 403, 404, 410), (path, status)


@row("security.odd-names", "Names that are too long, empty inside or no UTF-8 lead nowhere.")
def test_odd_names(tus: Tus) -> None:
    for path in ("x" * 2000, "a//b", "%ff%fe", "%", "%zz"):
        status = answered("HEAD", tus, path)
        assert status in (400, 403, 404, 410, 414), (path, status)


@row(
    "security.unguessable", "Addresses cannot be guessed: 16 characters and more, and nothing that counts up."
)
def test_unguessable(tus: Tus) -> None:
    names = {tus.create().rstrip("/").rpartition("/")[2] for _ in range(8)}
    assert min(len(name) for name in names) >= 16
    assert len({name[:4] for name in names}) > 4


@row("security.anothers-upload", "Whoever has a neighbouring address has nothing: one character off is 404.")
def test_anothers_upload(tus: Tus) -> None:
    url = tus.create()
    other = url[:-5] + ("b" if url[-5] == "a" else "a") + url[-4:]
    refused(tus.head(other), 404, 403, 410)
    refused(tus.patch(other, 0, b"abc"), 404, 403, 410)
    assert tus.offset(url) == 0


@row("security.metadata-bomb", "Metadata of a megabyte is refused, and the next client is served.")
def test_metadata_bomb(tus: Tus) -> None:
    said = {"Upload-Length": "3", "Upload-Metadata": metadata(bomb=bytes(750_000)), "Content-Length": "0"}
    try:
        with Line("POST", tus.server.endpoint, said) as line:
            status = line.status()
    except ConnectionError:
        status = None
    assert status is None or status in range(400, 500), status
    assert tus.offset(tus.create()) == 0


@row("security.many-keys", "Metadata of a thousand keys is refused, or kept whole.")
def test_many_keys(tus: Tus) -> None:
    said = {f"k{i}": b"v" for i in range(1000)}
    answer = tus.post({"Upload-Length": "3", "Upload-Metadata": metadata(**said)})
    if answer.status_code == 201:
        assert pairs_of(tus.head(tus.address(answer)).headers["upload-metadata"]) == said
    else:
        refused(answer)


@row("security.smuggling", "A line break inside a value stays inside it.")
def test_smuggling(tus: Tus) -> None:
    said = {"name": b"a\r\nX-Smuggled: 1\r\n\r\n"}
    told = tus.head(tus.create(Upload_Metadata=metadata(**said))).headers
    assert "x-smuggled" not in told
    assert pairs_of(told["upload-metadata"]) == said


@row("security.absurd-offset", "An offset that no integer type holds is refused, and is no fault.")
def test_absurd_offset(tus: Tus) -> None:
    refused(tus.patch(tus.create(), 0, b"abc", {"Upload-Offset": "9" * 30}), 400, 409)


@row("security.content-length", "A Content-Length that is none is refused.")
def test_bad_content_length(tus: Tus) -> None:
    with Line("POST", tus.server.endpoint, {"Upload-Length": "3", "Content-Length": "-1"}) as line:
        status = line.status()
    assert status is None or status in range(400, 500), status
