"""Our packages stay closed also where they are installed beside the libraries."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.sandbox.confinement.private_root import plan_root
from grader.sandbox.confinement.readable import installation_folders, own_paths, without

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import json, sys
from grader.sandbox import Sandbox
source = '''
def opens(paths):
    opened = []
    for path in paths:
        try:
            open(path).close()
            opened.append(path)
        except OSError:
            pass
    return opened
def imports(names):
    imported = []
    for name in names:
        try:
            __import__(name)
            imported.append(name)
        except ImportError:
            pass
        except OSError:
            pass
    return imported
'''
folder, *excluded = sys.argv[1:]
unit = {"file": "a.py", "module": "a", "cells": [source]}
assembly = {"units": [unit], "provides": {"opens": "a", "imports": "a"}}
with Sandbox.start(excluded=excluded) as sandbox, sandbox.open_session(assembly) as session:
    names = ("reference/lab1.py", "grader/cli.py", "tests/__init__.py", "beside.py")
    paths = [f"{folder}/{name}" for name in names]
    print(json.dumps([
        sandbox.isolation.level,
        [path.removeprefix(folder) for path in session.call("opens", paths)],
        session.call("imports", ["reference.lab1", "grader.suites", "tests.bank", "beside"]),
        __import__("grader").__file__,
    ]))
"""


@pytest.fixture(scope="module")
def site():
    """A folder of packages that holds ours and one more."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "site-packages"
        folder.mkdir(mode=0o755)
        for package in ("grader", "reference", "report_template", "student", "tests"):
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "beside.py").write_text("x = 1")
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize(("excluded", "level"), [(("landlock",), "A"), (("namespaces",), "B")])
def test_installed_packages_of_ours_are_closed_and_others_open(site, excluded, level):
    """By the private root alone, and by Landlock alone."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(site), *excluded],
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found, opened, imported, where = json.loads(done.stdout)
    assert where.startswith(str(site))
    assert found == level
    assert opened == ["/beside.py"]
    assert imported == ["beside"]


def test_a_folder_that_holds_something_closed_is_listed_entry_by_entry(tmp_path):
    """As deep as needed and no deeper."""
    for path in ("lib/site/open.py", "lib/site/closed/a.py", "lib/other/b.py", "lib/link_target/c.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "lib" / "link").symlink_to(tmp_path / "lib" / "site" / "closed")
    found = without([str(tmp_path / "lib")], [str(tmp_path / "lib" / "site" / "closed")])
    names = {str(Path(path).relative_to(tmp_path)) for path in found}
    assert names == {"lib/link_target", "lib/other", "lib/site/open.py"}


def test_the_installation_holds_the_libraries_and_not_the_repository():
    """Of this checkout: no folder that holds our packages, but the standard library and numpy."""
    folders = installation_folders()
    readable = without(folders, own_paths())
    for path in own_paths():
        assert not any(Path(path).resolve().is_relative_to(Path(folder).resolve()) for folder in readable)
    import numpy as np

    for module in (json, np):
        assert any(
            Path(module.__file__).resolve().is_relative_to(Path(folder).resolve()) for folder in readable
        )


def test_a_root_is_laid_out_with_its_links_and_without_what_is_closed(tmp_path):
    """Parents before children, links made anew, closed paths covered."""
    (tmp_path / "real" / "inner" / "closed").mkdir(parents=True)
    (tmp_path / "name").symlink_to("real")
    layout = plan_root([str(tmp_path / "name" / "inner")], [], [str(tmp_path / "real" / "inner" / "closed")])
    assert layout.shown == (str(tmp_path / "real" / "inner"),)
    assert dict(layout.links) == {str(tmp_path / "name"): "real"}
    assert layout.covered == (str(tmp_path / "real" / "inner" / "closed"),)
    assert list(layout.folders) == sorted(layout.folders)
    assert {str(tmp_path), "/proc"} <= set(layout.folders)
