"""Real films and what people do to them: a copy is found beside its film, and nothing else is.

How far each copy was told by its pictures alone, over all films: docs/decisions/0022-bands-of-bits.md.
"""

import subprocess
import threading
from itertools import cycle
from pathlib import Path
from uuid import UUID

import pytest

from evidence import ledger
from evidence.echoes.index import prints_of
from tests.workers.prints.conftest import Desk
from tests.workers.prints.films import COPIES, FILMS, SECONDS, Cinema
from workers.prints.grey import fingerprints
from workers.prints.make import read_frames, read_notes

HEARD_ONLY = {"cropped by 10 %"}
"""Too much of the picture is gone; where it keeps its sound it is found by that."""


def test_a_copy_is_found_beside_its_film_whatever_was_done_to_it(desk: Desk, cinema: Cinema) -> None:
    kin = {desk.survey(cinema.film(name)): name for name in FILMS}
    films = {name: media_id for media_id, name in kin.items()}
    assert [media_id for media_id in kin if desk.echoes(media_id)] == [], "films are not like each other"
    found = {}
    for how, name in zip(COPIES, cycle(FILMS), strict=False):
        copy = desk.survey(cinema.copy(name, how))
        kin[copy] = name
        echoes = desk.echoes(copy)
        assert {kin[other] for other in echoes} <= {name}, f"{how} is like another film"
        found[how] = echoes.get(films[name])
        assert desk.echoes(films[name])[copy].id == echoes[films[name]].id, "both tips show it"
    missed = {how for how, echo in found.items() if echo is None or not echo.pictures_ms}
    assert missed <= HEARD_ONLY
    assert {how for how, echo in found.items() if echo and echo.mirrored} == {"mirrored"}
    silent = {how for how, echo in found.items() if echo is None or not echo.sound_ms}
    assert silent == {"a quarter faster", "cut out of it"}, "too fast, and too short"
    cut = found["cut out of it"]
    assert cut
    assert cut.pictures_ms
    assert 2000 <= cut.pictures_ms <= 3500


def test_the_same_file_is_known_for_one_and_the_ledger_tells_why(desk: Desk, cinema: Cinema) -> None:
    first, second = desk.survey(cinema.film("bars")), desk.survey(cinema.film("bars"))
    (echo,) = desk.echoes(first).values()
    assert (echo.same_file, echo.score, echo.other_media_id) == (True, 1, second)
    with desk.site.database.as_role("operator") as conn:
        told = [entry for entry in ledger.history(conn, desk.tip(second)) if entry.kind == "echo_found"]
        assert not [entry for entry in ledger.history(conn, desk.tip(first)) if entry.kind == "echo_found"]
    (entry,) = told
    assert entry.actor == "worker"
    assert entry.details == {
        "media": str(second),
        "others": [
            {
                "tip": str(desk.tip(first)), "media": str(first), "score": 1.0, "same_file": True,
                "pictures_ms": SECONDS * 1000, "mirrored": False, "sound_ms": echo.sound_ms,
            }
        ],
    }  # fmt: skip


def test_the_ledger_has_the_command_lines_that_take_the_same_prints_again(
    desk: Desk, cinema: Cinema, tmp_path: Path
) -> None:
    film = cinema.film("bars")
    media_id = desk.survey(film)
    with desk.site.database.as_role("worker") as conn:
        kept = prints_of(conn, [media_id])[media_id]
    with desk.site.database.as_role("operator") as conn:
        (entry,) = [e for e in ledger.history(conn, desk.tip(media_id)) if e.kind == "fingerprinted"]
    assert (entry.details["pictures"], entry.details["sounds"]) == (len(kept.pictures), len(kept.sound))
    assert entry.details["tools"]["ffmpeg"]
    (tmp_path / film.name).symlink_to(film)
    (tmp_path / Path(desk.bench.ffmpeg).name).symlink_to(desk.bench.ffmpeg)
    argv = ["/bin/sh", "-c", entry.details["command"]]
    subprocess.run(argv, cwd=tmp_path, env={"PATH": str(tmp_path)}, check=True)
    times = (tmp_path / "print.times").read_text()
    assert fingerprints(read_frames(tmp_path / "print.grey", times), 250) == kept.pictures
    assert read_notes(tmp_path / "print.notes") == kept.sound


def test_a_clip_that_came_often_is_told_in_one_entry(desk: Desk, cinema: Cinema) -> None:
    before = [desk.survey(cinema.film("bars")) for _ in range(3)]
    last = desk.survey(cinema.copy("bars", "brighter"))
    assert set(desk.echoes(last)) == set(before)
    with desk.site.database.as_role("operator") as conn:
        (entry,) = [entry for entry in ledger.history(conn, desk.tip(last)) if entry.kind == "echo_found"]
    assert {other["media"] for other in entry.details["others"]} == {str(media_id) for media_id in before}


def test_a_photo_of_a_film_is_found_beside_it(desk: Desk, cinema: Cinema) -> None:
    film, other = desk.survey(cinema.film("fractal")), desk.survey(cinema.film("cells"))
    photo = desk.survey(cinema.picture("fractal", 4.1))
    assert set(desk.echoes(photo)) == {film}
    assert desk.echoes(photo)[film].pictures_ms == 0
    assert desk.echoes(other) == {}


def test_run_twice_it_is_written_once(desk: Desk, cinema: Cinema) -> None:
    film = desk.survey(cinema.film("bars"))
    copy = desk.survey(cinema.copy("bars", "mirrored"))
    before = (desk.count("picture_print", copy), desk.count("sound_mark", copy), desk.echoes(film))
    desk.survey(cinema.copy("bars", "mirrored"), copy)
    assert (desk.count("picture_print", copy), desk.count("sound_mark", copy), desk.echoes(film)) == before
    with desk.site.database.as_role("operator") as conn:
        kinds = [entry.kind for entry in ledger.history(conn, desk.tip(copy))]
    assert kinds.count("echo_found") == 1


def test_two_that_come_at_once_find_each_other(desk: Desk, cinema: Cinema) -> None:
    """Both look before either has written down; the second to write finds what its look could not."""
    film, copy = cinema.film("bars"), cinema.copy("bars", "brighter")
    one, other = desk.arrive(film), desk.arrive(copy)
    both = threading.Barrier(2, timeout=30)
    failed: list[BaseException] = []

    def worker(path: object, media_id: UUID) -> None:
        try:
            with desk.looked(path, media_id) as (lease, write_down):  # type: ignore[arg-type]
                both.wait()
                with desk.site.database.as_role("worker") as conn:
                    write_down(conn, lease)
        except BaseException as error:
            failed.append(error)
            both.abort()

    threads = [threading.Thread(target=worker, args=pair) for pair in ((film, one), (copy, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(desk.echoes(one)) == {other}
    assert set(desk.echoes(other)) == {one}


@pytest.mark.parametrize("state", ["withdrawn", "purged"])
def test_what_is_taken_back_leaves_the_index(desk: Desk, cinema: Cinema, state: str) -> None:
    film, copy = desk.survey(cinema.film("bars")), desk.survey(cinema.copy("bars", "brighter"))
    late = desk.arrive(cinema.copy("bars", "mirrored"))
    with desk.looked(cinema.copy("bars", "mirrored"), late) as (lease, write_down):
        with desk.site.database.as_admin() as conn:
            conn.execute(
                "UPDATE tip SET state = %s WHERE id = ANY(%s)", [state, [desk.tip(film), desk.tip(late)]]
            )
        with desk.site.database.as_role("worker") as conn:
            write_down(conn, lease)
    for media_id in (film, late):
        for table in ("picture_print", "sound_print", "sound_mark", "printed"):
            assert desk.count(table, media_id) == 0, table
    assert desk.echoes(copy) == {}
    assert desk.count("picture_print", copy) > 0


def test_a_purged_file_leaves_alone(desk: Desk, cinema: Cinema) -> None:
    film, copy = desk.survey(cinema.film("bars")), desk.survey(cinema.copy("bars", "brighter"))
    with desk.site.database.as_admin() as conn:
        conn.execute("UPDATE media SET state = 'purged' WHERE id = %s", [copy])
    assert desk.echoes(film) == {}
    assert (desk.count("picture_print", copy), desk.count("picture_print", film) > 0) == (0, True)
