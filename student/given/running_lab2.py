"""The ``hw4 lab2`` command."""

import sys

from . import pretrained
from .answers import FILE_NAME as ANSWERS_NAME
from .answers_filling import fill, plan_filling
from .datasets import EMBEDDED, load_dataset
from .devices import choose_device, keep_freed_memory
from .errors import CheckpointError, Lab2Error
from .lab2_experiments import Lab2Experiments, list_finetunes
from .lab2_figures import draw_figures, name_scheme_in_braces
from .lab2_results import merge_results, read_partial_results
from .problem import load_assignment
from .results_file import ResultsError, read_results, write_atomically, write_part
from .student_layers import gather_layers, hash_behaviour
from .terminal import make_console, make_progress, print_facts, print_state

RUNS_FOLDER = "lab2_runs"


def run_lab2(folder, data, device, precision, weights, epochs, finetune, filling):
    """Run the experiments of Lab 2, write the figures and ``results.json``.

    Args:
        folder: The student's folder.
        data: ``"embedded"``, ``"cifar10"``, or a path.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        precision: ``"float32"``, ``"tf32"`` or ``"bfloat16"``: how finetuning multiplies.
        weights: Path of a checkpoint, or None for the shipped one.
        epochs: Epochs of every finetune for a quick look; the assignment's when None.
        finetune: Whether to finetune.
        filling: Whether to write the numbers into ``answers.toml``; None asks.

    Returns:
        The exit status: 0 when everything was measured, else 1.
    """
    console = make_console()
    try:
        old = read_results(folder).get("lab2")
        part = _measure(console, folder, data, device, precision, weights, epochs, finetune, old)
        write_part(folder, "lab2", part)
    except (Lab2Error, ResultsError) as error:
        print_state(console, "FAIL", str(error))
        return 1
    print_state(console, "wrote", "results.json")
    figures = draw_figures(part, folder / "figures")
    if figures:
        print_state(console, "wrote", f"figures/lab2_*.png and .pdf ({len(figures) // 2} figures)")
    for key, error in part["errors"].items():
        print_state(console, "FAIL", key)
        print_facts(console, [("why", error)])
    _fill_answers(console, folder, part, filling)
    if part.get("stopped"):
        print_state(console, "note", "stopped; the same command goes on where this one was")
    return 1 if part["errors"] or part.get("stopped") else 0


def _measure(console, folder, data, device, precision, weights, epochs, finetune, old):
    layers, code = gather_layers(folder)
    dataset = load_dataset(data, notify=lambda line: print_state(console, "note", line))
    state = _load_state(weights, dataset)
    place = choose_device(device)
    if place.type == "cpu":
        keep_freed_memory()
    behaviour = hash_behaviour(layers, state)
    run = [dataset.name, pretrained.hash_state(state)[:8], behaviour]
    run += [precision] if precision != "float32" else []
    runs_folder = folder / RUNS_FOLDER / "-".join(run)
    where = f"{dataset.name}: {len(dataset.train):,} training and {len(dataset.test):,} test images, {place}"
    console.print(where, markup=False)
    if dataset.name == EMBEDDED:
        print_state(console, "note", "these are the embedded images; --data cifar10 uses CIFAR-10")
    stopped = False
    with make_progress(console) as progress:
        experiments = Lab2Experiments(layers, dataset, state, runs_folder, place, precision, epochs=epochs)
        experiments.on_result = lambda item, name, value: console.print(
            f"  {item}  {name:<12} {value:.4f}" + ("  bits" if item == "lab2.e" else "")
        )
        experiments.on_progress = _make_reporter(progress)
        try:
            new = experiments.run(finetune=finetune)
        except KeyboardInterrupt:
            new, stopped = read_partial_results(runs_folder), True
            if new is None:
                raise
    new = new | {"code": code, "behaviour": behaviour, "stopped": stopped}
    return merge_results(old, new, note=lambda text: print_state(console, "note", text))


def _load_state(weights, dataset):
    if weights is not None:
        return pretrained.load_weights(weights)
    path = pretrained.EMBEDDED_WEIGHTS if dataset.name == EMBEDDED else pretrained.CIFAR10_WEIGHTS
    if not path.exists():
        raise CheckpointError(
            f"no weights for {dataset.name} are shipped; expected --weights",
            hint="--weights pretrained_model.pt uses the checkpoint of HW4.zip",
        )
    return pretrained.load_weights(path)


def _make_reporter(progress):
    finetunes = {finetune.key: finetune for finetune in list_finetunes(load_assignment())}
    tasks = {}

    def report(key, now):
        if key not in tasks:
            for task in tasks.values():
                progress.remove_task(task)
            tasks.clear()
            tasks[key] = progress.add_task(key, total=now.epochs * now.steps)
        scheme = name_scheme_in_braces(finetunes[key].name.removeprefix("after_"))
        accuracy = "" if now.test_accuracy is None else f", test {now.test_accuracy:.4f}"
        left = "" if now.seconds_left is None else f", {_show_time(now.seconds_left)} left"
        text = f"{scheme}, epoch {now.epoch}/{now.epochs}{accuracy}{left}"
        progress.update(tasks[key], completed=(now.epoch - 1) * now.steps + now.step, description=text)

    return report


def _show_time(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _fill_answers(console, folder, part, filling):
    path = folder / ANSWERS_NAME
    measured = part["answers"]
    if part["epochs"] is not None:
        measured = {
            item: {key: value for key, value in numbers.items() if not key.startswith("after_")}
            for item, numbers in measured.items()
            if item != "lab2.c"
        }
        print_state(console, "note", f"a quick look with {part['epochs']} epochs is no answer to (c) and (d)")
    if not path.exists() or filling is False:
        return
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    plan = plan_filling(text, measured)
    if not plan:
        return
    replaced = [step for step in plan if step.old]
    if filling is None:
        for step in replaced:
            print_state(console, "note", f"{step.item} {step.key}: {step.old} would become {step.new}")
        if not sys.stdin.isatty():
            print_state(console, "note", f"{ANSWERS_NAME} lacks {len(plan)} numbers; --fill writes them")
            return
        answer = console.input(f"Write {len(plan)} numbers into {ANSWERS_NAME}? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            return
    content = fill(text, plan).encode("utf-8", errors="surrogateescape")
    write_atomically(path, content)
    print_state(console, "wrote", f"{ANSWERS_NAME} ({len(plan)} numbers)")
