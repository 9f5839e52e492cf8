"""Turn submitted code into normalized tokens, to be compared with other submissions; nothing is run.

This runs in a confined worker that holds no student code. The code need not parse: a submission with a
syntax error is compared like any other.
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from grader.worker.probes import probe
from grader.worker.survey_magics import strip_magics
from grader.worker.survey_signatures import FUNCTIONS
from grader.worker.survey_source import Source, UnreadableSourceError, read_source

# Twice what one file may have; the course's solutions have 20,000 characters.
MAX_CHARACTERS = 400_000
CELL_MARK = "# %% code cell "

# Quantifiers are possessive, so no text makes the reader go back: it takes linear time. Every text matches.
_TOKEN = re.compile(
    r"""
    (?P<string>[rRbBuUfFtT]{0,2}(?:
        \"{3}(?:[^"\\]++|\\.|"(?!""))*+(?:\"{3}|\\?\Z)
      | '{3}(?:[^'\\]++|\\.|'(?!''))*+(?:'{3}|\\?\Z)
      | "(?:[^"\\\n]++|\\.)*+"?
      | '(?:[^'\\\n]++|\\.)*+'?))
  | (?P<comment>\#[^\n]*+)
  | (?P<number>\.?[0-9](?:[eE][+-]?[0-9]|[\w.])*+)
  | (?P<name>[^\W\d]\w*+)
  | (?P<line>\n)
  | (?P<space>(?:[^\S\n]|\\\n)++)
  | (?P<operator>\*\*=?|//=?|>>=?|<<=?|[-+*/%&|^@=!<>:]=|->|\.\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# What no student can rename.
_FIXED = frozenset((*keyword.kwlist, *dir(builtins), *FUNCTIONS, "FP_Conv", "FP_Linear"))
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
# Formatters add and remove these.
_DROPPED = frozenset(("(", ")", ";"))


class Token(NamedTuple):
    """A normalized token and where it stands in the text."""

    word: str
    start: int
    end: int


def tokenize_text(text: str) -> tuple[list[Token], list[str]]:
    r"""Take a text apart into what renaming, reformatting and other comments leave as it is.

    Names that a student chose are one word, numbers another, strings a third. Kept are keywords,
    operators, builtin names, the six functions and what follows a dot, which is a library's name more
    often than not. Left out are comments, docstrings, imports, line ends and parentheses. A list of
    numbers counts as one number.

    Args:
        text: Python source, which may be broken anywhere.

    Returns:
        The tokens, and the comments and docstrings in order.

    Examples:
        >>> tokens, prose = tokenize_text("import numpy as np\nstep = -np.abs(W) * 2.0  # down\n")
        >>> [token.word for token in tokens], prose
        (['n', '=', '-', 'n', '.', 'abs', 'n', '*', '0'], ['# down'])
    """
    state = _State()
    for match in _TOKEN.finditer(text):
        state.take(str(match.lastgroup), match[0], match.start())
    return state.tokens, state.prose


class _State:
    """Where in a statement the text is, and what was found so far."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.prose: list[str] = []
        self._depth = 0  # of brackets
        self._begins = True  # a statement
        self._skips = False  # an import
        self._before = ""

    def take(self, kind: str, found: str, start: int) -> None:
        """Take the next piece of the text."""
        if kind == "line":
            self._begins = self._begins or self._depth == 0
            self._skips = self._skips and self._depth > 0
        elif kind == "comment" or (kind == "string" and self._begins):
            if not found.startswith(CELL_MARK):
                self.prose.append(found)
        elif kind != "space":
            self._take_token(kind, found, start)

    def _take_token(self, kind: str, found: str, start: int) -> None:
        self._skips = (self._skips and found != ";") or (self._begins and found in {"import", "from"})
        self._begins = False
        if kind == "operator":
            self._depth = max(0, self._depth + (found in _OPENING) - (found in _CLOSING))
            if found in _CLOSING and self._before == "," and self.tokens and self.tokens[-1].word == ",":
                self.tokens.pop()
        if not self._skips and found not in _DROPPED:
            token = Token(_normalize(kind, found, self._before), start, start + len(found))
            _append(self.tokens, token)
        self._before = found


def _append(tokens: list[Token], token: Token) -> None:
    """Append a token; numbers in a row, with their signs and brackets, stay one: the task gave the data."""
    if token.word == "0" and tokens and tokens[-1].word == "-" and tokens[-2:-1] and _is_open(tokens[-2]):
        token = token._replace(start=tokens.pop().start)
    if token.word == "]" and [part.word for part in tokens[-2:]] == ["[", "0"]:
        tokens.pop()
        token = Token("0", tokens.pop().start, token.end)
    if token.word == "0" and [part.word for part in tokens[-2:]] == ["0", ","]:
        tokens.pop()
        token = token._replace(start=tokens.pop().start)
    tokens.append(token)


def _is_open(token: Token) -> bool:
    return token.word in {",", "[", "="}


def _normalize(kind: str, found: str, before: str) -> str:
    if kind == "string":
        return "s"
    if kind == "number":
        return "0"
    if kind == "name" and before != "." and found not in _FIXED:
        return "n"
    return found


@probe("tokens")
def read_tokens(student: Any, files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """Read code files and notebooks as normalized tokens.

    Args:
        student: Unused: a reader holds no submission.
        files: Bytes by the name to show.

    Returns:
        By name; for a file that cannot be read the reason under ``unreadable``, for any other ``text`` and
        ``prose`` (comments and docstrings), UTF-8; ``words``, a number for each token; ``starts`` and
        ``ends``, its place in the text in characters.
    """
    del student
    replies: dict[str, dict[str, Any]] = {}
    left = MAX_CHARACTERS
    for name in sorted(files, key=lambda name: (len(files[name]), name)):
        try:
            text = _join_cells(read_source(name, files[name]))
        except UnreadableSourceError as error:
            replies[name] = {"unreadable": str(error)}
            continue
        if len(text) > left:
            replies[name] = {"unreadable": "not compared: the submission has too much code"}
            continue
        left -= len(text)
        tokens, prose = tokenize_text(text)
        replies[name] = {
            "text": text.encode("utf-8", "replace"),
            "prose": "\n".join(prose).encode("utf-8", "replace"),
            "words": np.fromiter(_number(tokens), np.uint64, len(tokens)),
            "starts": np.array([token.start for token in tokens], np.int32),
            "ends": np.array([token.end for token in tokens], np.int32),
        }
    return replies


def _join_cells(source: Source) -> str:
    if not source.is_notebook:
        return strip_magics(source.cells[0]) if "get_ipython()" in source.cells[0] else source.cells[0]
    written = list(source.written.values())
    return "\n".join(
        f"{CELL_MARK}{number}\n{cell.rstrip()}\n" for number, cell in enumerate(source.cells + written, 1)
    )


def _number(tokens: list[Token]) -> Iterator[int]:
    """Give every word a number that is the same in every process."""
    numbers: dict[str, int] = {}
    for token in tokens:
        number = numbers.get(token.word)
        if number is None:
            digest = hashlib.blake2b(token.word.encode("utf-8", "replace"), digest_size=8).digest()
            number = numbers[token.word] = int.from_bytes(digest, "little")
        yield number
