"""Read submissions for comparison: untrusted bytes go to a confined worker, tokens and text come back."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import reference
import student
from grader.errors import UsageError
from grader.gradebook.records import HandedIn
from grader.sandbox import Reader, Sandbox
from grader.sandbox.faults import StudentFault
from grader.similarity.material import CODE, Explained, Material, Passage, make_code, make_prose
from grader.submission import Answers, Submission, add_attachments, read_answers, survey_sources

# A reader's processor time is limited over its life; a submission takes some hundredths of a second.
MAX_PROBES = 200
# Names, not prose; and the formula is read by other means.
_NOT_COMPARED = frozenset((("student", "name"), ("student", "netid"), ("lab1.a", "update")))


class MaterialReader:
    """Reads submissions in confined workers.

    A worker here runs no student code, so one may read many submissions; one that a file breaks is replaced.

    Args:
        sandbox: Where the workers come from.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._reader: Reader | None = None
        self._probes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _probe(self, name: str, **arguments: Any) -> Any:
        if self._reader is None or self._reader.closed or self._probes >= MAX_PROBES:
            self.close()
            self._reader, self._probes = self._sandbox.open_reader(), 0
        self._probes += 1
        return self._reader.probe(name, **arguments)

    def read(self, key: str, name: str, submission: Submission) -> Material:
        """Read what of a submission is compared.

        Args:
            key: What identifies it within the class.
            name: The student's name; empty where it is not known.
            submission: What was handed in.

        Returns:
            Its code, comments and answers; what cannot be read is told in the notes.
        """
        submission = add_attachments(
            submission, lambda content: self._probe("attachments", content=content), StudentFault
        )
        texts, notes = self.read_code(submission.sources)
        content = submission.answers.content if submission.answers else b""
        texts += _list_answers(read_answers(content))
        return Material(key, name, tuple(texts), tuple(notes))

    def read_code(self, sources: Mapping[str, bytes]) -> tuple[list[Passage], list[str]]:
        """Read code files and notebooks.

        Args:
            sources: Their bytes by the name to show.

        Returns:
            For each its code and its comments, and notes on those that cannot be read.
        """
        replies = survey_sources(sources, lambda files: self._probe("tokens", files=files), StudentFault)
        texts: list[Passage] = []
        notes: list[str] = []
        for name in sorted(sources):
            reply = replies.get(name)
            code = make_code(name, reply)
            if isinstance(code, str):
                notes.append(f"{name}: {code}")
                continue
            texts.append(code)
            prose = reply.get("prose") if isinstance(reply, dict) else None
            if isinstance(prose, bytes) and prose:
                texts.append(make_prose(f"{name}, comments", prose.decode("utf-8", "replace")))
        return texts, notes

    def read_explained(self) -> Explained:
        """Read what the handout, the task and the reference solution explain.

        The handout's code and prose, and the statements of the questions, are in every submission. Two right
        solutions that are alike because both are like the reference's are no evidence either.
        """
        handout = Path(str(student.__file__)).parent
        solution = Path(str(reference.__file__)).parent
        texts: list[Passage] = []
        for path in sorted([*handout.glob("*.py"), *handout.glob("*.ipynb"), *handout.glob("given/*.py")]):
            texts += self.read_code({path.name: path.read_bytes()})[0]
        statements = tomllib.loads((handout / "given" / "statements.toml").read_text(encoding="utf-8"))
        texts += [make_prose(name, str(text)) for name, text in statements.items()]
        texts.append(make_prose("answers.toml", (handout / "answers.toml").read_text(encoding="utf-8")))
        for path in sorted(solution.glob("*.py")):
            texts += [text for text in self.read_code({path.name: path.read_bytes()})[0] if text.kind == CODE]
        return Explained.gather(texts)


def _list_answers(answers: Answers) -> list[Passage]:
    return [
        make_prose(f"answers: {place[0]}, {place[1]}", value)
        for place, value in sorted(answers.values.items())
        if isinstance(value, str) and value.strip() and place not in _NOT_COMPARED
    ]


def read_class(handed_in: Iterable[HandedIn], reader: MaterialReader) -> Iterator[Material]:
    """Read a class, one submission after the other.

    Args:
        handed_in: The uploads.
        reader: Reads each.

    Yields:
        Each submission; one that cannot be read at all has no texts and a note.
    """
    for upload in handed_in:
        try:
            submission = upload.read()
        except UsageError as error:
            yield Material(upload.key, upload.name, (), (error.message,))
            continue
        yield reader.read(upload.key, upload.name, submission)
