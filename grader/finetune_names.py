"""The finetunes of Lab 2(c) and (d), by their names in answers.

Here and not where the finetunes are listed, so that command lines know them without importing PyTorch.
"""

from collections.abc import Callable
from typing import Any

import click

FINETUNES = ("bits_4", "bits_3", "bits_2", "after_442", "after_424", "after_244")

# What a grading finetunes shortly unless told otherwise: a device does all in the time of one on a
# core, and on a core the outcome at 2 bits tells most.
ON_A_DEVICE = FINETUNES
ON_THE_CPU = ("bits_2",)


def scheme_option(words: str) -> Callable[[Any], Any]:
    """Give a command the option ``--scheme``, which names finetunes.

    Args:
        words: What it is for.

    Returns:
        A decorator; the command gets the names as ``schemes``.
    """
    return click.option("--scheme", "schemes", multiple=True, type=click.Choice(FINETUNES), help=words)
