"""What was handed in: files as bytes, with what happened on the way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.submission.names import Role


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """One file of a submission.

    Attributes:
        name: Its path within the submission, ``/`` between the parts; the name of an archive stands for
            a folder. Always UTF-8, but it may hold anything else: not to be shown.
        display_name: The name to show, unique within the submission.
        content: Its bytes.
        sha256: Their digest, hexadecimal.
        role: What it is for, by its name.
    """

    name: str
    display_name: str
    content: bytes
    sha256: str
    role: Role


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student handed in.

    Attributes:
        name: The name of the folder or file, fit to show.
        path: Where it was read from.
        files: Its files, by name; junk and what was refused are not among them.
        notes: What the reader of the result should know about the intake, one sentence each.
        zips: The zip archives found, as names to show.
        submitted_at: When it was handed in, as Sakai tells; None when nobody knows.
    """

    name: str
    path: Path
    files: tuple[SubmittedFile, ...]
    notes: tuple[str, ...]
    zips: tuple[str, ...] = ()
    submitted_at: datetime | None = None

    @property
    def zipped(self) -> bool:
        """Whether a zip archive was uploaded, which costs a part of the grade."""
        return bool(self.zips)

    @property
    def sha256(self) -> str:
        """The digest of all names and contents, independent of where the submission lies."""
        digest = hashlib.sha256()
        for file in sorted(self.files, key=lambda file: file.name):
            name = file.name.encode()
            digest.update(len(name).to_bytes(8, "big") + name + bytes.fromhex(file.sha256))
        return digest.hexdigest()

    def with_role(self, *roles: Role) -> tuple[SubmittedFile, ...]:
        """Return the files of the roles named."""
        return tuple(file for file in self.files if file.role in roles)

    @property
    def sources(self) -> dict[str, bytes]:
        """The bytes of code files and notebooks by the name to show: what a worker surveys."""
        return {file.display_name: file.content for file in self.with_role("code", "notebook")}

    @property
    def answers(self) -> SubmittedFile | None:
        """The file of answers; ``answers.toml`` itself and the outermost one first."""
        files = sorted(self.with_role("answers"), key=lambda file: _plainness(file, "answers.toml"))
        return files[0] if files else None

    @property
    def report(self) -> SubmittedFile | None:
        """The PDF report; the outermost and largest first."""
        files = sorted(self.with_role("report"), key=lambda file: (file.name.count("/"), -len(file.content)))
        return files[0] if files else None


def _plainness(file: SubmittedFile, expected: str) -> tuple[bool, int, str]:
    return (file.name.rpartition("/")[2].lower() != expected, file.name.count("/"), file.name)
