"""What is one submission and what a class, and where results go."""

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from grader.batch import reading
from grader.batch.progress import RunProgress
from grader.batch.reading import choose_folder, is_single, read_paths
from grader.cli import cli
from grader.errors import UsageError
from grader.gradebook.records import ClassDownload, HandedIn


def write(folder, *names):
    """Write submissions of one function each."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "lab1.py").write_text("def gd_step():\n    pass\n")
    return folder


def test_one_plain_submission_is_no_class(tmp_path):
    """It is graded as ever, with its results beside it."""
    write(tmp_path, "ann")
    assert is_single(read_paths((tmp_path / "ann",)))
    assert is_single(read_paths((tmp_path / "ann" / "lab1.py",)))


def test_folder_of_submissions_is_a_class(tmp_path):
    """Each folder in it is a student's."""
    download = read_paths((write(tmp_path / "hw4", "ann", "bob"),))
    assert not is_single(download)
    assert [upload.key for upload in download.handed_in] == ["ann", "bob"]
    assert choose_folder(download, None) == tmp_path / "hw4-results"


def test_results_of_single_submissions_are_no_students(tmp_path):
    """Who graded one of the class before does not get a student more."""
    write(tmp_path / "hw4", "ann", "bob", "ann-results")
    (tmp_path / "hw4" / "ann-results" / "results.json").write_text("{}")
    download = read_paths((tmp_path / "hw4",))
    assert [upload.key for upload in download.handed_in] == ["ann", "bob"]
    assert "ann-results" in download.notes[-1]


def test_several_paths_are_a_class_as_their_folder_is(tmp_path):
    """A shell's `hw4/*` and `hw4` mean the same class and the same folder of results."""
    write(tmp_path / "hw4", "ann", "bob")
    download = read_paths((tmp_path / "hw4" / "bob", tmp_path / "hw4" / "ann"))
    assert [upload.key for upload in download.handed_in] == ["ann", "bob"]
    assert choose_folder(download, None) == tmp_path / "hw4-results"
    assert choose_folder(download, Path("x")) == Path("x")


def test_loose_submissions_of_one_name_are_told_apart(tmp_path):
    """Nobody's result lands in another's folder."""
    write(tmp_path, "ann/hw4", "bob/hw4", "cyd/homework")
    paths = (tmp_path / "ann/hw4", tmp_path / "bob/hw4", tmp_path / "cyd/homework")
    assert [upload.key for upload in read_paths(paths).handed_in] == ["ann/hw4", "bob/hw4", "homework"]


def test_student_in_two_downloads_is_the_callers_to_decide(tmp_path, monkeypatch):
    """Two downloads are graded one after the other; which upload is later nobody guesses."""

    def read_class(path):
        return ClassDownload("sakai", path, (HandedIn("jd123", "", lambda: None),))

    monkeypatch.setattr(reading, "read_class", read_class)
    with pytest.raises(UsageError, match="found jd123 in more than one of the paths"):
        read_paths((tmp_path / "a.zip", tmp_path / "b.zip"))


def test_options_of_a_class_mean_nothing_for_one_submission(tmp_path):
    """The caller hears so before anything is started."""
    write(tmp_path, "ann")
    result = CliRunner().invoke(cli, ["grade", str(tmp_path / "ann"), "--twice", "--jobs", "2"])
    assert result.exit_code == 2
    assert "--twice, --jobs: only for several submissions, found one" in result.output


def test_results_never_go_into_the_class(tmp_path):
    """The folder that was handed in stays as it was."""
    write(tmp_path / "hw4", "ann", "bob")
    arguments = ["grade", str(tmp_path / "hw4"), "--out", str(tmp_path / "hw4" / "out")]
    result = CliRunner().invoke(cli, arguments)
    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "hw4" / "out").exists()


def test_terminal_gets_a_bar_and_only_failures_as_lines():
    """Two hundred lines of success would hide the one that matters."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)
    with RunProgress(console, 3) as progress:
        progress.skip()
        progress.finish("ann", "5 of 100", failed=False)
        progress.finish("\x1b[31meve", "our fault", failed=True)
    text = screen.getvalue()
    assert "3/3" in text
    assert "1 failed, 1 unchanged" in text
    assert "failed  �[31meve: our fault" in text
    assert "ann" not in text
