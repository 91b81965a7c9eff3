"""Migrations are plain SQL, forward only, in one line from empty to head."""

from pathlib import Path

MIGRATIONS = sorted((Path(__file__).parents[2] / "evidence/db/migrations").glob("*.sql"))


def test_versions_are_unique_and_in_one_line() -> None:
    versions = [file.name.split("_")[0] for file in MIGRATIONS]
    assert versions == sorted(set(versions))
    assert all(len(version) == 14 and version.isdigit() for version in versions)


def test_each_hands_its_objects_to_the_owner_and_none_goes_back() -> None:
    for file in MIGRATIONS:
        text = file.read_text()
        assert "SET ROLE tipline_owner;" in text, file.name
        assert text.index("RESET ROLE;") > text.index("SET ROLE tipline_owner;"), file.name
        assert text.split("-- migrate:down")[1].strip() == "", f"{file.name} must not go back"


def test_definer_functions_fix_their_search_path() -> None:
    for file in MIGRATIONS:
        for line in file.read_text().splitlines():
            if "SECURITY DEFINER" in line:
                assert "SET search_path = public, pg_temp" in line, file.name
