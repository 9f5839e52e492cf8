"""Hostile ``answers.toml``: none may cost a point of the code, whatever becomes of the answers."""

from pathlib import Path

from tests.bank.canaries import Canaries
from tests.bank.uploads import right_folder, upload


def _answer(folder: Path, content: str | bytes) -> Path:
    submission = right_folder(folder)
    data = content.encode() if isinstance(content, str) else content
    (submission / "answers.toml").write_bytes(data)
    return submission


@upload("answers", says=("answers.toml",))
def nested_arrays(folder: Path, _: Canaries) -> Path:
    """Nest a hundred thousand arrays."""
    return _answer(folder, "x = " + "[" * 10**5 + "]" * 10**5)


@upload("answers", says=("answers.toml",))
def nested_tables(folder: Path, _: Canaries) -> Path:
    """Nest fifty thousand tables in one key."""
    return _answer(folder, ".".join(["a"] * 50_000) + " = 1")


@upload("answers", says=("answers.toml",))
def fifty_megabytes_of_answers(folder: Path, _: Canaries) -> Path:
    """Hold 50 MB of text."""
    return _answer(folder, "[lab1.b]\ncomment = '''" + "A" * 50_000_000 + "'''\n")


@upload("answers")
def long_text(folder: Path, _: Canaries) -> Path:
    """Write a hundred thousand characters without a space."""
    return _answer(folder, "[lab1.b]\ncomment = '''" + "A" * 100_000 + "'''\n")


@upload("answers")
def markup(folder: Path, canaries: Canaries) -> Path:
    """Write markup that reads files and breaks out of paragraphs."""
    text = (
        f'<img src="{canaries.canary_file}"/><img src="/etc/passwd" width="10" height="10"/></para><para>'
        '<a href="file:///etc/passwd">x</a><font name="nonexistent" size="999">x</font>&#0;&unknown;]]>'
        "<script>alert(1)</script>{{7*7}}${7*7}\\input{/etc/passwd}"
    )
    return _answer(
        folder, f"[student]\nname = '''{text}'''\nnetid = '''{text}'''\n[lab1.b]\ncomment = '''{text}'''\n"
    )


@upload("answers")
def strange_characters(folder: Path, _: Canaries) -> Path:
    """Write escapes, bidi marks, emoji, combining marks, right-to-left text and noncharacters."""
    text = (
        r"\u001b[2J\u202egnp\u2066\u0000\u0007\uffff\U0010ffff"
        "\u05e9\u05dc\u05d5\u05dd \U0001f600"
        "e" + "\u0301" * 500
    )
    return _answer(folder, f'[student]\nname = "{text}"\n[lab1.b]\ncomment = "{text}"\n')


@upload("answers")
def maths_that_never_ends(folder: Path, _: Canaries) -> Path:
    """Write maths that is nested, unbalanced and unknown."""
    text = "$" + r"\frac{" * 3000 + "$ $$ $" + "^" * 5000 + r"$ $\def\a{\a\a}\a$ $\left($ \x $"
    return _answer(folder, f"[lab1.a]\nderivation = '''{text}'''\n")


@upload("answers")
def formula_bombs(folder: Path, _: Canaries) -> Path:
    """Write a formula that is deeply nested and huge."""
    return _answer(folder, "[lab1.a]\nupdate = '''" + "(" * 5000 + "9^9^9^9^9" + ")" * 5000 + "'''\n")


@upload("answers")
def formula_that_runs(folder: Path, canaries: Canaries) -> Path:
    """Write a formula that is Python."""
    code = f"__import__('os').system('touch {canaries.canary_folder}/formula')"
    return _answer(folder, f'[lab1.a]\nupdate = "{code}"\n')


@upload("answers")
def nested_sums(folder: Path, _: Canaries) -> Path:
    """Nest sums, each of which is evaluated for every sample."""
    return _answer(folder, "[lab1.a]\nupdate = '''" + "sum_i (" * 40 + "x_i" + ")" * 40 + "'''\n")


@upload("answers", says=("answers.toml",))
def other_types(folder: Path, _: Canaries) -> Path:
    """Give every key a value of another type."""
    lines = [
        f'[true_false."1.{number}"]\nverdict = {value}\nexplanation = 7\n'
        for number, value in enumerate(
            ("true", "1", "[]", "{}", "1979-05-27", "1.5", "['T']", '"t"', '"TRUE"', "nan"), start=1
        )
    ]
    rest = "[student]\nname = []\n[lab1.b]\noptimal = true\nsparse = 0\n[lab2.e]\naverage_442 = '2.5988'\n"
    return _answer(folder, "".join(lines) + rest)


@upload("answers")
def numbers_out_of_range(folder: Path, _: Canaries) -> Path:
    """Give infinite, undefined and huge numbers."""
    digits = "9" * 4000
    return _answer(
        folder,
        f"[lab2.b]\nfloat = inf\nbits_6 = nan\nbits_5 = -1.0\nbits_4 = 1e308\nbits_3 = {digits}\n"
        "[lab2.e]\naverage_442 = nan\naverage_424 = inf\naverage_244 = -0.0\n",
    )


@upload("answers", says=("answers.toml",))
def tables_become_values(folder: Path, _: Canaries) -> Path:
    """Put values where tables should be."""
    return _answer(folder, 'student = 1\ntrue_false = ["T"]\nlab1 = "x"\nlab2 = { e = 3 }\n')


@upload("answers", says=("answers.toml",))
def broken_toml(folder: Path, _: Canaries) -> Path:
    """Hold a syntax error after right answers."""
    return _answer(folder, '[true_false."1.1"]\nverdict = "F"\n[lab1.b\noptimal = "yes"\n')


@upload("answers", says=("answers.toml",))
def no_text(folder: Path, _: Canaries) -> Path:
    """Hold bytes that are no UTF-8."""
    return _answer(folder, b"[student]\nname = '\xff\xfe'\n")


@upload("answers")
def unknown_keys(folder: Path, _: Canaries) -> Path:
    """Claim scores in keys of its own."""
    return _answer(
        folder,
        '[grading]\nscore = 100.0\n[lab1.b]\nscore = 7\n__class__ = "x"\n[items."lab1.c"]\nscore = 7\n',
    )
