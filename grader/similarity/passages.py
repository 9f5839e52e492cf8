"""The passages that two submissions share, as runs that do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader.similarity.fingerprints import Numbers, find_numbers
from grader.similarity.material import RUN_LENGTH, Explained, Material, Passage
from grader.similarity.pairs import Index

# Of a run that occurs more often within one submission, only the first places are tried.
MAX_PLACES = 8
# A page needs some thousand steps; code that repeats itself endlessly would need the square of its length.
MAX_STEPS = 500_000
# What nearly everybody has would only hide the rest of the page.
MIN_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shared passage stands.

    Attributes:
        text: Index of the text in `Material.texts`.
        start: First character.
        end: Character behind the last.
    """

    text: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shared:
    """A passage that both submissions of a pair have.

    Attributes:
        kind: ``"code"`` or ``"prose"``.
        first: Where it stands in the one.
        second: Where it stands in the other.
        length: Its tokens or words.
        owners: How many submissions of the class have its rarest part.
        weight: The weight of that part, from 0 to 1.
    """

    kind: str
    first: Place
    second: Place
    length: int
    owners: int
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """All runs of a submission, of one kind, in one row; an explained run is no run."""

    hashes: list[int]
    texts: list[int]
    offsets: list[int]


def find_shared(
    first: Material, second: Material, index: Index, kind: str, explained: Explained
) -> list[Shared]:
    """Find the passages that two submissions share.

    Longest first, every passage takes its tokens away from the ones after it (greedy string tiling).

    Args:
        first: One submission.
        second: The other.
        index: The class, to tell how rare a passage is.
        kind: ``"code"`` or ``"prose"``.
        explained: What does not count.

    Returns:
        The passages that few others have, the rarest and longest first.
    """
    left, right = (_list_runs(material, kind, explained) for material in (first, second))
    taken_left, taken_right = bytearray(len(left.hashes)), bytearray(len(right.hashes))
    length = RUN_LENGTH[kind]
    shared = []
    for i, j, count in sorted(_match(left, right), key=lambda match: (-match[2], match[0], match[1])):
        free = [not (taken_left[i + step] or taken_right[j + step]) for step in range(count)]
        for start, stop in _list_stretches(free):
            for taken, at in ((taken_left, i), (taken_right, j)):
                # Runs that begin within the passage overlap it, as do those that begin just before it.
                begin, end = max(0, at + start - length + 1), at + stop + length - 1
                taken[begin:end] = b"\1" * (min(end, len(taken)) - begin)
            hashes = np.array(left.hashes[i + start : i + stop], np.uint64)
            owners = _count_owners(hashes, index)
            if owners < 2:  # none of its fingerprints was chosen in both: shorter than is guaranteed
                continue
            weight = float(index.weigh(np.array([owners]))[0])
            if weight < MIN_WEIGHT:
                continue
            places = [
                _place(material.texts, runs, at + start, at + stop - 1, length)
                for material, runs, at in ((first, left, i), (second, right, j))
            ]
            shared.append(Shared(kind, places[0], places[1], stop - start + length - 1, owners, weight))
    return sorted(shared, key=lambda one: (-one.weight, -one.length, one.first.text, one.first.start))


def _list_runs(material: Material, kind: str, explained: Explained) -> _Runs:
    runs = _Runs([], [], [])
    for number, text in enumerate(material.texts):
        if text.kind != kind:
            continue
        hashes = text.hash_all()
        known = explained.covers(kind, hashes)
        # A gap behind each text, so that no passage leads from one to the next or overlaps it.
        gap = RUN_LENGTH[kind]
        runs.hashes.extend([int(h) if new else -1 for h, new in zip(hashes, ~known, strict=True)])
        runs.hashes.extend([-1] * gap)
        runs.texts.extend([number] * (len(hashes) + gap))
        runs.offsets.extend(range(len(hashes) + gap))
    return runs


def _match(left: _Runs, right: _Runs) -> list[tuple[int, int, int]]:
    """Return all longest matches: where in the one, where in the other, how many runs."""
    places: dict[int, list[int]] = {}
    for j, value in enumerate(right.hashes):
        found = places.setdefault(value, [])
        if value >= 0 and len(found) < MAX_PLACES:
            found.append(j)
    matches = []
    steps = 0
    for i, value in enumerate(left.hashes):
        for j in places.get(value, ()):
            steps += 1
            if i and j and left.hashes[i - 1] == right.hashes[j - 1] >= 0:
                continue  # it began earlier
            count = 1
            while _is_equal(left, right, i + count, j + count):
                count += 1
            matches.append((i, j, count))
            steps += count
        if steps > MAX_STEPS:
            break
    return matches


def _is_equal(left: _Runs, right: _Runs, i: int, j: int) -> bool:
    if i >= len(left.hashes) or j >= len(right.hashes):
        return False
    return left.hashes[i] == right.hashes[j] >= 0


def _list_stretches(free: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the stretches of True as start and end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(free, np.int8), [0]))))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _count_owners(hashes: Numbers, index: Index) -> int:
    """Return how many submissions have the rarest of some runs; 0 when none is a fingerprint of two."""
    places = find_numbers(hashes, index.numbers)
    counts = index.counts[places[places >= 0]]
    counts = counts[counts >= 2]
    return int(counts.min()) if len(counts) else 0


def _place(texts: Sequence[Passage], runs: _Runs, first: int, last: int, length: int) -> Place:
    text = texts[runs.texts[first]]
    begin, end = runs.offsets[first], runs.offsets[last] + length - 1
    return Place(runs.texts[first], int(text.starts[begin]), int(text.ends[end]))
