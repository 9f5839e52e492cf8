"""Evaluate a student's formula for W^(k+1), forgivingly and without ``eval``.

The text is tokenized, parsed by recursive descent and evaluated on arrays in one pass. What
cannot be parsed (prose, unknown names) raises `FormulaUnreadableError`, which leaves the mark to a
person; what can be parsed but multiplies shapes that do not fit raises `FormulaShapeError`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

MAX_CHARACTERS = 2000
MAX_DEPTH = 50


class FormulaUnreadableError(ValueError):
    """The text is not a formula in the words and signs that are understood."""


class FormulaShapeError(ValueError):
    """The text is a formula, but its shapes do not fit."""


_SUBSTITUTIONS = [
    (r"[−–—]", "-"),
    (r"[·×∗⋅]", "*"),
    (r"[∑Σ]", " sum "),
    (r"[μµηα]", " mu "),
    ("ᵀ|⊤", "^T"),
    ("ᵢ", "_i"),
    ("ₖ", "_k"),
    ("[’′]", "'"),
    (r"\\left|\\right|\\,|\\!|\\;|\\displaystyle|\$|\\limits", " "),
    (r"\\cdot|\\times", "*"),
    (r"\\sum", " sum "),
    (r"\\(?:mu|eta|alpha)\b", " mu "),
    (r"\\top\b", "T"),
    (r"\b(?:np|numpy|torch)\.", " "),
    (r"\*\*", "^"),
    (
        r"\bsum(?![A-Za-z])\s*(?:_\s*(?:\{[^{}]*\}|i\s*=\s*1|i))?\s*(?:\^\s*(?:\{[^{}]*\}|\d|[nN]\b))?",
        " sum ",
    ),
    (r"\b([Ww])(?:\s*[_^]\s*\{?\s*\(?k\)?\s*\}?(?![+\w])|\s*\[\s*k\s*\]|\s*\(\s*k\s*\)|k\b)", r"\1 "),
    (r"_\{\s*(\w+)\s*\}", r"_\1 "),
]
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+)"
    r"|(?P<transpose>\.T\b|'|\^\s*\{?\s*(?:T|t|top)\s*\}?(?![A-Za-z0-9])|\.transpose\(\))"
    r"|(?P<product>\.(?:dot|matmul)(?=\())"
    r"|(?P<sum>sum\b)"
    r"|(?P<function>(?:transpose|dot|matmul)\b)"
    r"|(?P<name>[A-Za-z]+(?:_[A-Za-z0-9]+|\d)?(?:\[[a-z0-9]\])?)"
    r"|(?P<sign>[-+*/@(),{}\[\]]))"
)
_LEFT_SIDE = re.compile(r"\s*[Ww][\s^_{}()\[\]k+1]*")
_WEIGHTS = {"w", "w_t", "w_old"}
_RATES = {"mu", "lr", "eta", "alpha", "learning_rate", "learningrate", "l_r"}
_SAMPLE = re.compile(r"^([xy])(?:_?\{?(i|\d)\}?|\[(i|\d)\])$")


@dataclass
class _Scope:
    """What the names of a formula stand for."""

    W: Array
    X: Array
    y: Array
    lr: float
    rows: bool  # whether x_i is a row (1, d) or a column (d, 1)
    sample: int | None = None
    depth: int = 0

    def look_up(self, name: str) -> Array | float:
        """Return the value that a name stands for."""
        lowered = name.lower()
        if lowered in _WEIGHTS:
            return self.W
        if lowered in _RATES:
            return self.lr
        if name == "I":
            return np.eye(len(self.W))
        if lowered in {"x", "y"} and self.sample is None:
            return self.X if lowered == "x" else self.y
        matched = _SAMPLE.match(lowered)
        if matched or lowered in {"x", "y"}:
            letter = matched.group(1) if matched else lowered
            index = (matched.group(2) or matched.group(3)) if matched else "i"
            return self._sample(letter, index, name)
        raise FormulaUnreadableError(f"found the name {name!r}, expected W, X, y, x_i, y_i or mu")

    def _sample(self, letter: str, index: str, name: str) -> Array:
        if index == "i":
            if self.sample is None:
                raise FormulaUnreadableError(f"found {name} outside a sum over i")
            row = self.sample
        else:
            row = int(index) - 1
            if not 0 <= row < len(self.X):
                raise FormulaUnreadableError(f"found {name}, expected an index from 1 to {len(self.X)}")
        if letter == "y":
            return np.reshape(self.y[row], (1, 1))
        shape = (1, -1) if self.rows else (-1, 1)
        return np.reshape(self.X[row], shape)


def _multiply(left: Any, right: Any) -> Any:
    left, right = np.asarray(left, float), np.asarray(right, float)
    if left.size == 1 or right.size == 1:
        return left.reshape(()) * right if left.size == 1 else left * right.reshape(())
    if left.shape[1] != right.shape[0]:
        raise FormulaShapeError(
            f"found a product of shapes {left.shape} and {right.shape}, expected inner sizes that agree: "
            "is a transpose missing?"
        )
    return left @ right


def _add(left: Any, right: Any, sign: float) -> Any:
    left, right = np.asarray(left, float), np.asarray(right, float)
    left = left.reshape(()) if left.size == 1 else left
    right = right.reshape(()) if right.size == 1 else right
    if left.shape != right.shape:
        raise FormulaShapeError(f"found a sum of shapes {left.shape} and {right.shape}, expected equal ones")
    return left + sign * right


class _Parser:
    """Recursive descent over the tokens; every method returns a value."""

    def __init__(self, tokens: list[tuple[str, str]], scope: _Scope) -> None:
        self.tokens, self.scope, self.at = tokens, scope, 0

    def peek(self) -> tuple[str, str]:
        """Return the next token."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, text: str) -> bool:
        """Take the next token if it is ``text``."""
        if self.peek()[1] == text and self.peek()[0] == "sign":
            self.at += 1
            return True
        return False

    def take_kind(self, kind: str) -> bool:
        """Take the next token if it is of a kind."""
        if self.peek()[0] == kind:
            self.at += 1
            return True
        return False

    def expression(self) -> Any:
        """Parse a sum of terms."""
        self.scope.depth += 1
        if self.scope.depth > MAX_DEPTH:
            raise FormulaUnreadableError("found parentheses nested too deeply")
        value = self.term(-1.0 if self.take("-") else 1.0)
        while self.peek() in {("sign", "+"), ("sign", "-")}:
            sign = 1.0 if self.take("+") else (self.take("-") and -1.0)
            value = _add(value, self.term(), sign)
        self.scope.depth -= 1
        return value

    def term(self, sign: float = 1.0) -> Any:
        """Parse a product; a missing sign between factors is a product too."""
        value = self.factor()
        while True:
            if self.take("*") or self.take("@") or self.take_kind("product"):
                value = _multiply(value, self.factor())
            elif self.take("/"):
                divisor = np.asarray(self.factor(), float)
                if divisor.size != 1 or not divisor.any():
                    raise FormulaShapeError("found a division by something that is no number other than 0")
                value = np.asarray(value, float) / divisor.reshape(())
            elif self.peek()[0] in {"number", "name", "sum", "function"} or self.peek()[1] in {"(", "[", "{"}:
                value = _multiply(value, self.factor())
            else:
                return sign * np.asarray(value, float)

    def factor(self) -> Any:
        """Parse a number, a name, a sum, a call or a group, with transposes behind it."""
        kind, text = self.peek()
        self.at += 1
        value: Any
        if kind == "number":
            value = float(text)
        elif kind == "name":
            value = self.scope.look_up(text)
        elif kind == "sum":
            value = self.sum()
        elif kind == "function":
            value = self.function(text)
        elif kind == "sign" and text in "([{":
            value = self.expression()
            self.close(text)
        elif kind == "sign" and text == "-":
            value = -np.asarray(self.factor(), float)
        else:
            raise FormulaUnreadableError(f"found {text or 'the end'!r} where a factor was expected")
        while self.take_kind("transpose"):
            value = np.asarray(value, float).T
        return value

    def close(self, opened: str) -> None:
        """Demand the closing sign of a group."""
        closing = {"(": ")", "[": "]", "{": "}"}[opened]
        if not self.take(closing):
            raise FormulaUnreadableError(f"found {self.peek()[1] or 'the end'!r}, expected {closing!r}")

    def function(self, name: str) -> Any:
        """Parse ``transpose(A)``, ``dot(A, B)`` or ``matmul(A, B)``."""
        if not self.take("("):
            raise FormulaUnreadableError(f"found no parenthesis after {name}")
        value: Any = self.expression()
        if name == "transpose":
            value = np.asarray(value, float).T
        elif self.take(","):
            value = _multiply(value, self.expression())
        else:
            raise FormulaUnreadableError(f"found one argument of {name}, expected two")
        self.close("(")
        return value

    def sum(self) -> Any:
        """Evaluate the term behind a sum sign once per sample and add up."""
        start, outer = self.at, self.scope.sample
        total = None
        for sample in range(len(self.scope.X)):
            self.at, self.scope.sample = start, sample
            value = self.term()
            total = value if total is None else _add(total, value, 1.0)
        self.scope.sample = outer
        return total


def _tokenize(text: str) -> list[tuple[str, str]]:
    if len(text) > MAX_CHARACTERS:
        raise FormulaUnreadableError(f"found {len(text)} characters, expected at most {MAX_CHARACTERS}")
    for pattern, replacement in _SUBSTITUTIONS:
        text = re.sub(pattern, replacement, text)
    text = unicodedata.normalize("NFKC", text)
    left, equals, right = text.rpartition("=")
    if equals and not _LEFT_SIDE.fullmatch(left):
        raise FormulaUnreadableError("found an equation whose left side is not W^(k+1) alone")
    tokens, at = [], 0
    right = right.strip()
    while at < len(right):
        matched = _TOKEN.match(right, at)
        if not matched or matched.end() == at:
            raise FormulaUnreadableError(f"found {right[at : at + 10]!r}, which is no sign of a formula")
        tokens.append((str(matched.lastgroup), matched.group(str(matched.lastgroup)).strip()))
        at = matched.end()
    if not tokens:
        raise FormulaUnreadableError("found no formula")
    return tokens


def evaluate_formula(text: str, W: Array, X: Array, y: Array, lr: float) -> list[Array]:
    """Evaluate a formula for W^(k+1), with x_i as rows and with x_i as columns.

    Args:
        text: The formula, such as ``"W - 2*mu*X.T*(X*W - y)"``; an equation's right side counts.
        W: Weights, ``(d, 1)``.
        X: Samples, ``(n, d)``.
        y: Targets, ``(n, 1)``.
        lr: The value of mu.

    Returns:
        The values under the readings that fit; at least one.

    Raises:
        FormulaUnreadableError: The text cannot be parsed.
        FormulaShapeError: It can, but under no reading do its shapes fit.

    Examples:
        >>> W, X, y = np.zeros((2, 1)), np.eye(2), np.ones((2, 1))
        >>> evaluate_formula("W - 2*mu*X.T*(X*W - y)", W, X, y, 0.25)[0]
        array([[0.5],
               [0.5]])
    """
    tokens = _tokenize(text)
    values, wrong = [], None
    for rows in (True, False):
        parser = _Parser(tokens, _Scope(W, X, y, lr, rows))
        try:
            value = np.asarray(parser.expression(), float)
            if parser.peek()[0] != "end":
                raise FormulaUnreadableError(f"found {parser.peek()[1]!r} after the formula")
            if value.shape != W.shape:
                raise FormulaShapeError(f"found a result of shape {value.shape}, expected {W.shape} as W")
        except FormulaShapeError as error:
            wrong = error
        else:
            values.append(value)
    if not values:
        raise wrong or FormulaShapeError("found no reading whose shapes fit")
    return values
