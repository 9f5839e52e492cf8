"""What of a submission is compared: its code as tokens, its prose as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.similarity.fingerprints import (
    K_TOKENS,
    K_WORDS,
    Numbers,
    Places,
    find_numbers,
    hash_runs,
    hash_words,
    locate_words,
    winnow,
)

CODE, PROSE = "code", "prose"
RUN_LENGTH = {CODE: K_TOKENS, PROSE: K_WORDS}


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One text of a submission, taken apart.

    Attributes:
        name: The file's name, or the place of an answer.
        kind: ``"code"`` or ``"prose"``.
        text: As it was handed in; of notebooks the code cells.
        words: A number for each token or word.
        starts: Where each begins in the text, in characters.
        ends: Where each ends.
    """

    name: str
    kind: str
    text: str
    words: Numbers
    starts: Places
    ends: Places

    def hash_all(self) -> Numbers:
        """Hash every run of words."""
        return hash_runs(self.words, RUN_LENGTH[self.kind])


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What of one submission is compared.

    Attributes:
        key: What identifies the submission within the class.
        name: The student's name; empty where it is not known.
        texts: Its texts.
        notes: What could not be compared, and why.
    """

    key: str
    name: str
    texts: tuple[Passage, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprints:
    """The fingerprints of one submission of one kind, without what is explained.

    Attributes:
        numbers: The fingerprints, ascending, without repetition.
        considered: How many there would be with what is explained.
    """

    numbers: Numbers
    considered: int


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Runs that need no explanation by another submission: the handout's, the task's, the solution's.

    Attributes:
        runs: By kind, ascending.
    """

    runs: Mapping[str, Numbers] = field(default_factory=dict)

    @classmethod
    def gather(cls, texts: Iterable[Passage]) -> Explained:
        """Gather every run of some texts."""
        texts = list(texts)
        return cls(
            {
                kind: np.unique(
                    np.concatenate([np.zeros(0, np.uint64)] + [t.hash_all() for t in texts if t.kind == kind])
                )
                for kind in (CODE, PROSE)
            }
        )

    def covers(self, kind: str, hashes: Numbers) -> NDArray[np.bool_]:
        """Tell for each hash whether it is explained."""
        known = self.runs.get(kind, np.zeros(0, np.uint64))
        return np.asarray(find_numbers(hashes, known) >= 0)


def select_fingerprints(material: Material, kind: str, explained: Explained) -> Fingerprints:
    """Select the fingerprints of a submission.

    Args:
        material: The submission.
        kind: ``"code"`` or ``"prose"``.
        explained: What does not count.

    Returns:
        The fingerprints.
    """
    kept = [np.zeros(0, np.uint64)]
    considered = 0
    for text in material.texts:
        if text.kind != kind:
            continue
        hashes = text.hash_all()
        chosen = hashes[winnow(hashes)]
        considered += len(chosen)
        kept.append(chosen[~explained.covers(kind, chosen)])
    return Fingerprints(np.unique(np.concatenate(kept)), considered)


def make_prose(name: str, text: str) -> Passage:
    """Take a text apart into words.

    Examples:
        >>> passage = make_prose("lab1.b, comment", "It converges.")
        >>> passage.starts.tolist(), passage.ends.tolist()
        ([0, 3], [2, 12])
    """
    spans = np.array(locate_words(text), np.int64).reshape(-1, 2)
    return Passage(name, PROSE, text, hash_words(text), spans[:, 0], spans[:, 1])


def make_code(name: str, reply: Any) -> Passage | str:
    """Check what a worker replied about a code file.

    Args:
        name: The file's name.
        reply: One value of `grader.worker.similarity_tokens.read_tokens`.

    Returns:
        The file's tokens, or why there are none.
    """
    if not isinstance(reply, dict):
        return "could not be read"
    if isinstance(reply.get("unreadable"), str):
        return str(reply["unreadable"])
    text = reply.get("text")
    words, starts, ends = (_check_row(reply.get(part)) for part in ("words", "starts", "ends"))
    if not isinstance(text, bytes) or words is None or starts is None or ends is None:
        return "could not be read"
    decoded = text.decode("utf-8", "replace")
    starts, ends = starts.astype(np.int64), ends.astype(np.int64)
    if words.dtype != np.uint64 or not len(words) == len(starts) == len(ends):
        return "could not be read"
    ordered = np.all(starts <= ends) and np.all(starts[1:] >= ends[:-1])
    if len(words) and not (ordered and starts[0] >= 0 and ends[-1] <= len(decoded)):
        return "could not be read"
    return Passage(name, CODE, decoded, words, starts, ends)


def _check_row(value: Any) -> NDArray[Any] | None:
    is_row = type(value) is np.ndarray and value.ndim == 1 and value.dtype.kind in "iu"
    return value if is_row else None
