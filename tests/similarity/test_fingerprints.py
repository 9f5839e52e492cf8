"""Fingerprints and tokens hold for any text."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.similarity.fingerprints import hash_runs, winnow
from grader.similarity.material import make_code
from grader.worker.similarity_tokens import read_tokens, tokenize_text

numbers = st.lists(st.integers(0, 5), max_size=40)


@given(numbers, numbers, st.lists(st.integers(0, 5), min_size=7, max_size=20), numbers, numbers)
def test_shared_passage_of_guaranteed_length_shares_a_fingerprint(before, after, shared, left, right):
    """Winnowing's guarantee: length - 1 + window tokens in common are never missed."""
    length, window = 4, 4
    chosen = []
    for words in (before + shared + after, left + shared + right):
        hashes = hash_runs(np.array(words, np.uint64), length)
        chosen.append(set(hashes[winnow(hashes, window)].tolist()))
    assert chosen[0] & chosen[1]


@given(st.text(alphabet=st.one_of(st.sampled_from("\"'\\\n#([{)]};.,=-+ \tfromimport0123"), st.characters())))
@settings(max_examples=300)
def test_tokens_of_any_text_stand_in_it_in_order(text):
    """Whatever the text is, every token lies in it, behind the one before."""
    tokens, _ = tokenize_text(text)
    places = [0, *(place for token in tokens for place in (token.start, token.end)), len(text)]
    assert places == sorted(places)


def test_reply_of_a_broken_worker_is_refused():
    """A worker's reply is checked before anything is made of it."""
    reply = read_tokens(None, {"a.py": b"x = f(y) + 1\n"})["a.py"]
    assert not isinstance(make_code("a.py", reply), str)
    for changed in (
        None,
        {},
        reply | {"text": "text"},
        reply | {"words": reply["words"].astype(np.int32)},
        reply | {"words": reply["words"][:2]},
        reply | {"starts": reply["starts"] - 1},
        reply | {"ends": reply["ends"] + 100},
        reply | {"starts": reply["starts"][::-1]},
        reply | {"ends": [1, 2]},
        reply | {"starts": reply["starts"].reshape(1, -1)},
    ):
        assert make_code("a.py", changed) == "could not be read"
