"""The autograder's zip grades in a folder laid out like Gradescope's, and always leaves results.json."""

import importlib.metadata
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from grader.container import Container, count_memory_kills, measure_container
from grader.errors import StaffError
from grader.gradebook.formats.gradescope_results import (
    OUR_FAULT,
    build_failure,
    build_results,
    dump_results,
    write_gradescope,
)
from grader.gradebook.records import Mark
from grader.gradescope import bundle
from grader.gradescope.bundle import Choices, build_bundle
from grader.gradescope.harness import read_metadata
from tests.bank.paths import SAMPLE
from tests.lms.results_schema import SCHEMA

METADATA = {
    "id": 1,
    "created_at": "2020-10-16T00:10:32.365935-04:00",
    "assignment": {
        "due_date": "2020-10-15T23:55:00.000000-04:00",
        "group_size": 2,
        "group_submission": False,
        "id": 25828,
        "course_id": 1234,
        "late_due_date": None,
        "release_date": "2020-10-04T00:00:00.000000-04:00",
        "title": "Homework 4",
        "total_points": "100.0",
    },
    "submission_method": "upload",
    "users": [{"email": "jd123@example.edu", "id": 1234, "name": "Jane Doe"}],
    "previous_submissions": [],
}


def read_results(root):
    results = json.loads((root / "results" / "results.json").read_text(encoding="ascii"))
    jsonschema.validate(results, SCHEMA)
    return results


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle") / "autograder.zip"
    build_bundle(out, Choices())
    return out


@pytest.fixture
def autograder(tmp_path, packed):
    """Lay a folder out as Gradescope does."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "source")
    shutil.copy(tmp_path / "source" / "run_autograder", tmp_path / "run_autograder")
    shutil.copytree(SAMPLE, tmp_path / "submission")
    (tmp_path / "results").mkdir()
    (tmp_path / "submission_metadata.json").write_text(json.dumps(METADATA))
    tmp_path.chmod(0o755)
    return tmp_path


def run_autograder(root, python=sys.executable, **changes):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        ["bash", str(root / "run_autograder")],
        env=environment | {"HW4_ROOT": str(root), "HW4_PYTHON": python} | changes,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_a_submission_is_graded_where_gradescope_puts_it(autograder):
    (autograder / "source" / "settings.json").write_text('{"timeout_seconds": 280, "finetune": "no"}')
    done = run_autograder(autograder)
    assert done.returncode == 0, done.stderr
    results = read_results(autograder)
    assert results["score"] == 65.5, done.stderr
    tests = {test["number"]: test for test in results["tests"]}
    assert (tests["lab2.a"]["score"], tests["lab2.a"]["max_score"]) == (8.0, 10.0)
    assert all(test["visibility"] == "visible" for test in results["tests"])
    assert results["stdout_visibility"] == "hidden"
    # Lateness is that of the hand-in, fifteen minutes late, not of this run.
    assert "submitted 2020-10-16 00:10 EDT" in results["output"]
    assert "1 started day(s) late" in results["output"]
    text = json.dumps(results)
    assert "seed" not in text
    assert "jd123" not in text


@pytest.mark.parametrize(
    ("breaks", "reason"),
    [
        (
            lambda package: (package / "grader" / "grade.py").write_text("raise RuntimeError('broken')"),
            "broken",
        ),
        (lambda package: (package / "grader" / "gradescope" / "harness.py").unlink(), "exit status 1"),
        (
            lambda package: (package / "grader" / "gradescope" / "harness.py").write_text(
                "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
            ),
            "killed by signal 9: out of memory?",
        ),
        (
            lambda package: (package / "grader" / "gradescope" / "harness.py").write_text(
                "import time\ntime.sleep(60)\n"
            ),
            "stopped after 1 seconds",
        ),
    ],
)
def test_whatever_fails_of_ours_leaves_no_score(autograder, breaks, reason):
    breaks(autograder / "source" / "package")
    if "stopped" in reason:
        (autograder / "source" / "settings.json").write_text('{"timeout_seconds": 1}')
    assert run_autograder(autograder).returncode == 0
    results = read_results(autograder)
    assert "score" not in results
    assert not any("score" in test for test in results["tests"])
    assert "our fault" in results["output"]
    assert reason in results["extra_data"]["reason"]


def test_a_python_that_does_not_start_leaves_no_score(autograder):
    assert run_autograder(autograder, python="/nonexistent/python").returncode == 0
    results = read_results(autograder)
    assert "score" not in results
    assert "our fault" in results["output"]


@pytest.mark.slow
def test_setup_makes_an_environment_and_closes_our_sources(autograder):
    """With nothing to install: a preflight that fails does not end the build."""
    (autograder / "source" / "requirements.txt").write_text("")
    environment = autograder / "environment"
    done = subprocess.run(
        ["bash", str(autograder / "source" / "setup.sh")],
        env=os.environ | {"HW4_ROOT": str(autograder), "HW4_ENVIRONMENT": str(environment)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (environment / "bin" / "python").exists()
    assert "the preflight did not pass in the build" in done.stderr
    closed = [path for path in (autograder / "source" / "package").rglob("*") if path.stat().st_mode & 0o077]
    assert closed == []
    assert not (autograder / "results" / "results.json").exists()


def test_results_that_are_whole_survive_what_happens_after_them(autograder):
    """Closing the sandbox may be killed; the student's score is there by then."""
    harness = autograder / "source" / "package" / "grader" / "gradescope" / "harness.py"
    whole = dump_results({"score": 1.0, "tests": []}).decode()
    harness.write_text(
        "import os, signal, sys\nfrom pathlib import Path\n"
        f"(Path(sys.argv[1]) / 'results' / 'results.json').write_text({whole!r})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run_autograder(autograder)
    assert read_results(autograder)["score"] == 1.0


def test_scripts_stand_at_the_root_and_run(packed):
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        for script in ("setup.sh", "run_autograder"):
            content = archive.read(script)
            assert content.startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in content
            assert archive.getinfo(script).external_attr >> 16 == stat.S_IMODE(0o755)
            subprocess.run(["bash", "-n", "-c", content.decode()], check=True)
        settings = json.loads(archive.read("settings.json"))
    assert settings == {"timeout_seconds": 560.0, "allow_weak": False, "finetune": "auto"}
    for needed in (
        "grader/rubric.toml",
        "student/given/weights/resnet20_embedded.pt",
        "reference/answers.toml",
    ):
        assert f"package/{needed}" in names
    assert not any("tests/" in name or "__pycache__" in name for name in names)


def test_the_same_sources_give_the_same_bytes(packed, tmp_path):
    build_bundle(tmp_path / "again.zip", Choices())
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_requirements_are_pinned_to_what_is_installed_here(packed):
    with zipfile.ZipFile(packed) as archive:
        lines = archive.read("requirements.txt").decode().splitlines()
    assert f"numpy=={importlib.metadata.version('numpy')}" in lines
    assert all("==" in line for line in lines)
    assert not any(line.startswith(("nvidia", "triton")) for line in lines)


def test_a_script_with_line_ends_of_windows_is_refused(monkeypatch, tmp_path):
    shutil.copytree(bundle.FILES, tmp_path / "files")
    script = tmp_path / "files" / "setup.sh"
    script.write_bytes(script.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setattr(bundle, "FILES", tmp_path / "files")
    with pytest.raises(StaffError, match="Unix line ends"):
        build_bundle(tmp_path / "a.zip", Choices())
    assert not (tmp_path / "a.zip").exists()


def make_result(**changes):
    check = {
        "name": "lab1.b.one_step",
        "item": "lab1.b",
        "function": "gd_step",
        "outcome": "failed",
        "claim": "One step is right.",
        "call": "gd_step(W)",
        "inputs": "SECRET INPUTS",
        "got": "a \x1b[31m<script>",
        "expected": "SECRET VALUE",
        "tolerance": "SECRET BOUND",
        "rationale": "the sign is wrong",
        "hint": "look at the sign",
        "pending": 0.0,
    }
    part = {
        "title": "step",
        "kind": "automatic",
        "text": "",
        "score": 1.0,
        "max_score": 4.0,
        "pending": 3.0,
        "rationale": "",
    }
    return {
        "status": "graded",
        "score": 1.0,
        "max_score": 100.0,
        "pending": 3.0,
        "policies": [],
        "submission": {"sha256": "ab", "notes": []},
        "sandbox": {"level": "B"},
        "provenance": {"versions": {}, "seed": 123456789, "command": ""},
        "checks": [check],
        "items": {"lab1.b": {"title": "(b)", "score": 1.0, "max_score": 7.0, "parts": [part]}},
    } | changes


def test_students_see_reasons_and_no_answers():
    results = build_results(make_result())
    jsonschema.validate(results, SCHEMA)
    text = dump_results(results).decode()
    assert "SECRET" not in text
    assert "123456789" not in text
    assert "\\u001b" not in text
    (test,) = results["tests"]
    assert "the sign is wrong" in test["output"]
    assert "3 to be marked by a person" in test["output"]


def test_a_check_that_we_could_not_make_takes_the_score_away():
    results = build_results(make_result(status="incomplete"))
    jsonschema.validate(results, SCHEMA)
    assert "score" not in results
    assert "score" not in results["tests"][0]
    assert OUR_FAULT in results["output"]
    jsonschema.validate(build_failure("x"), SCHEMA)


def test_a_mark_of_the_gradebook_becomes_results(tmp_path):
    mark = Mark("7", "Jane", 61.5, 100.0, 0.0, "fine", None, {}, {"lab1.b": 7.0, "lab1.c": 0.0})
    write_gradescope([mark], None, tmp_path / "results.json")
    results = json.loads((tmp_path / "results.json").read_text())
    jsonschema.validate(results, SCHEMA)
    assert results["score"] == 61.5
    assert [test["status"] for test in results["tests"]] == ["passed", "failed"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"created_at": 5}', '{"created_at": "2020-10-16T00:10:32"}', "null"]
)
def test_metadata_without_a_time_is_no_lateness(tmp_path, text):
    path = tmp_path / "m.json"
    path.write_text(text)
    found = read_metadata(path)
    assert found.submitted_at is None
    assert "lateness was not judged" in found.remarks[0]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"sys/fs/cgroup/memory.max": "805306368", "sys/fs/cgroup/cpu.max": "50000 100000"},
            (768 << 20, 0.5),
        ),
        (
            {
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "3221225472",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            (3 << 30, 0.5),
        ),
        ({"proc/meminfo": "MemTotal: 1048576 kB\n", "sys/fs/cgroup/cpu.max": "10000 100000"}, (1 << 30, 0.1)),
        (
            {
                "proc/self/cgroup": "0::/box\n",
                "sys/fs/cgroup/box/memory.max": "1073741824",
                "sys/fs/cgroup/memory.max": "max",
                "sys/fs/cgroup/box/cpu.max": "20000 100000",
            },
            (1 << 30, 0.2),
        ),
    ],
)
def test_the_container_is_measured_by_its_control_groups(tmp_path, files, expected):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = measure_container(tmp_path)
    assert (found.memory_bytes, found.cores) == expected


def test_a_kill_for_memory_is_counted(tmp_path):
    assert count_memory_kills(tmp_path) == 0
    folder = tmp_path / "sys/fs/cgroup"
    folder.mkdir(parents=True)
    (folder / "memory.events").write_text("oom 3\noom_kill 2\noom_group_kill 0\n")
    assert count_memory_kills(tmp_path) == 2
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/vmstat").write_text("pgfault 9\noom_kill 5\n")
    assert count_memory_kills(tmp_path) == 2  # another container's are not ours
    assert count_memory_kills(tmp_path, anywhere=True) == 5


def test_the_tiers_of_gradescope_decide_what_runs():
    tiers = [
        Container(768 << 20, 0.5),
        Container(1536 << 20, 1.0),
        Container(3 << 30, 2.0),
        Container(6 << 30, 4.0),
    ]
    assert [tier.carries_finetune for tier in tiers] == [False, False, True, True]
    assert [tier.workers for tier in tiers] == [1, 0, 0, 0]


def test_a_worker_at_a_time_leaves_the_outcomes_as_they_are(sandbox, settings):
    """Fewer workers cost time and change no verdict."""
    from grader.grade import grade_submission
    from grader.submission import read_submission
    from grader.suites.grading import Pace

    submission = read_submission(Path(SAMPLE))
    usual = grade_submission(submission, sandbox, settings).result
    small = grade_submission(submission, sandbox, replace(settings, pace=Pace(2.0, 1))).result
    assert small["checks"] == usual["checks"]
    assert small["score"] == usual["score"]
