"""What a person reads."""

import csv
import io
import itertools
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grader.similarity.pages import build_index_page, build_pair_page
from grader.similarity.pairs import compare_class
from grader.similarity.writing import describe_class, format_table, make_comparison
from tests.bank.paths import RIGHT

COMMAND = Path(sys.executable).with_name("hw4-grade")
EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>"
SHARED = f'''
def largest(values, count):
    """{EVIL}"""
    best = [abs(value[0]) ** 2 // 3 for value in values if value is not None]
    text = "{EVIL} \u202e \x07"
    return sorted(best, key=lambda one: -one)[:count], text.count("a") % 7, best[::-1]
'''


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        """Keep a tag and its attributes."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        """Keep text."""
        self.words.append(data)

    def values(self, name):
        """Return the values of an attribute."""
        return [value for key, value in self.attributes if key == name]


@pytest.fixture(scope="module")
def comparisons(read, explained):
    """One pair whose names and code try to be markup."""
    class_ = [read(f"{key}{EVIL}", {f"{EVIL.replace('/', '')}.py": SHARED}, f"=2+2 {EVIL}") for key in "ab"]
    ranking = compare_class(class_, explained)
    comparison = make_comparison(1, ranking.pairs[0], class_, ranking, explained)
    return [comparison], describe_class(class_, ranking, 9)


def test_page_of_a_pair_is_escaped_static_and_self_contained(comparisons):
    """Nothing of a submission is markup, nothing runs, nothing is loaded, every link leads somewhere."""
    content = build_pair_page(comparisons[0][0])
    page = Page(content)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not [key for key, _ in page.attributes if key.startswith("on") or key == "src"]
    assert "\u202e" not in content
    assert "\x07" not in content
    assert EVIL in "".join(page.words)
    links = page.values("href")
    assert {link for link in links if not link.startswith("#")} == {"index.html"}
    assert {link[1:] for link in links if link.startswith("#")} <= set(page.values("id"))
    assert len(page.values("id")) == len(set(page.values("id")))
    assert page.tags.count("mark") >= 2


def test_pages_have_what_a_screen_reader_needs(comparisons):
    """A language, a title, headings in order, table headers with a scope, a caption, named links."""
    for content in (build_pair_page(comparisons[0][0]), build_index_page(*comparisons, ["x: <b>"])):
        page = Page(content)
        assert page.values("lang") == ["en"]
        assert {"title", "h1", "main", "caption"} <= set(page.tags)
        assert page.tags.count("h1") == 1
        assert page.values("scope") == ["col"] * page.tags.count("th")
        levels = [int(tag[1]) for tag in page.tags if tag in {"h1", "h2", "h3"}]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_nobody_is_accused(comparisons):
    """The pages and the table name what is shared, and accuse nobody."""
    words = (
        build_pair_page(comparisons[0][0]) + build_index_page(*comparisons, []) + format_table(comparisons[0])
    )
    for word in ("cheat", "plagiar", "suspect", "copied", "guilt", "suspicious", "offen", "violat"):
        assert word not in words.lower()
    assert "no program can tell" in words


def test_table_runs_in_no_spreadsheet(comparisons):
    """A name that begins like a formula is quoted."""
    rows = list(csv.DictReader(io.StringIO(format_table(comparisons[0]))))
    assert rows[0]["first_name"].startswith("'=2+2")
    assert float(rows[0]["score"]) == pytest.approx(
        float(rows[0]["code"]) + float(rows[0]["prose"]), abs=2e-3
    )


def test_small_class_is_told_that_scores_mean_little(comparisons):
    """Rarity cannot be told from two submissions."""
    assert any("Only 2 submissions" in fact for fact in comparisons[1])


@pytest.mark.slow
def test_command_gives_the_same_bytes_twice(tmp_path):
    """The table and every page are equal to the byte, whatever Python's hashes are; nothing stale is left."""
    class_folder = tmp_path / "class"
    class_folder.mkdir()
    for name in ("plots_on_import", "prints_and_main", "notebook_with_everything", "python_loops"):
        shutil.copytree(RIGHT / name, class_folder / name)
    outs = [tmp_path / "one", tmp_path / "two"]
    outs[0].mkdir()
    (outs[0] / "pair-0099.html").write_text("of an earlier run")
    for seed, out in enumerate(outs):
        done = subprocess.run(
            [COMMAND, "similarity", class_folder, "--out", out, "--pairs", "3"],
            capture_output=True, text=True, timeout=300, check=False,
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120", "PYTHONHASHSEED": str(seed)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "4 submissions, 6 pairs" in done.stdout
    files = [sorted(path.name for path in out.iterdir()) for out in outs]
    assert (
        files[0]
        == files[1]
        == ["index.html", "pair-0001.html", "pair-0002.html", "pair-0003.html", "pairs.csv"]
    )
    for name in files[0]:
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes()


@pytest.mark.slow
def test_command_needs_two_submissions(tmp_path):
    """One submission cannot be compared: the caller's error."""
    done = subprocess.run(
        [COMMAND, "similarity", RIGHT / "einsum" / "lab1.py", "--out", tmp_path / "out"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "at least two" in done.stderr
