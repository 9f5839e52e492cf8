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


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What pairs share, of one kind.

    Attributes:
        pairs: Each as ``first * n + second`` in a class of n, ascending.
        scores: The sum of the weights of what they share.
        shared: How many fingerprints that count they share.
    """

    pairs: NDArray[np.int64]
    scores: NDArray[np.float64]
    shared: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The pairs of a class.

    Attributes:
        pairs: Those with the highest scores, ranked.
        scores: The scores of all pairs that share anything that counts, in no order that matters.
        code: The class's code.
        prose: The class's prose.
    """

    pairs: tuple[Pair, ...]
    scores: NDArray[np.float64]
    code: Index
    prose: Index


def score_pairs(index: Index) -> Scores:
    """Add up for every pair the weights of the fingerprints that both have.

    Args:
        index: The class.

    Returns:
        The pairs that share anything that counts.
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
    scores = np.bincount(inverse, np.concatenate(weights), len(pairs)).astype(np.float64)
    shared = np.bincount(inverse, np.concatenate(numbers), len(pairs)).astype(np.int64)
    return Scores(pairs, scores, shared)


def rank_pairs(code: Index, prose: Index, keep: int) -> Ranking:
    """Rank the pairs of a class by the rarity of what they share.

    Args:
        code: The class's code.
        prose: The class's prose.
        keep: How many pairs to keep.

    Returns:
        The ranking; of equal scores the pair with the smaller indices comes first.
    """
    by_code, by_prose = score_pairs(code), score_pairs(prose)
    pairs = np.union1d(by_code.pairs, by_prose.pairs)
    code_scores, prose_scores, shared = np.zeros(len(pairs)), np.zeros(len(pairs)), np.zeros(len(pairs), int)
    at = np.searchsorted(pairs, by_code.pairs)
    code_scores[at], shared[at] = by_code.scores.round(6), by_code.shared
    prose_scores[np.searchsorted(pairs, by_prose.pairs)] = by_prose.scores.round(6)
    scores = (code_scores + prose_scores).round(6)
    best = np.lexsort((pairs, -scores))[:keep]
    kept = tuple(
        _make_pair(code, int(pairs[i]), float(code_scores[i]), float(prose_scores[i]), int(shared[i]))
        for i in best
    )
    return Ranking(kept, scores, code, prose)


def _make_pair(index: Index, pair: int, code: float, prose: float, shared: int) -> Pair:
    first, second = divmod(pair, len(index.selected))
    smaller = min(len(index.selected[one].numbers) for one in (first, second))
    share = shared / smaller if smaller else 0.0
    return Pair(first, second, round(code + prose, 6), code, prose, shared, share)


def compare_class(class_: Sequence[Material], explained: Explained, keep: int = 10_000) -> Ranking:
    """Compare every submission of a class with every other.

    Args:
        class_: The submissions.
        explained: What does not count.
        keep: How many pairs to keep.

    Returns:
        The ranking.
    """
    code, prose = (build_index(class_, kind, explained) for kind in (CODE, PROSE))
    return rank_pairs(code, prose, keep)
