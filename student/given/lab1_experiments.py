"""The experiments of Lab 1: every run of (b) to (g) with your functions, and the figures."""

from types import SimpleNamespace

import numpy as np

from .problem import load_assignment
from .results_file import hash_code, number
from .student_code import LAB1_FUNCTIONS, describe_error, find_functions
from .trajectories import list_runs, run_trajectory

EARLY_STEPS = 20
ITEMS = {
    "lab1.b": "gradient descent",
    "lab1.c": "iterative pruning",
    "lab1.d": "ℓ1 by gradient descent",
    "lab1.e": "ℓ1 by proximal gradient",
    "lab1.f": "trimmed ℓ1 by proximal gradient",
    "lab1.g": "two data points",
}


def gather_functions(folder):
    """Find the four functions of Lab 1.

    Args:
        folder: Where the student's code lies.

    Returns:
        What provides the functions, as `given.trajectories.take_step` wants it (calling one that
        is not written raises ``NotImplementedError``), and file names to digests of the code.
    """
    found, _ = find_functions(folder, LAB1_FUNCTIONS)
    functions = {}
    for name, function in found.items():
        functions[name] = function.value or _not_written(function)
    files = sorted({function.file for function in found.values() if function.file})
    base = folder if folder.is_dir() else folder.parent
    return SimpleNamespace(**functions), {name: hash_code(base / name) for name in files}


def _not_written(function):
    def stub(*_, **__):
        raise NotImplementedError(function.error or f"{function.name} is not written yet")

    return stub


def run_experiments(functions, file_name="lab1.py", advance=lambda _: None):
    """Run every method of (b) to (g).

    Args:
        functions: What provides ``gd_step`` and the operators.
        file_name: The student's file, to say at which line an exception was raised.
        advance: Called with the label before each run.

    Returns:
        One dictionary per run: ``item``, ``method``, ``label``, ``strength``, ``two_points``, and
        either ``loss`` and ``weights`` (per step), ``final_loss``, ``final_weights`` and
        ``nonzeros``, or ``error`` where the run could not be made.
    """
    problem = load_assignment().lab1
    return [_record(run, problem, functions, file_name, advance) for run in list_runs(problem)]


def _record(run, problem, functions, file_name, advance):
    advance(f"{run.item[-1]}  {run.label}")
    record = {
        "item": run.item,
        "method": run.method,
        "label": run.label,
        "strength": run.strength,
        "two_points": run.two_points,
    }
    try:
        with np.errstate(all="ignore"):
            weights, losses = run_trajectory(run, problem, functions)
    except NotImplementedError as error:
        return record | {"error": str(error) or f"{run.function} is not written yet", "written": False}
    except Exception as error:  # noqa: BLE001  # whatever it is, it is reported
        return record | {"error": describe_error(error, file_name), "written": True}
    return record | {
        "loss": [number(loss) for loss in losses],
        "weights": [[number(entry) for entry in row] for row in weights],
        "final_loss": number(losses[-1]),
        "final_weights": [number(entry) for entry in weights[-1]],
        "nonzeros": int(np.count_nonzero(weights[-1])),
    }


def list_figures(runs):
    """List the figures of Lab 1 that can be drawn from the runs.

    Args:
        runs: From `run_experiments`.

    Returns:
        Pairs of a name, such as ``"lab1_d"``, and the runs to draw with a caption.
    """
    figures = []
    for item, title in ITEMS.items():
        drawn = [as_arrays(run) for run in runs if run["item"] == item and "loss" in run]
        if drawn:
            figures.append((item.replace(".", "_"), drawn, f"({item[-1]}) {title}"))
    early = list_early_runs(runs)
    if early:
        figures.append(("lab1_f_early", early, f"(f) the first {EARLY_STEPS} steps"))
    return figures


def as_arrays(run):
    """Turn a recorded run into arrays for a plot; what was not finite is nan again.

    Args:
        run: From `run_experiments`, without an error.

    Returns:
        ``label``, ``loss`` ``(steps + 1,)`` and ``weights`` ``(steps + 1, d)``.
    """
    loss = np.array([np.nan if entry is None else entry for entry in run["loss"]])
    weights = np.array([[np.nan if entry is None else entry for entry in row] for row in run["weights"]])
    return {"label": _short_label(run), "loss": loss, "weights": weights}


def _short_label(run):
    if run["two_points"] or run["strength"] is None:
        return run["label"]
    return run["label"].rsplit(", ", 1)[-1]


def list_early_runs(runs):
    """Pick pruning and three trimmed runs, cut after the first steps, for the comparison in (f).

    Args:
        runs: From `run_experiments`.

    Returns:
        Up to four runs as `as_arrays` gives them; none where one of the methods is missing.
    """
    pruned = [run for run in runs if run["item"] == "lab1.c" and "loss" in run]
    trimmed = [run for run in runs if run["item"] == "lab1.f" and "loss" in run]
    if not pruned or not trimmed:
        return []
    chosen = [pruned[0], *trimmed[:2], *trimmed[2:][-1:]]
    cut = []
    for run in chosen:
        arrays = as_arrays(run)
        label = "pruning" if run["method"] == "prune" else f"trimmed, λ = {run['strength']:g}"
        steps = EARLY_STEPS + 1
        cut.append({"label": label, "loss": arrays["loss"][:steps], "weights": arrays["weights"][:steps]})
    return cut


def draw_figures(runs, folder, advance=lambda _: None):
    """Draw the figures of Lab 1 as PNG and as PDF.

    Args:
        runs: From `run_experiments`.
        folder: Where to write them; made if it is not there.
        advance: Called with the name before each figure.

    Returns:
        The paths that were written.
    """
    from report_template.figures import save_figure
    from report_template.plots import plot_trajectories

    folder.mkdir(exist_ok=True)
    written = []
    for name, drawn, caption in list_figures(runs):
        advance(name)
        figure = plot_trajectories(drawn, caption)
        for suffix in (".png", ".pdf"):
            path = folder / f"{name}{suffix}"
            save_figure(figure, path)
            written.append(path)
    return written
