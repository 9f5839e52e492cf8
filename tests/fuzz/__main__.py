"""Fuzz the targets, each for so many seconds: ``python -m tests.fuzz --seconds 60 [NAME ...]``.

Needs ``pip install -e '.[fuzz]'``. A finding is written beside the corpus and named; put its bytes into
``tests/fuzz/findings`` under ``NAME-what_it_was`` when it is fixed: the tests then read it for ever.
"""

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS, list_seeds

SECONDS = 60
MOST_BYTES = 4096
SLOWEST_SECONDS = 20
GUIDING = ("grader.wire", "grader.submission", "student.given.answers", "zipfile", "tests.fuzz.targets")


def fuzz(name: str, seconds: int, corpus: Path) -> int:
    """Fuzz one target in a process of its own, for libFuzzer ends its process.

    Returns:
        Its exit status, 0 where nothing was found.
    """
    (corpus / name).mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(list_seeds(name)):
        (corpus / name / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={MOST_BYTES}",
        f"-timeout={SLOWEST_SECONDS}",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
        f"-artifact_prefix={corpus / name}-finding-",
    ]
    command = [sys.executable, "-m", "tests.fuzz", "--run", name, *options, str(corpus / name)]
    return subprocess.run(command, check=False).returncode


def run_target(name: str, arguments: list[str]) -> None:
    """Hand a target to libFuzzer; does not return."""
    import atheris

    for module in [module for module in sys.modules if module.startswith(GUIDING)]:
        del sys.modules[module]  # imported before, without the marks that guide
    with atheris.instrument_imports(include=list(GUIDING)):
        target = importlib.import_module("tests.fuzz.targets").TARGETS[name]
    atheris.Setup([sys.argv[0], *arguments], target)
    atheris.Fuzz()


def main() -> int:
    """Fuzz every target that was named, or all."""
    if sys.argv[1:2] == ["--run"]:
        run_target(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--corpus", type=Path, help="kept there; by default in a folder that goes")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(TARGETS))
    if unknown:
        parser.error(f"found {', '.join(unknown)}, expected names of {', '.join(TARGETS)}")
    with tempfile.TemporaryDirectory() as folder:
        corpus = options.corpus or Path(folder)
        failed = [name for name in options.names or TARGETS if fuzz(name, options.seconds, corpus)]
        for name in failed:
            for finding in sorted(corpus.glob(f"{name}-finding-*")):
                print(f"{name}: {finding.read_bytes()!r}")
    print(f"findings: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
