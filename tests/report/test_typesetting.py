"""Text with formulas: what is set, what is left as written, where lines end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from report_template.fonts import make_legible, shorten
from report_template.mathematics import Formula, set_formula
from report_template.typesetting import MixedLine, Typesetter
from report_template.wrapping import join_lines

ROOT = Path(__file__).parents[2]


def list_formulas(story):
    return [
        piece.content.source
        for line in story
        if isinstance(line, MixedLine)
        for piece in line.pieces
        if isinstance(piece.content, Formula)
    ]


@pytest.mark.parametrize(
    "source",
    [
        r"W^{k+1} = W^k - 2\mu X^\top (XW^k - y)",
        r"\|W\|_0 \le 2",
        r"\lVert W \rVert_1 \ge 0",
        r"\frac12 \sum\limits_{i=1}^{n} (x_i W - y_i)^2",
        r"\operatorname{sign}(W)\max(|W| - \mu\lambda, 0)",
        r"\dfrac{\partial L}{\partial W_j}",
        r"\argmin_W L(W) + \lambda\|W\|_1",
        r"\widehat{W}, \mathbb{R}^{5 \times 1}, \ell_1, \bigl(x\bigr)",
    ],
)
def test_what_students_write_is_set(source):
    formula = set_formula(source, 9.0)
    assert formula is not None
    assert 10 < formula.width < 400


@pytest.mark.parametrize(
    "source",
    [
        "",
        "{",
        r"\frac{1}",
        r"\begin{pmatrix} 1 \end{pmatrix}",
        r"\input{x}",
        "你",
        "x" * 500,
        "{" * 200 + "}" * 200,
        "^^",
        "\x00",
    ],
)
def test_what_cannot_be_set_is_none_and_raises_nothing(source):
    assert set_formula(source, 9.0) is None


def test_money_is_no_formula():
    assert list_formulas(Typesetter().set_text("from $5 to $6")) == []


def test_inline_display_and_bracket_formulas_are_found():
    story = Typesetter().set_text(r"a $x$ b $$y$$ c \(z\) d \[w\] e $\lambda$.")
    assert list_formulas(story) == ["x", "y", "z", "w", r"\lambda"]


def test_aligned_rows_are_set_one_below_the_other():
    story = Typesetter().set_text(r"$$\begin{aligned} a &= b \\ &= c \end{aligned}$$")
    assert list_formulas(story) == ["a = b", "= c"]


def test_an_escaped_dollar_is_a_dollar():
    story = Typesetter().set_text(r"it costs \$5 and $x$ and \$6")
    assert list_formulas(story) == ["x"]
    assert "$5" in story[0].pieces[0].content


def test_only_so_many_different_formulas_are_set():
    typesetter = Typesetter(formulas_left=2)
    story = typesetter.set_text("$a$ $b$ $a$ $c$ $d$")
    assert list_formulas(story) == ["a", "b", "a"]
    assert typesetter.unreadable == ["c", "d"]


def test_no_line_is_wider_than_its_column():
    text = "words and $x_{i}$, more; " * 200 + "w" * 500 + " $y$"
    for line in Typesetter().set_text(text, width=200.0):
        last = line.pieces[-1]
        if isinstance(last.content, Formula):
            assert last.x + last.content.width <= 200.0


def test_no_character_is_dropped():
    text = "before \x07 你 \u202e \U0001f600 after"
    assert make_legible(text) == r"before \u0007 \u4f60 \u202e \U0001f600 after"
    assert make_legible("a\r\nb\rc\td") == "a\nb\nc    d"


def test_wrapped_lines_are_joined_and_lists_kept():
    text = "a line as long as an editor makes it before it wraps,\nthe rest of it\n1. one\n2. two"
    assert join_lines(text).split("\n") == [
        "a line as long as an editor makes it before it wraps, the rest of it",
        "1. one",
        "2. two",
    ]


def test_shortening_says_how_much_is_left_out():
    assert shorten("a\n" * 100, 50, 3) == "a\na\na … (195 more characters)"
    assert shorten("short") == "short"


def test_the_grading_report_does_not_import_matplotlib():
    """Matplotlib takes a quarter of a second to import, and the pages do not need it."""
    code = "import sys, report_template.grading; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
