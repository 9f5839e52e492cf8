"""The submission doctor: what is wrong with a folder before it is handed in."""

from typing import NamedTuple

from .answers import FILE_NAME as ANSWERS_NAME
from .answers import read_answers_file
from .checks import check_labs
from .reporting import is_netid
from .results_file import FILE_NAME as RESULTS_NAME
from .results_file import ResultsError, find_stale, read_results
from .submitted_code import find_lab1_file, list_imports

MEBIBYTE = 1 << 20
MAX_CODE_BYTES = 1 * MEBIBYTE
MAX_NOTEBOOK_BYTES = 20 * MEBIBYTE
MAX_REPORT_BYTES = 50 * MEBIBYTE
HANDED_OUT = {"given", "report_template", "lab1", "FP_layers"}


class Finding(NamedTuple):
    """One thing that the doctor found.

    Attributes:
        fatal: Whether nothing can be handed in like this.
        text: What was found.
        hint: What to do.
    """

    fatal: bool
    text: str
    hint: str = ""


def fatal(text, hint=""):
    """Make a `Finding` with which nothing can be handed in."""
    return Finding(fatal=True, text=text, hint=hint)


def remark(text, hint=""):
    """Make a `Finding` that does not keep anything from being handed in."""
    return Finding(fatal=False, text=text, hint=hint)


def examine(folder):
    """Examine a folder before it is handed in.

    Args:
        folder: The student's folder.

    Returns:
        The `Finding` s, the fatal ones first.
    """
    findings = [
        *_examine_place(folder),
        *_examine_answers(folder),
        *_examine_code(folder),
        *_examine_results(folder),
    ]
    return sorted(findings, key=lambda finding: not finding.fatal)


def _examine_place(folder):
    if (folder / ANSWERS_NAME).exists():
        return
    nested = sorted(path.parent for path in folder.glob(f"*/{ANSWERS_NAME}"))
    if nested:
        where = nested[0].name
        yield fatal(f"found no {ANSWERS_NAME} here, but one in {where}/", f"run hw4 pack {where}")


def _examine_answers(folder):
    if not (folder / ANSWERS_NAME).exists():
        yield fatal(f"found no {ANSWERS_NAME}", "restore it from the handout and fill it in")
        return
    answers = read_answers_file(folder / ANSWERS_NAME)
    for problem in answers.problems:
        yield remark(str(problem), "what stands there will not be read")
    netid = answers.values["student", "netid"]
    if not is_netid(netid):
        found = f"found netid = {netid!r}" if netid else "found no netid"
        yield fatal(f"{ANSWERS_NAME}: {found}, expected yours, such as ab123", "fill in [student]")
    missing = answers.list_missing()
    if missing:
        yield remark(f"{ANSWERS_NAME}: not answered: {', '.join(missing)}", "hw4 check lists the keys")


def _examine_code(folder):
    main, elsewhere = find_lab1_file(folder)
    if main is None:
        nested = sorted(path.parent.name for path in folder.glob("*/lab1.py"))
        hint = f"run hw4 pack {nested[0]}" if nested else "lab1.py of the handout is where they belong"
        yield fatal("found no file that defines gd_step or another function of Lab 1", hint)
        return
    name = main.path.name
    if elsewhere:
        hint = f"move them into {name}: the assignment asks for a single code file"
        yield remark(f"{', '.join(elsewhere)} stand in another file than {name}", hint)
    own = [module for module in list_imports(main) if (folder / f"{module}.py").exists()]
    own = [module for module in own if module not in HANDED_OUT]
    if own:
        hint = f"move what {name} needs into it: the assignment asks for a single code file"
        yield remark(f"{name} imports {', '.join(f'{module}.py' for module in own)}", hint)
    limit = MAX_NOTEBOOK_BYTES if main.path.suffix == ".ipynb" else MAX_CODE_BYTES
    size = main.path.stat().st_size
    if size > limit:
        hint = "clear the outputs of the notebook" if main.path.suffix == ".ipynb" else "remove data from it"
        yield fatal(f"{name} has {size / MEBIBYTE:.1f} MiB, at most {limit // MEBIBYTE} are taken", hint)
    reports, unreadable = check_labs(folder)
    for code in unreadable:
        yield remark(f"{code.path.name}: {code.error}", "what the file defines cannot be graded")
    for report in reports:
        if report.state == "failed":
            first = next((o for o in report.outcomes if not o.passed), None)
            why = report.note or (first.why or first.claim)
            yield remark(f"{report.title} fails the public checks: {why}", "hw4 check says more")
        elif report.state == "not written":
            yield remark(f"{report.title} is not written", "")


def _examine_results(folder):
    try:
        results = read_results(folder)
    except ResultsError as error:
        yield remark(str(error).splitlines()[0], "delete it and run hw4 lab1 and hw4 lab2 again")
        return
    for part in ("lab1", "lab2"):
        if part not in results:
            yield remark(f"{RESULTS_NAME} has no results of Lab {part[3:]}", f"run hw4 {part}")
    for part, name in find_stale(results, folder):
        yield remark(f"{name} changed after hw4 {part} made its results", f"run hw4 {part} again")
