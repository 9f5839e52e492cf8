"""The files of a submission while they are gathered, within the bounds of `limits`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.submission.files import SubmittedFile
from grader.submission.limits import (
    MAX_BYTES_BY_ROLE,
    MAX_ENTRIES,
    MAX_FILES,
    MAX_NOTES,
    MAX_TOTAL_BYTES,
    say_size,
)
from grader.submission.names import display_name, display_names, find_role, is_handout_copy, is_junk

Reader = Callable[[int], bytes]


class FileRefusedError(Exception):
    """A file cannot be taken; the message completes ``<name>: ...``."""


class CollectionFullError(Exception):
    """The submission has more entries than are looked at."""


@dataclass
class Collection:
    """Gathers files and notes.

    Attributes:
        contents: The bytes by path within the submission.
        notes: One sentence each.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _total: int = 0
    _entries: int = 0
    _hidden_notes: int = 0
    _skipped: Counter[str] = field(default_factory=Counter)

    def note(self, text: str) -> None:
        """Keep a note; a flood of them is cut."""
        if len(self.notes) < MAX_NOTES:
            self.notes.append(text)
        else:
            self._hidden_notes += 1

    def count_entry(self) -> None:
        """Count an entry that is looked at.

        Raises:
            CollectionFullError: There are too many.
        """
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise CollectionFullError(f"more than {MAX_ENTRIES} entries: what comes after them was not read")

    def add(self, parts: tuple[str, ...], size: int, read: Reader) -> None:
        """Take one file, or say why not.

        Args:
            parts: Its path within the submission.
            size: Its announced number of bytes; what `read` gives counts.
            read: Reads at most so many bytes; may raise `FileRefusedError` or OSError.
        """
        name = _portable("/".join(parts))
        if is_junk(parts):
            return
        if is_handout_copy(parts):
            self._skipped["handout"] += 1
            return
        if len(self.contents) >= MAX_FILES:
            self._skipped["beyond"] += 1
            return
        try:
            content = self._read(find_role(parts), size, read)
        except FileRefusedError as refusal:
            self.note(f"{display_name(name)}: {refusal}")
            return
        except OSError as error:
            self.note(f"{display_name(name)}: cannot be read ({error.strerror or type(error).__name__})")
            return
        while name in self.contents:
            name += " (again)"
        self.contents[name] = content
        self._total += len(content)

    def _read(self, role: str, size: int, read: Reader) -> bytes:
        limit = MAX_BYTES_BY_ROLE[role]
        if size > limit:
            raise FileRefusedError(f"has {size:,} bytes, at most {say_size(limit)} are read; not read")
        allowed = min(limit, MAX_TOTAL_BYTES - self._total)
        content = read(allowed + 1)
        if len(content) > limit:
            raise FileRefusedError(f"has more than {say_size(limit)}; not read")
        if len(content) > allowed:
            raise FileRefusedError(f"not read: the submission has more than {say_size(MAX_TOTAL_BYTES)}")
        return content

    def finish(self) -> tuple[tuple[SubmittedFile, ...], tuple[str, ...]]:
        """Return the files by name, and the notes."""
        names = sorted(self.contents)
        shown = display_names(names)
        files = tuple(
            SubmittedFile(
                name=name,
                display_name=shown[name],
                content=self.contents[name],
                sha256=hashlib.sha256(self.contents[name]).hexdigest(),
                role=find_role(tuple(name.split("/"))),
            )
            for name in names
        )
        notes = list(self.notes)
        if count := self._skipped["handout"]:
            notes.append(
                f"{count} files of given/ and report_template/ are not read: the handout's own are used"
            )
        if count := self._skipped["beyond"]:
            notes.append(f"more than {MAX_FILES} files: {count} of them were not read")
        if self._hidden_notes:
            notes.append(f"and {self._hidden_notes} more notes of this kind")
        return files, tuple(notes)


def _portable(name: str) -> str:
    """Make a name UTF-8, whatever bytes the file system gave."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
