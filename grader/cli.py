"""The command ``hw4-grade``."""

from __future__ import annotations

import importlib
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import click

from grader.errors import GraderError, StaffError, SubmissionError, UsageError
from grader.finetune_names import scheme_option

LATE_COMMANDS = {  # imported when they are called: some need torch
    "pretrain": ("grader.lab2.commands", "pretrain_command"),
    "bands": ("grader.lab2.commands", "bands_command"),
    "finetune": ("grader.batch.finetunes", "finetune_command"),
    "known-accuracies": ("grader.lab2.commands", "known_accuracies_command"),
    "reports": ("grader.batch.reports", "reports_command"),
    "marks": ("grader.gradebook.commands", "marks_command"),
    "mark": ("grader.gradebook.commands", "mark_command"),
    "override": ("grader.gradebook.commands", "override_command"),
    "history": ("grader.gradebook.commands", "history_command"),
    "gradebook": ("grader.gradebook.commands", "gradebook_command"),
    "export": ("grader.gradebook.export_command", "export_command"),
    "gradescope": ("grader.gradescope.command", "gradescope_command"),
    "similarity": ("grader.similarity.commands", "similarity_command"),
}


class DefaultGroup(click.Group):
    """A group whose first argument may be a submission: ``hw4-grade submission/``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the default command before arguments that name no command."""
        known = {*self.list_commands(ctx), "--help", "-h", "--version"}
        if args and args[0] not in known and any(not word.startswith("-") for word in args):
            args = ["grade", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List all commands, those too that are not imported yet."""
        return sorted({*super().list_commands(ctx), *LATE_COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing it if need be."""
        if cmd_name in LATE_COMMANDS:
            module, attribute = LATE_COMMANDS[cmd_name]
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return super().get_command(ctx, cmd_name)


@click.group(cls=DefaultGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hw4-grader", prog_name="hw4-grade")
def cli() -> None:
    """Grade submissions of Homework 4: hw4-grade SUBMISSION..."""


def _parse_time(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"found {value!r}, expected a time such as 2020-10-15T23:55:00-04:00"
        ) from error
    if moment.tzinfo is None:
        raise click.BadParameter(f"found {value!r} without an offset, expected one such as -04:00 or Z")
    return moment


@cli.command()
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for results; by default beside each submission."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Seed of the hidden inputs; by default from the upload's bytes.",
)
@click.option("--submitted-at", callback=_parse_time, help="When it was handed in, ISO 8601 with an offset.")
@click.option("--allow-weak", is_flag=True, help="Grade even where student code cannot be confined well.")
@click.option("--no-pdf", is_flag=True, help="Write results.json only.")
@click.option(
    "--level",
    type=click.Choice(["staff", "student"]),
    default="staff",
    show_default=True,
    help="Who reads the results: a student's hold no hidden input and no expected value.",
)
@click.option(
    "--data", default="embedded", show_default=True, help="Images of Lab 2: embedded, cifar10 or a path."
)
@click.option(
    "--weights", type=click.Path(path_type=Path), help="Checkpoint of Lab 2; the shipped one by default."
)
@click.option(
    "--finetune/--no-finetune",
    default=True,
    help="Train with the quantizer: single steps, a short finetune (20 s of one core, 1 GiB); on by default.",
)
@scheme_option(
    "What to finetune shortly; may be given several times. By default all six on a GPU, else bits_2."
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to finetune shortly; auto: on a GPU where workers can use one.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Submissions graded at once; one per core.")
@click.option("--regrade", is_flag=True, help="Of a class, grade again what has not changed.")
@click.option("--twice", is_flag=True, help="Grade a class twice and report checks that differ.")
@click.option("--cluster", help="Grade a class on a Dask cluster: tcp://host:port or a scheduler file.")
def grade(
    submissions: tuple[Path, ...],
    out: Path | None,
    seed: int | None,
    submitted_at: datetime | None,
    *,
    allow_weak: bool,
    no_pdf: bool,
    level: Literal["staff", "student"],
    data: str,
    weights: Path | None,
    finetune: bool,
    schemes: tuple[str, ...],
    device: str,
    jobs: int | None,
    regrade: bool,
    twice: bool,
    cluster: str | None,
) -> None:
    """Grade SUBMISSIONS: folders, single files or zip files, a folder of them, or an LMS's download."""
    from grader.batch.command import demand_one_choice, grade_class, make_plan
    from grader.batch.reading import is_single, read_paths

    choices: dict[str, Any] = {"seed": seed, "submitted_at": submitted_at, "data": data, "weights": weights}
    choices |= {"steps": finetune, "finetunes": schemes or None, "device": device}
    download = read_paths(submissions)
    if not is_single(download):
        flags = {"allow_weak": allow_weak, "pdf": not no_pdf, "regrade": regrade, "twice": twice}
        grade_class(download, out, make_plan(jobs, choices=choices, cluster=cluster, **flags))
    from rich.console import Console

    from grader.grading_run import GradingRun

    demand_one_choice(regrade=regrade, twice=twice, jobs=jobs, cluster=cluster)
    with GradingRun.start(Console(), allow_weak=allow_weak, **choices) as run:
        readable = run.grade(submissions[0], out, pdf=not no_pdf, level=level)
    sys.exit(0 if readable else SubmissionError.exit_status)


@cli.command()
@click.argument("result", type=click.Path(path_type=Path))
@click.argument("item")
@click.option("--submission", type=click.Path(path_type=Path), help="Make the checks again on these files.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="With --submission: save the whole inputs as .npz."
)
@click.option("--allow-weak", is_flag=True, help="Run student code even where it cannot be confined well.")
def explain(result: Path, item: str, submission: Path | None, save: Path | None, *, allow_weak: bool) -> None:
    """Show the checks of ITEM (or one check) of RESULT with inputs, expected values and tolerances."""
    from rich.console import Console

    from grader.explain import print_item, print_sources, read_result, repeat_checks, save_inputs

    if save is not None and submission is None:
        raise UsageError("found --save without --submission", hint="name the files that were graded")
    console = Console(highlight=False)
    recorded = read_result(result)
    print_item(console, recorded, item)
    if submission is not None:
        from grader.grading_run import GradingRun

        with GradingRun.start(console, allow_weak=allow_weak) as run:
            repeated = repeat_checks(run, submission, recorded, item)
        print_sources(console, repeated.sources)
        lines = save_inputs(repeated.inputs, save) if save is not None else []
        for line in [*lines, *repeated.differences]:
            console.print(line, markup=False, soft_wrap=True)
        console.print(
            "made again: " + ("the outcome differs" if repeated.differences else "the same outcome")
        )
        if repeated.differences:
            raise StaffError("the checks did not come out as recorded", hint="was the grader changed since?")


@cli.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="hw4-student.zip",
    show_default=True,
    help="The zip file.",
)
def handout(out: Path) -> None:
    """Write the zip that students get: stubs, given code, report template; nothing of the solutions."""
    from grader.handout import build_handout

    build_handout(out)
    click.echo(f"handout: {out}")


def main(arguments: list[str] | None = None) -> Any:
    """Run ``hw4-grade``; every error is one line, a hint and an exit status."""
    try:
        return cli.main(args=arguments, prog_name="hw4-grade", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(UsageError.exit_status)
    except (click.Abort, KeyboardInterrupt):
        click.echo("hw4-grade: stopped", err=True)
        sys.exit(130)
    except GraderError as error:
        click.echo(f"hw4-grade: error: {error}", err=True)
        sys.exit(error.exit_status)
    except Exception as error:  # whatever else happens is ours
        click.echo(f"hw4-grade: error: {type(error).__name__}: {error}", err=True)
        click.echo("  hint: this is a fault of the grader; run with HW4_DEBUG=1 for the traceback", err=True)
        if os.environ.get("HW4_DEBUG"):
            raise
        sys.exit(StaffError.exit_status)
