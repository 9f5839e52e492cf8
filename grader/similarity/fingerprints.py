"""Numbers that two texts have in common when they share a passage: winnowed k-grams."""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
Places = NDArray[np.int64]

# A statement such as `pruned[order[:len(order) - k]] = 0` has some 15 tokens; a passage of
# K_TOKENS + WINDOW - 1 = 11 tokens shared by two submissions is always found, one of K_TOKENS often.
K_TOKENS = 8
WINDOW = 4
# Fewer words in a row are common in any two texts about one question.
K_WORDS = 5
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_WORD = re.compile(r"[^\W_]+")


def hash_runs(words: Numbers, length: int) -> Numbers:
    """Hash every run of ``length`` consecutive numbers.

    Args:
        words: Numbers of tokens or words.
        length: How many make a run.

    Returns:
        One hash for each run, in order; none when there are fewer words.

    Examples:
        >>> first, second, third = hash_runs(np.array([1, 2, 1, 2, 9], np.uint64), 3)
        >>> bool(first == second), len(hash_runs(np.array([1, 2], np.uint64), 3))
        (False, 0)
    """
    count = len(words) - length + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    hashes = np.zeros(count, np.uint64)
    for offset in range(length):
        hashes = _mix(hashes * _FACTOR + words[offset : offset + count])
    return hashes


def _mix(values: Numbers) -> Numbers:
    """Spread every bit over all bits (the finalizer of SplitMix64), so that minima are drawn at random."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def winnow(hashes: Numbers, window: int = WINDOW) -> Places:
    """Choose hashes so that any two sequences with ``window`` hashes in a row in common share a choice.

    In each window the smallest hash is chosen, of equal ones the rightmost.

    Args:
        hashes: Hashes in the order of the text.
        window: The number of hashes from which one is chosen.

    Returns:
        The places of the chosen ones, ascending, without repetition.

    Examples:
        >>> winnow(np.array([77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77], np.uint64)).tolist()
        [3, 6, 8, 11]

    References:
        Schleimer, Wilkerson, Aiken: Winnowing: local algorithms for document fingerprinting, 2003.
    """
    if len(hashes) == 0:
        return np.zeros(0, np.int64)
    width = min(window, len(hashes))
    windows = np.lib.stride_tricks.sliding_window_view(hashes, width)
    rightmost = width - 1 - np.argmin(windows[:, ::-1], axis=1)
    return np.unique(rightmost + np.arange(len(windows)))


def find_numbers(wanted: Numbers, known: Numbers) -> Places:
    """Find numbers in an ascending row; many short look-ups in a long row, which need no sorting.

    Args:
        wanted: The numbers to find.
        known: The row, ascending.

    Returns:
        For each number its place in the row, -1 for none.

    Examples:
        >>> find_numbers(np.array([5, 4, 9], np.uint64), np.array([2, 5, 8], np.uint64)).tolist()
        [1, -1, -1]
    """
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[places] == wanted, places, -1)


def hash_words(text: str) -> Numbers:
    """Turn a text into one number a word, whatever its case and punctuation.

    Examples:
        >>> bool(np.array_equal(hash_words("W converges, fast."), hash_words("w  Converges (fast)")))
        True
    """
    words = [match[0].casefold() for match in _WORD.finditer(text)]
    digests = [hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest() for word in words]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def locate_words(text: str) -> list[tuple[int, int]]:
    """Return start and end of every word that `hash_words` numbers."""
    return [match.span() for match in _WORD.finditer(text)]
