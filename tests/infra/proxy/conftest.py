"""A public door behind each proxy."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from tests.conftest import migrated_database
from tests.infra.proxy.proxies import NAMES, Doors, Proxy, in_front
from tests.intake.conftest import Intake, agency_key, citizen, environment_of, new_intake, running
from tipline.up.postgres import EmbeddedPostgres

__all__ = ["agency_key", "citizen", "new_intake"]

BEHIND = {"TIPLINE_TRUSTED_PROXIES": "127.0.0.1"}


@pytest.fixture(scope="module")
def behind(
    postgres: EmbeddedPostgres,
    model_database: str,
    agency_key: PrivateKey,
    citizen: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Intake]:
    """One door for all tests of a file, which believes the proxy."""
    root = tmp_path_factory.mktemp("behind")
    (root / "spool").mkdir()
    with migrated_database(postgres, model_database) as database:
        environment = environment_of(database, root / "spool", agency_key)
        with running(Intake({**environment, **BEHIND}, citizen, root / "intake.log")) as intake:
            yield intake


@pytest.fixture(scope="module", params=NAMES)
def proxy(
    request: pytest.FixtureRequest, behind: Intake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Each proxy in turn, in front of that door."""
    with in_front(request.param, tmp_path_factory.mktemp(request.param), Doors((behind.port,))) as proxy:
        yield proxy


NewProxy = Callable[..., AbstractContextManager[Proxy]]


@pytest.fixture(params=NAMES)
def new_proxy(request: pytest.FixtureRequest, tmp_path: Path) -> NewProxy:
    """Start each proxy in turn in front of a test's own doors."""

    def run(*public: int, **others: int) -> AbstractContextManager[Proxy]:
        return in_front(request.param, tmp_path / request.param, Doors(public, **others))

    return run
