"""What comparing a class costs: reading it in confined workers, ranking its pairs, writing the pages.

Run it as ``python -m tests.benchmarks.similarity_cost 1000`` on an idle machine; it binds itself and
everything that it starts to one core. The class is generated: the right submissions, each in many variants
with names, comments, answers and a part of the code of their own, so that what they share is as rare as in a
class; one in a hundred is a renamed copy of another.
"""

import json
import os
import platform
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from grader.gradebook.records import HandedIn
from grader.grading_run import LIMITS
from grader.sandbox import Sandbox
from grader.similarity.pairs import compare_class
from grader.similarity.reading import MaterialReader, read_class
from grader.similarity.writing import describe_class, make_comparison, write_comparisons
from grader.submission import read_files, read_submission
from tests.bank.right import RIGHT_SUBMISSIONS
from tests.similarity.disguises import rename

DEFAULT_COUNT = 1000
PAIRS = 50
OWN_LINES = 40
OWN_WORDS = 600
VOCABULARY = [f"word{number}" for number in range(3000)]
CALLS = (
    "sum",
    "abs",
    "max",
    "min",
    "len",
    "sorted",
    "round",
    "range",
    "list",
    "tuple",
    "set",
    "float",
    "int",
)


def make_class(count, seed=0):
    """Generate a class.

    Args:
        count: How many submissions.
        seed: Of the generator.

    Returns:
        Files by submission.
    """
    draw = random.Random(seed)
    bank = [
        {name.rpartition("/")[2]: content for name, content in read_submission(right.folder).sources.items()}
        for right in RIGHT_SUBMISSIONS
    ]
    class_ = []
    for number in range(count):
        if number % 100 == 99:
            class_.append(_rename_all(class_[number - 50]))
            continue
        files = dict(draw.choice(bank))
        files["experiments.py"] = _write_code(draw).encode()
        files["answers.toml"] = _write_answers(draw).encode()
        class_.append(files)
    return class_


def _rename_all(files):
    return {
        name: rename(content.decode("utf-8-sig")).encode() if name.endswith(".py") else content
        for name, content in files.items()
    }


def _write_code(draw):
    lines = ["def experiment(values, weights, count):"]
    for number in range(OWN_LINES):
        first, second = draw.sample(CALLS, 2)
        operator = draw.choice(("+", "-", "*", "/", "//", "%", "@", "**"))
        lines.append(
            f"    step{number} = {first}(values[count]) {operator} {second}(weights, {number})  # own"
        )
    return "\n".join([*lines, "    return step0", ""])


def _write_answers(draw):
    words = [draw.choice(VOCABULARY) for _ in range(OWN_WORDS)]
    parts = [" ".join(words[start : start + 60]) for start in range(0, OWN_WORDS, 60)]
    return "".join(
        f"[true_false.\"1.{number}\"]\nverdict = \"T\"\nexplanation = '''{part}'''\n"
        for number, part in enumerate(parts, 1)
    )


def _count_processor_seconds():
    """Count what this process and all that it started and that have ended have spent."""
    spent = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def main():
    """Measure, and print the figures as JSON."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_COUNT
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    class_files = make_class(count)
    handed_in = [
        HandedIn(f"s{number:05}", "", lambda files=files, number=number: read_files(f"s{number:05}", files))
        for number, files in enumerate(class_files)
    ]
    seconds = {}
    clock = time.monotonic()

    def lap(name):
        nonlocal clock
        seconds[name] = round(time.monotonic() - clock, 2)
        clock = time.monotonic()

    with Sandbox.start(limits=LIMITS) as sandbox, MaterialReader(sandbox) as reader:
        explained = reader.read_explained()
        lap("start, and read the handout")
        class_ = list(read_class(handed_in, reader))
        lap("read the class")
    ranking = compare_class(class_, explained, keep=max(PAIRS, count // 100))
    lap("rank the pairs")
    comparisons = [
        make_comparison(rank, pair, class_, ranking, explained)
        for rank, pair in enumerate(ranking.pairs[:PAIRS], 1)
    ]
    with tempfile.TemporaryDirectory() as folder:
        write_comparisons(comparisons, describe_class(class_, ranking, PAIRS), [], Path(folder))
    lap(f"write {PAIRS} pages")
    copies = {(number - 50, number) for number in range(99, count, 100)}
    found = {(pair.first, pair.second) for pair in ranking.pairs[: len(copies)]}
    print(
        json.dumps(
            {
                "machine": f"{platform.machine()}, one core, Linux {platform.release()}",
                "submissions": count,
                "seconds": seconds | {"all": round(sum(seconds.values()), 2)},
                "pairs that share anything": len(ranking.scores),
                "copies ranked first": f"{len(copies & found)} of {len(copies)}",
                "processor seconds, workers included": round(_count_processor_seconds(), 2),
                "peak MB of this process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
