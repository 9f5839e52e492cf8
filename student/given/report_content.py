"""What your report is made from: your answers, your results, your code."""

import tomllib
from pathlib import Path

from .answers import FILE_NAME as ANSWERS_NAME
from .answers import read_answers_file
from .answers_schema import SCHEMES
from .lab1_experiments import as_arrays, list_early_runs
from .problem import load_assignment
from .results_file import FILE_NAME as RESULTS_NAME
from .results_file import ResultsError, find_stale, read_results
from .submitted_code import find_class_listing, list_submitted_code

STATEMENTS = Path(__file__).with_name("statements.toml")
AGREEMENT = 5e-4  # accuracies and averages are reported with three or four decimals
LAB1_QUESTIONS = {
    "b": (
        ("optimal", "Does W converge to an optimal solution?"),
        ("sparse", "Does W converge to a sparse solution?"),
    ),
    "c": (
        ("optimal", "Does W converge to an optimal solution?"),
        ("sparse", "Does W converge to a sparse solution?"),
    ),
}
LAB1_TEXTS = {
    "b": (("comment", "Observations"),),
    "c": (("comment", "Observations"),),
    "d": (("comment", "Convergence under different λ"),),
    "e": (("comment", "Comparison with (d)"),),
    "f": (
        ("comparison_l1", "Trimmed ℓ1 against ℓ1"),
        ("comparison_pruning", "The first 20 steps against iterative pruning"),
    ),
    "g": (
        ("choices", "The strengths I chose"),
        ("comparison", "How convergence differs from three data points"),
    ),
}
LAB2_TEXTS = {
    "b": (("comment", "Observations"),),
    "c": (("comment", "Precision, accuracy, and the effect of finetuning"),),
    "d": (("comment", "Observations"),),
    "e": (("working", "How I computed it"),),
    "f": (("comment", "Why"),),
}


def gather_content(folder):
    """Gather what the report shows.

    Args:
        folder: The student's folder.

    Returns:
        The content as ``report_template.student.build_student_report`` wants it. What is missing
        or cannot be read is left out or stands in its ``notes``.
    """
    assignment = load_assignment()
    notes = []
    answers = read_answers_file(folder / ANSWERS_NAME)
    notes += [str(problem) for problem in answers.problems]
    results = _read_results(folder, notes)
    code = list_submitted_code(folder)
    return {
        "title": assignment.title,
        "subtitle": assignment.subtitle,
        "student": {key: answers.values["student", key] or "" for key in ("name", "netid")},
        "notes": notes,
        "true_false": _gather_true_false(answers),
        "lab1": _gather_lab1(answers, results.get("lab1", {}).get("runs", []), assignment),
        "lab2": _gather_lab2(answers, results.get("lab2", {}), folder, notes),
        "files": _gather_files(folder, code),
    }


def _read_results(folder, notes):
    try:
        results = read_results(folder)
    except ResultsError as error:
        notes.append(str(error).splitlines()[0])
        return {}
    for part, name in find_stale(results, folder):
        lab = f"Lab {part[3:]}"
        notes.append(f"{name} changed after `hw4 {part}` made the results of {lab}: run it again")
    return results


def _gather_true_false(answers):
    statements = tomllib.loads(STATEMENTS.read_text(encoding="utf-8"))
    return {
        item: {
            "statement": statement,
            "verdict": answers.values[item, "verdict"],
            "explanation": answers.values[item, "explanation"] or "",
        }
        for item, statement in statements.items()
    }


def _list_answers(answers, item, questions, texts):
    words = {True: "yes", False: "no", None: ""}
    return [
        *((label, words[answers.values[item, key]]) for key, label in questions),
        *((label, answers.values[item, key] or "") for key, label in texts),
    ]


def _gather_lab1(answers, runs, assignment):
    lab1 = {"a": {key: answers.values["lab1.a", key] or "" for key in ("update", "derivation")}}
    for letter, texts in LAB1_TEXTS.items():
        item = f"lab1.{letter}"
        points = "2 data points" if letter == "g" else f"{len(assignment.lab1.X)} data points"
        lab1[letter] = {
            "runs": [as_arrays(run) for run in runs if run["item"] == item and "loss" in run],
            "answers": _list_answers(answers, item, LAB1_QUESTIONS.get(letter, ()), texts),
            "caption": f"{points}, learning rate {assignment.lab1.learning_rate:g}.",
        }
    lab1["f"]["early_runs"] = list_early_runs(runs)
    return lab1


def _gather_lab2(answers, results, folder, notes):
    measured = results.get("answers", {})
    averages = _read_averages(results)
    runs = results.get("runs", {})
    differing = []

    def report(item, key):
        written, found = answers.values.get((item, key)), measured.get(item, {}).get(key)
        if written is not None and found is not None and abs(written - found) > AGREEMENT:
            differing.append(f"{item} {key} {written:g} and {found:.4f}")
        return found if written is None else written

    def count_epochs(item, key):
        return runs.get(f"{item}.{key}", {}).get("recipe", {}).get("epochs")

    lab2 = {
        "float_accuracy": report("lab2.b", "float"),
        "uniform": {
            bits: {
                "before": report("lab2.b", f"bits_{bits}"),
                "after": report("lab2.c", f"bits_{bits}") if bits <= 4 else None,
                "epochs": count_epochs("lab2.c", f"bits_{bits}"),
                "average": averages.get(f"bits_{bits}"),
            }
            for bits in load_assignment().bits
        },
        "mixed": {
            scheme: {
                "before": report("lab2.d", f"before_{scheme}"),
                "after": report("lab2.d", f"after_{scheme}"),
                "epochs": count_epochs("lab2.d", f"after_{scheme}"),
                "average": report("lab2.e", f"average_{scheme}"),
            }
            for scheme in SCHEMES
        },
        "a": {"listing": find_class_listing(folder, "STE")},
    }
    if differing:
        notes.append(f"{ANSWERS_NAME} and {RESULTS_NAME} differ: {'; '.join(differing)}")
    for letter, texts in LAB2_TEXTS.items():
        lab2[letter] = {"answers": _list_answers(answers, f"lab2.{letter}", (), texts)}
    lab2["e"]["layers"] = _gather_layers(results.get("tables", {}))
    lab2["f"] |= {key: answers.values["lab2.f", key] or "" for key in ("scheme", "stage")}
    return lab2


def _read_averages(results):
    points = results.get("tradeoff", {}).get("before", {}).get("points", [])
    return {point["scheme"]: point["average_precision"] for point in points}


def _gather_layers(tables):
    """Put the tables of the schemes side by side: one row per layer, its bits by scheme."""
    rows = {}
    for scheme, table in tables.items():
        for name, elements, bits in table:
            rows.setdefault(name, {"name": name, "elements": elements, "bits": {}})["bits"][scheme] = bits
    return list(rows.values())


def _gather_files(folder, code):
    files = {}
    for path in (folder / ANSWERS_NAME, folder / RESULTS_NAME, *code):
        if path.is_file():
            files[path.name] = path.read_bytes()
    return files
