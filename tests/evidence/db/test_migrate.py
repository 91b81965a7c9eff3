from evidence.db.connect import connect
from evidence.db.migrate import MIGRATIONS, ROLES, migrate
from tests.conftest import Database


def test_migrations_run_from_empty_and_twice(empty_database: str) -> None:
    passwords = dict.fromkeys(ROLES, "a password")
    migrate(empty_database, passwords)
    migrate(empty_database, passwords)
    with connect(empty_database) as conn:
        applied = [row[0] for row in conn.execute("SELECT version FROM schema_migrations ORDER BY version")]
    assert applied == sorted(file.name.split("_")[0] for file in MIGRATIONS.glob("*.sql"))


def test_every_object_belongs_to_a_role_that_cannot_log_in(database: Database) -> None:
    with database.as_admin() as conn:
        strays = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relowner <> 'tipline_owner'::regrole AND relname NOT LIKE 'schema\\_migrations%'"
        ).fetchall()
        can_login = conn.execute(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'tipline_owner'"
        ).fetchone()
    assert strays == []
    assert can_login == (False,)
