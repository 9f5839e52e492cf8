"""The tables of docs/lab2.md that repeat ``bands.json``, beside it."""

import re
from pathlib import Path

import pytest

from grader.lab2.bands import PROTOCOL, read_bands
from student.given.datasets import EMBEDDED
from student.given.lab2_figures import name_scheme_in_braces

PAGE = Path(__file__).parents[2] / "docs" / "lab2.md"
CIFAR10 = "cifar10_jpeg.tar.xz"


def tabulate(bands):
    """Return a row of the page for each band."""
    return [
        [
            "embedded" if band.data == EMBEDDED else "CIFAR-10 as JPEG",
            name_scheme_in_braces(band.scheme),
            str(band.n),
            f"{band.mean:.4f}",
            "-" if band.sd is None else f"{band.sd:.4f}",
            f"{band.low:.4f} to {band.high:.4f}",
        ]
        for band in bands
    ]


def read_table(title):
    """Return the rows of the page's table under a line in bold."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"**{title}**")
    lines = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE).group().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("title", ["Bands of the protocol", "Bands of the short finetune"])
def test_the_page_shows_the_stored_bands(title):
    bands = [band for band in read_bands() if (band.budget == PROTOCOL) == title.endswith("protocol")]
    assert bands
    assert read_table(title) == tabulate(bands)


@pytest.mark.parametrize("data", [EMBEDDED, CIFAR10])
def test_all_six_finetunes_are_stored(data):
    """A finetuned number of the shipped weights is never without a band."""
    for budget in {band.budget for band in read_bands()}:
        found = {band.scheme for band in read_bands() if (band.data, band.budget) == (data, budget)}
        assert found == {"bits_4", "bits_3", "bits_2", "442", "424", "244"}


def test_histories_end_in_the_stored_accuracies():
    """Each row of a history has its highest accuracy last, and that is the band's, for seed 0."""
    stored = {
        (band.data, name_scheme_in_braces(band.scheme)): band.accuracies["0"]
        for band in read_bands()
        if band.budget == PROTOCOL
    }
    _, _, page = PAGE.read_text(encoding="utf-8").partition("## Finetuned accuracies")
    page, _, _ = page.partition("\n## ")
    halves = dict(zip((EMBEDDED, CIFAR10), page.split("**CIFAR-10 as JPEG**"), strict=True))
    seen = set()
    for data, text in halves.items():
        for line in re.findall(r"^\| (?:\d|\{).*\|$", text, re.MULTILINE):
            bits, before, *epochs, best = [cell.strip() for cell in line.strip("|").split("|")]
            if len(epochs) < 10:
                continue
            scheme = bits if bits.startswith("{") else f"{bits} bits"
            assert float(best) == max(map(float, epochs)) == stored[data, scheme] > float(before)
            seen.add((data, scheme))
    assert seen == set(stored)
