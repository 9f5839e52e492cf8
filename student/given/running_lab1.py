"""The ``hw4 lab1`` command."""

from .lab1_experiments import draw_figures, gather_functions, list_figures, run_experiments
from .problem import load_assignment
from .results_file import ResultsError, write_part
from .terminal import make_console, make_progress, print_facts, print_state
from .trajectories import list_runs


def run_lab1(folder):
    """Run all experiments of Lab 1, write the figures and ``results.json``.

    Args:
        folder: The student's folder.

    Returns:
        The exit status: 0 when every run was made, else 1.
    """
    console = make_console()
    functions, code = gather_functions(folder)
    file_name = next(iter(code), "lab1.py")
    total = len(list_runs(load_assignment().lab1))
    with make_progress(console) as progress:
        task = progress.add_task("runs", total=total)
        runs = run_experiments(functions, file_name, _advance(progress, task, "run"))
        progress.update(task, completed=total, description="runs")
        figures = len(list_figures(runs))
        task = progress.add_task("figures", total=figures)
        draw_figures(runs, folder / "figures", _advance(progress, task, "figure"))
        progress.update(task, completed=figures, description="figures")
    _print_runs(console, runs)
    console.print()
    try:
        write_part(folder, "lab1", {"code": code, "runs": runs})
    except (ResultsError, OSError) as error:
        print_state(console, "FAIL", str(error))
        return 1
    print_state(console, "wrote", "results.json")
    if figures:
        print_state(console, "wrote", f"figures/lab1_*.png and .pdf ({figures} figures)")
    failed = [run for run in runs if "error" in run]
    return 1 if failed else 0


def _advance(progress, task, kind):
    started = False

    def advance(label):
        nonlocal started
        progress.update(task, advance=1 if started else 0, description=f"{kind} {label}")
        started = True

    return advance


def _print_runs(console, runs):
    item = ""
    for run in runs:
        if run["item"] != item:
            item = run["item"]
            points = "two data points" if run["two_points"] else "three data points"
            console.print(f"\n[bold]({item[-1]})[/bold] {points}")
        if "error" in run:
            print_state(console, "FAIL" if run["written"] else "to do", run["label"])
            print_facts(console, [("why", run["error"]), ("hint", "hw4 check --lab 1 says more")])
            continue
        weights = ", ".join(
            "nan" if entry is None else f"{entry + 0.0:.4g}" for entry in run["final_weights"]
        )
        loss = "not finite" if run["final_loss"] is None else f"{run['final_loss']:.4g}"
        console.print(
            f"      {run['label']:<38} L = {loss:<11} {run['nonzeros']} nonzeros  [dim]{weights}[/dim]"
        )
