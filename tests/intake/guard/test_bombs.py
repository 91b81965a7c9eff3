"""What is sent to break a parser: refused as the sender's fault, never ours, and nothing is left of it."""

import base64
import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.conftest import Intake
from tests.intake.tus.client import TUS

unhurried = settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
header = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=300
)
keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40)
values = st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode())
pairs = st.lists(st.tuples(keys, values), max_size=40).map(
    lambda found: ",".join(f"{key} {value}" for key, value in found)
)


def begin(door: Intake, metadata: str) -> httpx.Response:
    headers = {**TUS, "Upload-Length": "3", "Upload-Metadata": metadata.strip(" ")}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return httpx.post(f"{door.url}/files/", headers=encoded, verify=False)


def tell(door: Intake, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return httpx.post(f"{door.url}/tips", content=body, headers=headers, verify=False)


@unhurried
@given(st.one_of(header, pairs))
def test_any_metadata_is_taken_or_refused(shared_intake: Intake, metadata: str) -> None:
    answer = begin(shared_intake, metadata)
    assert answer.status_code in (201, 400, 404), answer.text


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(",".join(f"k{number} eA==" for number in range(1000)), id="a thousand keys"),
        pytest.param("filename " + base64.b64encode(b"x" * 30_000).decode(), id="a name of 30 KB"),
        pytest.param("k" * 9000, id="a key of 9 KB"),
        pytest.param("," * 5000, id="commas"),
        pytest.param("a " * 4000 + "a", id="spaces"),
    ],
)
def test_a_bomb_of_metadata_is_refused(shared_intake: Intake, metadata: str) -> None:
    assert begin(shared_intake, metadata).status_code == 400


@pytest.mark.parametrize(
    "name",
    [
        "\x00",
        "../../etc/passwd",
        "a\r\nb",
        "\u202egpj.exe",
        "x" * 3000,
        "\ud83d".encode("utf-8", "surrogatepass"),
    ],
)
def test_an_absurd_name_is_taken_and_harms_nobody(shared_intake: Intake, name: str | bytes) -> None:
    raw = name if isinstance(name, bytes) else name.encode()
    assert begin(shared_intake, "filename " + base64.b64encode(raw).decode()).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 200_000, id="deep lists"),
        pytest.param(b'{"what":' * 30_000 + b"1" + b"}" * 30_000, id="deep objects"),
        pytest.param(b'{"what":"' + b"x" * 250_000 + b'"}', id="a novel"),
        pytest.param(b'{"files":' + b"9" * 100_000 + b"}", id="a number of 100,000 digits"),
        pytest.param(b'{"files":1e999}', id="infinity"),
        pytest.param(b'{"what":' + json.dumps(["x"] * 1000).encode() + b"}", id="a list for a text"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"x" * 300_000, id="more than a page"),
    ],
)
def test_a_bomb_of_json_is_refused(shared_intake: Intake, body: bytes) -> None:
    assert tell(shared_intake, body).status_code in (400, 413)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
fields = st.sampled_from(["what", "where", "when", "contact", "language", "files", "other"])


@unhurried
@given(st.dictionaries(fields, json_values, max_size=7))
def test_any_json_is_a_tip_or_refused(shared_intake: Intake, content: dict[str, object]) -> None:
    assert tell(shared_intake, json.dumps(content).encode()).status_code in (201, 400)
