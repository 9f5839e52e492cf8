"""The ``hw4 check`` command."""

from .answers import FILE_NAME, read_answers_file
from .checks import check_labs
from .terminal import make_console, print_facts, print_state
from .wording import show

STATES = {"passed": "pass", "failed": "FAIL", "not written": "to do"}


def check_everything(target, labs):
    """Check the functions of the labs and print what was found.

    Args:
        target: The student's folder, or one file.
        labs: The labs to check.

    Returns:
        The exit status: 0 when nothing fails, else 1.
    """
    console = make_console()
    reports, unreadable = check_labs(target.resolve(), labs)
    for code in unreadable:
        print_state(console, "FAIL", f"{code.path.name}: {code.error}")
        print_facts(console, [("hint", f"python -m py_compile {code.path.name} shows the line")])
    for report in reports:
        _print_report(console, report)
    faults = _check_answers(console, target, labs)
    counts = {state: sum(report.state == state for report in reports) for state in STATES}
    console.print()
    console.print(_summarize(counts, len(reports)))
    return 1 if counts["failed"] or unreadable or faults else 0


def _check_answers(console, target, labs):
    """Print what is wrong with ``answers.toml`` and what it still lacks; return the number of faults."""
    folder = target if target.is_dir() else target.parent
    path = folder.resolve() / FILE_NAME
    if not path.exists():
        if target.is_dir():
            print_state(console, "to do", FILE_NAME, "no such file here; the handout has one to fill in")
        return 0
    answers = read_answers_file(path)
    for problem in answers.problems:
        print_state(console, "FAIL", str(problem))
    sections = {"student", "1", *(f"lab{lab}" for lab in labs)}
    missing = {
        item: keys for item, keys in answers.list_missing().items() if item.partition(".")[0] in sections
    }
    if missing:
        print_state(console, "to do", FILE_NAME, "not answered yet:")
        print_facts(console, _group(missing))
    elif not answers.problems:
        print_state(console, "pass", FILE_NAME, "can be read, everything is answered")
    return len(answers.problems)


def _group(missing):
    """Join neighbouring items that lack the same keys, such as 1.3 to 1.10."""
    groups = []
    for item, keys in missing.items():
        if groups and groups[-1][2] == keys and item.startswith("1."):
            groups[-1][1] = item
        else:
            groups.append([item, item, keys])
    return [(first if first == last else f"{first}-{last}", ", ".join(keys)) for first, last, keys in groups]


def _summarize(counts, total):
    words = [f"{counts['passed']} of {total} functions pass the public checks"]
    if counts["failed"]:
        words.append(f"{counts['failed']} to correct")
    if counts["not written"]:
        words.append(f"{counts['not written']} still to write")
    return ", ".join(words) + "."


def _print_report(console, report):
    passed = sum(outcome.passed for outcome in report.outcomes)
    detail = report.file
    if report.outcomes:
        detail += f", {passed} of {len(report.outcomes)} checks"
    elif report.state == "not written":
        detail = report.note or f"{report.file}, not implemented yet"
    print_state(console, STATES[report.state], report.title, detail)
    if report.state == "failed" and report.note:
        print_facts(console, [("why", report.note), ("hint", f"run python {report.file} to see it")])
    failed = [outcome for outcome in report.outcomes if not outcome.passed]
    told = set()
    for outcome in failed:
        console.print(f"      {outcome.claim}", markup=False)
        if told and (not outcome.why or outcome.why in told):
            console.print("        [dim]fails too; correct the first failure first[/dim]")
            continue
        told.add(outcome.why)
        print_facts(console, [("call", outcome.call), *_list_inputs(outcome)])
        facts = [(key, getattr(outcome, key)) for key in ("got", "expected", "why", "hint")]
        print_facts(console, facts)


def _list_inputs(outcome):
    return [(name, show(value)) for name, value in (outcome.inputs or {}).items()]
