"""The ``hw4`` command: check, run, write and hand in Homework 4."""

from pathlib import Path

import click

from .errors import AssignmentDataError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """Commands that say in words when the given data was changed, whichever of them reads it."""

    def invoke(self, ctx):
        """Run the command."""
        try:
            return super().invoke(ctx)
        except AssignmentDataError as error:
            raise click.ClickException(
                f"{error}\n  hint: given/ is not yours to edit; take assignment.toml from the handout again"
            ) from error


@click.group(cls=Commands, context_settings=CONTEXT)
def main():
    """Check, run, write and hand in Homework 4.

    Work in the folder that holds lab1.py, FP_layers.py and answers.toml. The usual order:
    check, lab1, lab2, report, pack.
    """


@main.command()
@click.argument("target", type=click.Path(exists=True, path_type=Path), default=Path())
@click.option("--lab", type=click.IntRange(1, 2), help="Check one lab only; Lab 1 needs no PyTorch.")
def check(target, lab):
    """Run the public checks on your functions and on answers.toml.

    TARGET is the folder with your files (the current one by default) or one file of it.
    Exit status: 0 when nothing fails (what you did not write yet does not fail), 1 when
    something fails, 2 when the command is wrong.
    """
    from .checking import check_everything

    raise SystemExit(check_everything(target, (lab,) if lab else (1, 2)))


@main.command()
@click.argument("folder", type=FOLDER, default=Path())
def lab1(folder):
    """Run the experiments of Lab 1 with your functions.

    All runs of (b) to (g), the figures as PNG and PDF in figures/, and results.json, from
    which `hw4 report` sets your report.
    """
    from .running_lab1 import run_lab1

    raise SystemExit(run_lab1(folder.resolve()))


@main.command()
@click.argument("folder", type=FOLDER, default=Path())
@click.option(
    "--data", default="embedded", show_default=True, help="embedded, cifar10, or a folder or archive."
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option(
    "--precision",
    type=click.Choice(["float32", "tf32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="How finetuning multiplies; bfloat16 is faster on a GPU and on some processors.",
)
@click.option("--weights", type=FILE, help="A checkpoint, such as the pretrained_model.pt of HW4.zip.")
@click.option("--epochs", type=click.IntRange(1), help="Finetune so many epochs only, for a quick look.")
@click.option("--finetune/--no-finetune", default=True, help="Leave finetuning out.")
@click.option("--fill/--no-fill", default=None, help="Write the numbers into answers.toml without asking.")
def lab2(folder, data, device, precision, weights, epochs, finetune, fill):
    """Run the experiments of Lab 2 with your quantizer.

    The accuracies of (b), the finetunes of (c) and (d), the averages of (e), figures and
    results.json. It may be stopped at any time: the same command goes on.
    """
    from .running_lab2 import run_lab2

    raise SystemExit(run_lab2(folder.resolve(), data, device, precision, weights, epochs, finetune, fill))


@main.command()
@click.argument("folder", type=FOLDER, default=Path())
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The PDF to write.")
def report(folder, output):
    """Set your report as a PDF from answers.toml, results.json and your code.

    What is missing is listed here and marked in the PDF. Exit status: 0 when the report is
    complete, else 1.
    """
    from .reporting import write_report

    raise SystemExit(write_report(folder.resolve(), output))


@main.command()
@click.argument("folder", type=FOLDER, default=Path())
def pack(folder):
    """Examine your folder and make the two files to hand in.

    hand_in/ then holds <netid>_report.pdf and <netid>_lab1.py (or .ipynb) and nothing else.
    """
    from .packing import pack as make_files

    raise SystemExit(make_files(folder.resolve()))


if __name__ == "__main__":
    main()
