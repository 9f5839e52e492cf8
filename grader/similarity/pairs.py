"""Which pairs share what few others have: an inverted index, weighted by rarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.similarity.fingerprints import Numbers
from grader.similarity.material import CODE, PROSE, Explained, Fingerprints, Material, select_fingerprints

# A fingerprint that more submissions share than this (and more than a tenth of the class) weighs next to
# nothing and would cost the square of their number.
MAX_SHARED_BY = 50
_TENTH = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions and what they share.

    Attributes:
        first: Index of one submission.
        second: Index of the other, larger.
        score: The sum of the weights of what they share, code and prose together.
        code: The code's part of it.
        prose: The prose's part.
        shared: How many fingerprints of code they share.
        share: These as a part of the fingerprints of the one that has fewer, unexplained ones only.
    """

    first: int
    second: int
    score: float
    code: float
    prose: float
    shared: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The fingerprints of a class, of one kind.

    Attributes:
        selected: The fingerprints of each submission.
        numbers: All of them, ascending.
        counts: How many submissions have each.
        owners: Who has each: those of ``numbers[i]`` stand at ``offsets[i]`` to ``offsets[i] + counts[i]``.
        offsets: See ``owners``.
    """

    selected: tuple[Fingerprints, ...]
    numbers: Numbers
    counts: NDArray[np.int64]
    owners: NDArray[np.int64]
    offsets: NDArray[np.int64]

    @property
    def limit(self) -> int:
        """The most submissions that may share a fingerprint which counts."""
        return max(MAX_SHARED_BY, len(self.selected) // _TENTH)

    def weigh(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Weigh fingerprints by how many submissions have them.

        The weight is the inverse document frequency ``log((n + 1) / count)`` in a class of n, divided by its
        value for a count of 2: 1 for what only two submissions have, next to 0 for what all have.
        """
        n = len(self.selected)
        weights = np.log((n + 1) / np.maximum(counts, 1)) / np.log((n + 1) / 2) if n > 1 else counts * 0.0
        return np.asarray(np.where((counts >= 2) & (counts <= self.limit), weights, 0.0))


def build_index(class_: Sequence[Material], kind: str, explained: Explained) -> Index:
    """Index the fingerprints of a class.

    Args:
        class_: The submissions.
        kind: ``"code"`` or ``"prose"``.
        explained: What does not count.
    """
    selected = tuple(select_fingerprints(material, kind, explained) for material in class_)
    sizes = [len(fingerprints.numbers) for fingerprints in selected]
    everything = np.concatenate([np.zeros(0, np.uint64), *(f.numbers for f in selected)])
    owners = np.repeat(np.arange(len(selected)), sizes).astype(np.int64)
    order = np.lexsort((owners, everything))
    numbers, offsets, counts = np.unique(everything[order], return_index=True, return_counts=True)
    return Index(selected, numbers, counts.astype(np.int64), owners[order], offsets.astype(np.int64))


def score_pairs(index: Index) -> dict[tuple[int, int], tuple[float, int]]:
    """Add up for every pair the weights of the fingerprints that both have.

    Args:
        index: The class.

    Returns:
        Score and number of shared fingerprints by pair, for pairs that share anything that counts.
    """
    n = len(index.selected)
    keys: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    weights: list[NDArray[np.float64]] = [np.zeros(0)]
    numbers: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for count in range(2, min(index.limit, n) + 1):
        offsets = index.offsets[index.counts == count]
        if not len(offsets):
            continue
        owners = index.owners[offsets[:, None] + np.arange(count)]
        left, right = np.triu_indices(count, 1)
        pairs, times = np.unique(owners[:, left] * n + owners[:, right], return_counts=True)
        keys.append(pairs)
        weights.append(times * index.weigh(np.array([count]))[0])
        numbers.append(times)
    pairs, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    score = np.bincount(inverse, np.concatenate(weights), len(pairs))
    shared = np.bincount(inverse, np.concatenate(numbers), len(pairs))
    return {
        (int(pair) // n, int(pair) % n): (float(value), int(number))
        for pair, value, number in zip(pairs, score, shared, strict=True)
    }


def rank_pairs(code: Index, prose: Index) -> list[Pair]:
    """Rank the pairs of a class by the rarity of what they share.

    Args:
        code: The class's code.
        prose: The class's prose.

    Returns:
        Pairs that share anything that counts; the highest score first, then by index.
    """
    by_code, by_prose = score_pairs(code), score_pairs(prose)
    pairs = []
    for first, second in by_code.keys() | by_prose.keys():
        code_score, shared = by_code.get((first, second), (0.0, 0))
        prose_score, _ = by_prose.get((first, second), (0.0, 0))
        smaller = min(len(code.selected[index].numbers) for index in (first, second))
        pairs.append(
            Pair(
                first,
                second,
                round(code_score + prose_score, 6),
                round(code_score, 6),
                round(prose_score, 6),
                shared,
                shared / smaller if smaller else 0.0,
            )
        )
    return sorted(pairs, key=lambda pair: (-pair.score, pair.first, pair.second))


def compare_class(class_: Sequence[Material], explained: Explained) -> tuple[list[Pair], Index, Index]:
    """Compare every submission of a class with every other.

    Args:
        class_: The submissions.
        explained: What does not count.

    Returns:
        The ranked pairs, and the two indices behind them.
    """
    code, prose = (build_index(class_, kind, explained) for kind in (CODE, PROSE))
    return rank_pairs(code, prose), code, prose
