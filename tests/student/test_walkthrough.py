"""A new user's way, from the zip in a clean environment to a graded submission, as documented."""

import pytest

from tests.student.walkthrough import DOCUMENT, INTRODUCTION, mask, walk_with_files, walk_with_notebook


@pytest.mark.slow
@pytest.mark.parametrize(("way", "section"), [(walk_with_files, 0), (walk_with_notebook, 1)])
def test_the_documented_way_works_and_earns_every_automatic_point(way, section, tmp_path):
    """Every command prints what ``docs/walkthrough.md`` says, and the two files earn all automatic points."""
    walk = way(tmp_path)
    names = sorted(path.name for path in (walk.home / "hand_in").iterdir())
    assert len(names) == 2
    pages = DOCUMENT.read_text(encoding="utf-8").removeprefix(INTRODUCTION).split("\n## ")[1:]
    documented = pages[section].partition("```\n$ hw4-grade")[0]
    walked = "\n".join(walk.lines).removeprefix("## ")
    assert mask(walked).split() == mask(documented).split()
    try:
        scored, possible = walk.grade()
    except RuntimeError as error:
        if str(error).startswith("status 3\n"):
            pytest.skip(f"nothing can be graded on this machine: {error}")
        raise
    assert scored == possible > 50
