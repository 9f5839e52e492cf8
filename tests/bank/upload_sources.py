"""Sources that are hard to read."""

from pathlib import Path

from tests.bank.canaries import Canaries
from tests.bank.uploads import right_folder, right_sources, upload


def _source(folder: Path, content: bytes) -> Path:
    submission = right_folder(folder)
    (submission / "lab1.py").write_bytes(content)
    return submission


@upload("source", code="lab1 lost", says=("lab1.py",))
def null_bytes(folder: Path, _: Canaries) -> Path:
    """Hold null bytes in lab1.py."""
    return _source(folder, b"\0" * 1000 + right_sources()["lab1.py"])


@upload("source", code="open", says=("lab1.py", "lab1"))
def sixteen_bits(folder: Path, _: Canaries) -> Path:
    """Write lab1.py in UTF-16."""
    return _source(folder, right_sources()["lab1.py"].decode().encode("utf-16"))


@upload("source", code="open")
def another_encoding(folder: Path, _: Canaries) -> Path:
    """Declare an encoding in which the text means something else."""
    hidden = b"# coding: utf-7\n" + b"+AAo-raise SystemExit(0)+AAo-\n"
    return _source(folder, hidden + right_sources()["lab1.py"])


@upload("source", code="open")
def unknown_encoding(folder: Path, _: Canaries) -> Path:
    """Declare an encoding that does not exist."""
    return _source(folder, b"# coding: klingon\n" + right_sources()["lab1.py"])


@upload("source", code="open", says=("lab1.py",))
def not_utf8(folder: Path, _: Canaries) -> Path:
    """Hold bytes that are no UTF-8 outside of comments."""
    return _source(folder, b"name = '\xff\xfe\xe9'\n" + right_sources()["lab1.py"])


@upload("source", code="lab1 lost", says=("lab1.py",))
def syntax_error(folder: Path, _: Canaries) -> Path:
    """Stop in the middle of a definition."""
    return _source(folder, right_sources()["lab1.py"] + b"\n\ndef broken(\n")


@upload("source", code="lab1 lost", says=("lab1.py",))
def hundred_thousand_parentheses(folder: Path, _: Canaries) -> Path:
    """Nest a hundred thousand parentheses."""
    return _source(folder, right_sources()["lab1.py"] + b"\nx = " + b"(" * 10**5 + b")" * 10**5 + b"\n")


@upload("source", code="open")
def long_expression(folder: Path, _: Canaries) -> Path:
    """Add a hundred thousand numbers in one expression."""
    return _source(folder, right_sources()["lab1.py"] + b"\nx = 0" + b" + 1" * 10**5 + b"\n")


@upload("source", code="open")
def deep_unary(folder: Path, _: Canaries) -> Path:
    """Negate a number fifty thousand times."""
    return _source(folder, right_sources()["lab1.py"] + b"\nx = " + b"-" * 50_000 + b"1\n")


@upload("source", code="open")
def many_definitions(folder: Path, _: Canaries) -> Path:
    """Define gd_step fifty thousand times, rightly the last time."""
    return _source(folder, b"def gd_step(W):\n    return W\n\n\n" * 50_000 + right_sources()["lab1.py"])


@upload("source", code="open", says=("raised",))
def markup_in_exceptions_and_names(folder: Path, canaries: Canaries) -> Path:
    """Raise exceptions whose class and text are markup and escapes, from code that is markup as well."""
    markup = f"</para><img src='{canaries.canary_file}'/><script>alert(1)</script>[link=file:///x]x[/link]"
    source = f"""
MARKUP = {markup!r} + "\\x1b[2J\\u202e\\x00"


def gd_step(W, X, y, lr, l1=0.0):  # {markup}
    raise type("<b>" + MARKUP, (Exception,), {{}})(MARKUP * 3)
"""
    kept = right_sources()["lab1.py"].decode().replace("def gd_step", "def gd_step_before")
    return _source(folder, (kept + source).encode())


@upload("source", code="earned")
def prints_markup_and_escapes(folder: Path, _: Canaries) -> Path:
    """Print escapes and forged lines of a score table while it is loaded."""
    lines = b'\nprint("\\x1b[2J\\x1b[31m100 / 100\\r\\nresults: graded\\u202e")\n'
    return _source(folder, right_sources()["lab1.py"] + lines)
