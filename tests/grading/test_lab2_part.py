"""How Lab 2 of a grading hangs together: what is run, for how long, and what is told."""

import time
from types import SimpleNamespace

import pytest

from grader import lab2_part
from grader.lab2_part import SECONDS_UNTIL_TRAINED, SECONDS_WHERE_SLOW, grade_lab2
from grader.reported import Reported
from grader.sandbox.device_use import DeviceUse
from grader.sandbox.faults import TimedOut
from grader.submission import read_answers
from grader.trained import Trained


@pytest.fixture
def run(monkeypatch):
    """Grade Lab 2 with a training that notes its deadline and finds nothing."""
    deadlines = []

    def check(_lab2, _assembly, _open, finetunes, deadline, _device):
        deadlines.append((finetunes, deadline))
        return Trained("a verdict")

    lab2 = SimpleNamespace(described="few images", dataset=SimpleNamespace(name="few"))
    monkeypatch.setattr(lab2_part, "check_training", check)
    monkeypatch.setattr(lab2_part, "open_lab2", lambda *_: lab2)
    monkeypatch.setattr(lab2_part, "verify_reported", lambda *_, **__: Reported({}))

    def grade(finetunes=("bits_2",), broken=None, since=0.0):
        started = time.monotonic() - since
        options = {"data": "embedded", "weights": None, "finetunes": finetunes, "broken": broken}
        sandbox = SimpleNamespace(device=DeviceUse())
        part = grade_lab2(read_answers(b""), None, sandbox, started=started, **options)
        return part, [(names, round(deadline - started)) for names, deadline in deadlines]

    return grade


def test_a_quantizer_that_hung_before_is_not_trained_with(run):
    """The suites have waited for it already."""
    part, deadlines = run(broken=TimedOut("STE", 5.0))
    assert deadlines == []
    words = "single training steps were not taken: STE did not end within 5 s"
    assert part.record["training"]["words"] == words
    assert part.tables["lab2.a"][0]["rows"] == [[words]]


def test_a_grading_that_was_slow_before_trains_for_a_short_time(run):
    """A submission that hangs everywhere ends within a minute, a busy machine changes no result."""
    assert run()[1] == [(("bits_2",), SECONDS_UNTIL_TRAINED)]
    assert run(since=30.0)[1][-1] == (("bits_2",), SECONDS_WHERE_SLOW)


def test_without_finetuning_nothing_is_trained_or_shown(run):
    """A small container grades as before."""
    part, deadlines = run(finetunes=None)
    assert deadlines == []
    assert part.tables == {}
    assert part.record == {
        "data": None,
        "described": "",
        "training": Trained("single training steps were not asked for").as_dict(),
    }


def test_the_images_are_named_in_result_and_notes(run, monkeypatch):
    """Whoever reads a verdict sees what it was judged on."""
    found = Trained("", (("4", 0, Trained),))
    monkeypatch.setattr(Trained, "as_dict", lambda _: {})
    monkeypatch.setattr(Trained, "tabulate", lambda *_: [])
    monkeypatch.setattr(Trained, "right", None)
    monkeypatch.setattr(lab2_part, "check_training", lambda *_: found)
    part, _ = run()
    assert (part.record["data"], part.record["described"]) == ("few", "few images")
    assert part.notes == ("Lab 2 was judged on few images",)
