"""Hostile folders: special files and names."""

import os
import pickle
import socket
from pathlib import Path

import numpy as np

from tests.bank.canaries import Canaries
from tests.bank.uploads import right_folder, right_sources, upload


@upload("file", code="lab1 lost", says=("link", "lab1.py"))
def link_to_a_secret(folder: Path, canaries: Canaries) -> Path:
    """Let lab1.py be a symbolic link to a secret."""
    submission = right_folder(folder)
    (submission / "lab1.py").unlink()
    (submission / "lab1.py").symlink_to(canaries.canary_file)
    return submission


@upload("file", code="earned")
def link_to_a_folder(folder: Path, canaries: Canaries) -> Path:
    """Hold links to folders outside and to itself."""
    submission = right_folder(folder)
    (submission / "outside").symlink_to(canaries.canary_folder)
    (submission / "loop").symlink_to(".")
    (submission / "a").symlink_to("b")
    (submission / "b").symlink_to("a")
    return submission


@upload("file", code="open")
def submission_is_a_link(folder: Path, _: Canaries) -> Path:
    """Be a symbolic link to a right submission."""
    link = folder / "link"
    link.symlink_to(right_folder(folder))
    return link


@upload("file", code="open")
def hard_link_to_a_secret(folder: Path, canaries: Canaries) -> Path:
    """Let notes.py be a hard link to a secret, where the file system allows it."""
    submission = right_folder(folder)
    try:
        os.link(canaries.canary_file, submission / "notes.py")
    except OSError:
        (submission / "notes.py").write_text("x = 1\n", encoding="utf-8")
    return submission


@upload("file", code="lab1 lost", says=("lab1.py",))
def pipe(folder: Path, _: Canaries) -> Path:
    """Let lab1.py be a pipe that nobody writes to."""
    submission = right_folder(folder)
    (submission / "lab1.py").unlink()
    os.mkfifo(submission / "lab1.py")
    return submission


@upload("file", code="lab1 lost", says=("lab1.py",))
def endless_device(folder: Path, _: Canaries) -> Path:
    """Let lab1.py be a link to a device that never ends."""
    submission = right_folder(folder)
    (submission / "lab1.py").unlink()
    (submission / "lab1.py").symlink_to("/dev/zero")
    return submission


@upload("file", code="lab1 lost")
def environment_of_the_grader(folder: Path, _: Canaries) -> Path:
    """Let lab1.py be a link to the environment of whoever reads it."""
    submission = right_folder(folder)
    (submission / "lab1.py").unlink()
    (submission / "lab1.py").symlink_to("/proc/self/environ")
    return submission


@upload("file", code="earned")
def listening_socket(folder: Path, _: Canaries) -> Path:
    """Hold a Unix socket."""
    submission = right_folder(folder)
    before = Path.cwd()
    os.chdir(submission)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("notes.py")
    finally:
        os.chdir(before)
    return submission


@upload("file", code="lab1 lost")
def folder_named_like_a_file(folder: Path, _: Canaries) -> Path:
    """Let lab1.py be a folder."""
    submission = right_folder(folder)
    (submission / "lab1.py").unlink()
    (submission / "lab1.py").mkdir()
    return submission


@upload("file", code="open")
def no_permissions(folder: Path, _: Canaries) -> Path:
    """Take the permission to read from lab1.py."""
    submission = right_folder(folder)
    (submission / "lab1.py").chmod(0)
    return submission


@upload("file", code="open")
def fifty_megabytes(folder: Path, _: Canaries) -> Path:
    """Append 50 MB of comments to lab1.py."""
    submission = right_folder(folder)
    with (submission / "lab1.py").open("a", encoding="utf-8") as file:
        file.write(("# " + "x" * 98 + "\n") * 500_000)
    return submission


@upload("file", code="open")
def large_files_beside(folder: Path, _: Canaries) -> Path:
    """Hold a sparse file of a terabyte beside the code."""
    submission = right_folder(folder)
    with (submission / "weights.pt").open("wb") as file:
        file.truncate(1 << 40)
    return submission


@upload("file", code="open")
def twenty_thousand_files(folder: Path, _: Canaries) -> Path:
    """Hold twenty thousand modules."""
    submission = right_folder(folder)
    for number in range(20_000):
        (submission / f"module{number}.py").touch()
    return submission


@upload("file", code="open")
def deep_folders(folder: Path, _: Canaries) -> Path:
    """Hide the code two hundred folders deep."""
    submission = folder / "submission"
    deepest = submission.joinpath(*["d"] * 200)
    deepest.mkdir(parents=True)
    for name, content in right_sources().items():
        (deepest / name).write_bytes(content)
    return submission


@upload("file", code="none")
def nothing(folder: Path, _: Canaries) -> Path:
    """Be an empty folder."""
    submission = folder / "submission"
    submission.mkdir()
    return submission


@upload("file", code="earned")
def shadow_modules(folder: Path, canaries: Canaries) -> Path:
    """Hold modules with the names of libraries, which leave when they are imported."""
    submission = right_folder(folder)
    leave = f'open("{canaries.canary_folder}/shadow", "w").close()\nraise SystemExit(0)\n'
    names = (
        "numpy",
        "torch",
        "json",
        "struct",
        "random",
        "types",
        "sitecustomize",
        "usercustomize",
        "pytest",
    )
    for name in (*names, "grader", "reference", "given", "student", "resource", "signal"):
        (submission / f"{name}.py").write_text(leave, encoding="utf-8")
    return submission


@upload("file", code="earned")
def files_that_tools_obey(folder: Path, canaries: Canaries) -> Path:
    """Hold configuration and hooks that test runners and shells read."""
    submission = right_folder(folder)
    touch = f'open("{canaries.canary_folder}/hook", "w").close()\n'
    (submission / "conftest.py").write_text(touch + "collect_ignore_glob = ['*']\n", encoding="utf-8")
    (submission / "pytest.ini").write_text(
        "[pytest]\naddopts = --collect-only -p no:terminal\n", encoding="utf-8"
    )
    (submission / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\naddopts = '-x'\n", encoding="utf-8"
    )
    (submission / "tox.ini").write_text("[pytest]\naddopts = -q\n", encoding="utf-8")
    (submission / "setup.py").write_text(touch, encoding="utf-8")
    (submission / "hook.pth").write_text(f"import os; {touch}", encoding="utf-8")
    (submission / "__init__.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (submission / "results.json").write_text('{"score": 100.0, "status": "graded"}', encoding="utf-8")
    return submission


@upload("file", code="earned")
def compiled_files(folder: Path, _: Canaries) -> Path:
    """Hold compiled modules that would be loaded before the sources."""
    submission = right_folder(folder)
    cache = submission / "__pycache__"
    cache.mkdir()
    for name in ("lab1.cpython-311.pyc", "FP_layers.cpython-311.pyc", "lab1.cpython-313.pyc"):
        (cache / name).write_bytes(b"\xa7\r\r\n" + bytes(12) + os.urandom(64))
    (submission / "lab1.so").write_bytes(b"\x7fELF")
    (submission / "lab1.pyd").write_bytes(b"MZ")
    return submission


@upload("name", code="earned")
def names_for_terminals(folder: Path, _: Canaries) -> Path:
    """Name files with escapes, line ends, bidi marks, markup and options of commands."""
    submission = right_folder(folder)
    for name in (
        "\x1b[2Jred.txt",
        "two\nlines.txt",
        "\u202egnp.txt",
        "<img src=x>.txt",
        "-rf",
        "a\x07b",
        "n" * 250,
    ):
        (submission / name).write_text("x", encoding="utf-8")
    return submission


@upload("name", code="earned")
def names_that_are_no_text_here(folder: Path, _: Canaries) -> Path:
    """Name a file with bytes that are no UTF-8."""
    submission = right_folder(folder)
    Path(os.fsdecode(os.fsencode(submission) + b"/\xff\xfe.txt")).write_text("x", encoding="utf-8")
    return submission


@upload("name", code="earned")
def code_under_hostile_names(folder: Path, _: Canaries) -> Path:
    """Name the code files with escapes and markup."""
    submission = folder / "sub\u202emission\x1b[31m"
    submission.mkdir()
    for name, content in right_sources().items():
        (submission / f"<b>\x1b[1m{name}").write_bytes(content)
    return submission


@upload("name", code="open", says=("lab1",))
def names_that_differ_in_case(folder: Path, _: Canaries) -> Path:
    """Hold lab1.py and Lab1.py, where the file system allows it."""
    submission = right_folder(folder)
    (submission / "Lab1.py").write_text("def gd_step(W, X, y, lr, l1=0.0):\n    return W\n", encoding="utf-8")
    return submission


@upload("file", code="earned")
def files_that_run_when_they_are_loaded(folder: Path, canaries: Canaries) -> Path:
    """Hold weights, arrays and pickles that run a command when a careless reader loads them."""
    submission = right_folder(folder)
    command = f"touch {canaries.canary_folder}/loaded"

    class Runs:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (command,)

    for name in ("results.pkl", "model.pt", "pretrained_model.pt", "weights.pth", "model.joblib"):
        (submission / name).write_bytes(pickle.dumps(Runs()))
    with (submission / "curves.npy").open("wb") as file:
        np.lib.format.write_array(file, np.array([Runs()], dtype=object), allow_pickle=True)
    return submission
