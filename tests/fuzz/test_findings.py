"""What fuzzing began with and what it ever found stays read; the fuzzer itself is run by ``make fuzz``."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, list_seeds

FINDINGS = sorted(Path(__file__).with_name("findings").glob("*-*"))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(name):
    """Inputs of the right form, and each of them cut off and with a byte changed, raise nothing."""
    for seed in list_seeds(name):
        TARGETS[name](seed)
        for position in range(0, len(seed), 7):
            TARGETS[name](seed[:position])
            TARGETS[name](seed[:position] + b"\xff" + seed[position + 1 :])


def test_findings_stay_fixed():
    """Each was an exception of another kind than the reader's own, or took too long; there is none so far."""
    for path in FINDINGS:
        TARGETS[path.name.partition("-")[0]](path.read_bytes())


def test_a_target_raises_what_is_not_expected(monkeypatch):
    """A finding would be one: the targets swallow no other exception."""

    def break_down(*_):
        raise KeyError("x")

    monkeypatch.setattr("tests.fuzz.targets.decode", break_down)
    monkeypatch.setattr("tests.fuzz.targets.read_archive", break_down)
    for name in ("read_value", "read_zip"):
        with pytest.raises(KeyError):
            TARGETS[name](list_seeds(name)[0])
