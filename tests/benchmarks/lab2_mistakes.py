"""Measure what the known wrong quantizers score, and store it for the verification of reported numbers.

Run ``python -m tests.benchmarks.lab2_mistakes``; it rewrites ``grader/lab2/mistake_accuracies.json``.
"""

import platform

import torch

from grader.lab2.known_tables import MISTAKES, measure_mistakes, write_mistakes
from grader.lab2.verification import Lab2Verification
from grader.mistakes.bank import PLAIN
from grader.mistakes.quantizers import MISTAKES as BANK
from student.given.devices import keep_freed_memory
from student.given.pretrained import hash_state


def main():
    """Measure, print and store."""
    keep_freed_memory()
    lab2 = Lab2Verification.open(notify=print)
    quantizers = {mistake.id: (mistake.why, mistake.compute) for mistake in BANK if mistake.case == PLAIN}
    schemes = {name: bits for name, bits in lab2.schemes.items() if bits is not None}
    found = measure_mistakes(quantizers, schemes, lab2.state, lab2.dataset)
    provenance = {
        "command": "python -m tests.benchmarks.lab2_mistakes",
        "torch": torch.__version__,
        "machine": platform.machine(),
        "test_images": len(lab2.dataset.test),
    }
    write_mistakes(found, lab2.dataset.digest, hash_state(lab2.state), provenance)
    print(f"{'':50} {' '.join(f'{name:>10}' for name in schemes)}")
    for mistake in found:
        values = " ".join(f"{mistake.accuracies.get(name, float('nan')):10.4f}" for name in schemes)
        print(f"{mistake.id:50} {values}")
    print(MISTAKES)


if __name__ == "__main__":
    main()
