"""A rubric that an instructor edited is read, or refused with the item's name; nothing else happens."""

import math
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import StaffError
from grader.rubric import PATH, Rubric, read_rubric

SOURCE = PATH.read_text(encoding="utf-8")
_LINES = SOURCE.splitlines()
_VALUES = ("-1.0", "nan", "inf", "1e400", '"two"', "[]", "{ a = 1 }", "true", "1979-05-27", "9" * 400, "")
FIXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(folder, content):
    """Read a rubric of some bytes: a rubric whose points add up, or the words of an error."""
    path = folder / "rubric.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    try:
        rubric = read_rubric(path)
    except StaffError as error:
        return str(error)
    for item in rubric.items:
        points = [part.points for part in item.parts]
        assert math.isfinite(item.max_score)
        assert min(points, default=0.0) >= 0.0
        assert math.isclose(sum(points), item.max_score)
    return rubric


@given(st.binary(max_size=300))
@FIXED
def test_no_bytes_raise_anything_else(tmp_path, content):
    """Noise is told, not raised."""
    read(tmp_path, content)


@given(st.data())
@FIXED
def test_no_change_of_a_value_raises_anything_else(tmp_path, data):
    """Every value of the shipped rubric exchanged for one of another type, or out of range."""
    number = data.draw(st.sampled_from([index for index, line in enumerate(_LINES) if " = " in line]))
    key = _LINES[number].partition(" = ")[0]
    lines = [*_LINES[:number], f"{key} = {data.draw(st.sampled_from(_VALUES))}", *_LINES[number + 1 :]]
    read(tmp_path, "\n".join(lines))


@given(st.lists(st.sampled_from(_LINES), max_size=30))
@FIXED
def test_no_arrangement_of_lines_raises_anything_else(tmp_path, lines):
    """Lines lost, repeated and out of order."""
    read(tmp_path, "\n".join(lines))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("x = " + "[" * 10**5, "rubric.toml"),
        ("items = 3", "rubric.toml"),
        ('items = ["lab1.b"]', "rubric.toml"),
        (SOURCE.replace("checks = { verdict = 1.0 }", "checks = 3", 1), "rubric.toml"),
        (SOURCE.replace("verdict = 1.0", "verdict = 2.0", 1), "1.1, part verdict"),
        (SOURCE.replace("checks = { verdict = 1.0 }", "checks = { verdict = 2.0, b = -1.0 }", 1), "1.1"),
        (SOURCE.replace('id = "1.2"', 'id = "1.1"'), "twice"),
    ],
    ids=["nested", "a number", "texts", "a number of checks", "another sum", "negative", "twice"],
)
def test_what_is_wrong_is_named(tmp_path, content, word):
    """The file, and where it is known the item."""
    assert word in read(tmp_path, content)


def test_the_shipped_rubric_is_read():
    """As it stands; its TOML too."""
    assert isinstance(read_rubric(), Rubric)
    assert len(tomllib.loads(SOURCE)["items"]) == 23
