"""``hw4-grade gradescope``: write the autograder's zip."""

from __future__ import annotations

import os
from pathlib import Path

import click

from grader.gradescope.bundle import Choices, build_bundle

MARGIN_SECONDS = 40  # to write that a grading was given up, before Gradescope stops the container
INDEX_VARIABLE = "HW4_TORCH_INDEX"


@click.command("gradescope")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="autograder.zip",
    show_default=True,
    help="The zip file.",
)
@click.option(
    "--torch-index",
    default="",
    help=f"Address of the index with PyTorch's builds for processors only; by default ${INDEX_VARIABLE}.",
)
@click.option(
    "--timeout-minutes",
    type=click.IntRange(2, 40),
    default=10,
    show_default=True,
    help="The timeout that is set at Gradescope.",
)
@click.option(
    "--finetune",
    type=click.Choice(["auto", "yes", "no"]),
    default="auto",
    show_default=True,
    help="Whether the short finetune runs; auto decides by the container's memory and processors.",
)
@click.option("--allow-weak", is_flag=True, help="Grade even where the container confines below level B.")
def gradescope_command(
    out: Path, torch_index: str, timeout_minutes: int, finetune: str, *, allow_weak: bool
) -> None:
    """Write the zip to upload to Gradescope as the autograder."""
    index = torch_index or os.environ.get(INDEX_VARIABLE, "")
    choices = Choices(timeout_minutes * 60.0 - MARGIN_SECONDS, allow_weak, finetune)
    sizes = build_bundle(out, choices, index)
    click.echo(f"autograder: {out} ({len(sizes)} files, {out.stat().st_size / 1e6:.1f} MB)")
    if not index:
        click.echo(
            "  PyTorch comes from the default index: on x86-64 the builds for GPUs, gigabytes larger. "
            "--torch-index names the index for processors; its address stands on PyTorch's page "
            '"Start locally" under CPU.'
        )
    if allow_weak:
        click.echo("  --allow-weak: student code may be confined too weakly; the results say so")
