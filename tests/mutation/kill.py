"""Grade mutants with the hidden checks in the real sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.grade import Settings
from grader.sandbox import Sandbox
from grader.submission import Assembly
from grader.submission.assembly import Unit
from grader.submission.functions import EXPECTED_MODULES
from tests.bank.hidden_checks import PASSED, HiddenCheck, list_hidden_checks, select_checks, warm
from tests.mutation.generate import Mutant

# A kill must not be luck: a mutant has to lose points under each of these seeds.
SEEDS = (590, 1, 2)


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        mutant: The mutant.
        lost: For every seed the first check that it lost, or an empty string.
    """

    mutant: Mutant
    lost: tuple[str, ...]

    @property
    def is_killed(self) -> bool:
        """Whether it lost automatic points under every seed."""
        return all(self.lost)


def assemble_mutant(mutant: Mutant) -> Assembly:
    """Return what a worker runs of a mutant."""
    units = (
        Unit("lab1.py", "lab1", (mutant.lab1,)),
        Unit("FP_layers.py", "FP_layers", (mutant.layers,)),
    )
    return Assembly(units, dict(EXPECTED_MODULES), (), {}, {}, None, {})


def grade_mutant(
    mutant: Mutant, sandbox: Sandbox, settings: Settings, seeds: Sequence[int] = SEEDS
) -> Verdict:
    """Make the checks of the mutant's function, under each seed until one is lost.

    Only these checks are made: what another check loses would not count as a kill.

    Args:
        mutant: The mutant.
        sandbox: Where its code runs.
        settings: How to grade.
        seeds: Seeds of the hidden inputs.
    """
    checks = _sort_cheap_first(select_checks(list_hidden_checks(settings), mutant.function))
    with warm(sandbox, settings, assemble_mutant(mutant)) as submission:
        return Verdict(mutant, tuple(_find_lost(submission, checks, seed) for seed in seeds))


def _sort_cheap_first(checks: tuple[HiddenCheck, ...]) -> list[HiddenCheck]:
    """Put the check of all layers of ResNet-20 last: it takes as long as all others."""
    return sorted(checks, key=lambda check: check.name == "lab2.a.layers")


def _find_lost(submission: object, checks: list[HiddenCheck], seed: int) -> str:
    for check in checks:
        outcomes, _ = submission.grade([check], seed)  # type: ignore[attr-defined]
        if outcomes[check.name] != PASSED:
            return check.name
    return ""
