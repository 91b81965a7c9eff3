"""What monitoring sees of the deletion clock: how much is due, what is begun, and nothing of any tip."""

from prometheus_client import CollectorRegistry, generate_latest

from evidence.db.connect import connect
from evidence.media import purging
from evidence.settings import Retention
from evidence.telemetry.metrics import Asked
from tests.workers.expire.conftest import Deletion
from workers.expire.metrics import waiting


def test_it_counts_what_is_due_and_what_is_begun_and_says_when_it_cannot_know(deletion: Deletion) -> None:
    tip = deletion.tell()
    deletion.withdraw(tip)
    url = deletion.site.database.url("expire")

    def seen(url: str = url) -> str:
        registry = CollectorRegistry()
        registry.register(Asked(lambda: connect(url), waiting(Retention())))
        return generate_latest(registry).decode()

    assert "tipline_purges_due 1.0" in seen()
    with deletion.clock() as conn:
        assert purging.begin(conn, tip.id, Retention())
        assert "tipline_purges_begun 1.0" in seen()
        assert str(tip.id) not in seen()
        assert purging.finish(conn, tip.id)
    assert "tipline_purges_due 0.0" in seen()
    assert "tipline_purge_oldest_seconds 0.0" in seen()
    away = seen("postgresql://127.0.0.1:9/nowhere")
    assert "tipline_database_up 0.0" in away
    assert "tipline_purges_due" not in away
