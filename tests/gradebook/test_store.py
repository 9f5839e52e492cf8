"""The gradebook's file: nothing in it is changed, and what is not whole is not used."""

import sqlite3

import pytest

from grader.errors import StaffError, UsageError
from grader.gradebook.human import set_mark
from grader.gradebook.schema import APPLICATION_ID, MIGRATIONS, TABLES
from grader.gradebook.standing import find_standing, list_standings
from grader.gradebook.store import FILE_NAME, Gradebook, lock_for_a_run
from tests.gradebook.conftest import make_class


@pytest.fixture
def full(run, book, tmp_path):
    """A gradebook with a row in every table."""
    run(make_class(tmp_path, {"ann": "right"}, files={"grades.csv": b"x"}))
    standing = find_standing(book, "ann")
    set_mark(book, standing, "lab1.b", "comment", 2.0, "Bo")
    with book.transaction():
        book.add("overrides", attempt_id=standing.attempt.id, item="", points=9.0, author="Bo", reason="x")
        values = {"item": "lab2.c", "name": "bits_4", "accuracy": 0.5, "words": "", "quantizer": ""}
        book.add("finetunes", attempt_id=standing.attempt.id, record="{}", **values)
        book.add("exports", lms="sakai", path="x", sha256="", marks="{}")
    return book


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_changed_or_deleted(full, table):
    """Every table refuses both, whoever asks."""
    assert full.count(table)
    column = full.rows(f"SELECT * FROM {table}")[0].keys()[-1]
    with pytest.raises(sqlite3.IntegrityError, match="nothing in a gradebook is changed or deleted"):
        full.connection.execute(f"DELETE FROM {table}")
    with pytest.raises(sqlite3.IntegrityError, match="nothing in a gradebook is changed or deleted"):
        full.connection.execute(f"UPDATE {table} SET {column} = {column}")


def test_rows_refer_to_what_is_there(book):
    """A mark of nobody's upload is refused."""
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), book.transaction():
        book.add("overrides", attempt_id=7, item="", points=1.0, author="Bo", reason="x")
    assert book.count("overrides") == 0


def test_failed_transaction_leaves_nothing(book):
    """All of it or nothing: what came before the failure goes, too."""
    book.add("students", key="ann")
    with pytest.raises(sqlite3.IntegrityError), book.transaction():
        _ = [book.add("students", key=key) for key in ("bob", "ann")]
    assert book.count("students") == 1


def test_journal_is_written_ahead_and_synchronously(book):
    """What is committed outlives a kill and a power cut."""
    assert book.rows("PRAGMA journal_mode")[0][0] == "wal"
    assert book.rows("PRAGMA synchronous")[0][0] == 2
    assert book.rows("PRAGMA foreign_keys")[0][0] == 1


def test_older_schema_is_brought_up_to_date(tmp_path):
    """A gradebook of the first schema keeps its rows and gets what came later."""
    path = tmp_path / FILE_NAME
    connection = sqlite3.connect(path)
    connection.executescript(f"{MIGRATIONS[0]}\nINSERT INTO students (key) VALUES ('ann');")
    connection.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;")
    connection.close()
    with Gradebook.open(path) as book:
        assert book.rows("PRAGMA user_version")[0][0] == len(MIGRATIONS)
        assert [row["key"] for row in book.rows("SELECT key FROM students")] == ["ann"]
        with pytest.raises(sqlite3.IntegrityError, match="nothing in a gradebook"):
            book.connection.execute("DELETE FROM students")


def test_newer_schema_is_left_alone(book):
    """An older program does not touch what a newer one made."""
    book.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StaffError, match="a newer hw4-grade made it"):
        Gradebook.open(book.path)


def test_other_databases_and_other_files_are_refused(tmp_path):
    """Nothing that is no gradebook is written into."""
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE x (y)")
    connection.commit()
    connection.close()
    with pytest.raises(UsageError, match="no gradebook"):
        Gradebook.open(other, create=True)
    text = tmp_path / "text.sqlite"
    text.write_text("a long line of text that is no database at all\n" * 100)
    with pytest.raises(StaffError, match="damaged or no gradebook"):
        Gradebook.open(text, create=True)
    with pytest.raises(UsageError, match="found no gradebook"):
        Gradebook.open(tmp_path / "nowhere.sqlite")
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_damage_is_found_when_it_is_opened(full):
    """A page that was overwritten keeps the gradebook from being used."""
    full.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = full.path
    full.close()
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(bytes(content))
    with pytest.raises(StaffError, match="damaged"):
        Gradebook.open(path)


def test_result_that_is_not_what_was_written_is_found(full):
    """The digest of a result tells when its bytes are others."""
    full.connection.execute("DROP TRIGGER results_keeps_update")
    full.connection.execute("UPDATE results SET sha256 = 'x'")
    with pytest.raises(StaffError, match="damaged: its digest differs"):
        next(iter(list_standings(full))).read_result()


def test_time_never_runs_backwards(book, monkeypatch):
    """A clock that was set back does not make a new mark older than the one it replaces."""
    from datetime import UTC, datetime

    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2001, 1, 1, tzinfo=UTC)

    first = book.stamp()
    monkeypatch.setattr("grader.gradebook.store.datetime", Earlier)
    assert book.stamp() > first


def test_second_run_into_the_same_folder_is_refused(tmp_path):
    """Two runs never grade into one gradebook at once."""
    path = tmp_path / FILE_NAME
    with lock_for_a_run(path), pytest.raises(UsageError, match="another run"), lock_for_a_run(path):
        pass
    with lock_for_a_run(path):
        pass
