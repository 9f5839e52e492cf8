"""The commands that make what the grader and the handout ship: weights, bands, known accuracies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import torch

import reference.FP_layers
from grader.errors import GraderError, StaffError, UsageError
from grader.finetune_names import FINETUNES, scheme_option
from grader.lab2.accuracies import KNOWN, AccuracyCache
from grader.lab2.bands import add_bands, list_protocol_bands
from grader.lab2.pretraining import RECIPES, pretrain
from grader.lab2.short_finetune import measure_short_bands
from grader.lab2.verification import Lab2Verification
from student.given.datasets import EMBEDDED, load_dataset
from student.given.devices import PRECISIONS, choose_device, keep_freed_memory
from student.given.errors import DataError, DeviceError, Lab2Error
from student.given.finetuning import Progress
from student.given.lab2_experiments import Lab2Experiments
from student.given.pretrained import hash_state
from student.given.quantized_state import quantize_state
from student.given.training import Recipe
from student.given.user_cache import find_cache_folder, write_whole


@contextmanager
def _in_the_graders_words() -> Iterator[None]:
    try:
        yield
    except Lab2Error as error:
        kind: type[GraderError] = UsageError if isinstance(error, DataError | DeviceError) else StaffError
        raise kind(error.message, hint=error.hint) from error


@contextmanager
def show_progress() -> Iterator[Callable[[str, Progress], None]]:
    """Show a bar for each training run: epochs, accuracy, time left.

    Yields:
        A function of a run's name and its `student.given.finetuning.Progress`.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as bars:
        tasks: dict[str, Any] = {}

        def show(name: str, progress: Any) -> None:
            total = progress.epochs * progress.steps
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total, told="")
            best = f"best {progress.best_accuracy:.4f}, " if progress.best_accuracy is not None else ""
            left = f"{progress.seconds_left / 60:.0f} min left" if progress.seconds_left is not None else ""
            told = f"epoch {progress.epoch}/{progress.epochs}, {best}{left}"
            done = (progress.epoch - 1) * progress.steps + progress.step
            bars.update(tasks[name], completed=done, told=told)

        yield show


@click.command("pretrain")
@click.option(
    "--data", default=EMBEDDED, show_default=True, help="embedded, cifar10, a folder or an archive."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file of the weights.")
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the images; the recipe's by default.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--precision", type=click.Choice(PRECISIONS), default="float32", show_default=True)
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads; all cores by default.")
def pretrain_command(
    data: str, out: Path, epochs: int | None, seed: int, device: str, precision: str, threads: int | None
) -> None:
    """Train the weights that the handout ships; a stopped run is resumed."""
    _prepare(threads)
    with _in_the_graders_words(), show_progress() as show:
        dataset = load_dataset(data, notify=click.echo)
        recipe = RECIPES["embedded" if dataset.name == EMBEDDED else "cifar10"]
        recipe = replace(recipe, seed=seed, epochs=epochs or recipe.epochs)
        checkpoint = out.with_name(f"{out.name}.run")
        result = pretrain(
            dataset,
            recipe,
            choose_device(device),
            checkpoint,
            precision,
            lambda progress: show("pretraining", progress),
        )
    write_whole(out, lambda file: torch.save(result.final_state, file))
    report = result.summarize() | {
        "data_sha256": dataset.digest,
        "weights_sha256": hash_state(result.final_state),
    }
    out.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    click.echo(f"test accuracy {result.history[-1]['test_accuracy']:.4f}: {out}")


@click.command("bands")
@click.option(
    "--data", default=EMBEDDED, show_default=True, help="embedded, cifar10, a folder or an archive."
)
@click.option("--weights", type=click.Path(path_type=Path), help="A checkpoint; the shipped one by default.")
@click.option("--seed", "seeds", type=int, multiple=True, default=(0,), show_default=True)
@scheme_option("Only this finetune; may be given several times.")
@click.option("--short", is_flag=True, help="The short finetune of a grading instead of the protocol.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where unfinished runs are kept.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--precision", type=click.Choice(PRECISIONS), default="float32", show_default=True)
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads; all cores by default.")
def bands_command(
    data: str,
    weights: Path | None,
    seeds: tuple[int, ...],
    schemes: tuple[str, ...],
    *,
    short: bool,
    folder: Path | None,
    device: str,
    precision: str,
    threads: int | None,
) -> None:
    """Finetune the reference and add its accuracies to the bands that claims are set against.

    Each accuracy is stored as soon as its finetune has ended, and a stopped one goes on from its last
    epoch: the same command again does what is left. Several commands may work at once, each on other
    seeds or schemes.
    """
    wanted = schemes or FINETUNES
    _prepare(threads)
    lab2 = Lab2Verification.open(data, weights, click.echo)
    with _in_the_graders_words():
        if short:
            chosen = _short_schemes(lab2, wanted)
            for seed in seeds:
                add_bands(measure_short_bands(lab2.state, lab2.dataset, chosen, (seed,), _tell))
            return
        folder = (
            folder or find_cache_folder() / f"bands-{hash_state(lab2.state)[:12]}-{lab2.dataset.digest[:12]}"
        )
        with show_progress() as show:
            for seed in seeds:
                experiments = Lab2Experiments(
                    reference.FP_layers,
                    lab2.dataset,
                    lab2.state,
                    folder / f"seed-{seed}",
                    choose_device(device),
                    precision,
                    Recipe(seed=seed),
                    only=wanted,
                    on_progress=lambda key, progress, seed=seed: show(f"{key}, seed {seed}", progress),
                    on_run=lambda results: add_bands(list_protocol_bands(results)),
                )
                if errors := experiments.run()["errors"]:
                    key, words = next(iter(errors.items()))
                    raise StaffError(
                        f"{key}, seed {seed}: {words}", hint="the finetunes that ended are stored"
                    )


@click.command("known-accuracies")
@click.option(
    "--data", default=EMBEDDED, show_default=True, help="embedded, cifar10, a folder or an archive."
)
@click.option("--weights", type=click.Path(path_type=Path), help="A checkpoint; the shipped one by default.")
def known_accuracies_command(data: str, weights: Path | None) -> None:
    """Evaluate the reference without finetuning and store what a grading then need not compute."""
    _prepare(None)
    lab2 = Lab2Verification.open(data, weights, click.echo)
    cache = AccuracyCache.open(None)
    states = [quantize_state(lab2.state, bits, reference.FP_layers) for bits in lab2.schemes.values()]
    for name, value in zip(lab2.schemes, cache.evaluate(states, lab2.dataset), strict=True):
        click.echo(f"{name:12} {value:.4f}")
    text = json.dumps({"accuracies": cache.values}, indent=1) + "\n"
    write_whole(KNOWN, lambda file: file.write(text.encode()))


def _short_schemes(lab2: Lab2Verification, wanted: Sequence[str]) -> dict[str, Any]:
    return {
        name.removeprefix("after_"): bits for name, bits in lab2.finetuned_schemes.items() if name in wanted
    }


def _tell(scheme: str, seed: int, accuracy: float) -> None:
    click.echo(f"{scheme:8} seed {seed}: {accuracy:.4f}")


def _prepare(threads: int | None) -> None:
    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
