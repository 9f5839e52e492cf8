"""The hostile submissions are well described and complete; none is run here."""

import ast
from collections import Counter

import pytest

from tests.bank.canaries import TOKENS, Canaries, find_tokens, plant
from tests.bank.hostile import CLASSES, WORDS, list_hostile_submissions, write_hostile
from tests.bank.paths import CODE_ITEMS, FUNCTIONS, HOSTILE, ITEMS

ATTACKS = list_hostile_submissions()


def defined(source):
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names.extend(target.id for target in node.targets if isinstance(target, ast.Name))
    return Counter(names)


def test_every_class_is_tried():
    counts = Counter(attack.kind for attack in ATTACKS)
    assert set(counts) == set(CLASSES)
    assert min(counts.values()) >= 15
    assert {path.parent.name for path in HOSTILE.rglob("*.py")} == set(CLASSES)
    assert len({str(attack) for attack in ATTACKS}) == len(ATTACKS) == len(list(HOSTILE.rglob("*.py")))


def test_every_token_is_known_and_used():
    used = frozenset().union(*(find_tokens(attack.source) for attack in ATTACKS))
    assert used == TOKENS


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_described_and_becomes_a_submission(attack, tmp_path):
    assert attack.attempts.endswith(".")
    assert attack.functions or attack.on_import
    assert set(attack.functions) <= set(FUNCTIONS)
    assert not attack.unearned & attack.partly
    assert not attack.earned & (attack.unearned | attack.partly)
    assert attack.unearned | attack.partly | attack.earned <= CODE_ITEMS
    for function in attack.functions:
        assert function in defined(attack.source)
        assert not attack.earned & ITEMS[function]
    sources = [path.read_text(encoding="utf-8") for path in write_hostile(attack, tmp_path).iterdir()]
    counts = sum((defined(source) for source in sources), Counter())
    assert [counts[function] for function in FUNCTIONS] == [1] * len(FUNCTIONS)
    assert not any(find_tokens(source) for source in sources)


def test_paths_with_quotes_stay_text():
    """A canary's path cannot break out of the string it is planted in."""
    nasty = 'a"\\b\n'
    assert ast.literal_eval(plant('"@CANARY_FILE@"', Canaries(canary_file=nasty))) == nasty


def test_words_are_kinds_that_are_used():
    used = {word for attack in ATTACKS for word in attack.says}
    assert used == {word for words in WORDS.values() for word in words}
