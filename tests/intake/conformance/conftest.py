"""`pytest tests/intake/conformance [--tus-url URL | --tus-command COMMAND | --tus-peer]`.

Without any of them the rows are asked of our own door, started here. Of everybody else a table is printed.
"""

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import migrated_database
from tests.intake.conformance import servers
from tests.intake.conformance.client import Tus
from tests.intake.conformance.rows import Row, Unanswered
from tests.intake.conformance.servers import MAX_BYTES, SILENCE_SECONDS, OurDoor, Peer, Server, Started
from tests.intake.conformance.table import Answered, as_text, in_order
from tests.intake.conftest import Intake, environment_of, running

_ANSWERED = pytest.StashKey[list[Answered]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tus", "conformance of a tus server")
    group.addoption(
        "--tus-url", default=os.environ.get("TUS_URL"), help="its creation URL; default: our door"
    )
    group.addoption("--tus-command", help="what starts it; {port} and {directory} are filled in")
    group.addoption("--tus-peer", action="store_true", help="ask bench/peer.mjs, started here")
    group.addoption("--tus-silence", type=float, help="the seconds after which it gives a silent body up")
    group.addoption("--tus-json", help="write every row and its answer to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "row(row): a row of the conformance table")
    config.stash[_ANSWERED] = []


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("conformance")
    (root / "kept").mkdir()
    config = request.config
    if url := config.getoption("--tus-url", None):
        yield Server(url, silence=config.getoption("--tus-silence", None))
    elif command := config.getoption("--tus-command", None):
        with servers.running(Started(command, root / "kept", root / "log")) as started:
            yield started
    elif config.getoption("--tus-peer", default=False):
        with servers.running(Peer(Peer.COMMAND, root / "kept", root / "log")) as peer:
            yield peer
    else:
        with _our_door(request, root) as door:
            yield door


@contextmanager
def _our_door(request: pytest.FixtureRequest, root: Path) -> Iterator[Server]:
    asked = (request.getfixturevalue(name) for name in ("postgres", "model_database"))
    with migrated_database(*asked) as database:
        environment = environment_of(database, root / "kept", request.getfixturevalue("agency_key"))
        # All rows at once look like a flood.
        settings = {
            "TIPLINE_MAX_FILE_BYTES": str(MAX_BYTES),
            "TIPLINE_BODY_SILENCE_SECONDS": str(SILENCE_SECONDS),
            "TIPLINE_PROOF_OF_WORK": "off",
        }
        citizen = request.getfixturevalue("citizen")
        with running(Intake({**environment, **settings}, citizen, root / "log")) as intake:
            yield OurDoor(intake)


@pytest.fixture
def tus(server: Server) -> Tus:
    return Tus(server)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A row that cannot be answered is no failure; the table says why it was not."""
    try:
        return (yield)
    except Unanswered as why:
        if not pyfuncitem.funcargs["tus"].server.may_leave_out(row_of(pyfuncitem).id):
            raise
        pyfuncitem.user_properties.append(("answer", why.answer))
        return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or report.failed:
        row, answer = row_of(item), dict(item.user_properties).get("answer", report.outcome)
        why = "" if call.excinfo is None else call.excinfo.exconly().partition("\n")[0]
        answered = Answered(row.id, row.sentence, str(answer), item.location[1] or 0, why)
        item.config.stash[_ANSWERED].append(answered)
    return report


def row_of(item: pytest.Item) -> Row:
    """The row that a test is: in this folder every test is one."""
    marker = item.get_closest_marker("row")
    assert marker is not None, f"{item.name} is no row"
    found: Row = marker.args[0]
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    answered = in_order(config.stash[_ANSWERED])
    if file := config.getoption("--tus-json", None):
        Path(file).write_text(json.dumps([row._asdict() for row in answered], indent=1))
    if any(config.getoption(option, None) for option in ("--tus-url", "--tus-command", "--tus-peer")):
        terminalreporter.write_line("\n" + as_text(answered))
