"""The gradebook's file: opened, checked, migrated, locked; every change is one transaction."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.errors import StaffError, UsageError
from grader.gradebook.schema import APPLICATION_ID, MIGRATIONS, TABLES

FILE_NAME = "gradebook.sqlite"
_BUSY_SECONDS = 30.0
_TIMED = tuple(
    table for table in TABLES if table not in ("students", "files", "download_files", "attempt_files")
)


class Gradebook:
    """A class's gradebook: one SQLite file in which rows are only ever added.

    Use `Gradebook.open`.

    Attributes:
        path: The file.
        connection: The open connection; write through `transaction` only.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self._last = max((self._find_last(table) for table in _TIMED), default="")

    @classmethod
    def open(cls, path: Path | str, *, create: bool = False) -> Self:
        """Open a gradebook, check that it is whole, and bring it to the schema of today.

        Args:
            path: The file, or the folder of results that holds it.
            create: Make it where there is none.

        Returns:
            The gradebook; a context manager.

        Raises:
            UsageError: There is none, or it is none of ours.
            StaffError: It is damaged, or a newer version of hw4-grade made it.

        Examples:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder, Gradebook.open(folder, create=True) as book:
            ...     book.path.name, book.count("students")
            ('gradebook.sqlite', 0)
        """
        path = Path(path)
        path = path / FILE_NAME if path.is_dir() else path
        if not path.is_file() and not create:
            raise UsageError(
                f"{path}: found no gradebook there",
                hint=f"name the folder of results of a class, or the {FILE_NAME} in it",
            )
        try:
            connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            connection.row_factory = sqlite3.Row
            try:
                _configure(connection)
                _migrate(path, connection)
                _demand_whole(path, connection, "quick_check(5)")
                return cls(path, connection)
            except BaseException:
                connection.close()
                raise
        except sqlite3.OperationalError as error:
            raise UsageError(f"{path}: cannot be opened: {error}", hint="check folder and disk") from error
        except sqlite3.DatabaseError as error:
            raise StaffError(
                f"{path}: is damaged or no gradebook: {error}",
                hint="restore a copy, or grade into another folder; nothing was written",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @property
    def folder(self) -> Path:
        """The folder of results that the gradebook belongs to."""
        return self.path.resolve().parent

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of it or nothing; one within another is a part of it.

        Raises:
            StaffError: The file cannot be written; nothing of the transaction is kept.
        """
        if self.connection.in_transaction:
            yield self.connection
            return
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise StaffError(
                f"{self.path}: cannot be written: {error}", hint="check the disk; the last entry is not kept"
            ) from error

    def add(self, table: str, **values: Any) -> int:
        """Add a row to a table; one with a history gets its time and an identity of its own.

        Args:
            table: One of `TABLES`.
            values: By column.

        Returns:
            The row's id.
        """
        if table in _TIMED:
            values.setdefault("at", self.stamp())
            if table != "attempts":
                values.setdefault("uid", uuid.uuid4().hex)
            self._last = max(self._last, values["at"])
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  # names are ours
        return int(self.connection.execute(statement, tuple(values.values())).lastrowid or 0)

    def rows(self, statement: str, arguments: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        return self.connection.execute(statement, arguments).fetchall()

    def first(self, statement: str, arguments: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        row: sqlite3.Row | None = self.connection.execute(statement, arguments).fetchone()
        return row

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608  # names are ours

    def stamp(self) -> str:
        """Return the time for a new row: UTC, and later than that of every row before it.

        A clock that was set back must not make a new mark look older than the one it replaces.
        """
        now = datetime.now(UTC)
        if self._last:
            now = max(now, datetime.fromisoformat(self._last) + timedelta(microseconds=1))
        self._last = now.isoformat(timespec="microseconds")
        return self._last

    def check(self) -> None:
        """Check every page, index and reference of the file.

        Raises:
            StaffError: Something is damaged.
        """
        _demand_whole(self.path, self.connection, "integrity_check(5)")

    def _find_last(self, table: str) -> str:
        return str(self.rows(f"SELECT max(at) FROM {table}")[0][0] or "")  # noqa: S608  # names are ours


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a committed mark outlives a power cut


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION_ID and (tables or version):
        raise UsageError(f"{path}: is a database, but no gradebook", hint="name another file")
    if version > len(MIGRATIONS):
        raise StaffError(
            f"{path}: found schema version {version}, expected at most {len(MIGRATIONS)}",
            hint="a newer hw4-grade made it: use that one",
        )
    for number in range(version, len(MIGRATIONS)):
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{MIGRATIONS[number]}\n"
            f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {number + 1};\nCOMMIT;"
        )


def _demand_whole(path: Path, connection: sqlite3.Connection, check: str) -> None:
    found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}")]
    dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
    if found != ["ok"] or dangling:
        words = (
            "; ".join(found) if found != ["ok"] else f"{len(dangling)} rows refer to rows that are not there"
        )
        raise StaffError(f"{path}: is damaged: {words}", hint="restore a copy, or grade into another folder")


@contextlib.contextmanager
def lock_for_a_run(path: Path) -> Iterator[None]:
    """Keep other runs off a gradebook while this one grades into it.

    The lock is the kernel's: it goes with the process, however that ends.

    Args:
        path: The gradebook's file.

    Raises:
        UsageError: Another run holds it.
    """
    with path.with_name(f"{path.name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"{path}: another run is grading into it",
                hint="wait for it, or name another folder with --out",
            ) from error
        yield
